package detect

import (
	"testing"

	"github.com/latchscope/latchscope/analyze/trace"
)

// A filter for what a server passes on of a party leaves out what it passes on of strangers
// there: each of their SSRCs once, three at most, and none that is the party's own.
func TestFilterWithoutStrangers(t *testing.T) {
	when := func(s int64) trace.Mark {
		return trace.Mark{Time: s * 1e9, Frame: uint32(s + 1), Seq: s * 50, TS: s * 8000}
	}
	const server, listener = "203.0.113.1:6002", "192.0.2.2:4000"
	in, own := at("203.0.113.1:6000"), &trace.Media{Addr: at("192.0.2.1:4000"), Terms: new(trace.Terms)}
	l := &trace.Leg{Answer: when(1).Moment()}
	said := l.Messages.Appender().Add(trace.Message{})
	for _, media := range []*trace.Media{own, {Addr: in, Terms: new(trace.Terms)}, {Addr: at(listener), Terms: new(trace.Terms)}} {
		l.Ports = append(l.Ports, &trace.Port{Leg: l, Media: media, Said: said})
	}
	stream := func(ssrc uint32, src, dst string, relayed *trace.Stream) *trace.Stream {
		s := &trace.Stream{SSRC: ssrc, Src: at(src), Dst: at(dst), First: when(10), Last: when(30), RelayOf: relayed, Place: trace.Place{Leg: l, Port: l.Ports[1]}}
		s.Stats.Packets = 1000
		return s
	}
	party := stream(1, "192.0.2.1:4000", "203.0.113.1:6000", nil)
	party.Place.Own, party.First = l.Ports[0], when(5)
	passed := stream(1, server, listener, party)
	call := &trace.Call{Legs: []*trace.Leg{l}, Streams: []*trace.Stream{party, passed}}
	if got := withoutStrangers(call, passed); got != "" {
		t.Errorf("without strangers: %q", got)
	}
	for _, ssrc := range []uint32{2, 2, 1, 3, 4, 5} {
		s := stream(ssrc, "192.0.2.99:5000", "203.0.113.1:6000", nil)
		call.Streams = append(call.Streams, s, stream(ssrc, server, listener, s))
	}
	elsewhere := stream(7, "192.0.2.99:5000", "203.0.113.1:6000", nil)
	call.Streams = append(call.Streams, elsewhere, stream(7, "203.0.113.1:6004", listener, elsewhere), stream(8, server, listener, nil))
	if got, want := withoutStrangers(call, passed), " && rtp.ssrc != 0x00000002 && rtp.ssrc != 0x00000003 && rtp.ssrc != 0x00000004"; got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	foreign := call.Streams[3] // its stream is a stranger's, whatever its SSRC
	if got, want := withoutStrangers(call, foreign), " && rtp.ssrc != 0x00000002"; len(got) < len(want) || got[:len(want)] != want {
		t.Errorf("of what is a stranger's: %q", got)
	}
}
