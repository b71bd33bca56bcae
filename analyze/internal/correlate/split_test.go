package correlate

import (
	"fmt"
	"testing"

	"github.com/latchscope/latchscope/analyze/trace"
)

// A talker whose streams belong to several calls is one talker for each, with the moves and
// the copies of its own streams, and no move from one call into the other.
func TestSplitTalkers(t *testing.T) {
	one, two := &trace.Call{ID: 1}, &trace.Call{ID: 2}
	var all []*trace.Stream
	stream := func(c *trace.Call, src string, first, last int64) *trace.Stream {
		mark := func(n int64) trace.Mark { return trace.Mark{Time: n * 20 * millisecond, Seq: n, Frame: uint32(n + 1)} }
		s := &trace.Stream{ID: int32(len(all) + 1), Call: c, Src: at(src), Dst: at("203.0.113.1:6000"), SSRC: 7, First: mark(first), Last: mark(last)}
		s.Stats.Packets = uint32(last - first + 1)
		all = append(all, s)
		return s
	}
	a, b := stream(one, "192.0.2.1:4000", 0, 99), stream(one, "192.0.2.1:4002", 100, 199)
	x, y := stream(two, "192.0.2.2:4000", 200, 299), stream(two, "192.0.2.2:4002", 300, 399)
	copied := stream(two, "192.0.2.9:4000", 200, 299)
	copied.CopyOf = x
	for i, s := range []*trace.Stream{a, b, x} {
		s.Next = []*trace.Stream{b, x, y}[i]
		s.Next.Prev = s
	}
	whole := &trace.Talker{ID: 1, Streams: []*trace.Stream{a, b, x, y}, Travels: &trace.Travels{Copies: []*trace.Stream{copied}}}
	other := &trace.Talker{ID: 2, Streams: []*trace.Stream{stream(one, "198.51.100.1:4000", 50, 99)}, Travels: new(trace.Travels)}
	for _, s := range whole.Streams {
		s.Talker = whole
	}
	c := &correlation{&trace.Trace{Talkers: []*trace.Talker{whole, other}, Streams: all}}
	c.splitTalkers()
	var got string
	for _, k := range c.Talkers {
		got += fmt.Sprintf("%d:", k.ID)
		for _, s := range k.Streams {
			if s.Talker != k && k != other {
				t.Errorf("stream %d knows another talker than the one that has it", s.ID)
			}
			got += fmt.Sprintf(" %d", s.ID)
		}
		for _, m := range k.Moves {
			got += fmt.Sprintf(" %d>%d", m.From.ID, m.To.ID)
		}
		for _, s := range k.Copies {
			got += fmt.Sprintf(" copy %d", s.ID)
		}
		got += "; "
	}
	if want := "1: 1 2 1>2; 2: 6; 3: 3 4 3>4 copy 5; "; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if a.Next != b || b.Next != nil || x.Prev != nil || x.Next != y {
		t.Error("streams of two calls continue each other, or those of one no longer do")
	}
}
