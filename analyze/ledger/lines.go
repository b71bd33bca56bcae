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

// lines are the m= lines of a leg by their index, and whether both sides ever
// accepted them.
type lines struct {
	of       map[int32]line
	accepted []line // audio first
	types    map[uint8][]*trace.Port
}

func linesOf(l *trace.Leg) lines {
	out := lines{of: map[int32]line{}, types: map[uint8][]*trace.Port{}}
	var index []int32
	kind, sides, said := map[int32]string{}, map[int32][2]bool{}, map[int32][2]bool{}
	for _, p := range l.Ports {
		if _, known := kind[p.Line]; !known {
			kind[p.Line] = p.Kind
			index = append(index, p.Line)
		}
		told := said[p.Line]
		told[p.Side] = true
		said[p.Line] = told
		if p.Addr.Port != 0 || p.Mux {
			both := sides[p.Line]
			both[p.Side] = true
			sides[p.Line] = both
		}
		for _, f := range p.Formats {
			// The first few that name a payload type tell its line.
			if list := out.types[f.PT]; len(list) < 8 {
				out.types[f.PT] = append(list, p)
			}
		}
	}
	slices.Sort(index)
	count := map[string]int{}
	for _, i := range index {
		k := line{kind[i], count[kind[i]]}
		count[kind[i]]++
		out.of[i] = k
		both := true // accepted it, or what they said was not recorded
		for side := range sides[i] {
			both = both && (sides[i][side] || !said[i][side])
		}
		if both && (k.kind == "audio" || k.kind == "video") {
			out.accepted = append(out.accepted, k)
		}
	}
	slices.SortStableFunc(out.accepted, func(a, b line) int { return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.n, b.n)) })
	return out
}

// stream is the line that a stream of the leg belongs to: where lines share an
// address (RFC 9143), its payload type tells.
func (ls *lines) stream(s *trace.Stream) line {
	says := func(p *trace.Port) bool {
		return p != nil && slices.ContainsFunc(p.Formats, func(f trace.Format) bool { return f.PT == s.PT })
	}
	for _, p := range []*trace.Port{s.Place.Port, s.Place.Own} {
		if says(p) {
			return ls.of[p.Line]
		}
	}
	for _, p := range ls.types[s.PT] {
		if q := s.Place.Port; p.Line != s.Place.Line && (q == nil || p.Addr == q.Addr || p.Addr.Port == 0 || q.Mux) {
			return ls.of[p.Line]
		}
	}
	return ls.of[s.Place.Line]
}
