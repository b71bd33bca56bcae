package trace

import "testing"

// Where a stream goes on beyond what the second look holds, the last packet that
// it holds is not the last before a time, nor the first the first after it.
func TestEdgesBeyondTheSecondLook(t *testing.T) {
	const step = 20 * millisecond
	mark := func(n int64) Mark { return Mark{Time: n * step, Frame: uint32(n + 1), Seq: n} }
	s := &Stream{First: mark(0), Last: mark(499)}
	s.Stats.Packets = 500
	look := &Closeup{Packets: map[*Stream][]Packet{}}
	for n := int64(200); n < 250; n++ {
		look.Packets[s] = append(look.Packets[s], Packet{Mark: mark(n)})
	}
	tr := &Trace{Closeup: look}
	for _, c := range []struct {
		name          string
		at            int64
		before, after int64
	}{
		{"within it", 220 * step, 219 * step, 220 * step},
		{"at its beginning", 201 * step, 200 * step, 201 * step},
		{"a second behind it", 300 * step, 300*step - 1, 300 * step},
		{"a second in front of it", 150 * step, 150*step - 1, 150 * step},
	} {
		if m, ok := tr.LastBefore(s, c.at); !ok || m.Time != c.before {
			t.Errorf("%s: the last before %d is at %d, want %d", c.name, c.at, m.Time, c.before)
		}
		if m, ok := tr.FirstAfter(s, c.at); !ok || m.Time != c.after {
			t.Errorf("%s: the first from %d on is at %d, want %d", c.name, c.at, m.Time, c.after)
		}
	}
}

// The number that a stream had reached is what its times and gaps tell: within a run by its
// pace, in a gap the last that is missing, at a packet that stands alone its own.
func TestSeqNear(t *testing.T) {
	mark := func(ms, seq int64) Mark { return Mark{Time: ms * millisecond, Seq: seq, Frame: uint32(seq + 1)} }
	s := &Stream{First: mark(0, 0), Last: mark(4000, 120)}
	s.Break(Gap{Before: mark(1000, 50), After: mark(2000, 60)})
	s.Break(Gap{Before: mark(2000, 60), After: mark(3000, 70)})
	for _, c := range []struct{ at, want int64 }{
		{-10, 0}, {0, 0}, {500, 25}, {1000, 50}, {1500, 59}, {2000, 60}, {2500, 69}, {3000, 70}, {3500, 95}, {4000, 120}, {5000, 120},
	} {
		if got := s.seqNear(c.at * millisecond); got != c.want {
			t.Errorf("at %d ms: %d, want %d", c.at, got, c.want)
		}
	}
}
