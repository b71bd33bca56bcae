package oracle

import (
	"encoding/hex"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

const byeMsg = "BYE sip:bob@192.0.2.4 SIP/2.0\r\nVia: SIP/2.0/TCP a;branch=z9hG4bK1\r\nCall-ID: bye\r\nCSeq: 2 BYE\r\nContent-Length: 0\r\n\r\n"

const okMsg = "SIP/2.0 200 OK\r\nVia: SIP/2.0/TCP a;branch=z9hG4bK1\r\nCall-ID: ok\r\nCSeq: 2 BYE\r\nl: 5\r\n\r\nhello"

// inviteSDP is a message of the usual size.
const inviteSDP = "INVITE sip:bob@192.0.2.4 SIP/2.0\r\n" +
	"Via: SIP/2.0/UDP proxy.example.com:5060;branch=z9hG4bK77ef4c2312983.1;rport\r\n" +
	"Via: SIP/2.0/UDP 10.1.1.1:5062;received=192.0.2.101;rport=5999;branch=z9hG4bKnashds8\r\n" +
	"Max-Forwards: 69\r\n" +
	"To: Bob <sip:bob@biloxi.example.com>\r\n" +
	"From: \"Alice\" <sip:alice@atlanta.example.com>;tag=1928301774\r\n" +
	"Call-ID: a84b4c76e66710@pc33.atlanta.example.com\r\n" +
	"CSeq: 314159 INVITE\r\n" +
	"Contact: <sip:alice@10.1.1.1:5062>\r\n" +
	"User-Agent: Example Phone 1.0\r\n" +
	"Allow: INVITE, ACK, CANCEL, OPTIONS, BYE, REFER, NOTIFY\r\n" +
	"Supported: replaces, 100rel, timer\r\n" +
	"Content-Type: application/sdp\r\n" +
	"Content-Length: 281\r\n" +
	"\r\n" +
	"v=0\r\n" +
	"o=alice 2890844526 2890844526 IN IP4 10.1.1.1\r\n" +
	"s=-\r\n" +
	"c=IN IP4 10.1.1.1\r\n" +
	"t=0 0\r\n" +
	"m=audio 49170 RTP/AVP 0 8 18 101\r\n" +
	"a=rtpmap:0 PCMU/8000\r\n" +
	"a=rtpmap:8 PCMA/8000\r\n" +
	"a=rtpmap:18 G729/8000\r\n" +
	"a=fmtp:18 annexb=no\r\n" +
	"a=rtpmap:101 telephone-event/8000\r\n" +
	"a=fmtp:101 0-16\r\n" +
	"a=ptime:20\r\n" +
	"a=sendrecv\r\n"

// webRTC is what a browser offers, shortened.
const webRTC = "v=0\r\n" +
	"o=mozilla...THIS_IS_SDPARTA-99.0 4294967296000000000000 0 IN IP4 0.0.0.0\r\n" +
	"s=-\r\n" +
	"t=0 0\r\n" +
	"a=ice-lite\r\n" +
	"a=fingerprint:sha-256 19:E2\r\n" +
	"a=group:BUNDLE 0 1\r\n" +
	"a=group:BUNDLE 2\r\n" +
	"m=audio 9 UDP/TLS/RTP/SAVPF 109 13 101\r\n" +
	"c=IN IP4 0.0.0.0\r\n" +
	"a=candidate:0 1 UDP 2122187007 3d5f8f2e-5c1f.local 49203 typ host\r\n" +
	"a=candidate:1 1 UDP 1685987327 203.0.113.141 60065 typ srflx raddr 192.168.1.4 rport 49203\r\n" +
	"a=candidate:2 2 TCP 2105458942 2001:db8::4 9 typ host tcptype active\r\n" +
	"a=candidate:3 1 udp 92217087 198.51.100.1 50000 typ relay raddr 203.0.113.141 rport 60065\r\n" +
	"a=candidate:4 1 udp\r\n" +
	"a=ice-pwd:a1b2\r\n" +
	"a=ice-ufrag:c3d4\r\n" +
	"a=mid:0\r\n" +
	"a=rtcp:9 IN IP4 0.0.0.0\r\n" +
	"a=rtcp-mux\r\n" +
	"a=rtpmap:109 opus/48000/2\r\n" +
	"a=fmtp:109 maxplaybackrate=48000; stereo=1; usedtx=1\r\n" +
	"a=rtpmap:101 telephone-event/8000\r\n" +
	"a=ptime:20\r\n" +
	"m=video 0 UDP/TLS/RTP/SAVPF 120\r\n" +
	"a=mid:1\r\n" +
	"a=rtpmap:120 VP8/90000\r\n"

// vectors are the messages beside the SIP scanner, without what it must read
// in them: torture tests of RFCs 4475 and 5118, and what was met in the wild.
func vectors(t *testing.T) (list [][]byte) {
	t.Helper()
	files, err := filepath.Glob("../sip/testdata/*.txt")
	if err != nil || len(files) < 3 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.SplitSeq(string(text), "\n") {
			switch {
			case strings.HasPrefix(line, "="):
				list = append(list, nil)
			case strings.HasPrefix(line, "|"):
				words, cut := strings.CutSuffix(line[1:], "<end>")
				if !cut {
					words += "\r\n"
				}
				list[len(list)-1] = append(list[len(list)-1], unmark(t, words)...)
			}
		}
	}
	return list
}

var marks = regexp.MustCompile(`<hex>([0-9A-Fa-f]*)</hex>|<repeat count=(\d+)>(.*?)</repeat>`)

// unmark undoes the notation of RFC 4475 section 2.1.
func unmark(t *testing.T, s string) string {
	return marks.ReplaceAllStringFunc(s, func(mark string) string {
		f := marks.FindStringSubmatch(mark)
		if f[2] != "" {
			n, _ := strconv.Atoi(f[2])
			return strings.Repeat(f[3], n)
		}
		b, err := hex.DecodeString(f[1])
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	})
}
