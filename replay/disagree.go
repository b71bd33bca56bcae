package replay

import "github.com/latchscope/latchscope/replay/latch"

// Disagreement is in how many packets a replay and the capture differ about
// what became of them, out of how many that can be compared. Those from before
// the answer are counted apart: many an engine may or may not read them,
// whatever its latch does.
type Disagreement struct {
	Packets, Compared           int // from the answer on
	EarlyPackets, EarlyCompared int // before it
}

// Noise is how many packets of difference may be accident: three, or half a per
// cent.
func (d Disagreement) Noise() int { return max(3, d.Compared/200) }

// Explains reports whether a run differs from the capture in so few packets
// that its engine may be the one that was there: up to five per cent.
func (d Disagreement) Explains() bool { return d.Packets*20 <= d.Compared }

// Disagree compares a run with what the capture shows, packet by packet:
// whether each was passed on, and where to.
func (c *Case) Disagree(r Result) Disagreement {
	var d Disagreement
	for i := range c.Events {
		f := &c.Facts[i]
		if c.Events[i].Kind != latch.KindRTP || f.Fate == Unknown || f.Fate == Refused {
			continue
		}
		passed := f.Fate == Arrived || f.Fate == Misdirected
		did := !r.Sent[i].IsZero()
		differs := 0
		if passed != did || passed && !f.To.IsZero() && f.To != r.Sent[i] && f.To != elsewhere && r.Sent[i] != elsewhere {
			differs = 1
		}
		if c.Events[i].Time < c.Answer {
			d.EarlyPackets += differs
			d.EarlyCompared++
		} else {
			d.Packets += differs
			d.Compared++
		}
	}
	return d
}
