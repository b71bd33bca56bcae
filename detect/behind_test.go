package detect

import (
	"testing"

	"github.com/latchscope/latchscope/analyze/ledger"
	"github.com/latchscope/latchscope/analyze/trace"
)

// A party is behind a NAT whose media comes from a public address and whose SDP names one that
// a NAT hides.
func TestPartiesBehindNATs(t *testing.T) {
	for _, c := range []struct {
		name, said, from string
		side             trace.Side
		want             bool
	}{
		{"private", "192.168.1.50:4000", "198.51.100.7:4000", trace.Caller, true},
		{"shared", "100.64.0.9:4000", "198.51.100.7:4000", trace.Caller, true},
		{"public", "198.51.100.8:4000", "198.51.100.7:4000", trace.Caller, false},
		{"the same", "198.51.100.7:4000", "198.51.100.7:4002", trace.Caller, false},
		{"seen inside", "192.168.1.50:4000", "192.168.1.51:4000", trace.Caller, false},
		{"the other side's media", "192.168.1.50:4000", "198.51.100.7:4000", trace.Callee, false},
		{"nobody's media", "192.168.1.50:4000", "198.51.100.7:4000", -1, false},
	} {
		l := &trace.Leg{Ports: []*trace.Port{{Media: &trace.Media{Addr: at(c.said)}, Side: trace.Caller}}}
		call := &trace.Call{Legs: []*trace.Leg{l}, Streams: []*trace.Stream{{Src: at(c.from), Place: trace.Place{Leg: l, From: c.side}}}}
		n := &Names{behind: map[string]bool{}}
		n.nats(call, func(_ int, side trace.Side) string { return []string{"caller", "callee"}[side] })
		if n.behind["caller"] != c.want || n.behind["callee"] {
			t.Errorf("%s: %v", c.name, n.behind)
		}
	}
}

func TestWasWere(t *testing.T) {
	for n, want := range map[int64]string{0: "were", 1: "was", 2: "were"} {
		if got := wasWere(n); got != want {
			t.Errorf("%d %s", n, got)
		}
	}
}

// What a server kept back from the answer on is what began within three seconds of it, with
// next to nothing passed on before; a later silence is another one.
func TestFarGap(t *testing.T) {
	for _, c := range []struct {
		name     string
		from, to float64 // of the silence, s
		state    ledger.State
		seen     bool
		want     int
	}{
		{"from the answer on", 0, 10, ledger.Stopped, true, 1},
		{"a second later", 1.5, 10, ledger.Stopped, true, 1},
		{"after it was heard", 2.5, 10, ledger.Stopped, true, 0},
		{"much later", 8, 20, ledger.Stopped, true, 0},
		{"another kind", 0, 10, ledger.Missing, true, 0},
		{"nothing behind the server is in view", 0, 10, ledger.Stopped, false, 0},
	} {
		call := &trace.Call{Answer: second(0)}
		in := &trace.Stream{Call: call, Src: at("192.0.2.1:4000"), Dst: at("203.0.113.1:6000")}
		out := &trace.Stream{Call: call, Src: at("203.0.113.1:6002"), Dst: at("192.0.2.2:4000"), RelayOf: in}
		call.Streams = []*trace.Stream{in, out}
		if !c.seen {
			out.RelayOf = nil
		}
		k := &trace.Talker{Call: call, Streams: []*trace.Stream{in}, Travels: new(trace.Travels)}
		row := &ledger.Row{Call: call, Media: "audio", Start: second(0), End: second(30), Spans: []ledger.Span{
			{State: ledger.Sent, From: second(0), To: second(c.from)}, {State: c.state, From: second(c.from), To: second(c.to)}, {State: ledger.Sent, From: second(c.to), To: second(30)}}}
		if g := farGap(new(trace.Trace), ways{up: []*ledger.Row{row}}, k, call); len(g.claims) != c.want {
			t.Errorf("%s: %d silences, want %d", c.name, len(g.claims), c.want)
		}
	}
}

// Who is neither caller nor callee has a name of its own by its end of a leg of the call.
func TestFurtherParties(t *testing.T) {
	first, second, foreign := new(trace.Leg), new(trace.Leg), new(trace.Leg)
	c := &trace.Call{Legs: []*trace.Leg{first, second}}
	party := func(name string, l *trace.Leg, side trace.Side) ledger.Party {
		return ledger.Party{Name: name, Leg: l, Side: side}
	}
	rows := []ledger.Row{
		{From: party("caller", first, trace.Caller), To: party("callee", first, trace.Callee)},
		{From: party("party3", second, trace.Callee), To: party("caller", first, trace.Caller)},
		{From: party("party4", foreign, trace.Callee), To: party("party5", nil, trace.Caller)},
	}
	got := furtherParties(c, rows)
	if len(got) != 1 || got[sideOf{second, trace.Callee}] != "party3" {
		t.Errorf("%v", got)
	}
}
