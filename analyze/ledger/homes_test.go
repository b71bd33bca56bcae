package ledger

import (
	"net/netip"
	"testing"

	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/trace"
)

// A party has left a source when packets come from another one and none from there any more:
// also where the others went to another server, and only the talker's moves tell of them.
func TestHomesOf(t *testing.T) {
	at := func(port uint16) endpoint.Endpoint {
		return endpoint.From(netip.AddrPortFrom(netip.MustParseAddr("192.0.2.1"), port))
	}
	when := func(s int64) trace.Mark { return trace.Mark{Time: s * second, Frame: uint32(s + 1)} }
	stream := func(port uint16, from, to int64) *trace.Stream {
		return &trace.Stream{Src: at(port), First: when(from), Last: when(to)}
	}
	talker := func(streams ...*trace.Stream) {
		k := &trace.Talker{Streams: streams, Travels: new(trace.Travels)}
		for i, s := range streams {
			if s.Talker = k; i > 0 {
				k.Moves = append(k.Moves, trace.Move{From: streams[i-1], To: s, Before: streams[i-1].Last.Moment(), After: s.First.Moment()})
			}
		}
	}
	alone, first, next, back := stream(4000, 0, 60), stream(4000, 0, 20), stream(4002, 21, 40), stream(4000, 41, 60)
	talker(alone)
	talker(first, next)
	returned, between := stream(4000, 0, 20), stream(4002, 21, 40)
	talker(returned, between, back)
	elsewhere := stream(6000, 0, 40) // another view of a talker that moved
	elsewhere.Talker = first.Talker
	for _, c := range []struct {
		name    string
		streams []*trace.Stream
		want    map[uint16]int64 // of each source when it was left, s; -1 never
	}{
		{"one source", []*trace.Stream{alone}, map[uint16]int64{4000: -1}},
		{"two streams of one", []*trace.Stream{alone, stream(4000, 62, 70)}, map[uint16]int64{4000: -1}},
		{"moved", []*trace.Stream{first, next}, map[uint16]int64{4000: 21, 4002: -1}},
		{"moved to another server, too", []*trace.Stream{first}, map[uint16]int64{4000: 21}},
		{"moved, and seen from elsewhere", []*trace.Stream{first, next, elsewhere}, map[uint16]int64{4000: 21, 4002: -1, 6000: -1}},
		{"and back", []*trace.Stream{returned, between, back}, map[uint16]int64{4000: -1, 4002: 41}},
		{"two streams of one source, the first of which goes on", []*trace.Stream{stream(4000, 0, 60), stream(5000, 5, 40), stream(4000, 10, 20)}, map[uint16]int64{4000: -1, 5000: 40}},
		{"another machine took over", []*trace.Stream{stream(4000, 0, 20), stream(5000, 21, 40)}, map[uint16]int64{4000: 21, 5000: -1}},
		{"two at once", []*trace.Stream{stream(4000, 0, 40), stream(5000, 10, 40)}, map[uint16]int64{4000: -1, 5000: -1}},
		{"while the other still sent", []*trace.Stream{stream(4000, 0, 20), stream(5000, 10, 40)}, map[uint16]int64{4000: 20, 5000: -1}},
	} {
		h := homesOf(nil, c.streams)
		if len(h) != len(c.want) {
			t.Errorf("%s: %d homes, want %d", c.name, len(h), len(c.want))
		}
		for port, want := range c.want {
			left, own := h.of(at(port))
			if want < 0 && left != always || want >= 0 && left/second != want || !own {
				t.Errorf("%s: %d was left at %d, want %d", c.name, port, left, want)
			}
		}
	}
	if h := homesOf(nil, nil); h != nil {
		t.Errorf("nobody is at home at %v", h)
	}
}
