package replay

import "github.com/latchscope/latchscope/replay/latch"

// Disagreement is in how many packets a replay and the capture differ about
// what became of them, out of how many that can be compared.
type Disagreement struct {
	Packets, Compared int
}

// Disagree compares a run with what the capture shows, packet by packet:
// whether each was passed on, and where to.
func (c *Case) Disagree(r Result) Disagreement {
	var d Disagreement
	for i := range c.Events {
		f := &c.Facts[i]
		if c.Events[i].Kind != latch.KindRTP || f.Fate == Unknown || f.Fate == Refused {
			continue
		}
		d.Compared++
		passed := f.Fate == Arrived || f.Fate == Misdirected
		did := !r.Sent[i].IsZero()
		if passed != did || passed && !f.To.IsZero() && f.To != r.Sent[i] && f.To != elsewhere && r.Sent[i] != elsewhere {
			d.Packets++
		}
	}
	return d
}
