package report

import (
	"net/netip"
	"testing"

	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/trace"
	"github.com/latchscope/latchscope/detect"
)

// A proxy passes User-Agent and Server on: they name the end that said so. A server that
// begins a dialog of its own names itself, even by the name that the phone has.
func TestCallsItself(t *testing.T) {
	const phone, proxy, other = "192.0.2.1:5060", "192.0.2.2:5060", "192.0.2.3:5060"
	party := func(agent string, hosts ...string) trace.Party {
		p := trace.Party{Agent: agent}
		for _, h := range hosts {
			p.Hosts = append(p.Hosts, endpoint.From(netip.MustParseAddrPort(h)))
		}
		return p
	}
	leg := func(id string, caller, callee trace.Party) *trace.Leg {
		return &trace.Leg{Dialog: &trace.Dialog{CallID: id}, Parties: [2]trace.Party{caller, callee}}
	}
	for name, c := range map[string]struct {
		a, b           *trace.Leg
		caller, server bool // the phone on the first leg, the server on the second
		callee         bool // the server as the first leg's callee
	}{
		"a proxy": {leg("1", party("Phone/1", phone), party("Proxy/1", proxy)),
			leg("1", party("Phone/1", proxy), party("", other)), true, false, true},
		"a proxy that passes a Server header on": {leg("1", party("Phone/1", phone), party("Other/1", proxy)),
			leg("1", party("Phone/1", proxy), party("Other/1", other)), true, false, false},
		"a server of the same make": {leg("1", party("Same/1", phone), party("Same/1", proxy)),
			leg("2", party("Same/1", proxy), party("Same/1", other)), true, true, true},
		"the callee past the proxy, too": {leg("1", party("Phone/1", phone), party("Proxy/1", proxy, other)),
			leg("1", party("Phone/1", proxy), party("", other)), true, false, false},
		"one dialog, another name": {leg("1", party("Phone/1", phone), party("Proxy/1", proxy)),
			leg("1", party("Proxy/1", proxy), party("", other)), true, true, true},
	} {
		call := &trace.Call{Legs: []*trace.Leg{c.a, c.b}}
		n := detect.NamesOf(call, nil, nil)
		if got := callsItself(call, n, c.a, trace.Caller); got != c.caller {
			t.Errorf("%s: the caller on the first leg: %t", name, got)
		}
		if got := callsItself(call, n, c.b, trace.Caller); got != c.server {
			t.Errorf("%s: the server on the second leg: %t", name, got)
		}
		if got := callsItself(call, n, c.a, trace.Callee); got != c.callee {
			t.Errorf("%s: the callee of the first leg: %t", name, got)
		}
	}
}

func TestNatted(t *testing.T) {
	for list, want := range map[string]string{
		"198.51.100.7":                 "NAT 198.51.100.7",
		"192.168.1.50, 198.51.100.7":   "192.168.1.50 behind NAT 198.51.100.7",
		"192.168.1.50":                 "192.168.1.50",
		"198.51.100.7, 2001:db8:5::50": "2001:db8:5::50 behind NAT 198.51.100.7",
		"2001:db8:5::50":               "NAT 2001:db8:5::50",
		"192.168.1.50, 2001:db8:5::50": "192.168.1.50 behind NAT 2001:db8:5::50",
	} {
		if got := natted(list); got != want {
			t.Errorf("%s: %q, want %q", list, got, want)
		}
	}
}
