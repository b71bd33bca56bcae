package correlate

import (
	"runtime/debug"

	"github.com/latchscope/latchscope/analyze/trace"
)

// manyStreams is from how many streams on the memory of an analysis is looked
// after between its steps.
const manyStreams = 50_000

// breathe gives back to the system what a step has left behind, before the next
// one asks for more: each leaves holes behind that are of no use to the others,
// and with many calls these come to a fifth of everything. It costs as much as
// a collection of garbage.
func breathe(streams []*trace.Stream) {
	if len(streams) >= manyStreams {
		debug.FreeOSMemory()
	}
}
