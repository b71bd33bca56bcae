package ledger

import (
	"testing"

	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/trace"
)

// A host that signals on two legs and announces one address on both passes SDP on: media
// for that address does not go to it. A NAT before a phone signals on one leg only, and a
// server that takes media names an address of its own on each.
func TestProxied(t *testing.T) {
	leg := func(from, to string, ports ...string) *trace.Leg {
		l := &trace.Leg{Parties: [2]trace.Party{{Hosts: []endpoint.Endpoint{at(from)}}, {Hosts: []endpoint.Endpoint{at(to)}}}}
		for _, p := range ports {
			l.Ports = append(l.Ports, &trace.Port{Media: &trace.Media{Addr: at(p)}, Side: trace.Callee})
		}
		return l
	}
	phone := "192.168.5.20:8024"
	for name, c := range map[string]struct {
		legs []*trace.Leg
		host string
		want bool
	}{
		"a proxy":               {[]*trace.Leg{leg("192.168.5.10:5060", "192.168.5.11:5060", phone), leg("192.168.5.11:5060", phone, phone)}, "192.168.5.11:5060", true},
		"a NAT":                 {[]*trace.Leg{leg("203.0.113.10:5060", "198.51.100.7:5060", phone), leg("192.0.2.1:5060", "203.0.113.10:5060", phone)}, "198.51.100.7:5060", false},
		"a server of its media": {[]*trace.Leg{leg("192.168.5.10:5060", "192.168.5.11:5060", phone), leg("192.168.5.11:5060", phone, "192.168.5.30:9000")}, "192.168.5.11:5060", false},
		"one leg":               {[]*trace.Leg{leg("192.168.5.10:5060", "198.51.100.7:5060", phone)}, "198.51.100.7:5060", false},
	} {
		d := &direction{rower: &rower{call: &trace.Call{Legs: c.legs}}}
		if got := d.proxied(c.legs[0], at(c.host), at(phone)); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}
