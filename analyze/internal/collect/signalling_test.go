package collect

import (
	"fmt"
	"slices"
	"testing"
	"unsafe"

	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/internal/tracked"
	"github.com/latchscope/latchscope/analyze/packet"
	"github.com/latchscope/latchscope/analyze/sip"
	"github.com/latchscope/latchscope/analyze/trace"
)

// dialogue is what a call by a trunk makes two hosts say, one message an entry.
func dialogue(n int) []string {
	say := func(first, method, toTag, more, body string, cseq int) string {
		return first + "\r\n" +
			fmt.Sprintf("Via: SIP/2.0/UDP 192.0.2.%d:5060;branch=z9hG4bK%08x%s%d;rport\r\n", n%250, n, method, cseq) +
			fmt.Sprintf("From: \"User %d\" <sip:%d@192.0.2.%d>;tag=from%d\r\n", n%1000, n%1000, n%250, n) +
			fmt.Sprintf("To: <sip:%d@203.0.113.10>%s\r\n", 2000+n, toTag) +
			fmt.Sprintf("Call-ID: %08x-4f2a-91@192.0.2.%d\r\n", n, n%250) +
			fmt.Sprintf("CSeq: %d %s\r\n", cseq, method) + more +
			fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(body), body)
	}
	uri := fmt.Sprintf("sip:%d@203.0.113.10", 2000+n)
	tag := fmt.Sprintf(";tag=to%d", n)
	sdp := func(host string, port int) string {
		return fmt.Sprintf("v=0\r\no=- %d 1 IN IP4 %s\r\ns=-\r\nc=IN IP4 %s\r\nt=0 0\r\nm=audio %d RTP/AVP 8 0 101\r\n", n, host, host, port) +
			"a=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\na=sendrecv\r\n"
	}
	const caller = "Max-Forwards: 70\r\nContact: <sip:1@192.0.2.1:5060>\r\nAllow: INVITE, ACK, BYE, CANCEL, OPTIONS\r\nUser-Agent: phone/1.0\r\n"
	const callee = "Contact: <sip:2@203.0.113.10:5060>\r\nServer: server/2.0\r\n"
	const content = "Content-Type: application/sdp\r\n"
	return []string{
		say("INVITE "+uri+" SIP/2.0", "INVITE", "", caller+content, sdp("192.0.2.1", 10000+n%20000*2), 1),
		say("SIP/2.0 100 Trying", "INVITE", "", "", "", 1),
		say("SIP/2.0 180 Ringing", "INVITE", tag, callee, "", 1),
		say("SIP/2.0 200 OK", "INVITE", tag, callee+content, sdp("203.0.113.20", 10000+n%20000*2), 1),
		say("ACK "+uri+" SIP/2.0", "ACK", tag, "Max-Forwards: 70\r\n", "", 1),
		say("BYE "+uri+" SIP/2.0", "BYE", tag, "Max-Forwards: 70\r\nUser-Agent: phone/1.0\r\n", "", 2),
		say("SIP/2.0 200 OK", "BYE", tag, "Server: server/2.0\r\n", "", 2),
	}
}

// datagrams are the dialogues of n calls, the calls one within the other.
func datagrams(n int) []packet.Datagram {
	ends := [2]endpoint.Endpoint{{Port: 5060}, {Port: 5060}}
	ends[0].Addr[15], ends[1].Addr[15] = 1, 2
	calls := make([][]string, n)
	for i := range calls {
		calls[i] = dialogue(i)
	}
	var out []packet.Datagram
	for k := range calls[0] {
		for i := range calls {
			from := 0
			if text := calls[i][k]; text[:3] == "SIP" {
				from = 1
			}
			d := packet.Datagram{Kind: packet.UDP, Src: ends[from], Dst: ends[1-from], Payload: []byte(calls[i][k])}
			d.Frame, d.Time = int64(len(out)+1), int64(len(out))*int64(millisecond)
			out = append(out, d)
		}
	}
	return out
}

// BenchmarkSignalling is what the collector spends on one SIP message.
func BenchmarkSignalling(b *testing.B) {
	list := datagrams(2000)
	b.ReportAllocs()
	for b.Loop() {
		c := newCollector(0, Options{Limits: trace.DefaultLimits()})
		for i := range list {
			c.take(&list[i])
		}
		if c.out.Messages.Len() != len(list) {
			b.Fatal("messages were lost")
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(list)), "ns/message")
}

// TestReadAhead holds that nothing depends on who reads a message.
func TestReadAhead(t *testing.T) {
	var list []packet.Datagram
	for i, d := range datagrams(600) { // more than a batch has room for
		list = append(list, d)
		if i%3 == 0 {
			list = append(list, d, list[max(0, len(list)-40)])
		}
		if i%5 == 0 {
			for _, text := range []string{"OPTIONS sip:a SIP/2.0\r\n\r\n", "SIP/2.0 200 OK\r\nCSeq: 1 REGISTER\r\n\r\n", "\r\n\r\n", "\x80\x00", "INVITE sip:a SIP/2.0\r\nVia: x\r\n\r\n"} {
				d.Payload = []byte(text)
				list = append(list, d)
			}
		}
	}
	for i := range list {
		list[i].Frame, list[i].Time = int64(i+1), int64(i)*millisecond
	}
	texts := func(c *collector) (out []string) {
		for _, m := range c.out.Messages.All() {
			out = append(out, fmt.Sprint(m.Moment, *m.Passage, *m.Dialog, *m.Kind, m.Branch, m.CSeq, m.Tracked, m.SDP != nil))
		}
		return append(out, fmt.Sprint(c.out.SIP, c.out.Others, len(c.out.Flows), len(c.warnings)))
	}
	a, b := newCollector(0, Options{Limits: trace.DefaultLimits()}), newCollector(0, Options{Limits: trace.DefaultLimits()})
	ahead := &readAhead{seed: b.seed}
	var l batch
	for i := range list {
		a.take(&list[i])
		l.other(&list[i], ahead)
	}
	b.takeAll(&l)
	if want := mostAhead; len(l.ahead) != want {
		t.Errorf("%d messages were read ahead, want %d", len(l.ahead), want)
	}
	if got, want := texts(b), texts(a); !slices.Equal(got, want) {
		t.Errorf("%d and %d messages, or what they say, differ: %s, want %s", len(got), len(want), got[len(got)-1], want[len(want)-1])
	}
}

// TestNameless: a message that belongs to no call has a Call-ID all the same, also
// behind a header that reading stops at; one without is told.
func TestNameless(t *testing.T) {
	for text, want := range map[string]bool{
		"REGISTER sip:a SIP/2.0\r\nCSeq: 1 REGISTER\r\nCall-ID: a\r\n\r\n": false,
		"REGISTER sip:a SIP/2.0\r\nCSeq: 1 REGISTER\r\ni: a\r\n\r\n":       false,
		"REGISTER sip:a SIP/2.0\r\nCSeq: 1 REGISTER\r\n\r\n":               true,
	} {
		c := newCollector(0, Options{Limits: trace.DefaultLimits()})
		d := datagrams(1)[0]
		d.Payload = []byte(text)
		c.take(&d)
		told := false
		for _, w := range c.warnings {
			told = told || w.Code == "sip-no-call-id"
		}
		if told != want || c.out.Others["REGISTER"] != 1 {
			t.Errorf("%q: told %v, counted %v", text, told, c.out.Others)
		}
	}
}

// TestAllocations counts what a SIP message costs the allocator, as a share of a
// message. Most captures of signalling are messages of calls; what is seen again is
// the message alone, and what belongs to no call leaves nothing.
func TestAllocations(t *testing.T) {
	calls := datagrams(2000)
	var again []packet.Datagram
	for i := range calls {
		again = append(again, calls[i], calls[i])
	}
	var others []packet.Datagram
	for i, method := range []string{"REGISTER", "OPTIONS", "NOTIFY", "SUBSCRIBE"} {
		for _, text := range []string{method + " sip:203.0.113.10 SIP/2.0", "SIP/2.0 200 OK"} {
			for n := range 500 {
				d := calls[i]
				d.Payload = fmt.Appendf(nil, "%s\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK%d\r\nFrom: <sip:1@192.0.2.1>;tag=%d\r\n"+
					"To: <sip:1@203.0.113.10>\r\nCall-ID: %s-%d\r\nCSeq: 1 %s\r\nContent-Length: 0\r\n\r\n", text, n, n, method, n, method)
				others = append(others, d)
			}
		}
	}
	keepalive := calls[0]
	keepalive.Payload = []byte("\r\n\r\n")
	for range 500 {
		others = append(others, keepalive)
	}
	of := func(list []packet.Datagram) float64 {
		return testing.AllocsPerRun(1, func() {
			c := newCollector(0, Options{Limits: trace.DefaultLimits()})
			for i := range list {
				c.take(&list[i])
			}
		})
	}
	fresh := of(calls)
	for name, n := range map[string][2]float64{
		"a message of a call": {fresh / float64(len(calls)), 0.7},
		"one seen again":      {(of(again) - fresh) / float64(len(calls)), 0.02},
		"one of no call":      {of(others) / float64(len(others)), 0.02},
	} {
		t.Logf("%s: %.3f allocations", name, n[0])
		if n[0] > n[1] {
			t.Errorf("%s takes %.3f allocations, at most %.3f are wanted", name, n[0], n[1])
		}
	}
}

// TestKnownAgain holds that a message recorded once more is kept as if it were
// read once more.
func TestKnownAgain(t *testing.T) {
	var list []packet.Datagram
	for i, d := range datagrams(20) {
		list = append(list, d)
		if i%3 == 0 {
			d.Tap = 1
			list = append(list, d) // on another interface
		}
		if i%4 == 0 {
			list = append(list, list[max(0, len(list)-9)]) // a retransmission
		}
	}
	one := list[0] // a question that nobody answers, asked three times
	one.Payload = []byte(dialogue(99)[0])
	list = append(list, one, one, one)
	play := func(each func(*collector)) (*collector, []string) {
		c := newCollector(0, Options{Limits: trace.DefaultLimits()})
		for i := range list {
			list[i].Frame, list[i].Time = int64(i+1), int64(i)*millisecond
			c.take(&list[i])
			each(c)
		}
		var out []string
		for _, m := range c.out.Messages.All() {
			s := fmt.Sprint(m.Moment, *m.Passage, *m.Dialog, *m.Kind, m.Branch, m.CSeq, m.Tracked)
			if m.SDP != nil {
				for _, md := range m.SDP.Media {
					s += fmt.Sprint(md.Addr, *md.Terms)
				}
			}
			out = append(out, s)
		}
		return c, out
	}
	a, got := play(func(*collector) {})
	b, want := play(func(c *collector) { c.latest.forget() })
	if !slices.Equal(got, want) || len(got) != len(list) {
		t.Errorf("%d and %d messages of %d", len(got), len(want), len(list))
		for i := range got {
			if got[i] != want[i] {
				t.Errorf("%d:\n got %s\nwant %s", i, got[i], want[i])
			}
		}
	}
	if a.questions != 1 || b.questions != 1 || a.out.SIP != b.out.SIP {
		t.Errorf("%d and %d questions, %d and %d messages", a.questions, b.questions, a.out.SIP, b.out.SIP)
	}
}

// TestShared holds that what messages have in common is kept once, and that a
// stranger's messages, which have nothing in common, fill no table.
func TestShared(t *testing.T) {
	if n := unsafe.Sizeof(trace.Record{}); n > 48 {
		t.Errorf("a message takes %d bytes", n)
	}
	const calls = 50
	c := newCollector(0, Options{Limits: trace.DefaultLimits()})
	for _, d := range datagrams(calls) {
		c.take(&d)
	}
	passages, kinds, dialogs, heads, terms := map[*trace.Passage]bool{}, map[*trace.Kind]bool{}, map[*trace.Dialog]bool{}, map[*tracked.Head]bool{}, map[*trace.Terms]bool{}
	for _, m := range c.out.Messages.All() {
		passages[m.Passage], kinds[m.Kind], dialogs[m.Dialog] = true, true, true
		if m.Tracked != nil {
			heads[m.Tracked] = true
		}
		if m.SDP != nil {
			terms[m.SDP.Media[0].Terms] = true
		}
	}
	for name, n := range map[string][2]int{
		"passages": {len(passages), 2}, "kinds": {len(kinds), 7}, "dialogs": {len(dialogs), 2 * calls}, // before and after the tag
		"heads": {len(heads), 2 * calls}, "terms": {len(terms), 1}, // of caller and callee
	} {
		if n[0] != n[1] {
			t.Errorf("%d %s, want %d", n[0], name, n[1])
		}
	}

	s, m := newInterned(), made{Store: new(trace.Store)}
	for i := range 3 * maxInterned {
		s.name(fmt.Append(nil, i))
		s.passage(trace.Passage{Tap: uint32(i)}, &m)
		s.term(&sip.Media{KindRaw: fmt.Append(nil, i)})
		s.term(&sip.Media{KindRaw: make([]byte, maxTermsKey), Formats: []sip.Format{{Name: make([]byte, maxTermsKey)}, {Name: make([]byte, maxTermsKey)}, {Clock: i}}})
		s.kind(&said{status: int16(i % 1000), method: int8(callMethod([]byte("BYE")))}, make([]sip.Defect, i/1000), nil, trace.OnePiece, &m)
	}
	if len(s.names) > maxInterned || len(s.passages) > maxInterned || len(s.terms) > maxInterned || len(s.kinds) > maxInterned {
		t.Errorf("%d names, %d passages, %d terms, %d kinds", len(s.names), len(s.passages), len(s.terms), len(s.kinds))
	}
	for key := range s.terms {
		if len(key) > maxTermsKey {
			t.Error("long terms are shared")
		}
	}
}
