package ledger

import (
	"cmp"
	"slices"

	"github.com/latchscope/latchscope/analyze/trace"
)

// line is a kind of media, and which of the m= lines of that kind.
type line struct {
	kind string
	n    int
}

// lines are the m= lines of a leg.
type lines struct {
	leg      *trace.Leg
	of       []line // by index; zero where nobody announced one
	accepted []line // those that both sides ever accepted, audio first
}

// mostLines bounds the m= lines of a leg that are told apart.
const mostLines = 256

func (r *rower) linesOf(l *trace.Leg) *lines {
	type ends struct{ accepted, said [2]bool }
	out := r.rooms.lines.one()
	*out = lines{leg: l, of: r.rooms.line.take(1), accepted: r.rooms.line.take(1)}
	var few [4]ends
	sides := few[:0]
	for _, p := range l.Ports {
		if p.Line < 0 || p.Line >= mostLines {
			continue
		}
		for int(p.Line) >= len(out.of) {
			out.of, sides = append(out.of, line{}), append(sides, ends{})
		}
		if k := &out.of[p.Line]; k.kind == "" {
			k.kind = p.Kind
		}
		e := &sides[p.Line]
		e.said[p.Side] = true
		if p.Addr.Port != 0 || p.Mux {
			e.accepted[p.Side] = true
		}
	}
	for i := range out.of {
		for j := range out.of[:i] {
			if out.of[j].kind == out.of[i].kind {
				out.of[i].n++
			}
		}
		both := true // accepted it, or what they said was not recorded
		for side := range sides[i].said {
			both = both && (sides[i].accepted[side] || !sides[i].said[side])
		}
		if k := out.of[i]; both && (k.kind == "audio" || k.kind == "video") {
			out.accepted = append(out.accepted, k)
		}
	}
	slices.SortStableFunc(out.accepted, func(a, b line) int { return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.n, b.n)) })
	return out
}

// at is the line of an index.
func (ls *lines) at(index int32) line {
	if index < 0 || int(index) >= len(ls.of) {
		return line{}
	}
	return ls.of[index]
}

// stream is the line that a stream of the leg belongs to: where lines share an
// address (RFC 9143), its payload type tells.
func (ls *lines) stream(s *trace.Stream) line {
	if len(ls.of) == 1 {
		return ls.of[0]
	}
	says := func(p *trace.Port) bool {
		return p != nil && slices.ContainsFunc(p.Formats, func(f trace.Format) bool { return f.PT == s.PT })
	}
	for _, p := range []*trace.Port{s.Place.Port, s.Place.Own} {
		if says(p) {
			return ls.at(p.Line)
		}
	}
	var other *trace.Port
	for _, p := range ls.leg.Ports[:min(len(ls.leg.Ports), throng)] {
		switch q := s.Place.Port; {
		case !says(p):
		case p.Line == s.Place.Line: // two lines of voice name the same types
			return ls.at(p.Line)
		case other == nil && (q == nil || p.Addr == q.Addr || p.Addr.Port == 0 || q.Mux):
			other = p
		}
	}
	if other != nil {
		return ls.at(other.Line)
	}
	return ls.at(s.Place.Line)
}
