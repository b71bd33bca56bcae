package correlate

import (
	"cmp"
	"slices"

	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/rtp"
	"github.com/latchscope/latchscope/analyze/trace"
)

// maxFamily bounds the pairwise comparison of streams that share an SSRC. No
// talker comes near; a capture made to hurt does.
const maxFamily = 64

// buildTalkers groups each family into talkers and copies.
func buildTalkers(streams []*trace.Stream, flows []*trace.Flow) []*trace.Talker {
	all := nursery{none: new(trace.Travels)}
	count := 0
	adopt := func(list []*trace.Talker) {
		count += len(list)
		for _, t := range list {
			for _, s := range t.Streams {
				s.Talker = t
			}
		}
	}
	alone := len(streams) // most have an SSRC of their own
	for f := range families(streams) {
		if len(f) == 1 {
			continue
		}
		alone -= len(f)
		for len(f) > maxFamily {
			adopt(all.family(f[:maxFamily:maxFamily]))
			f = f[maxFamily:]
		}
		adopt(all.family(f))
	}
	talkers := make([]*trace.Talker, 0, count+alone)
	checks := indexChecks(flows)
	for i, s := range streams { // in order of their first streams
		switch {
		case s.Talker == nil && s.CopyOf == nil:
			s.Talker = all.begin(streams[i : i+1 : i+1])
		case s.Talker == nil || s.Talker.Streams[0] != s:
			continue
		}
		talkers = append(talkers, s.Talker)
		s.Talker.ID = len(talkers)
		findMoves(s.Talker, checks)
	}
	return talkers
}

// nursery is where talkers come from.
type nursery struct {
	talkers arena[trace.Talker]
	streams arena[*trace.Stream]
	none    *trace.Travels // of those that never moved and are seen once
	kin     kindred        // of the family that is looked at
}

// begin is a talker of some streams.
func (n *nursery) begin(streams []*trace.Stream) *trace.Talker {
	t := n.talkers.one()
	t.Streams, t.Travels = streams, n.none
	return t
}

// family finds the talkers among the streams of one SSRC.
func (n *nursery) family(f []*trace.Stream) []*trace.Talker {
	align(f)
	k := &n.kin
	k.forget()
	view := k.markCopies(f)
	for range 2 {
		for _, a := range f {
			for _, b := range f {
				k.inheritPlace(a, b)
			}
		}
	}
	// A talker's streams head for one receiver. Sightings on the two sides of
	// a NAT are views of their own; only one of them shows the talker move.
	var talkers []*trace.Talker
	for _, s := range view {
		var home *trace.Talker
		for _, t := range talkers {
			if t.Receiver() == s.Dst && k.carryOn(t, s) {
				home = t
				break
			}
		}
		if home == nil {
			talkers = append(talkers, n.begin(n.streams.list(s)))
			continue
		}
		home.Streams = append(home.Streams, s)
	}
	k.link(view)
	for _, t := range talkers {
		for _, s := range f {
			if s.CopyOf != nil && slices.Contains(t.Streams, s.CopyOf) {
				v := travels(t)
				v.Copies = append(v.Copies, s)
			}
		}
		k.findInside(t, f)
	}
	return talkers
}

// markCopies finds the streams that show packets which another one shows
// already, and returns those that are not mere repetitions of the same
// addresses. Of several sightings the one with most packets is the original.
func (k *kindred) markCopies(f []*trace.Stream) (view []*trace.Stream) {
	rank := slices.Clone(f)
	slices.SortStableFunc(rank, func(a, b *trace.Stream) int {
		return cmp.Or(cmp.Compare(b.Stats.Packets, a.Stats.Packets), a.Start().Compare(b.Start()))
	})
	repeats := map[*trace.Stream]bool{}
	for i, s := range rank {
		for _, o := range rank[:i] {
			if o.CopyOf != nil && repeats[o] {
				continue
			}
			switch k.of(o, s) {
			case copies:
				repeats[s] = true
				s.Duplicate = o.First.File == s.First.File
				s.CopyOf = original(o)
			case translated:
				if s.CopyOf == nil {
					s.CopyOf = original(o)
				}
			}
			if repeats[s] {
				break
			}
		}
	}
	for _, s := range f {
		if !repeats[s] {
			view = append(view, s)
		}
	}
	return view
}

func original(s *trace.Stream) *trace.Stream {
	for s.CopyOf != nil {
		s = s.CopyOf
	}
	return s
}

// inheritPlace gives a stream that no SDP names the place of its kin.
func (k *kindred) inheritPlace(a, b *trace.Stream) {
	if a == b || a.Place.Known() || !b.Place.Known() {
		return
	}
	switch k.of(a, b) {
	case copies, translated, succession:
		a.Place = trace.Place{Leg: b.Place.Leg, From: b.Place.From, Line: b.Place.Line}
	}
}

// carryOn tells whether a stream continues one of a talker's, and repeats none.
func (k *kindred) carryOn(t *trace.Talker, s *trace.Stream) bool {
	follows := false
	for _, o := range t.Streams {
		switch k.of(o, s) {
		case succession:
			follows = true
		case translated, relayed, copies:
			return false
		}
	}
	return follows
}

// link says which stream carries on which, and which one a relay made.
func (k *kindred) link(f []*trace.Stream) {
	for i, b := range f {
		for _, a := range slices.Backward(f[:i]) {
			switch k.of(a, b) {
			case succession:
				if b.Prev == nil && a.First.Seq <= b.First.Seq && a.Next == nil && (a.CopyOf == nil) == (b.CopyOf == nil) {
					b.Prev, a.Next = a, b
				}
			}
		}
		for _, a := range f {
			if a == b || a.CopyOf != nil || b.CopyOf != nil || b.RelayOf != nil || a.RelayOf == b {
				continue
			}
			if k.of(a, b) == relayed && wentInBefore(a, b) {
				b.RelayOf = a
			}
		}
	}
}

// before tells which of two sightings on both sides of a relay went in. It is
// mostly the earlier one, but mirrors reorder; where a media server's own
// address sends one of them, the matter is clear.
func wentInBefore(s *trace.Stream, o *trace.Stream) bool {
	if s.Dst.IP() == o.Src.IP() && o.Dst.IP() != s.Src.IP() {
		return true
	}
	if o.Dst.IP() == s.Src.IP() && s.Dst.IP() != o.Src.IP() {
		return false
	}
	if a, b := s.Place, o.Place; a.Known() && b.Known() && a.Leg != b.Leg {
		sIn, oIn := 1-a.From == a.Leg.Inner(b.Leg), 1-b.From == b.Leg.Inner(a.Leg)
		if sIn != oIn {
			return sIn
		}
	}
	seq := max(s.First.Seq, o.First.Seq)
	return timeAt(s, seq) <= timeAt(o, seq)
}

// findInside looks for the same packets before a NAT translated their source.
func (k *kindred) findInside(t *trace.Talker, f []*trace.Stream) {
	for _, s := range f {
		if s.Dst != t.Receiver() && s.Dst.Port != t.Receiver().Port || slices.Contains(t.Streams, s) || slices.Contains(t.Copies, s) && s.CopyOf != nil && s.Src == s.CopyOf.Src {
			continue
		}
		shows := 0
		for _, o := range t.Streams {
			if o.Src != s.Src && o.Dst == s.Dst && k.of(s, o) == translated {
				shows++
			}
		}
		if shows == len(t.Streams) {
			travels(t).Inside = s
			return
		}
	}
}

// segment is a run of one stream's packets.
type segment struct {
	s          *trace.Stream
	first, end trace.Mark
}

// straggling is the longest run of packets that is taken for stragglers when
// packets of another source surround it.
const straggling = 3

func findMoves(t *trace.Talker, c checks) {
	if len(t.Streams) == 1 {
		return
	}
	var segs []segment
	for _, s := range t.Streams {
		segs = append(segs, segments(s)...)
	}
	slices.SortStableFunc(segs, func(a, b segment) int {
		return cmp.Or(cmp.Compare(a.first.Seq, b.first.Seq), cmp.Compare(a.first.Time, b.first.Time))
	})
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
	had := map[endpoint.Endpoint]bool{} // sources before the last
	for i := 1; i < len(runs); i++ {
		a, b := runs[i-1], runs[i]
		m := trace.Move{From: a.s, To: b.s, Before: a.end.Moment(), After: b.first.Moment(), Lost: max(0, b.first.Seq-a.end.Seq-1)}
		if i > 1 {
			had[runs[i-2].s.Src] = true
			m.Return = had[b.s.Src]
		}
		m.Announced = announced(t, m, c)
		v := travels(t)
		v.Moves = append(v.Moves, m)
	}
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
// nominated the new source (RFC 8445 section 8).
func announced(t *trace.Talker, m trace.Move, c checks) trace.Why {
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
			if near || named {
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

// checks are the STUN flows between two endpoints, by their ends.
type checks map[pair]*trace.Flow

func indexChecks(flows []*trace.Flow) checks {
	c := checks{}
	for _, f := range flows {
		if rtp.Class(f.Class) == rtp.STUN && c[pair{f.Src, f.Dst}] == nil {
			c[pair{f.Src, f.Dst}] = f
		}
	}
	return c
}

// cover tells whether a connectivity check nominated a path by some time.
// Where the parties use ICE, or where no SDP says whether they do, checks
// answered in both directions suffice: not everybody's dialect nominates.
func (c checks) cover(src, dst endpoint.Endpoint, by int64, ice bool) bool {
	there, back := c[pair{src, dst}], c[pair{dst, src}]
	for _, f := range []*trace.Flow{there, back} {
		if f != nil && !f.Nominated.IsZero() && f.Nominated.Time <= by {
			return true
		}
	}
	return ice && there != nil && back != nil && min(there.First.Time, back.First.Time) <= by
}

// usesICE tells whether a party of the leg offered candidates.
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
