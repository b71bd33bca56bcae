package trace

import (
	"cmp"
	"iter"
	"slices"
	"sort"

	"github.com/latchscope/latchscope/analyze/internal/interval"
)

// Traffic is several streams taken together, for those who ask about many
// stretches of them: each costs what lies in it, and not what lies around it.
type Traffic struct {
	Streams []*Stream // as they were given

	trace  *Trace
	cuts   map[int64]*cut // by the pause that cuts
	byTime interval.List[*Stream]
	bySeq  interval.List[*Stream]
}

// cut is streams cut into spans, in order of their beginning.
type cut struct {
	spans []Span
	ends  []int64 // the latest moment of the spans up to each
	last  []int32 // of the spans up to each the one that ends last
}

// Traffic of streams.
func (t *Trace) Traffic(streams []*Stream) *Traffic {
	return &Traffic{
		Streams: streams, trace: t, cuts: map[int64]*cut{},
		byTime: interval.ListOf(slices.Clone(streams), func(s *Stream) (int64, int64) { return s.First.Time, s.Last.Time }),
		bySeq:  interval.ListOf(slices.Clone(streams), func(s *Stream) (int64, int64) { return s.First.Seq, s.Last.Seq }),
	}
}

// Holes are the pauses of the streams from the first to the last moment asked
// for, as the function Holes has them.
func (f *Traffic) Holes(from, to, pause int64) []Hole {
	c := f.cuts[pause]
	if c == nil {
		c = cutAt(f.Streams, pause)
		f.cuts[pause] = c
	}
	first := sort.Search(len(c.ends), func(i int) bool { return c.ends[i] >= from })
	var before Span
	if first > 0 {
		before = c.spans[c.last[first-1]]
	}
	return holes(c.spans[first:], before, from, to, pause)
}

func cutAt(streams []*Stream, pause int64) *cut {
	c := new(cut)
	for _, s := range streams {
		c.spans = s.appendSpans(c.spans, max(pause, GapFloor))
	}
	slices.SortStableFunc(c.spans, func(a, b Span) int { return cmp.Compare(a.From.Time, b.From.Time) })
	c.ends, c.last = make([]int64, len(c.spans)), make([]int32, len(c.spans))
	for i, sp := range c.spans {
		c.ends[i], c.last[i] = max(sp.From.Time, sp.To.Time), int32(i)
		if i > 0 {
			c.ends[i] = max(c.ends[i], c.ends[i-1])
			if c.spans[c.last[i-1]].To.Time >= sp.To.Time {
				c.last[i] = c.last[i-1]
			}
		}
	}
	return c
}

// Sent counts the packets of a stretch, as Trace.Sent does.
func (f *Traffic) Sent(from, to int64) int64 {
	var n int64
	for s := range f.byTime.All(from, to) {
		n += f.trace.sent(s, from, to)
	}
	return n
}

// Missing counts the packets whose numbers lie between two marks, as the
// function Missing does.
func (f *Traffic) Missing(before, after Mark) int64 {
	var n int64
	for s := range f.bySeq.All(before.Seq+1, after.Seq-1) {
		n += s.Count(before.Seq+1, after.Seq-1)
	}
	return n
}

// At are the streams that last at some time of a stretch.
func (f *Traffic) At(from, to int64) iter.Seq[*Stream] {
	return func(yield func(*Stream) bool) {
		for s := range f.byTime.All(from, to) {
			if s.First.Time <= to && s.Last.Time >= from && !yield(s) {
				return
			}
		}
	}
}
