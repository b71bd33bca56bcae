package rtp

import "math"

// Joint is the first packet of the later one of two statistics that are joined:
// its arrival in nanoseconds, what its header says, its unwrapped numbers there,
// and its clock in Hz, 0 if unknown.
type Joint struct {
	Arrival int64
	Stamp
	Ext, TS int64
	Clock   uint32
	Again   bool // the last packet of the earlier one, recorded once more
}

// Join makes s the statistics of one stream, of which those so far are the
// beginning and o are what came later, read by themselves. The Result is what the
// packet between the two, at, is to the whole; Ext and TS less those of at are
// what all numbers of o have to be shifted by.
//
// Counters are those of a single pass. So is the jitter, as it is a linear
// filter whose memory of the beginning fades, unless the clock was known in one
// part only; of the highest jitter only what the parts saw by themselves counts.
func (s *Stats) Join(o *Stats, at Joint) Result {
	var r Result
	if at.Again {
		r = Result{Step: Step{Event: Duplicate, Ext: s.ExtHighest}, TS: unwrapTS(s.ts, at.Stamp.TS)}
	} else {
		r = s.Update(at.Arrival, at.Stamp, at.Clock)
	}
	rest := o.Packets - 1
	if rest == 0 {
		return r // whether one that jumped begins another sequence is not known yet
	}
	if r.Event == Jump {
		// The packet behind it confirms the new sequence.
		r.Step = s.restart(s.ExtHighest, at.Seq+1)
		r.Ext-- // the jump's own number
		if s.Restarts < math.MaxUint16 {
			s.Restarts++
		}
	}
	s.joinNumbers(o, r.Ext-at.Ext)
	s.joinJitter(o, rest, r.TS-at.TS)
	s.Packets += rest
	s.Reordered += o.Reordered
	s.Duplicates += o.Duplicates
	s.Restarts = uint16(min(int(s.Restarts)+int(o.Restarts), math.MaxUint16))
	s.lastPT = o.lastPT
	return r
}

func (s *Stats) joinNumbers(o *Stats, shift int64) {
	s.skipped += o.skipped
	highest := o.ExtHighest + shift
	switch ahead := highest - s.ExtHighest; {
	case ahead > 0:
		s.shift(uint64(ahead))
		s.ExtHighest = highest
		s.seen[0] |= o.seen[0]
		s.seen[1] |= o.seen[1]
	case ahead == 0:
		s.seen[0] |= o.seen[0]
		s.seen[1] |= o.seen[1]
	}
	s.ExtFirst = min(s.ExtFirst, o.ExtFirst+shift)
	if o.state == jumped {
		s.state, s.bad = o.state, o.bad
	}
}

// joinJitter takes over what n further packets did to the jitter: each keeps
// fifteen sixteenths of what was there before it.
func (s *Stats) joinJitter(o *Stats, n uint32, shift int64) {
	s.arrival, s.ts = o.arrival, o.ts+shift
	before := float64(s.Packets) - 1 // terms of the sum so far
	if !o.clocked {
		if before > 0 {
			s.jitterSum *= (before + float64(n)) / before
		}
		return
	}
	fades := math.Pow(15.0/16, float64(n))
	s.jitterSum += o.jitterSum + 15*s.jitter*(1-fades)
	s.jitter = o.jitter + s.jitter*fades
	s.jitterMax = max(s.jitterMax, o.jitterMax)
	s.clocked = true
}

// Merge puts all fingerprints of another sketch in.
func (s *Sketch) Merge(o *Sketch) {
	for _, k := range o.kept[:o.Len()] {
		s.Add(uint64(^k) << 32)
	}
}
