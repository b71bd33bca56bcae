package trace

import "testing"

// A moment that was never seen is before nothing, and nothing is before it.
func TestBefore(t *testing.T) {
	at := func(ns int64, frame uint32) Moment { return Moment{Time: ns, Ref: Ref{Frame: frame}} }
	for _, c := range []struct {
		a, b Moment
		want bool
	}{
		{at(1, 1), at(2, 2), true},
		{at(2, 2), at(1, 1), false},
		{at(1, 1), at(1, 2), true},
		{at(1, 1), at(1, 1), false},
		{Moment{}, at(1, 1), false},
		{at(-1, 1), Moment{}, false},
		{Moment{Time: -5}, Moment{}, false},
	} {
		if got := c.a.Before(c.b); got != c.want {
			t.Errorf("%v before %v: %v", c.a, c.b, got)
		}
	}
}

// When a number was due lies between the marks that are nearest to it.
func TestTimeAt(t *testing.T) {
	mark := func(seq, ms int64) Mark { return Mark{Seq: seq, Time: ms * millisecond} }
	// 100-109 every 20 ms, silence for a second, 110-119 every 20 ms, 10 lost, 130-139.
	s := &Stream{First: mark(100, 0), Last: mark(139, 1760)}
	s.Break(Gap{Before: mark(109, 180), After: mark(110, 1180)})
	s.Break(Gap{Before: mark(119, 1360), After: mark(130, 1580)})
	for seq, want := range map[int64]int64{100: 0, 105: 100, 109: 180, 110: 1180, 115: 1280, 119: 1360, 124: 1460, 130: 1580, 135: 1680, 139: 1760} {
		if got := s.TimeAt(seq) / millisecond; got != want {
			t.Errorf("number %d at %d ms, want %d", seq, got, want)
		}
	}
}

// A call that only an engine's control protocol tells of has neither legs nor
// streams.
func TestStartOfACallOfNothing(t *testing.T) {
	if at := new(Call).Start(); !at.IsZero() {
		t.Errorf("it began at %v", at)
	}
}

// A frame that has no number of its own any more has the last one.
func TestFrameOf(t *testing.T) {
	for n, want := range map[int64]uint32{1: 1, LastNumber: LastNumber, LastNumber + 1: LastNumber, 1 << 40: LastNumber} {
		if got := FrameOf(3, n); got != (Ref{File: 3, Frame: want}) {
			t.Errorf("frame %d is %+v, want %d", n, got, want)
		}
	}
}
