package detect

import (
	"testing"

	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/trace"
)

// A port that refuses is to be opened by who announced it. Of the only leg in view, who
// offered may be a server.
func TestOpenPort(t *testing.T) {
	host := func(s string) trace.Party { return trace.Party{Hosts: []endpoint.Endpoint{at(s)}} }
	port := func(s string, side trace.Side, offer bool) *trace.Port {
		return &trace.Port{Media: &trace.Media{Addr: at(s)}, Side: side, Offer: offer}
	}
	dialog := func(id string) *trace.Dialog { return &trace.Dialog{CallID: id} }
	outer := &trace.Leg{Dialog: dialog("a"), Parties: [2]trace.Party{host("192.0.2.1:5060"), host("203.0.113.10:5060")},
		Ports: []*trace.Port{port("192.0.2.1:4000", trace.Caller, true), port("203.0.113.20:30000", trace.Callee, false)}}
	inner := &trace.Leg{Dialog: dialog("b"), Parties: [2]trace.Party{host("203.0.113.10:5060"), host("198.51.100.7:5060")},
		Ports: []*trace.Port{port("203.0.113.20:30002", trace.Caller, true), port("198.51.100.7:6000", trace.Callee, false)}}
	both, one := &trace.Call{Legs: []*trace.Leg{outer, inner}}, &trace.Call{Legs: []*trace.Leg{outer}}
	for _, c := range []struct {
		call        *trace.Call
		at          string
		owner, what string
	}{
		{both, "192.0.2.1:4000", "caller", openAtOffer.What},
		{both, "203.0.113.20:30000", "media-server", openAtAnswer.What},
		{both, "203.0.113.20:30002", "media-server", openAtOffer.What},
		{both, "198.51.100.7:6000", "callee", openAtAnswer.What},
		{both, "198.51.100.9:6000", "media-server", openAtOffer.What},
		{one, "192.0.2.1:4000", "media-server", openAtOffer.What},
	} {
		if a := openPort(c.call, at(c.at)); a.Owner != c.owner || a.What != c.what {
			t.Errorf("%s: %s: %s", c.at, a.Owner, a.What)
		}
	}
}
