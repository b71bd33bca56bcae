package ledger

import (
	"cmp"
	"slices"

	"github.com/latchscope/latchscope/analyze/trace"
)

// segment is a stretch in which a stream sent without a hole that counts.
type segment struct {
	s        *trace.Stream
	from, to trace.Mark
}

// flow is when packets passed somewhere: segments in order of their beginning.
type flow []segment

// flowOf is when some streams sent between two moments.
func (r *rower) flowOf(streams []*trace.Stream, from, to int64) flow {
	out := flow(r.segments.take(len(streams)))
	for _, s := range streams {
		if s.First.Time > to || s.Last.Time < from {
			continue
		}
		if len(s.Gaps()) == 0 { // as most are
			out = out.add(r.trace, segment{s, s.First, s.Last}, from, to)
			continue
		}
		for _, sp := range s.Spans(holeOf(s)) {
			out = out.add(r.trace, segment{s, sp.From, sp.To}, from, to)
		}
	}
	out.sort()
	return out
}

// holeOf is the shortest hole of a stream that counts.
func holeOf(s *trace.Stream) int64 { return max(minSilence, 3*s.Interval()) }

// add appends a segment as far as it lies between two moments. Its edges are
// exact where the second look covers them.
func (f flow) add(t *trace.Trace, g segment, from, to int64) flow {
	if g.to.Time < from || g.from.Time > to {
		return f
	}
	if g.from.Time < from {
		m, ok := t.FirstAfter(g.s, from)
		if !ok || m.Time > g.to.Time {
			return f
		}
		g.from = m
	}
	if g.to.Time > to {
		m, ok := t.LastBefore(g.s, to+1)
		if !ok || m.Time < g.from.Time {
			return f
		}
		g.to = m
	}
	return append(f, g)
}

func (f flow) sort() {
	slices.SortStableFunc(f, func(a, b segment) int { return cmp.Compare(a.from.Time, b.from.Time) })
}

// hole is a stretch in which a flow had no packet.
type hole struct {
	from, to      int64
	before, after *segment // what it lies between; nil at the edges of what was asked for
	seen          int64    // how many of the packets that it lacks an earlier step shows
}

// stretch is a piece of what was asked for: a segment of the flow, or a hole.
type stretch struct {
	from, to int64
	seg      *segment // nil: a hole
	hole     hole
}

// cut divides the time between two moments into segments of the flow and holes
// of at least min nanoseconds between them, and appends these. Segments that overlap make one
// stretch after the other.
func (f flow) cut(out []stretch, from, to, min int64) []stretch {
	at := from
	var last *segment
	for i := range f {
		g := &f[i]
		if g.to.Time < from {
			if last == nil || g.to.Time > last.to.Time {
				last = g
			}
			continue
		}
		if g.from.Time > to {
			break
		}
		if g.to.Time < at || g.to.Time == at && len(out) > 0 {
			continue // within what others cover
		}
		start := max(g.from.Time, at)
		if start-at >= min {
			h := hole{from: at, to: start, before: last, after: g}
			out = append(out, stretch{from: at, to: start, hole: h})
		} else {
			start = at
		}
		end := g.to.Time
		if end > to {
			end = to
		}
		if end > start || len(out) == 0 {
			out = append(out, stretch{from: start, to: end, seg: g})
		}
		at, last = max(at, end), g
	}
	if to-at >= min || len(out) == 0 {
		out = append(out, stretch{from: at, to: to, hole: hole{from: at, to: to, before: last}})
	} else if n := len(out); to > at {
		out[n-1].to = to
	}
	return out
}

// without takes the time between two moments out of the flow of one stream.
func (f flow) without(t *trace.Trace, s *trace.Stream, from, to int64) flow {
	var out flow
	for _, g := range f {
		if g.s != s || g.to.Time < from || g.from.Time >= to {
			out = append(out, g)
			continue
		}
		if g.from.Time < from {
			if m, ok := t.LastBefore(s, from); ok && m.Time >= g.from.Time {
				out = append(out, segment{s, g.from, m})
			}
		}
		if g.to.Time >= to {
			if m, ok := t.FirstAfter(s, to); ok && m.Time <= g.to.Time {
				out = append(out, segment{s, m, g.to})
			}
		}
	}
	out.sort()
	return out
}

// streams of the flow, each once.
func (f flow) streams() []*trace.Stream {
	var out []*trace.Stream
	for _, g := range f {
		if !slices.Contains(out, g.s) {
			out = append(out, g.s)
		}
	}
	return out
}
