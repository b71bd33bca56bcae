package sip

import (
	"fmt"
	"net/netip"
	"reflect"
	"strings"
	"testing"
)

func TestParseSDP(t *testing.T) {
	for _, tt := range []struct {
		name, in, want string
	}{
		{"whole", "v=0|o=- 1 1 IN IP4 192.0.2.1|s=-|c=IN IP4 192.0.2.1|t=0 0|m=audio 4000 RTP/AVP 0|",
			"audio 192.0.2.1:4000 PCMU/8000/1 sendrecv"},
		{"only what counts", "m=audio 4000 RTP/AVP 0|c=IN IP4 192.0.2.1|", "audio 192.0.2.1:4000 PCMU/8000/1 sendrecv"},
		{"no final line end", "c=IN IP4 192.0.2.1|m=audio 4000 RTP/AVP 8", "audio 192.0.2.1:4000 PCMA/8000/1 sendrecv"},
		{"misordered", "m=audio 4000 RTP/AVP 0|t=0 0|s=-|v=0|o=- 1 1 IN IP4 192.0.2.9|c=IN IP4 192.0.2.1", "audio 192.0.2.1:4000 PCMU/8000/1 sendrecv"},
		{"case", "V=0|C=in ip4 192.0.2.1|M=Audio 4000 rtp/avp 96|A=RTPMAP:96 opus/48000/2|a=SendOnly", "Audio 192.0.2.1:4000 opus/48000/2 sendonly"},
		{"blanks", " v = 0| c =  IN  IP4   192.0.2.1  |m =  audio   4000\t RTP/AVP  0   8 |a= rtpmap : 8  PCMA / 8000 |a=inactive ",
			"audio 192.0.2.1:4000 PCMU/8000/1 PCMA/8000/1 inactive"},
		{"junk behind", "c=IN IP4 192.0.2.1 x y|m=audio 4000 RTP/AVP 0|a=sendrecv|\x00\x00\x00|garbage", "audio 192.0.2.1:4000 PCMU/8000/1 sendrecv"},
		{"address alone", "c=192.0.2.1|m=audio 4000 RTP/AVP 0", "audio 192.0.2.1:4000 PCMU/8000/1 sendrecv"},
		{"media c= before session's", "c=IN IP4 192.0.2.1|m=audio 4000 RTP/AVP 0|c=IN IP4 192.0.2.2|m=video 4002 RTP/AVP 34", "audio 192.0.2.2:4000 PCMU/8000/1 sendrecv | video 192.0.2.1:4002 H263/90000 sendrecv"},
		{"direction", "a=recvonly|c=IN IP4 192.0.2.1|m=audio 4000 RTP/AVP 0|m=video 4002 RTP/AVP 34|a=sendonly", "audio 192.0.2.1:4000 PCMU/8000/1 recvonly | video 192.0.2.1:4002 H263/90000 sendonly"},
		{"direction, and what says nothing of it", "c=IN IP4 192.0.2.1|m=audio 4000 RTP/AVP 0|a=sendonly|a=x-mine:1|a=anything|a=eightlet", "audio 192.0.2.1:4000 PCMU/8000/1 sendonly"},
		{"hold by address", "c=IN IP4 0.0.0.0|m=audio 4000 RTP/AVP 0", "audio 0.0.0.0:4000 PCMU/8000/1 sendrecv"},
		{"hold by address, v6", "c=IN IP6 ::|m=audio 4000 RTP/AVP 0", "audio [::]:4000 PCMU/8000/1 sendrecv"},
		{"rejected", "c=IN IP4 192.0.2.1|m=audio 0 RTP/AVP 0", "audio 192.0.2.1:0 PCMU/8000/1 sendrecv"},
		{"FQDN", "c=IN IP4 media.example.com|m=audio 4000 RTP/AVP 0", "audio invalid AddrPort PCMU/8000/1 sendrecv"},
		{"no c=", "v=0|m=audio 4000 RTP/AVP 0", "audio invalid AddrPort PCMU/8000/1 sendrecv"},
		{"v4 in v6", "c=IN IP6 ::ffff:192.0.2.1|m=audio 4000 RTP/AVP 0", "audio 192.0.2.1:4000 PCMU/8000/1 sendrecv"},
		{"v6 zone", "c=IN IP6 fe80::1%eth0|m=audio 4000 RTP/AVP 0", "audio [fe80::1]:4000 PCMU/8000/1 sendrecv"},
		{"v6 brackets", "c=IN IP6 [2001:db8::1]|m=audio 4000 RTP/AVP 0", "audio [2001:db8::1]:4000 PCMU/8000/1 sendrecv"},
		{"leading zeros", "c=IN IP4 192.000.002.001|m=audio 4000 RTP/AVP 0", "audio 192.0.2.1:4000 PCMU/8000/1 sendrecv"},
		{"multicast", "c=IN IP4 224.2.1.1/127/3|m=video 49170/2 RTP/AVP 31", "video 224.2.1.1:49170 H261/90000 sendrecv"},
		{"several c=", "m=video 49170 RTP/AVP 31|c=IN IP4 224.2.1.1/127|c=IN IP4 224.2.1.2/127", "video 224.2.1.1:49170 H261/90000 sendrecv"},
		{"T.38", "c=IN IP4 192.0.2.1|m=image 5000 udptl t38|a=T38FaxVersion:0", "image 192.0.2.1:5000 t38 sendrecv"},
		{"data channel", "c=IN IP4 192.0.2.1|m=application 9 UDP/DTLS/SCTP webrtc-datachannel", "application 192.0.2.1:9 webrtc-datachannel sendrecv"},
		{"rtpmap over static", "c=IN IP4 192.0.2.1|m=audio 4000 RTP/AVP 2 4|a=rtpmap:2 G726-32/8000|a=rtpmap:4 G723/8000/1", "audio 192.0.2.1:4000 G726-32/8000/1 G723/8000/1 sendrecv"},
		{"rtpmap of nothing", "c=IN IP4 192.0.2.1|m=audio 4000 RTP/AVP 0|a=rtpmap:|a=rtpmap:0|a=rtpmap:300 x/1|a=rtpmap:99 y/1", "audio 192.0.2.1:4000 PCMU/8000/1 sendrecv"},
		{"no formats", "c=IN IP4 192.0.2.1|m=audio 4000 RTP/AVP", "audio 192.0.2.1:4000 sendrecv"},
		{"formats out of range", "c=IN IP4 192.0.2.1|m=audio 4000 RTP/AVP 128 x 0", "audio 192.0.2.1:4000 128 x PCMU/8000/1 sendrecv"},
		{"bad port", "c=IN IP4 192.0.2.1|m=audio 65536 RTP/AVP 0", "audio 192.0.2.1:0 PCMU/8000/1 sendrecv"},
		{"cut", "c=IN IP4 192.0.2.1|m=audio", "audio 192.0.2.1:0 sendrecv"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, eol := range []string{"\r\n", "\n", "\r", "\r\r\n"} {
				in := strings.ReplaceAll(tt.in, "|", eol)
				if got := describeSDP([]byte(in)); got != tt.want {
					t.Errorf("%q:\n got %s\nwant %s", in, got, tt.want)
				}
			}
		})
	}
}

func TestParseSDPRefuses(t *testing.T) {
	var s Session
	for _, in := range []string{"", "\r\n", "hello", "<xml/>", "x=1\r\n", "a=sendrecv\r\n", "Signal=5\r\nDuration=160\r\n"} {
		if ParseSDP([]byte(in), &s) {
			t.Errorf("%q is no session description", in)
		}
	}
}

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

func TestParseSDPWebRTC(t *testing.T) {
	var s Session
	if !ParseSDP([]byte(webRTC), &s) {
		t.Fatal("not read")
	}
	if !s.ICELite || len(s.Bundle) != 2 || string(s.Bundle[1]) != "1" {
		t.Errorf("session: %+v", s)
	}
	a, v := &s.Media[0], &s.Media[1]
	if a.Kind != Audio || !a.Secure || !a.RTP() || !a.ICE || !a.Fingerprint || !a.RTCPMux || a.Ptime != 20 || string(a.Mid) != "0" ||
		a.TelephoneEvent != 101 || !a.ComfortNoise || a.DTX != On || a.AnnexB != Unset || a.Crypto || a.RTCPPort != 9 || a.Rejected() {
		t.Errorf("audio: %+v", a)
	}
	if v.Kind != Video || !v.Rejected() || v.Bad || !v.Fingerprint || v.ICE || v.Conn.Present || v.TelephoneEvent != NoPT {
		t.Errorf("video: %+v", v)
	}
	var got []string
	for _, c := range a.Candidates {
		got = append(got, fmt.Sprintf("%d %d %s %s %v %v", c.Component, c.Type, c.Transport, c.Host, c.Addr, c.Related))
	}
	want := []string{
		"1 1 UDP 3d5f8f2e-5c1f.local invalid AddrPort invalid AddrPort",
		"1 2 UDP 203.0.113.141 203.0.113.141:60065 192.168.1.4:49203",
		"2 1 TCP 2001:db8::4 [2001:db8::4]:9 invalid AddrPort",
		"1 4 udp 198.51.100.1 198.51.100.1:50000 203.0.113.141:60065",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("candidates:\n got %q\nwant %q", got, want)
	}
	if f, ok := a.Format(109); !ok || f.Clock != 48000 || f.Channels != 2 {
		t.Errorf("opus: %+v", f)
	}
	if _, ok := a.Format(0); ok {
		t.Error("a format that is not offered")
	}
}

func TestMediaRTCP(t *testing.T) {
	for _, tt := range []struct{ attrs, want string }{
		{"", "192.0.2.1:4001"},
		{"a=rtcp:4777\r\n", "192.0.2.1:4777"},
		{"a=rtcp:4777 IN IP4 192.0.2.8\r\n", "192.0.2.8:4777"},
		{"a=rtcp:4777 IN IP4 192.0.2.8\r\na=rtcp-mux\r\n", "192.0.2.1:4000"},
		{"a=rtcp:70000\r\n", "192.0.2.1:4001"},
	} {
		var s Session
		ParseSDP([]byte("c=IN IP4 192.0.2.1\r\nm=audio 4000 RTP/AVP 0\r\n"+tt.attrs), &s)
		if got := s.Media[0].RTCP(); got.String() != tt.want {
			t.Errorf("%q: %v, want %s", tt.attrs, got, tt.want)
		}
	}
}

func TestSilence(t *testing.T) {
	for _, tt := range []struct {
		attrs       string
		annexB, sup Toggle
		cn          bool
	}{
		{"", Unset, Unset, false},
		{"a=fmtp:18 annexb=no", Off, Unset, false},
		{"a=fmtp:18 ANNEXB = yes;x=1", On, Unset, false},
		{"a=fmtp:18 x=1; annexb=no", Off, Unset, false},
		{"a=silenceSupp:off - - - -", Unset, Off, false},
		{"a=silenceSupp:on - - - -\r\na=rtpmap:97 CN/16000", Unset, On, true},
	} {
		var s Session
		ParseSDP([]byte("m=audio 4000 RTP/AVP 18 97\r\n"+tt.attrs), &s)
		if m := s.Media[0]; m.AnnexB != tt.annexB || m.SilenceSupp != tt.sup || m.ComfortNoise != tt.cn {
			t.Errorf("%q: %+v", tt.attrs, m)
		}
	}
	var s Session
	ParseSDP([]byte("a=silenceSupp:off - - - -\r\nm=audio 4000 RTP/AVP 0\r\n"), &s)
	if s.Media[0].SilenceSupp != Off {
		t.Error("the session's setting counts for its media")
	}
}

func TestOrigin(t *testing.T) {
	for in, want := range map[string]string{
		"jdoe 2890844526 2890842807 IN IP4 10.47.16.5": "jdoe|2890844526|2890842807|10.47.16.5",
		"- 1 2 in ip6 2001:db8::1 junk":                "-|1|2|2001:db8::1",
		"Cisco Systems SIP 9 10 IN IP4 192.0.2.1":      "Cisco Systems SIP|9|10|192.0.2.1",
		"IN IN 9 10 IN IP4 192.0.2.1":                  "IN IN|9|10|192.0.2.1",
		"9 10 IN IP4 192.0.2.1":                        "|9|10|192.0.2.1",
		"u 9 10 192.0.2.1":                             "u|9|10|192.0.2.1",
		"u 9":                                          "u|9||",
		"":                                             "|||",
	} {
		var o Origin
		o.parse([]byte(in))
		if got := fmt.Sprintf("%s|%s|%s|%s", o.User, o.SessionID, o.Version, o.Addr); got != want {
			t.Errorf("%q: got %s, want %s", in, got, want)
		}
	}
}

// TestSDPBounds holds that hostile input is cut, and in time that is linear.
func TestSDPBounds(t *testing.T) {
	var s Session
	if ParseSDP([]byte(strings.Repeat("m=audio 1 RTP/AVP 0\r\n", 5000)), &s); len(s.Media) != maxMedia {
		t.Errorf("%d media", len(s.Media))
	}
	if ParseSDP([]byte("m=audio 1 RTP/AVP"+strings.Repeat(" 0", 5000)), &s); len(s.Media[0].Formats) != maxFormats {
		t.Errorf("%d formats", len(s.Media[0].Formats))
	}
	if ParseSDP([]byte("m=audio 1 RTP/AVP 0\n"+strings.Repeat("a=candidate:1 1 UDP 1 192.0.2.1 1 typ host\n", 5000)), &s); len(s.Media[0].Candidates) != maxCandidates {
		t.Errorf("%d candidates", len(s.Media[0].Candidates))
	}
	if ParseSDP([]byte("a=group:BUNDLE"+strings.Repeat(" 0", 5000)), &s); len(s.Bundle) != maxBundle {
		t.Errorf("%d mids", len(s.Bundle))
	}
}

// TestSessionReuse holds that nothing of a former description is left.
func TestSessionReuse(t *testing.T) {
	var fresh, used Session
	ParseSDP([]byte(webRTC), &used)
	ParseSDP([]byte("m=audio 1 RTP/AVP 0\r\n"), &used)
	ParseSDP([]byte("m=audio 1 RTP/AVP 0\r\n"), &fresh)
	if g, w := fmt.Sprintf("%+v", used), fmt.Sprintf("%+v", fresh); g != w {
		t.Errorf("\n got %s\nwant %s", g, w)
	}
}

func TestParseAddr(t *testing.T) {
	for _, in := range []string{
		"192.0.2.1", "0.0.0.0", "255.255.255.255", "::", "::1", "2001:db8::1", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8",
		"1::8", "::ffff:192.0.2.1", "1:2:3:4:5:6:192.0.2.1", "64:ff9b::192.0.2.33", "fe80::1:0:0", "ABCD:EF01::",
		"", ".", "1", "1.2.3", "1.2.3.", "1.2.3.4.", "1.2.3.4.5", "256.1.1.1", "1.2.3.x", "-1.2.3.4",
		":", ":::", "1:::2", "1::2::3", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::", "12345::", "g::", "1:", ":1", "::1:",
		"::1.2.3", "1.2.3.4::", "1:2:3:4:5:6:7:1.2.3.4", "::1.2.3.4:5", "1:2:3:4:5:6:7:8:", "::%", "example.com", "a:b:c",
	} {
		want, _ := netip.ParseAddr(in)
		if got := parseAddr([]byte(in)); got != want {
			t.Errorf("%q: %v, want %v", in, got, want)
		}
	}
}

func TestStaticFormat(t *testing.T) {
	for pt := range 256 {
		f, ok := StaticFormat(uint8(pt))
		if int(f.PT) != pt || ok != (f.Clock > 0) || ok != (len(f.Name) > 0) {
			t.Errorf("%d: %+v %v", pt, f, ok)
		}
	}
}

// What a line is of is told by its first word, in small letters or in capitals (RFC 8866
// section 5.14; message: RFC 4975).
func TestMediaKind(t *testing.T) {
	for word, want := range map[string]MediaKind{
		"audio": Audio, "Video": Video, "image": Image, "text": Text, "application": Application, "message": MessageMedia, "": OtherMedia, "x-audio": OtherMedia, "audio2": OtherMedia,
	} {
		if got := mediaKind([]byte(word)); got != want {
			t.Errorf("%q: %v", word, got)
		}
	}
}
