package collect

import (
	"fmt"
	"testing"

	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/packet"
	"github.com/latchscope/latchscope/analyze/rtp"
	"github.com/latchscope/latchscope/analyze/trace"
)

// at is an endpoint of a host by its number.
func at(host byte, port uint16) endpoint.Endpoint {
	e := endpoint.Endpoint{Port: port}
	e.Addr[10], e.Addr[11], e.Addr[12], e.Addr[14], e.Addr[15] = 0xff, 0xff, 192, 2, host
	return e
}

func bounded(change func(*trace.Limits)) *collector {
	limits := trace.DefaultLimits()
	change(&limits)
	return newCollector(0, Options{Limits: limits})
}

// told is how often a warning was counted, 0 if it was not given.
func (c *collector) told(code string) (n int64) {
	for _, w := range c.warnings {
		if w.Code == code {
			n += w.Count
		}
	}
	return n
}

// TestUnanswered: of a scan's questions, which nobody answers, no more are known than may be;
// what was answered stays, and what was asked just now.
func TestUnanswered(t *testing.T) {
	c := bounded(func(l *trace.Limits) { l.Questions = 4 })
	var frame int64
	say := func(text string, ms int64) {
		frame++
		d := packet.Datagram{Kind: packet.UDP, Src: at(1, 5060), Dst: at(2, 5060), Payload: []byte(text)}
		d.Frame, d.Time = frame, ms*millisecond
		c.take(&d)
	}
	say(dialogue(0)[0], 0)
	say(dialogue(0)[1], 10)
	for i := range 20 {
		say(dialogue(i + 1)[0], 5000*int64(i+1))
	}
	say(dialogue(0)[5], 200_000)
	if n := len(c.callIDs.list); n > 5 {
		t.Errorf("%d Call-IDs are known", n)
	}
	kept := map[string]int{}
	for _, m := range c.out.Messages.All() {
		kept[m.CallID]++
	}
	if first, last := kept[c.out.Messages.At(0).CallID], kept[fmt.Sprintf("%08x-4f2a-91@192.0.2.20", 20)]; first != 3 || last != 1 || len(kept) > 6 {
		t.Errorf("%v are kept", kept)
	}
	if n := c.told("limit-questions"); n+int64(c.out.Messages.Len()) != 23 {
		t.Errorf("%d questions were dropped by what is told, %d messages are left of 23", n, c.out.Messages.Len())
	}
	if !c.made.apart {
		t.Error("the words of what is dropped from now on stay with those of what is not")
	}
}

// TestFlowsOfCallsStay: where there are too many flows those go between ends that nobody
// announced; those of calls go on as they are.
func TestFlowsOfCallsStay(t *testing.T) {
	c := bounded(func(l *trace.Limits) { l.Flows = 8 })
	c.said = new(announcements)
	c.said.note(at(1, 4000), announcement{by: new(callIDState)})
	d := packet.Datagram{Kind: packet.UDP}
	seen := func(src, dst endpoint.Endpoint) {
		d.Frame++
		d.Src, d.Dst = src, dst
		c.flow(&d, rtp.STUN)
	}
	for i := range byte(20) {
		seen(at(9, 4000), at(1, 4000))
		seen(at(1, 4000), at(9, 4000))
		seen(at(100+i, 4000), at(200+i, 4000))
	}
	ours := 0
	for _, f := range c.out.Flows {
		if f.Src == at(1, 4000) || f.Dst == at(1, 4000) {
			if ours++; f.Packets != 20 {
				t.Errorf("%d packets of a flow that has 20", f.Packets)
			}
		}
	}
	if ours != 2 || len(c.out.Flows) > 8 || len(c.out.Flows) != len(c.flows) {
		t.Errorf("%d flows of the call among %d, want 2", ours, len(c.out.Flows))
	}
	if n := c.told("limit-flows"); n != int64(22-len(c.out.Flows)) {
		t.Errorf("%d flows were dropped by what is told, %d are left of 22", n, len(c.out.Flows))
	}
}

// TestFirstReplyCounts: a reply that is sent again, as its command was, says nothing new, and
// one that comes after everybody has given up is nobody's.
func TestFirstReplyCounts(t *testing.T) {
	c := bounded(func(*trace.Limits) {})
	var frame int64
	say := func(from, to byte, text string, s int64) {
		frame++
		d := packet.Datagram{Kind: packet.UDP, Src: at(from, 2223), Dst: at(to, 2223), Payload: []byte(text)}
		d.Frame, d.Time = frame, s*second
		c.control(&d)
	}
	const offer, good, bad = "d7:call-id1:c7:command5:offer8:from-tag1:fe", "d6:result2:oke", "d12:error-reason4:gone6:result5:errore"
	say(1, 2, "k1 "+offer, 1)
	say(1, 2, "k1 "+offer, 2)
	say(2, 1, "k1 "+good, 3)
	say(2, 1, "k1 "+bad, 4)
	say(1, 2, "k2 "+offer, 5)
	say(2, 1, "k2 "+good, 50)
	if len(c.out.Controls) != 2 {
		t.Fatalf("%d commands, want 2", len(c.out.Controls))
	}
	if x := c.out.Controls[0]; x.Result != "ok" || x.Reply.Time != 3*second || x.Refusal != "" {
		t.Errorf("%q %q at %v", x.Result, x.Refusal, x.Reply)
	}
	if x := c.out.Controls[1]; !x.Reply.IsZero() {
		t.Errorf("a reply 45 s after its command: %v", x.Reply)
	}
}

// TestRecordedAgain: a file that opens with what earlier ones hold already was not recorded
// behind them: its calls were set up before, or without any, its streams go back.
func TestRecordedAgain(t *testing.T) {
	invite := func(id string) trace.Message {
		return trace.Message{Dialog: &trace.Dialog{CallID: id, FromTag: "f"}, Kind: &trace.Kind{Method: "INVITE"}, CSeq: 1}
	}
	stream := func(ssrc uint32, pt uint8, first, last int64, packets uint32) *trace.Stream {
		s := &trace.Stream{SSRC: ssrc, PT: pt, First: trace.Mark{TS: first}, Last: trace.Mark{TS: last}}
		s.Stats.Packets = packets
		return s
	}
	calls := func(ids ...string) trace.Messages {
		var out []trace.Message
		for _, id := range ids {
			out = append(out, invite(id))
		}
		return trace.MessagesOf(out...)
	}
	one := func(s *trace.Stream) []*trace.Stream { return []*trace.Stream{s} }
	var none trace.Messages
	earlier := one(stream(7, 0, 16_000, 80_000, 400))
	for _, c := range []struct {
		name  string
		open  trace.Messages
		flows []*trace.Stream
		want  bool
	}{
		{"the same call", calls("b", "a"), nil, true},
		{"another one", calls("b"), nil, false},
		{"another one, and a stream that goes back", calls("b"), one(stream(7, 0, 16_000, 80_000, 400)), false},
		{"the same stream", none, earlier, true},
		{"from before its beginning", none, one(stream(7, 0, 8000, 40_000, 200)), false},
		{"a part of it", none, one(stream(7, 0, 40_000, 60_000, 100)), true},
		{"where it ended", none, one(stream(7, 0, 80_000, 90_000, 60)), false},
		{"what comes after it", none, one(stream(7, 0, 80_160, 90_000, 60)), false},
		{"too little to tell", none, one(stream(7, 0, 40_000, 41_440, 9)), false},
		{"another source", none, one(stream(8, 0, 16_000, 80_000, 400)), false},
		{"another codec", none, one(stream(7, 8, 16_000, 80_000, 400)), false},
		{"nothing", none, nil, false},
	} {
		if got := recordedAgain([]trace.Messages{calls("z"), calls("a")}, earlier, c.open, c.flows); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
	still := one(stream(7, 0, 16_000, 16_000, 400)) // a clock that stands
	if recordedAgain(nil, still, none, one(stream(7, 0, 16_000, 16_000, 400))) {
		t.Error("a clock that stands tells nothing")
	}
}
