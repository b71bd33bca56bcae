package detect

import (
	"testing"

	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/ledger"
	"github.com/latchscope/latchscope/analyze/trace"
)

// A silence at a port that its listener announced is that listener's part; at any other port
// what was to be done stays.
func TestWhoseRefusal(t *testing.T) {
	l := &trace.Leg{Ports: []*trace.Port{
		{Media: &trace.Media{Addr: at("192.0.2.1:4000")}, Side: trace.Caller}, {Media: &trace.Media{Addr: at("203.0.113.1:6000")}, Side: trace.Callee}}}
	other := Action{Owner: "nat", What: "Something else."}
	for _, c := range []struct {
		name    string
		lost    string // where it went
		actions []Action
		owner   string
	}{
		{"announced", "192.0.2.1:4000", []Action{openAtOffer}, "callee"},
		{"not announced", "192.0.2.1:4002", []Action{openAtOffer}, openAtOffer.Owner},
		{"announced by the other side", "203.0.113.1:6000", []Action{openAtOffer}, openAtOffer.Owner},
		{"something else is to be done", "192.0.2.1:4000", []Action{other}, "nat"},
		{"something else, too", "192.0.2.1:4000", []Action{openAtOffer, other}, openAtOffer.Owner},
	} {
		row := &ledger.Row{Call: new(trace.Call), Media: "audio", To: ledger.Party{Name: "callee", Leg: l, Side: trace.Caller},
			Spans: []ledger.Span{{State: ledger.Refused, From: second(1), To: second(4), Lost: &trace.Stream{Dst: at(c.lost)}}}}
		f := Finding{Actions: c.actions, End: second(2)}
		f.claim([]Claim{{row, 0}})
		if f.Actions[0].Owner != c.owner || len(f.Actions) != len(c.actions) || f.End != second(4) {
			t.Errorf("%s: %+v", c.name, f.Actions)
		}
	}
}

// Who was refused later reached the party where that sends from.
func TestReached(t *testing.T) {
	stream := func(src, dst string, from, to int64) *trace.Stream {
		return &trace.Stream{Src: at(src), Dst: at(dst), First: trace.Mark{Time: from * 1e9}, Last: trace.Mark{Time: to * 1e9}}
	}
	const server, party = "203.0.113.1:6000", "198.51.100.7:4000"
	e := &trace.ICMPError{Moment: trace.Moment{Time: 10e9}}
	e.Quote.Src, e.Quote.Dst = at(server), at("192.168.1.50:4000")
	back := stream(party, server, 5, 60)
	for _, c := range []struct {
		name string
		list []*trace.Stream
		want bool
	}{
		{"from then on", []*trace.Stream{back, stream(server, party, 11, 60)}, true},
		{"by another port of the server", []*trace.Stream{back, stream("203.0.113.1:6002", party, 11, 60)}, true},
		{"by another host", []*trace.Stream{back, stream("203.0.113.2:6000", party, 11, 60)}, false},
		{"before", []*trace.Stream{back, stream(server, party, 5, 9)}, false},
		{"where it was refused", []*trace.Stream{stream("192.168.1.50:4000", server, 5, 60), stream(server, "192.168.1.50:4000", 5, 60)}, false},
		{"where nobody sends from", []*trace.Stream{back, stream(server, "198.51.100.7:4002", 11, 60)}, false},
		{"who sends to somebody else", []*trace.Stream{stream(party, "203.0.113.2:6000", 5, 60), stream(server, party, 11, 60)}, false},
		{"nothing", nil, false},
	} {
		if got := reached(&trace.Call{Streams: c.list}, e); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

// The round trip to a party is the shortest that it took to answer a request.
func TestRoundTrip(t *testing.T) {
	caller, callee := at("192.0.2.1:5060"), at("203.0.113.1:5060")
	frame := int64(0)
	message := func(ms int64, from, to endpoint.Endpoint, method string, status int16, cseq uint32) trace.Message {
		frame++
		return trace.Message{Moment: trace.Moment{Ref: trace.Ref{Frame: uint32(frame)}, Time: ms * 1e6}, Passage: &trace.Passage{Src: from, Dst: to}, Dialog: new(trace.Dialog),
			Kind: &trace.Kind{Method: method, Status: status}, CSeq: cseq}
	}
	ask := func(ms int64, method string, cseq uint32) trace.Message {
		return message(ms, caller, callee, method, 0, cseq)
	}
	answer := func(ms int64, method string, status int16, cseq uint32) trace.Message {
		return message(ms, callee, caller, method, status, cseq)
	}
	again := answer(20, "INVITE", 100, 1)
	again.Repeat = true
	ng := answer(10, "INVITE", 100, 1)
	ng.Passage.Transport = trace.NG
	for _, c := range []struct {
		name string
		list []trace.Message
		want int64 // ms
	}{
		{"one", []trace.Message{ask(0, "INVITE", 1), answer(70, "INVITE", 100, 1)}, 70},
		{"the first of two answers", []trace.Message{ask(0, "INVITE", 1), answer(70, "INVITE", 100, 1), answer(4000, "INVITE", 200, 1)}, 70},
		{"the shortest of two", []trace.Message{ask(0, "INVITE", 1), answer(70, "INVITE", 100, 1), ask(100, "BYE", 2), answer(145, "BYE", 200, 2)}, 45},
		{"the shortest first", []trace.Message{ask(0, "INVITE", 1), answer(40, "INVITE", 100, 1), ask(100, "BYE", 2), answer(165, "BYE", 200, 2)}, 40},
		{"an ACK is not answered", []trace.Message{ask(0, "ACK", 1), answer(20, "ACK", 200, 1)}, 0},
		{"another request's answer", []trace.Message{ask(0, "INVITE", 1), answer(20, "INVITE", 200, 2), answer(30, "BYE", 200, 1)}, 0},
		{"the other side's", []trace.Message{message(0, callee, caller, "BYE", 0, 1), message(20, caller, callee, "BYE", 200, 1)}, 0},
		{"sent again", []trace.Message{ask(0, "INVITE", 1), again, answer(70, "INVITE", 100, 1)}, 70},
		{"made of what a proxy said", []trace.Message{ask(0, "INVITE", 1), ng, answer(70, "INVITE", 100, 1)}, 70},
		{"at once, by the clock", []trace.Message{ask(0, "INVITE", 1), answer(0, "INVITE", 100, 1)}, 0},
		{"none", nil, 0},
	} {
		l := &trace.Leg{Messages: trace.MessagesOf(c.list...)}
		l.Parties[trace.Caller].Hosts, l.Parties[trace.Callee].Hosts = []endpoint.Endpoint{caller}, []endpoint.Endpoint{callee}
		ns, ev := roundTrip(l, trace.Callee)
		if ns != c.want*1e6 || (len(ev) == 2) != (c.want > 0) {
			t.Errorf("%s: %d ms, by %v", c.name, ns/1e6, ev)
		}
	}
	if ns, _ := roundTrip(nil, trace.Callee); ns != 0 {
		t.Errorf("without signalling: %d", ns)
	}
}
