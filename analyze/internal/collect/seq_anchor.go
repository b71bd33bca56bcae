package collect

import (
	"cmp"
	"slices"

	"github.com/latchscope/latchscope/analyze/rtp"
	"github.com/latchscope/latchscope/analyze/trace"
)

// seqAnchors is what a stream's marks say of how its numbers ran on, so that a
// single packet can be unwrapped without those before it.
type seqAnchors []trace.Mark

// anchorsOf a stream are its ends and the edges of its gaps, by time.
func anchorsOf(s *trace.Stream) seqAnchors {
	c := make(seqAnchors, 0, 2+2*len(s.Gaps()))
	c = append(c, s.First, s.Last)
	for _, g := range s.Gaps() {
		c = append(c, g.Before, g.After)
	}
	slices.SortFunc(c, func(a, b trace.Mark) int { return cmp.Or(cmp.Compare(a.Time, b.Time), cmp.Compare(a.Seq, b.Seq)) })
	return c
}

// unwrap finds the cycles that bring a packet's numbers nearest to those which
// the stream had at that time.
func (c seqAnchors) unwrap(at int64, h rtp.Stamp) (seq, ts int64) {
	i, _ := slices.BinarySearchFunc(c, at, func(m trace.Mark, t int64) int { return cmp.Compare(m.Time, t) })
	before, after := c[max(i-1, 0)], c[min(i, len(c)-1)]
	due := before.Seq
	if d := after.Time - before.Time; d > 0 && at > before.Time {
		due += int64(float64(min(at-before.Time, d)) / float64(d) * float64(after.Seq-before.Seq))
	}
	seq = due + int64(int16(h.Seq-uint16(due)))
	ts = before.TS + int64(int32(h.TS-uint32(before.TS)))
	return seq, ts
}
