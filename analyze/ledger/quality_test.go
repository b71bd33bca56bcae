package ledger

import (
	"testing"

	"github.com/latchscope/latchscope/analyze/rtp"
	"github.com/latchscope/latchscope/analyze/trace"
)

// lossy is a stream of so many packets, a packet each 20 ms, and of others that are missing in
// its midst.
func lossy(packets, lost int) *trace.Stream {
	s := new(trace.Stream)
	for n := range packets + lost {
		if n >= packets/2 && n < packets/2+lost {
			continue
		}
		r := s.Stats.Update(int64(n)*20*millisecond, rtp.Stamp{Seq: uint16(n), TS: uint32(n * 160)}, 8000)
		s.Last = trace.Mark{Time: int64(n) * 20 * millisecond, Seq: r.Ext, Frame: uint32(n + 1)}
		if n == 0 {
			s.First = s.Last
		}
	}
	return s
}

// Runs of lost packets are counted by the gaps that were kept; what is lost beyond them was lost
// in shorter ones: in as many as were dropped, or as there are packets.
func TestCountRuns(t *testing.T) {
	for _, c := range []struct {
		name    string
		lost    int
		gaps    []int64 // packets that are missing in each that was kept
		dropped uint32
		events  int64
	}{
		{"none", 0, nil, 0, 0},
		{"all in one gap", 10, []int64{10}, 0, 1},
		{"all in two", 10, []int64{7, 3}, 0, 2},
		{"the rest in two that were not kept", 10, []int64{5}, 2, 3},
		{"the rest in more than it has packets", 10, []int64{8}, 5, 3},
		{"the rest in what nobody counted", 10, []int64{5}, 0, 2},
		{"late packets filled gaps", 2, []int64{5}, 0, 1},
	} {
		s := lossy(500, c.lost)
		at := s.First
		for _, n := range c.gaps {
			after := trace.Mark{Time: at.Time + (n+1)*20*millisecond, Seq: at.Seq + n + 1, Frame: at.Frame + 1}
			s.Break(trace.Gap{Before: at, After: after})
			at = after
		}
		if c.dropped > 0 {
			s.Broken().Dropped = c.dropped
		}
		d := &direction{rower: &rower{Ledger: &Ledger{trace: new(trace.Trace)}}, to: trace.Moment{Time: 20 * second}}
		var r runs
		if r.count(d, s); r.events != c.events || r.lost != int64(c.lost) || len(r.losses) != len(c.gaps) {
			t.Errorf("%s: %d lost in %d runs, want %d in %d", c.name, r.lost, r.events, c.lost, c.events)
		}
	}
}
