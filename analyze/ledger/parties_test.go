package ledger

import (
	"net/netip"
	"testing"

	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/trace"
)

// A leg belongs to the one that brought it about: on which a host was called that calls on it,
// or that was called on both; else the one whose media it passes on, of its Call-ID, or the first.
func TestAttach(t *testing.T) {
	call := new(trace.Call)
	leg := func(caller, callee, id string) *trace.Leg {
		l := &trace.Leg{Call: call, Dialog: &trace.Dialog{CallID: id}}
		for side, host := range []string{caller, callee} {
			l.Parties[side].Hosts = []endpoint.Endpoint{endpoint.From(netip.MustParseAddrPort(host + ":5060"))}
		}
		return l
	}
	const a, b, s, x, y = "192.0.2.1", "192.0.2.2", "203.0.113.1", "203.0.113.8", "203.0.113.9"
	first, second := leg(a, s, "1"), leg(x, y, "2")
	relayed := leg("198.51.100.1", "198.51.100.2", "3")
	in := &trace.Stream{Place: trace.Place{Leg: second}}
	call.Streams = []*trace.Stream{in, {Place: trace.Place{Leg: relayed}, RelayOf: in}}
	for _, c := range []struct {
		name     string
		leg      *trace.Leg
		parent   *trace.Leg
		reversed bool
	}{
		{"the server calls on", leg(s, b, "4"), first, false},
		{"another party calls the server", leg(b, s, "4"), first, true},
		{"the other server calls on", leg(y, b, "4"), second, false},
		{"whose media is passed on", relayed, second, false},
		{"of the Call-ID", leg("198.51.100.1", "198.51.100.2", "2"), second, false},
		{"of which nothing is known", leg("198.51.100.1", "198.51.100.2", "4"), first, false},
		{"the caller itself, again", leg(a, s, "4"), first, false},
	} {
		before := []*node{{leg: first}, {leg: second}}
		n := &node{leg: c.leg}
		n.attach(before)
		if n.parent == nil || n.parent.leg != c.parent || n.parent.children != 1 || n.reversed != c.reversed {
			t.Errorf("%s: %+v", c.name, n)
		}
	}
}

// A hole, or much loss, is worth a second look at the packets around it; little loss is not.
func TestBreaksOff(t *testing.T) {
	mark := func(ms, seq int64) trace.Mark { return trace.Mark{Time: ms * millisecond, Seq: seq} }
	for _, c := range []struct {
		name string
		lost int
		gap  trace.Gap
		want bool
	}{
		{"nothing", 0, trace.Gap{}, false},
		{"a pause", 0, trace.Gap{Before: mark(0, 1), After: mark(100, 2)}, true},
		{"a shorter one", 0, trace.Gap{Before: mark(0, 1), After: mark(99, 2)}, false},
		{"some loss", 39, trace.Gap{}, false},
		{"much loss", 40, trace.Gap{}, true},
	} {
		s := lossy(500, c.lost)
		if c.gap.After.Time > 0 {
			s.Break(c.gap)
		}
		if got := breaksOff(s); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}
