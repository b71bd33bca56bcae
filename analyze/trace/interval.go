package trace

import (
	"cmp"
	"slices"
)

// GapsInOrder are the stream's gaps in order of something that their first marks say.
// Unless packets came late or there were too many, that is how they were found.
func (s *Stream) GapsInOrder(key func(Mark) int64) []Gap {
	order := func(a, b Gap) int { return cmp.Compare(key(a.Before), key(b.Before)) }
	if slices.IsSortedFunc(s.Gaps(), order) {
		return s.Gaps()
	}
	gaps := slices.Clone(s.Gaps())
	slices.SortFunc(gaps, order)
	return gaps
}

// slowest is the longest Interval. Nobody sends audio that rarely; but streams
// whose times or numbers jump would seem to.
const slowest = 10 * second

// Interval between the stream's packets in nanoseconds, on the whole: from a
// microsecond to ten seconds.
func (s *Stream) Interval() int64 {
	n := s.Last.Seq - s.First.Seq
	d := s.Last.Time - s.First.Time
	for _, g := range s.Gaps() {
		if g.Missing() == 0 {
			d -= g.Duration()
			n--
		}
	}
	if n <= 0 || d < n*microsecond { // numbers that jump; nobody sends that fast
		return 20 * millisecond
	}
	return min(d/n, slowest)
}

// Count estimates how many packets of a stretch of sequence numbers were seen;
// it is exact as long as no gap was dropped.
func (s *Stream) Count(lo, hi int64) int64 {
	lo, hi = max(lo, s.First.Seq), min(hi, s.Last.Seq)
	if hi < lo {
		return 0
	}
	n := hi - lo + 1
	for _, g := range s.Gaps() {
		if m := min(g.After.Seq-1, hi) - max(g.Before.Seq+1, lo) + 1; m > 0 {
			n -= m
		}
	}
	return n
}

// TimeAt estimates when a sequence number (unwrapped) was (or would have been) seen, from
// the edges of the stream and of its gaps.
func (s *Stream) TimeAt(seq int64) int64 {
	before, after := s.First, s.Last
	take := func(m Mark) {
		if m.Seq <= seq && m.Seq >= before.Seq {
			before = m
		}
		if m.Seq >= seq && m.Seq <= after.Seq {
			after = m
		}
	}
	for _, g := range s.Gaps() {
		take(g.Before)
		take(g.After)
	}
	if after.Seq <= before.Seq || seq <= before.Seq {
		const far = 1 << 27 // more packets than a stream can have between two marks, and no overflow
		return before.Time + min(max(seq-before.Seq, -far), far)*s.Interval()
	}
	f := float64(seq-before.Seq) / float64(after.Seq-before.Seq)
	return before.Time + int64(f*float64(after.Time-before.Time))
}
