package replay

import (
	"net/netip"
	"slices"
	"testing"

	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/rtp"
	"github.com/latchscope/latchscope/analyze/trace"
	"github.com/latchscope/latchscope/replay/latch"
)

// What arrives at the server is what goes to the talker's port there, or to another port of that
// host for the same line of the same leg; and what goes to the other side's.
func TestArriving(t *testing.T) {
	at := func(s string) endpoint.Endpoint { return endpoint.From(netip.MustParseAddrPort(s)) }
	leg, other := &trace.Leg{Messages: trace.MessagesOf(trace.Message{})}, new(trace.Leg)
	call := &trace.Call{Legs: []*trace.Leg{leg, other}}
	stream := func(dst string, from, to int64, change func(*trace.Stream)) *trace.Stream {
		s := &trace.Stream{Call: call, Src: at("192.0.2.1:4000"), Dst: at(dst), First: trace.Mark{Time: from * 1e9}, Last: trace.Mark{Time: to * 1e9}, Place: trace.Place{Leg: leg}}
		if change != nil {
			change(s)
		}
		return s
	}
	const port, moved, past = "203.0.113.1:6000", "203.0.113.1:6004", "203.0.113.9:6000"
	own := stream(port, 0, 30, nil)
	far := stream("203.0.113.1:6002", 0, 30, func(s *trace.Stream) { s.Place.Leg = other })
	back, out := stream("192.0.2.1:4000", 0, 30, nil), stream("192.0.2.2:4000", 0, 30, nil)
	w := trace.Ways{Far: []*trace.Stream{far}, Back: []*trace.Stream{back}, Out: []*trace.Stream{out}}
	k := &trace.Talker{Call: call, Streams: []*trace.Stream{own}, Travels: new(trace.Travels)}
	for _, c := range []struct {
		name      string
		s         *trace.Stream
		near, far bool
	}{
		{"the talker's", own, true, false},
		{"another's to its port", stream(port, 5, 10, func(s *trace.Stream) { s.Place = trace.Place{} }), true, false},
		{"to another port for the same line", stream(moved, 5, 10, nil), true, false},
		{"for another line", stream(moved, 5, 10, func(s *trace.Stream) { s.Place.Line = 1 }), false, false},
		{"of the other side", stream(moved, 5, 10, func(s *trace.Stream) { s.Place.From = trace.Callee }), false, false},
		{"of another leg", stream(moved, 5, 10, func(s *trace.Stream) { s.Place.Leg = other }), false, false},
		{"past the server", stream(past, 5, 10, nil), false, false},
		{"of no leg", stream(moved, 5, 10, func(s *trace.Stream) { s.Place = trace.Place{} }), false, false},
		{"the other party's", far, false, true},
		{"another's to its port there", stream("203.0.113.1:6002", 5, 10, func(s *trace.Stream) { s.Place.Leg = other }), false, true},
		{"what the server sends back", back, false, false},
		{"what it sends on", out, false, false},
		{"seen once more", stream(port, 5, 10, func(s *trace.Stream) { s.CopyOf = own }), false, false},
		{"of another call", stream(port, 5, 10, func(s *trace.Stream) { s.Call = &trace.Call{Legs: []*trace.Leg{other}} }), false, false},
		{"of no signalled call", stream(port, 5, 10, func(s *trace.Stream) { s.Call, s.Place = new(trace.Call), trace.Place{} }), true, false},
	} {
		near, far := arriving(&trace.Trace{Streams: []*trace.Stream{c.s}}, k, w)
		if slices.Contains(near, c.s) != c.near || slices.Contains(far, c.s) != c.far {
			t.Errorf("%s: near %v, far %v", c.name, len(near) > 0, len(far) > 0)
		}
	}
}

// Datagrams without media count where they come to one of the server's two ports, from shortly
// before the call to its end.
func TestKeepalivesOfACase(t *testing.T) {
	at := func(s string) endpoint.Endpoint { return endpoint.From(netip.MustParseAddrPort(s)) }
	const near, far = "203.0.113.1:6000", "203.0.113.1:6002"
	for _, c := range []struct {
		name  string
		dst   string
		time  float64 // s; the call lasts from 10 to 60
		class rtp.Class
		want  int
		side  latch.Side
	}{
		{"to the talker's port", near, 30, rtp.Other, 1, latch.SideA},
		{"to the other port", far, 30, rtp.Other, 1, latch.SideB},
		{"to another", "203.0.113.1:6004", 30, rtp.Other, 0, 0},
		{"just before the call", near, 8.1, rtp.Other, 1, latch.SideA},
		{"long before it", near, 7.9, rtp.Other, 0, 0},
		{"at its end", near, 60, rtp.Other, 1, latch.SideA},
		{"after it", near, 60.1, rtp.Other, 0, 0},
		{"STUN without ICE", near, 30, rtp.STUN, 1, latch.SideA},
	} {
		k := &trace.Talker{Streams: []*trace.Stream{{Dst: at(near)}}, Travels: new(trace.Travels)}
		b := &assembly{Case: &Case{Talker: k, Near: latch.SideA, Start: 10e9, End: 60e9},
			packet: &trace.Closeup{Keepalives: []trace.Keepalive{{Moment: trace.Moment{Time: int64(c.time * 1e9)}, Src: at("192.0.2.1:4000"), Dst: at(c.dst), Class: uint8(c.class)}}}}
		b.keepalives(k.Streams, []*trace.Stream{{Dst: at(far)}})
		if len(b.items) != c.want || c.want > 0 && b.items[0].ev.Side != c.side {
			t.Errorf("%s: %d", c.name, len(b.items))
		}
	}
}

// A packet was refused where an error quotes its number from about then, or where it came before
// the last refusal of the beginning. Numbers come again.
func TestRefusalOfAPacket(t *testing.T) {
	r := refused{quoted: map[numbered]quoted{{7, 100}: {20e9, RefusedByOther}}, until: 5e9, side: latch.SideA, by: RefusedByHost}
	for _, c := range []struct {
		name string
		ev   latch.Event
		want Refusal
	}{
		{"quoted", latch.Event{Side: latch.SideA, SSRC: 7, Seq: 100, Time: 20e9}, RefusedByOther},
		{"quoted, of the other side", latch.Event{Side: latch.SideB, SSRC: 7, Seq: 100, Time: 19e9}, RefusedByOther},
		{"the same number long before", latch.Event{Side: latch.SideA, SSRC: 7, Seq: 100, Time: 16e9}, NotRefused},
		{"the same number long after", latch.Event{Side: latch.SideA, SSRC: 7, Seq: 100, Time: 24e9}, NotRefused},
		{"another number", latch.Event{Side: latch.SideA, SSRC: 7, Seq: 101, Time: 20e9}, NotRefused},
		{"another source", latch.Event{Side: latch.SideA, SSRC: 8, Seq: 100, Time: 20e9}, NotRefused},
		{"in the beginning", latch.Event{Side: latch.SideA, SSRC: 7, Seq: 3, Time: 5e9}, RefusedByHost},
		{"in the beginning, of the other side", latch.Event{Side: latch.SideB, SSRC: 7, Seq: 3, Time: 5e9}, NotRefused},
	} {
		if got := r.of(&c.ev); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}
