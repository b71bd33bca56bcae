package replay

import (
	"slices"
	"time"

	"github.com/latchscope/latchscope/analyze/trace"
	"github.com/latchscope/latchscope/replay/latch"
)

// Pauses are how long the talkers of a capture were quiet in calls that were
// up, the longest first. Missing packets are no pauses: those were sent.
type Pauses []time.Duration

// PausesOf collects the pauses of what media servers receive.
func PausesOf(t *trace.Trace) Pauses {
	var out Pauses
	for _, c := range t.Calls {
		for _, k := range c.Talkers {
			if !received(k) {
				continue
			}
			for _, s := range k.Streams {
				for _, g := range s.Gaps() {
					if g.Missing() == 0 && g.Before.Time >= c.Answer.Time && (c.End.IsZero() || g.After.Time <= c.End.Time) {
						out = append(out, time.Duration(g.Duration()))
					}
				}
			}
		}
	}
	slices.Sort(out)
	slices.Reverse(out)
	return out
}

// AtLeast is how many pauses are as long as d.
func (p Pauses) AtLeast(d time.Duration) int {
	n := 0
	for n < len(p) && p[n] >= d {
		n++
	}
	return n
}

// Openings is how many of a capture's own pauses would have let a stranger in.
// With a latch that needs no quiet every moment does; ok is false then.
func (p Pauses) Openings(e latch.Exposure) (n int, ok bool) {
	switch {
	case e.Never:
		return 0, true
	case e.Quiet == 0:
		return 0, false
	}
	return p.AtLeast(e.Quiet), true
}
