package correlate

import (
	"cmp"
	"slices"

	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/rtp"
	"github.com/latchscope/latchscope/analyze/trace"
)

// A move is found in three steps: each stream of a talker is cut where it paused
// or lost packets; the segments of all of them are put in order of their
// sequence numbers, and joined while the source stays the same; between two runs
// the talker moved.

// segment is a run of one stream's packets.
type segment struct {
	s          *trace.Stream
	first, end trace.Mark
}

// straggling is the longest run of packets that is taken for stragglers when
// packets of another source surround it.
const straggling = 3

// findMoves finds where the source of a talker changed.
func findMoves(t *trace.Talker, c iceChecks) {
	if len(t.Streams) == 1 {
		return
	}
	runs := runsBySource(segmentsOf(t))
	had := map[endpoint.Endpoint]bool{} // sources before the last
	said := map[*trace.Port]endpoint.Endpoint{}
	for i := 1; i < len(runs); i++ {
		a, b := runs[i-1], runs[i]
		if translatedTo(t, a.s, b.s) || translatedTo(t, b.s, a.s) {
			continue
		}
		m := trace.Move{From: a.s, To: b.s, Before: lastOf(a, b.first.Time), After: b.first.Moment(), Lost: max(0, b.first.Seq-a.end.Seq-1)}
		if i > 1 {
			had[runs[i-2].s.Src] = true
			m.Return = had[b.s.Src]
		}
		m.Announced = announced(t, m, c, said)
		v := travels(t)
		v.Moves = append(v.Moves, m)
	}
}

// translatedTo reports whether a stream's packets, where the other one was recorded,
// came from the other's source, or that another sighting of them has it: an address translation between two capture points
// gives one source two names, and nobody moved.
func translatedTo(t *trace.Talker, s, other *trace.Stream) bool {
	if s.Point == other.Point {
		return false
	}
	if o := original(s); o != s && o.Point == other.Point && o.Src == other.Src {
		return true
	}
	return slices.ContainsFunc(t.Copies, func(o *trace.Stream) bool { return o.CopyOf == s && o.Src == other.Src })
}

// lastOf is the last packet of a run, less those few that were so long on their way
// that others had come from the next source by then.
func lastOf(a segment, next int64) trace.Moment {
	if a.end.Time > next {
		for _, g := range a.s.Gaps() {
			if g.Before.Time >= a.first.Time && g.Before.Time <= next && g.After.Time > next && a.end.Seq-g.After.Seq < straggling {
				return g.Before.Moment()
			}
		}
	}
	return a.end.Moment()
}

// segmentsOf are the segments of all streams of a talker, in order of their
// sequence numbers.
func segmentsOf(t *trace.Talker) []segment {
	var segs []segment
	for _, s := range t.Streams {
		segs = append(segs, segments(s)...)
	}
	slices.SortStableFunc(segs, func(a, b segment) int {
		return cmp.Or(cmp.Compare(a.first.Seq, b.first.Seq), cmp.Compare(a.first.Time, b.first.Time))
	})
	return segs
}

// runsBySource joins neighbouring segments of one source, and leaves stragglers
// out: a few packets from elsewhere between two segments of one stream.
func runsBySource(segs []segment) []segment {
	var runs []segment
	for i, g := range segs {
		if i > 0 && i < len(segs)-1 && segs[i-1].s == segs[i+1].s && g.end.Seq-g.first.Seq < straggling {
			continue
		}
		if n := len(runs); n > 0 && runs[n-1].s.Src == g.s.Src {
			runs[n-1].end = g.end
			runs[n-1].s = g.s
			continue
		}
		runs = append(runs, g)
	}
	return runs
}

// segments cuts a stream at its gaps.
func segments(s *trace.Stream) []segment {
	gaps := s.GapsInOrder(func(m trace.Mark) int64 { return m.Seq })
	out := []segment{{s: s, first: s.First}}
	for _, g := range gaps {
		if g.Missing() == 0 && g.Duration() < second || g.Before.Seq < out[len(out)-1].first.Seq {
			continue
		}
		out[len(out)-1].end = g.Before
		out = append(out, segment{s: s, first: g.After})
	}
	out[len(out)-1].end = s.Last
	return out
}

// announced tells what made a move lawful: the party said by SDP that its media
// comes from elsewhere (RFC 3264 section 8.3.1), or a connectivity check
// nominated the new source (RFC 8445 section 8). An announcement speaks for one
// move, and for what returns to where that led: said has those that did.
func announced(t *trace.Talker, m trace.Move, c iceChecks, said map[*trace.Port]endpoint.Endpoint) trace.Why {
	pl := m.To.Place
	if !pl.Known() {
		pl = m.From.Place
	}
	if pl.Known() {
		for _, p := range pl.Leg.Ports {
			if p.Side != pl.From || !p.Changed || p.Line != pl.Line {
				continue
			}
			near := p.From().Time >= m.Before.Time-5*second && p.From().Time <= m.After.Time+grace
			named := p.Names(m.To.Src) && p.From().Time > t.Streams[0].First.Time && p.From().Time <= m.After.Time+grace
			if to, spent := said[p]; near && spent && to != m.To.Src && m.After.Time > p.From().Time+grace {
				near = false
			}
			if near || named {
				if _, spent := said[p]; !spent {
					said[p] = m.To.Src
				}
				return trace.BySDP
			}
		}
	}
	ice := !pl.Known() || usesICE(pl.Leg)
	if c.cover(m.To.Src, t.Receiver(), m.After.Time+grace, ice) {
		return trace.ByICE
	}
	return trace.Unannounced
}

// iceChecks are the STUN flows between two endpoints, by their ends.
type iceChecks map[pair]*trace.Flow

func indexICEChecks(flows []*trace.Flow) iceChecks {
	c := iceChecks{}
	for _, f := range flows {
		if rtp.Class(f.Class) == rtp.STUN && c[pair{f.Src, f.Dst}] == nil {
			c[pair{f.Src, f.Dst}] = f
		}
	}
	return c
}

// cover reports whether a connectivity check nominated a path by some time.
// Where the parties use ICE, or where no SDP says whether they do, checks
// answered in both directions suffice: not everybody's dialect nominates.
func (c iceChecks) cover(src, dst endpoint.Endpoint, by int64, ice bool) bool {
	there, back := c[pair{src, dst}], c[pair{dst, src}]
	for _, f := range []*trace.Flow{there, back} {
		if f != nil && !f.Nominated.IsZero() && f.Nominated.Time <= by {
			return true
		}
	}
	return ice && there != nil && back != nil && min(there.First.Time, back.First.Time) <= by
}

// usesICE reports whether a party of the leg offered candidates.
func usesICE(l *trace.Leg) bool {
	for _, p := range l.Ports {
		if p.Media.ICE {
			return true
		}
	}
	return false
}

// travels are the talker's own, to put something in.
func travels(t *trace.Talker) *trace.Travels {
	if v := t.Travels; v.Moves == nil && v.Copies == nil && v.Inside == nil {
		t.Travels = new(trace.Travels)
	}
	return t.Travels
}
