package ledger

import (
	"net/netip"
	"testing"

	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/trace"
)

func at(s string) endpoint.Endpoint { return endpoint.From(netip.MustParseAddrPort(s)) }

// A listener is known to signal from outside where every host of its signalling is public, and
// there is one.
func TestSignalsFromOutside(t *testing.T) {
	for _, c := range []struct {
		name  string
		hosts []string
		want  bool
	}{
		{"public", []string{"198.51.100.7:5060"}, true},
		{"private", []string{"192.168.1.50:5060"}, false},
		{"seen on both sides of its NAT", []string{"192.168.1.50:5060", "198.51.100.7:5060"}, false},
		{"not recorded", nil, false},
	} {
		l, other := new(trace.Leg), new(trace.Leg)
		for _, h := range c.hosts {
			l.Parties[trace.Callee].Hosts = append(l.Parties[trace.Callee].Hosts, endpoint.From(netip.MustParseAddrPort(h)))
		}
		l.Parties[trace.Caller].Hosts = []endpoint.Endpoint{endpoint.From(netip.MustParseAddrPort("203.0.113.1:5060"))}
		h := &hop{legs: []orientedLeg{{Leg: other}, {Leg: l, near: trace.Caller}}}
		if got := new(direction).signalsFromOutside(h); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
	if new(direction).signalsFromOutside(new(hop)) {
		t.Error("without signalling nothing is known of it")
	}
}

// A side listens at the address of its first line that is in force: not where it was before, nor
// where an ALG says on its other side.
func TestAddressAt(t *testing.T) {
	l := new(trace.Leg)
	port := func(side trace.Side, addr string, from, until int64, change func(*trace.Port)) *trace.Port {
		p := &trace.Port{Leg: l, Media: &trace.Media{Addr: at(addr), Terms: new(trace.Terms)}, Side: side, Said: l.Messages.Appender().Add(trace.Message{Moment: trace.Moment{Time: from * second}})}
		if until > 0 {
			p.Until = trace.Moment{Ref: trace.Ref{Frame: uint32(until)}, Time: until * second}
		}
		if change != nil {
			change(p)
		}
		return p
	}
	l.Ports = []*trace.Port{
		port(trace.Callee, "203.0.113.1:6000", 2, 0, nil),
		port(trace.Caller, "198.51.100.7:4000", 0, 0, func(p *trace.Port) { p.Alias = true }),
		port(trace.Caller, "192.168.1.50:0", 0, 0, nil),
		port(trace.Caller, "192.168.1.50:4000", 0, 10, nil),
		port(trace.Caller, "192.168.1.50:4002", 10, 0, nil),
		port(trace.Caller, "192.168.1.50:4004", 10, 0, nil),
	}
	for _, c := range []struct {
		side trace.Side
		at   int64
		want string
	}{{trace.Caller, 5, "192.168.1.50:4000"}, {trace.Caller, 10, "192.168.1.50:4002"}, {trace.Callee, 5, "203.0.113.1:6000"}} {
		if got := addressAt(l, c.side, c.at*second); got != at(c.want) {
			t.Errorf("side %d at %d s: %v, want %s", c.side, c.at, got, c.want)
		}
	}
	if got := addressAt(l, trace.Callee, second); !got.IsZero() {
		t.Errorf("before it said so: %v", got)
	}
}

// What sends a talker's voice passes it on where its name says so, or where it exchanges media
// with others here.
func TestMiddleOf(t *testing.T) {
	server := endpoint.From(netip.MustParseAddrPort("203.0.113.1:6000"))
	for _, c := range []struct {
		name, agent string
		streams     []*trace.Stream
		want        bool
	}{
		{"a telephone", "Phone 1.0", []*trace.Stream{{Src: server}}, false},
		{"an SBC", "Example SBC 7", []*trace.Stream{{Src: server}}, true},
		{"nothing in view", "Example SBC 7", nil, false},
	} {
		l := new(trace.Leg)
		l.Parties[trace.Callee].Agent = c.agent
		d := direction{rower: &rower{Ledger: &Ledger{view: viewOf(new(trace.Trace))}}, talker: Party{Leg: l, Side: trace.Callee}}
		if got := d.middleOf(&sighting{streams: c.streams}); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}
