package component

import (
	"testing"

	"github.com/latchscope/latchscope/analyze/internal/collect"
	"github.com/latchscope/latchscope/analyze/trace"
)

// For as long as a clock was set back, times are there twice: a frame's number tells
// which of the two is meant.
func TestClockSetBackByFrame(t *testing.T) {
	s := &scene{base: []int32{0, 1}, point: []int{0, 0}, clocks: &collect.Clocks{Steps: []trace.ClockStep{{}, {At: 10 * second, By: 2 * second, Frame: 50}}}}
	for _, c := range []struct{ frame, at, want int64 }{
		{49, 11, 11}, {50, 11, 13}, {50, 10, 12}, {51, 14, 16}, {1, 5, 5},
	} {
		if got := s.at(1, trace.Moment{Ref: trace.FrameOf(0, c.frame), Time: c.at * second}); got != c.want*second {
			t.Errorf("frame %d at %d s: %d s, want %d", c.frame, c.at, got/second, c.want)
		}
	}
	if got := s.at(0, trace.Moment{Ref: trace.Ref{Frame: 60}, Time: 11 * second}); got != 11*second {
		t.Errorf("a file without a step: %d s", got/second)
	}
}
