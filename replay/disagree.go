package replay

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
		compared, differs := c.compare(r, i)
		switch n := count(differs); {
		case !compared:
		case c.Events[i].Time < c.Answer:
			d.EarlyPackets += n
			d.EarlyCompared++
		default:
			d.Packets += n
			d.Compared++
		}
	}
	return d
}

// compare reports whether the capture shows what became of an event's packet,
// and whether a run made something else of it.
func (c *Case) compare(r Result, i int) (compared, differs bool) {
	f := &c.Facts[i]
	if !carries(&c.Events[i]) || f.Fate == Unknown || f.Fate == Refused {
		return false, false
	}
	if f.Main && !f.Due && f.Fate == Lost && c.Events[i].Time >= c.Answer {
		return false, false // on hold a server plays music instead: that is not its latch
	}
	passed := f.Fate == Arrived || f.Fate == Misdirected
	did := !r.Sent[i].IsZero()
	return true, passed != did || passed && !f.To.IsZero() && f.To != r.Sent[i] && f.To != elsewhere && r.Sent[i] != elsewhere
}

func count(b bool) int {
	if b {
		return 1
	}
	return 0
}

// same reports, for the packets that arrive at each side from the answer on,
// whether a run made of all of them what the capture shows. What it lost then is
// what the capture shows to be lost, to the packet.
func (c *Case) same(r Result) [2]bool {
	var compared, differs [2]bool
	for i := range c.Events {
		known, other := c.compare(r, i)
		if side := c.Events[i].Side; known && c.Events[i].Time >= c.Answer {
			compared[side] = true
			differs[side] = differs[side] || other
		}
	}
	return [2]bool{compared[0] && !differs[0], compared[1] && !differs[1]}
}
