package trace

import (
	"net/netip"
	"testing"

	"github.com/latchscope/latchscope/analyze/endpoint"
)

func at(s string) endpoint.Endpoint { return endpoint.From(netip.MustParseAddrPort(s)) }

// A line is on hold for a side whose port is gone, or which is not to be sent to: by its own
// word (sendonly, inactive) or by the other's (recvonly, inactive), RFC 3264 section 8.4.
func TestHolds(t *testing.T) {
	for _, c := range []struct {
		name      string
		media     Media
		own, from bool // whether nothing is due to the side itself, and from it
	}{
		{"sendrecv", Media{Addr: at("192.0.2.1:4000")}, false, false},
		{"sendonly", Media{Addr: at("192.0.2.1:4000"), Terms: &Terms{Direction: SendOnly}}, true, false},
		{"recvonly", Media{Addr: at("192.0.2.1:4000"), Terms: &Terms{Direction: RecvOnly}}, false, true},
		{"inactive", Media{Addr: at("192.0.2.1:4000"), Terms: &Terms{Direction: Inactive}}, true, true},
		{"no address", Media{Addr: at("0.0.0.0:4000")}, true, true},
		{"rejected", Media{Addr: at("192.0.2.1:0")}, true, true},
		{"fax", Media{Addr: at("192.0.2.1:4000"), Terms: &Terms{T38: true}}, true, true},
	} {
		if c.media.Terms == nil {
			c.media.Terms = new(Terms)
		}
		p := &Port{Side: Caller, Media: &c.media}
		if got := p.holds(Caller); got != c.own {
			t.Errorf("%s: to the side itself %v", c.name, got)
		}
		if got := p.holds(Callee); got != c.from {
			t.Errorf("%s: to the other side %v", c.name, got)
		}
	}
}

// RTCP is awaited where SDP says (RFC 3605), at the port itself (RFC 5761), else at the next.
func TestRTCPAddr(t *testing.T) {
	addr := at("192.0.2.1:4000")
	for _, c := range []struct {
		terms Terms
		want  string
	}{
		{Terms{}, "192.0.2.1:4001"}, {Terms{Mux: true}, "192.0.2.1:4000"}, {Terms{RTCP: at("192.0.2.9:7000")}, "192.0.2.9:7000"},
		{Terms{RTCP: at("192.0.2.9:7000"), Mux: true}, "192.0.2.9:7000"},
	} {
		if got := (&Port{Media: &Media{Addr: addr, Terms: &c.terms}}).RTCPAddr(); got != at(c.want) {
			t.Errorf("%+v: %v, want %s", c.terms, got, c.want)
		}
	}
}

// A stream was refused from the first error on that came while the call wanted it.
func TestRefusedFrom(t *testing.T) {
	when := func(s int64) Moment { return Moment{Ref: Ref{Frame: uint32(s)}, Time: s * second} }
	for _, c := range []struct {
		name   string
		errors []ICMPError // all about one stream
		want   int64
	}{
		{"none", nil, 0},
		{"two", []ICMPError{{Moment: when(5)}, {Moment: when(6)}}, 5},
		{"the packet is known", []ICMPError{{Moment: when(5), Quoted: when(4)}}, 4},
		{"on hold", []ICMPError{{Moment: when(5), Dropped: true}, {Moment: when(6)}}, 6},
		{"in nobody's interest", []ICMPError{{Moment: when(5), Dropped: true}}, 0},
	} {
		call := new(Call)
		s := &Stream{Call: call}
		tr := new(Trace)
		for i := range c.errors {
			e := &c.errors[i]
			e.Call, e.Stream, e.Quote.Type, e.Quote.Code = call, s, 3, 3
			tr.Errors = append(tr.Errors, e)
		}
		fragment := &ICMPError{Moment: when(1), Call: call, Stream: s}
		fragment.Quote.Type, fragment.Quote.Code = 3, 4
		stranger := &ICMPError{Moment: when(1), Call: call}
		stranger.Quote.Type, stranger.Quote.Code = 3, 3
		tr.Errors = append([]*ICMPError{fragment, stranger}, tr.Errors...)
		tr.Index()
		if got := s.RefusedFrom(); got != c.want*second {
			t.Errorf("%s: from %d on, want %d s", c.name, got, c.want)
		}
	}
}

// Ports of the engine are those that it gave out: what a command of one party gets is for the
// other one; of an offer, for whoever answered last.
func TestEnginePorts(t *testing.T) {
	sdp := func(s string) *SDP { return &SDP{Media: []Media{{Addr: at(s), Terms: new(Terms)}}} }
	const caller, callee, forCallee, forCaller = "198.51.100.7:4000", "192.0.2.33:5000", "203.0.113.20:30000", "203.0.113.20:30020"
	offer := &Control{Command: "offer", Dialog: Dialog{FromTag: "f"}, Said: sdp(caller), Given: sdp(forCallee)}
	answer := &Control{Command: "answer", Dialog: Dialog{FromTag: "f", ToTag: "t"}, Said: sdp(callee), Given: sdp(forCaller)}
	known := Moment{Ref: Ref{Frame: 9}}
	query := &Control{Command: "query", Reply: known, Dialog: Dialog{FromTag: "f"}, Belief: []Belief{
		{Tag: "t", Local: at(forCallee), Peer: at("192.0.2.34:5002"), Announced: at(callee), Confirmed: true, Packets: 7}, {Tag: "f", RTCP: true, Local: at("203.0.113.20:30021")}}}
	of := func(side Side, tag, local, announced string) EnginePort {
		return EnginePort{Side: side, Belief: Belief{Tag: tag, Local: at(local), Announced: at(announced)}}
	}
	again := &Control{Command: "answer", Dialog: Dialog{FromTag: "f", ToTag: "u"}, Said: sdp("192.0.2.44:5000"), Given: sdp(forCaller)}
	for _, c := range []struct {
		name string
		list []*Control
		want []EnginePort
	}{
		{"nothing was told", nil, nil},
		{"offer and answer", []*Control{offer, answer}, []EnginePort{of(Callee, "t", forCallee, callee), of(Caller, "f", forCaller, caller)}},
		{"nobody answered", []*Control{offer}, []EnginePort{of(Callee, "", forCallee, "0.0.0.0:0")}},
		{"two answered", []*Control{offer, answer, again}, []EnginePort{of(Callee, "u", forCallee, "192.0.2.44:5000"), of(Caller, "f", forCaller, caller)}},
		{"asked what it believes", []*Control{offer, answer, query}, []EnginePort{
			{Side: Callee, Belief: query.Belief[0], Known: known}, of(Caller, "f", forCaller, caller), {Side: Caller, Belief: Belief{Tag: "f", RTCP: true, Local: at("203.0.113.20:30021"), Announced: at(caller)}, Known: known}}},
	} {
		got := (&Call{Controls: c.list}).EnginePorts()
		if len(got) != len(c.want) {
			t.Errorf("%s: %d ports, want %d", c.name, len(got), len(c.want))
			continue
		}
		for i := range got {
			if c.want[i].Announced == at("0.0.0.0:0") {
				c.want[i].Announced = endpoint.Endpoint{}
			}
			if got[i] != c.want[i] {
				t.Errorf("%s: %+v, want %+v", c.name, got[i], c.want[i])
			}
		}
	}
}
