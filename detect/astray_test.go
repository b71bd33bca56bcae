package detect

import (
	"testing"

	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/ledger"
	"github.com/latchscope/latchscope/analyze/trace"
)

// Why audio went where its listener was not: to where SDP says, to where it said before, to where
// another branch of a fork was, or back from where it had been heard.
func TestWhyAstray(t *testing.T) {
	const target, other = "192.168.1.50:4000", "192.168.1.50:4002"
	l := &trace.Leg{Dialog: new(trace.Dialog), Tag: "b", Answer: second(4)}
	port := func(addr string, from, until float64, toTag string) *trace.Port {
		p := &trace.Port{Leg: l, Media: &trace.Media{Addr: at(addr), Terms: new(trace.Terms)}, Side: trace.Callee,
			Said: l.Messages.Appender().Add(trace.Message{Moment: second(from), Dialog: &trace.Dialog{ToTag: toTag}, Kind: &trace.Kind{Method: "INVITE", Status: 200}})}
		if until > 0 {
			p.Until = second(until)
		}
		return p
	}
	candidate := port(other, 2, 0, "b")
	candidate.Candidates = []endpoint.Endpoint{at(target)}
	for _, c := range []struct {
		name  string
		ports []*trace.Port
		heard float64 // for so long before, s
		want  string
	}{
		{"where SDP says", []*trace.Port{port(target, 2, 0, "b")}, 0, "sdp-unlatched"},
		{"where a candidate says", []*trace.Port{candidate}, 0, "sdp-unlatched"},
		{"where SDP says, after it was heard", []*trace.Port{port(target, 2, 0, "b")}, 5, "latch-lost"},
		{"where SDP said", []*trace.Port{port(target, 2, 15, "b"), port(other, 15, 0, "b")}, 0, "stale-sdp"},
		{"where SDP said, after it was heard", []*trace.Port{port(target, 2, 15, "b"), port(other, 15, 0, "b")}, 5, "stale-sdp"},
		{"where SDP will say", []*trace.Port{port(target, 25, 0, "b")}, 0, "sdp-unlatched"},
		{"another branch", []*trace.Port{port(target, 2, 0, "x"), port(other, 3, 0, "b")}, 0, "early"},
		{"before the answer", []*trace.Port{port(target, 2, 4, "b"), port(other, 4, 0, "b")}, 0, "early"},
		{"where SDP says, and a branch did", []*trace.Port{port(target, 2, 0, "x"), port(target, 3, 0, "b")}, 0, "sdp-unlatched"},
		{"nowhere that SDP names", []*trace.Port{port(other, 2, 0, "b")}, 0, "sdp-unlatched"},
		{"nowhere that SDP names, after it was heard", []*trace.Port{port(other, 2, 0, "b")}, 5, "latch-lost"},
		{"heard for less than a second", []*trace.Port{port(other, 2, 0, "b")}, 0.9, "sdp-unlatched"},
	} {
		l.Ports = c.ports
		r := &ledger.Row{Call: &trace.Call{Legs: []*trace.Leg{l}}, Spans: []ledger.Span{
			{State: ledger.Sent, From: second(20 - c.heard), To: second(20)}, {State: ledger.Misdirected, From: second(20), To: second(30), Lost: &trace.Stream{Dst: at(target)}}}}
		if got := whyAstray(r, 1); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}
