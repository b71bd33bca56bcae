package correlate

import (
	"net/netip"
	"testing"

	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/trace"
)

// A refresh repeats what was said; whatever differs begins anew.
func TestSame(t *testing.T) {
	ep := func(port uint16) endpoint.Endpoint {
		return endpoint.From(netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, 2, 1}), port))
	}
	said := func(change func(*trace.Media)) *trace.Media {
		m := &trace.Media{Addr: ep(4000), Terms: &trace.Terms{
			Kind: "audio", RTCP: ep(4001), Formats: []trace.Format{{PT: 8, Name: "PCMA", Clock: 8000}}, Candidates: []endpoint.Endpoint{ep(4000)}}}
		change(m)
		return m
	}
	before := said(func(*trace.Media) {})
	if !same(before, said(func(*trace.Media) {})) {
		t.Error("a refresh is taken for news")
	}
	for name, change := range map[string]func(*trace.Media){
		"address":    func(m *trace.Media) { m.Addr = ep(5000) },
		"RTCP":       func(m *trace.Media) { m.RTCP = ep(5001) },
		"direction":  func(m *trace.Media) { m.Direction = trace.SendOnly },
		"mux":        func(m *trace.Media) { m.Mux = true },
		"kind":       func(m *trace.Media) { m.Kind = "video" },
		"keys":       func(m *trace.Media) { m.Secure = true },
		"formats":    func(m *trace.Media) { m.Formats = []trace.Format{{PT: 0, Name: "PCMU", Clock: 8000}} },
		"candidates": func(m *trace.Media) { m.Candidates = append(m.Candidates, ep(6000)) },
	} {
		if same(before, said(change)) || same(said(change), before) {
			t.Errorf("another %s says nothing new", name)
		}
	}
}

// What a party announced has the same address on both sides of a NAT that leaves SDP alone;
// what the other party announced is nothing of it.
func TestAlias(t *testing.T) {
	ep := func(port uint16) endpoint.Endpoint {
		return endpoint.From(netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, 2, 1}), port))
	}
	media := func(port uint16) trace.Media {
		return trace.Media{Addr: ep(port), Terms: &trace.Terms{Kind: "audio"}}
	}
	for _, c := range []struct {
		name string
		side trace.Side
		port uint16
		line int32
		want int
	}{
		{"the same again", trace.Caller, 4000, 0, 0},
		{"another address", trace.Caller, 5000, 0, 1},
		{"the other party's", trace.Callee, 4000, 0, 1},
		{"another line's", trace.Caller, 4000, 1, 1},
		{"a rejected line", trace.Caller, 0, 0, 0},
	} {
		known := media(4000)
		l := &trace.Leg{Ports: []*trace.Port{{Media: &known, Side: trace.Caller}}}
		said := &trace.SDP{Media: make([]trace.Media, c.line+1)}
		said.Media[c.line] = media(c.port)
		n := negotiation{callID: new(callID), leg: l}
		n.alias(&trace.Message{Dialog: &trace.Dialog{}, Kind: &trace.Kind{Method: "INVITE"}, SDP: said}, c.side)
		got := 0
		for _, p := range l.Ports {
			if p.Alias && p.Side == c.side && p.Line == c.line && p.Addr == ep(c.port) {
				got++
			}
		}
		if got != c.want || len(l.Ports) != 1+c.want {
			t.Errorf("%s: %d aliases, want %d", c.name, got, c.want)
		}
	}
}
