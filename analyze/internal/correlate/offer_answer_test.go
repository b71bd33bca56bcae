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
