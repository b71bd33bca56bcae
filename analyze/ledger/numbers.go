package ledger

import "github.com/latchscope/latchscope/analyze/trace"

// timeAt estimates when a sequence number was, or would have been, seen.
func timeAt(s *trace.Stream, seq int64) int64 {
	before, after := s.First, s.Last
	take := func(m trace.Mark) {
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
		return before.Time + (seq-before.Seq)*s.Interval()
	}
	f := float64(seq-before.Seq) / float64(after.Seq-before.Seq)
	return before.Time + int64(f*float64(after.Time-before.Time))
}

// count is how many packets with numbers of a stretch were seen; it is exact
// as long as the stream dropped no gap.
func count(s *trace.Stream, lo, hi int64) int64 {
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
	return max(n, 0)
}

// between counts the packets of streams with the SSRC of another one whose
// numbers lie between two of its.
func between(streams []*trace.Stream, ssrc uint32, lo, hi int64) (n int64, same bool) {
	for _, s := range streams {
		if s.SSRC == ssrc {
			same = true
			n += count(s, lo, hi)
		}
	}
	return n, same
}
