package collect

import (
	"testing"

	"github.com/latchscope/latchscope/analyze/rtp"
	"github.com/latchscope/latchscope/analyze/trace"
)

// Where two parts of a stream are joined, the clock is that of the later part, if
// SDP had named one by then.
func TestJoinedClock(t *testing.T) {
	for _, c := range [][3]uint32{{0, 48000, 48000}, {8000, 0, 8000}, {8000, 16000, 16000}, {0, 0, 0}} {
		o, s := &trace.Stream{Clock: c[0]}, &trace.Stream{Clock: c[1]}
		joinTracked(o, s)
		if o.Clock != c[2] {
			t.Errorf("%d Hz, then %d: %d", c[0], c[1], o.Clock)
		}
	}
}

// A part that begins with one packet of a far number has lost nothing: whether the sequence is
// another one tells the next part, as the next packet would in one pass.
func TestJoinedJump(t *testing.T) {
	part := func(first uint16, n, ms int64) *trace.Stream {
		s := new(trace.Stream)
		for i := range n {
			h, at := rtp.Stamp{Seq: first + uint16(i), TS: 160 * uint32(ms/20+i), PT: 8}, ms*millisecond+i*20*millisecond
			r := s.Stats.Update(at, h, 8000)
			s.Last = trace.Mark{Time: at, Seq: r.Ext, TS: r.TS, PT: 8, Frame: uint32(ms/20 + i + 1)}
			if i == 0 {
				s.First = s.Last
			}
		}
		return s
	}
	o := part(100, 50, 0)
	end := o.Last
	join(o, part(20_000, 1, 1000), 64)
	if o.Last != end || len(o.Gaps()) != 0 || o.Stats.Packets != 51 || o.Stats.Restarts != 0 {
		t.Errorf("with a jump: %d packets until number %d, %d restarts, gaps %v", o.Stats.Packets, o.Last.Seq, o.Stats.Restarts, o.Gaps())
	}
	join(o, part(20_001, 49, 1020), 64)
	if o.Last.Time != 1980*millisecond || o.Stats.Packets != 100 || o.Stats.Lost() != 0 || o.Stats.Restarts != 1 || len(o.Gaps()) != 1 {
		t.Errorf("carried on: %d packets until %d, %d lost, %d restarts, gaps %v", o.Stats.Packets, o.Last.Time, o.Stats.Lost(), o.Stats.Restarts, o.Gaps())
	}
}
