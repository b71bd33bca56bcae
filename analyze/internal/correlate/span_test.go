package correlate

import (
	"testing"

	"github.com/latchscope/latchscope/analyze/capture"
	"github.com/latchscope/latchscope/analyze/trace"
)

// TestSpan: the trace begins and ends with whichever capture does, by one clock, and
// those without packets have no part in it.
func TestSpan(t *testing.T) {
	c := correlation{Trace: &trace.Trace{Captures: []trace.Capture{
		{},
		{Info: capture.Info{First: 20, Last: 90, Packets: 7, LastFrame: 7}},
		{Info: capture.Info{First: 50, Last: 70, Packets: 3, LastFrame: 3}, Offset: -40},
		{Info: capture.Info{First: 25, Last: 95, Packets: 4, LastFrame: 4}, Offset: 5},
	}}}
	c.span()
	if want := (trace.Moment{Ref: trace.Ref{File: 2, Frame: 1}, Time: 10}); c.First != want {
		t.Errorf("begins at %+v, want %+v", c.First, want)
	}
	if want := (trace.Moment{Ref: trace.Ref{File: 3, Frame: 4}, Time: 100}); c.Last != want {
		t.Errorf("ends at %+v, want %+v", c.Last, want)
	}
}
