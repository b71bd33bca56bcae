package collect

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"reflect"
	"testing"

	"github.com/latchscope/latchscope/analyze/internal/srtp"
	"github.com/latchscope/latchscope/analyze/packet"
	"github.com/latchscope/latchscope/analyze/trace"
)

// keyed is an INVITE or a re-INVITE that asks for SRTP on so many m= lines, with one key on
// each, "" for none, dtls for one that DTLS agrees on. But for these its SDP is that of all others.
func keyed(call, cseq int, lines ...string) string {
	body := "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n"
	for i, crypto := range lines {
		body += fmt.Sprintf("m=audio %d RTP/SAVP 0\r\n", 4000+2*i)
		switch crypto {
		case "":
		case dtls:
			body += "a=fingerprint:sha-256 00:11:22:33\r\n"
		default:
			body += "a=crypto:" + crypto + "\r\n"
		}
	}
	return fmt.Sprintf("INVITE sip:b@192.0.2.2 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK%d\r\nFrom: <sip:a@192.0.2.1>;tag=f\r\nTo: <sip:b@192.0.2.2>\r\n"+
		"Call-ID: keyed-%d\r\nCSeq: %d INVITE\r\nContent-Type: application/sdp\r\nContent-Length: %d\r\n\r\n%s", cseq, call, cseq, len(body), body)
}

const dtls = "dtls"

// crypto is what an a=crypto attribute says, with a key by its number.
func crypto(n byte) string {
	return "1 AES_CM_128_HMAC_SHA1_80 inline:" + base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{n}, 30))
}

// hearAll makes a collector hear messages, so many milliseconds apart, and then does something.
func hearAll(c *collector, apart int64, list []string, then func()) {
	for i, text := range list {
		d := packet.Datagram{Kind: packet.UDP, Src: at(1, 5060), Dst: at(2, 5060), Payload: []byte(text)}
		d.Frame, d.Time = int64(i+1), int64(i)*apart*millisecond
		c.take(&d)
		then()
	}
}

// TestKeysOfDescriptions: a description has the keys that its own message names, although others
// are equal but for them; a retransmission has those of the first.
func TestKeysOfDescriptions(t *testing.T) {
	one, two, none := crypto(1), crypto(2), ""
	for _, c := range []struct {
		name string
		list []string
		want [][]string // by message and m= line, the attribute whose key it has
	}{
		{"another key", []string{keyed(1, 1, one), keyed(1, 2, two)}, [][]string{{one}, {two}}},
		{"and the first one again", []string{keyed(1, 1, one), keyed(1, 2, two), keyed(1, 3, one)}, [][]string{{one}, {two}, {one}}},
		{"a retransmission", []string{keyed(1, 1, one), keyed(1, 1, one)}, [][]string{{one}, {one}}},
		{"one that comes late", []string{keyed(1, 1, one), keyed(1, 2, two), keyed(1, 1, one)}, [][]string{{one}, {two}, {one}}},
		{"no key any more", []string{keyed(1, 1, one), keyed(1, 2, none)}, [][]string{{one}, {none}}},
		{"no key at first", []string{keyed(1, 1, none), keyed(1, 2, one), keyed(1, 3, none)}, [][]string{{none}, {one}, {none}}},
		{"DTLS instead", []string{keyed(1, 1, one), keyed(1, 2, dtls)}, [][]string{{one}, {none}}},
		{"of two lines", []string{keyed(1, 1, one, two), keyed(1, 2, two, one), keyed(1, 3, one, none)}, [][]string{{one, two}, {two, one}, {one, none}}},
		{"of two calls", []string{keyed(1, 1, one), keyed(2, 1, two)}, [][]string{{one}, {two}}},
	} {
		for again, forget := range map[string]bool{"": false, ", each read anew": true} {
			var keys srtp.Keyring
			co := newCollector(0, Options{Limits: trace.DefaultLimits(), Keys: &keys})
			hearAll(co, 1000, c.list, func() {
				if forget {
					co.latest.forget()
				}
			})
			if co.out.Messages.Len() != len(c.want) {
				t.Fatalf("%s%s: %d messages", c.name, again, co.out.Messages.Len())
			}
			for i, m := range co.out.Messages.All() {
				for line, text := range c.want[i] {
					var want []srtp.Crypto
					if p, ok := srtp.ParseCrypto([]byte(text)); ok {
						want = append(want, p)
					}
					if got := keys.Of(m.SDP, int32(line)); !reflect.DeepEqual(got, want) {
						t.Errorf("%s%s: line %d of message %d has %d keys, of another message", c.name, again, line, i, len(got))
					}
				}
			}
		}
	}
}

// TestKeysOfRetransmissions: what is sent again has the description of the first; equal ones are
// kept once, unless somebody asks for keys and they have some.
func TestKeysOfRetransmissions(t *testing.T) {
	for _, c := range []struct {
		name string
		keys *srtp.Keyring
		list []string
		want int // descriptions
	}{
		{"sent again", new(srtp.Keyring), []string{keyed(1, 1, crypto(1)), keyed(1, 1, crypto(1))}, 1},
		{"another key", new(srtp.Keyring), []string{keyed(1, 1, crypto(1)), keyed(1, 2, crypto(2))}, 2},
		{"another key, for which nobody asks", nil, []string{keyed(1, 1, crypto(1)), keyed(1, 2, crypto(2))}, 1},
		{"no key", new(srtp.Keyring), []string{keyed(1, 1, ""), keyed(1, 2, "")}, 1},
	} {
		co := newCollector(0, Options{Limits: trace.DefaultLimits(), Keys: c.keys})
		hearAll(co, 500, c.list, func() {})
		got := map[*trace.SDP]bool{}
		for _, m := range co.out.Messages.All() {
			got[m.SDP] = true
		}
		if len(got) != c.want || got[nil] || co.out.Messages.Len() != len(c.list) {
			t.Errorf("%s: %d descriptions of %d messages, want %d", c.name, len(got), co.out.Messages.Len(), c.want)
		}
	}
}

// TestKeysOfUnanswered: the keys of questions that are dropped go with them.
func TestKeysOfUnanswered(t *testing.T) {
	var keys srtp.Keyring
	limits := trace.DefaultLimits()
	limits.Questions = 4
	co := newCollector(0, Options{Limits: limits, Keys: &keys})
	var list []string
	for i := range 20 {
		list = append(list, keyed(i, 1, crypto(byte(i+1))))
	}
	hearAll(co, 5000, list, func() {})
	if n := co.told("limit-questions"); n == 0 || co.out.Messages.Len() != 20-int(n) {
		t.Fatalf("%d questions were dropped, %d are left of 20", n, co.out.Messages.Len())
	}
	known := 0
	for i, m := range co.out.Messages.All() {
		var call int
		fmt.Sscanf(m.CallID, "keyed-%d", &call)
		want, _ := srtp.ParseCrypto([]byte(crypto(byte(call + 1))))
		if got := keys.Of(m.SDP, 0); !reflect.DeepEqual(got, []srtp.Crypto{want}) {
			t.Errorf("message %d, of call %d, has %d keys", i, call, len(got))
		}
		known++
		keys.Forget(m.SDP)
	}
	if known == 0 || !keys.Empty() {
		t.Errorf("%d messages are left, and keys of others", known)
	}
}
