package replay

import (
	"slices"
	"time"

	"github.com/latchscope/latchscope/analyze"
)

// Exposure says what a stranger needs who sprays a port with packets of his
// own, without knowing SSRC or sequence, to be taken for the party once its
// source is locked (RFC 7362 section 4).
type Exposure struct {
	Never   bool          // he never is, though he may be heard
	Quiet   time.Duration // how long the party must be quiet
	Packets int           // how many of his packets it takes
	Heard   bool          // his packets are passed on anyhow
}

// Exposure is how safe a locked latch of this policy is.
func (p Policy) Exposure() Exposure {
	e := Exposure{Heard: p.LockedMismatch != MismatchDrop, Packets: 1}
	switch {
	case p.LockedMismatch == MismatchFollow:
	case p.RelatchPackets > 0:
		e.Quiet, e.Packets = p.RelatchSilence, int(p.RelatchPackets)
	case p.RelatchSilence > 0:
		e.Quiet, e.Packets = p.RelatchSilence, max(1, int(p.LearnPackets))
	default:
		e.Never, e.Packets = true, 0
	}
	return e
}

// Pauses are how long the talkers of a capture were quiet in calls that were
// up, the longest first. Missing packets are no pauses: those were sent.
type Pauses []time.Duration

// PausesOf collects the pauses of what media servers receive.
func PausesOf(t *analyze.Trace) Pauses {
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
func (e Exposure) Openings(p Pauses) (n int, ok bool) {
	switch {
	case e.Never:
		return 0, true
	case e.Quiet == 0:
		return 0, false
	}
	return p.AtLeast(e.Quiet), true
}
