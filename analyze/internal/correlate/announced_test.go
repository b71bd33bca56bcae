package correlate

import (
	"net/netip"
	"testing"

	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/trace"
)

func at(s string) endpoint.Endpoint { return endpoint.From(netip.MustParseAddrPort(s)) }

// announce adds a port to a leg, and its announcement, of 10 s.
func announce(l *trace.Leg, side trace.Side, line int32, addr string, candidates ...string) *trace.Port {
	m := &trace.Media{Addr: at(addr), Terms: &trace.Terms{Kind: "audio"}}
	for _, c := range candidates {
		m.Candidates = append(m.Candidates, at(c))
	}
	p := &trace.Port{Leg: l, Media: m, Side: side, Line: line, Said: l.Messages.Appender().Add(trace.Message{Moment: trace.Moment{Time: 10 * second}})}
	l.Ports = append(l.Ports, p)
	return p
}

// What SDP says of an endpoint is found by the address of a line and by each of its
// candidates; a rejected line and one that names no host say nothing of any.
func TestIndexPorts(t *testing.T) {
	l := new(trace.Leg)
	voice := announce(l, trace.Caller, 0, "192.0.2.1:4000", "192.0.2.1:4000", "10.0.0.1:4000", "203.0.113.9:30000")
	announce(l, trace.Callee, 0, "192.0.2.2:0")
	announce(l, trace.Callee, 1, "0.0.0.0:4002")
	for addr, want := range map[string]*trace.Port{
		"192.0.2.1:4000": voice, "10.0.0.1:4000": voice, "203.0.113.9:30000": voice,
		"192.0.2.1:4002": nil, "192.0.2.2:0": nil, "0.0.0.0:4002": nil,
	} {
		all := indexPorts([]*trace.Leg{l}, nil)
		if got := all.best(at(addr), 11*second, 20*second); got != want {
			t.Errorf("%s: %v", addr, got)
		}
		those := indexPorts([]*trace.Leg{l}, map[endpoint.Endpoint]bool{at(addr): true})
		if got := those.best(at(addr), 11*second, 20*second); got != want {
			t.Errorf("%s, asked for: %v", addr, got)
		}
		if others := indexPorts([]*trace.Leg{l}, map[endpoint.Endpoint]bool{at("192.0.2.7:4000"): true}); len(others.List) > 0 {
			t.Errorf("%d ports are found, none of which is asked for", len(others.List))
		}
	}
}

// Of two legs that announce an endpoint at equal terms the newer one has it, in whichever order
// they come; of two of one leg the later announcement.
func TestNewestPort(t *testing.T) {
	said := func(l *trace.Leg, s int64) *trace.Port {
		p := announce(l, trace.Caller, 0, "192.0.2.1:4000")
		p.Said = l.Messages.Appender().Add(trace.Message{Moment: trace.Moment{Ref: trace.Ref{Frame: uint32(s)}, Time: s * second}})
		return p
	}
	a, b := new(trace.Leg), new(trace.Leg)
	older, newer := said(a, 10), said(b, 12)
	for name, legs := range map[string][]*trace.Leg{"in order": {a, b}, "the other way round": {b, a}} {
		if got := indexPorts(legs, nil).best(at("192.0.2.1:4000"), 20*second, 30*second); got != newer {
			t.Errorf("%s: that of %v", name, got.From())
		}
		if got := indexPorts(legs, nil).best(at("192.0.2.1:4000"), 10*second, 30*second); got != older {
			t.Errorf("%s, longer in force: that of %v", name, got.From())
		}
	}
	again := said(a, 14)
	if got := indexPorts([]*trace.Leg{a}, nil).best(at("192.0.2.1:4000"), 20*second, 30*second); got != again {
		t.Errorf("of one leg: that of %v", got.From())
	}
}

// A TURN server's relayed address is the one that SDP names there: of several, that of
// whom the client signals for.
func TestRelayedBySDP(t *testing.T) {
	path := turnPath{client: at("192.0.2.1:50000"), server: at("203.0.113.9:3478")}
	leg := func(host, relayed, far string) *trace.Leg {
		l := new(trace.Leg)
		l.Parties[trace.Caller].Hosts = []endpoint.Endpoint{at(host)}
		announce(l, trace.Caller, 0, "192.0.2.1:4000", relayed)
		announce(l, trace.Callee, 0, far)
		return l
	}
	mine, other := leg("192.0.2.1:5060", "203.0.113.9:30000", "198.51.100.1:6000"), leg("192.0.2.3:5060", "203.0.113.9:30002", "198.51.100.2:6000")
	again := leg("192.0.2.1:5060", "203.0.113.9:30004", "198.51.100.3:6000")
	elsewhere, unanswered := leg("192.0.2.1:5060", "203.0.113.8:30000", "198.51.100.1:6000"), leg("192.0.2.1:5060", "203.0.113.9:30000", "198.51.100.1:0")
	over := leg("192.0.2.1:5060", "203.0.113.9:30006", "198.51.100.4:6000")
	for _, p := range over.Ports {
		p.Until = trace.Moment{Ref: trace.Ref{Frame: 2}, Time: 12 * second}
	}
	own := [2]endpoint.Endpoint{at("203.0.113.9:30000"), at("198.51.100.1:6000")}
	foreign := [2]endpoint.Endpoint{at("203.0.113.9:30002"), at("198.51.100.2:6000")}
	for _, c := range []struct {
		name string
		legs []*trace.Leg
		want [2]endpoint.Endpoint
	}{
		{"one", []*trace.Leg{mine}, own},
		{"twice", []*trace.Leg{mine, mine}, own},
		{"another's, too", []*trace.Leg{other, mine}, own},
		{"another's alone", []*trace.Leg{other}, foreign},
		{"two of one's own", []*trace.Leg{mine, again}, [2]endpoint.Endpoint{}},
		{"two of others", []*trace.Leg{other, leg("192.0.2.4:5060", "203.0.113.9:30008", "198.51.100.5:6000")}, [2]endpoint.Endpoint{}},
		{"on another server", []*trace.Leg{elsewhere}, [2]endpoint.Endpoint{}},
		{"nobody answered", []*trace.Leg{unanswered}, [2]endpoint.Endpoint{}},
		{"one that is over", []*trace.Leg{over, mine}, own},
		{"none", nil, [2]endpoint.Endpoint{}},
	} {
		if got := bySDP(path, c.legs, 20*second, 60*second); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}
