package collect

import (
	"testing"

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
