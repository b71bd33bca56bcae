package trace

import (
	"testing"
	"unsafe"

	"github.com/latchscope/latchscope/analyze/internal/tracked"
)

// TestStreamSize holds how much a stream costs: a wide capture has hundreds of
// thousands, and every packet touches what stands in front.
func TestStreamSize(t *testing.T) {
	const line = 64
	var s Stream
	if n := unsafe.Sizeof(s); n > 384 {
		t.Errorf("a stream takes %d bytes", n)
	}
	if n := unsafe.Sizeof(tracked.Stream{}); n > 56 {
		t.Errorf("what the collector keeps of it takes %d bytes", n)
	}
	if end := unsafe.Offsetof(s.Last) + unsafe.Sizeof(s.Last); end > 4*line {
		t.Errorf("what every packet touches takes %d bytes, more than four cache lines", end)
	}
	// What the prefetch touches: one of each line but the first, which the look-up read.
	for i, at := range []uintptr{
		unsafe.Offsetof(s.Stats) + unsafe.Offsetof(s.Stats.Unwrapper) + unsafe.Offsetof(s.Stats.ExtHighest),
		unsafe.Offsetof(s.Stats) + unsafe.Offsetof(s.Stats.Packets),
		unsafe.Offsetof(s.Last) + unsafe.Offsetof(s.Last.Time),
	} {
		if int(at/line) != i+1 {
			t.Errorf("field %d stands at %d, not in line %d", i, at, i+1)
		}
	}
}
