package collect

import (
	"bytes"
	"hash/maphash"
	"strings"
	"testing"

	"github.com/latchscope/latchscope/analyze/sip"
)

// What is taken of a message by its place is the message's own words, however its headers
// are written and wherever its bytes lie.
func TestPlaces(t *testing.T) {
	const sdp = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"
	head := strings.ReplaceAll(`INVITE sip:b@192.0.2.2 SIP/2.0
Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKa1
f: "A, \"one\""
  <sip:a@192.0.2.1>;tag=x1
To: <sip:b@192.0.2.2>
i: folded@
 192.0.2.1
CSeq: 1 INVITE
User-Agent: Phone/1
P-Asserted-Identity: <sip:+1@192.0.2.1>
`, "\n", "\r\n")
	parts := "--q\r\nContent-Type: text/plain\r\n\r\nhello\r\n--q\r\nContent-Type: application/sdp\r\n\r\n" + sdp + "--q--\r\n"
	for name, text := range map[string]string{
		"one body":      head + "Content-Type: application/sdp\r\n\r\n" + sdp,
		"several parts": head + "c: multipart/mixed;boundary=q\r\n\r\n" + parts,
		"no body":       head + "\r\n",
		"an end":        strings.ReplaceAll(head, "INVITE", "BYE") + "Reason: Q.850;cause=16\r\n\r\n",
		"cut":           head[:len(head)-30],
	} {
		around := append(append(make([]byte, 3, 4096), text...), "what follows"...)
		raw := around[3 : 3+len(text)]
		var m sip.Message
		wanted, ok := sip.ParseFor(raw, &m, ofCalls)
		if !wanted || !ok {
			t.Fatalf("%s: not read", name)
		}
		var s said
		s.take(&m, raw, maphash.MakeSeed())
		for word, want := range map[string]struct {
			at   place
			word []byte
		}{
			"Call-ID": {s.callID, m.CallID}, "From tag": {s.fromTag, m.From.Tag}, "To tag": {s.toTag, m.To.Tag}, "SDP": {s.sdp, m.SDP()},
			"From": {s.fromURI, m.From.URI}, "To": {s.toURI, m.To.URI}, "name": {s.fromName, m.From.Display}, "asserted": {s.asserted, m.Asserted},
			"agent": {s.agent, m.UserAgent}, "target": {s.requestURI, m.RequestURI}, "reason": {s.reason, m.ReasonHeader},
		} {
			if got := want.at.in(raw); !bytes.Equal(got, want.word) {
				t.Errorf("%s, %s: %q, want %q", name, word, got, want.word)
			}
		}
	}
}
