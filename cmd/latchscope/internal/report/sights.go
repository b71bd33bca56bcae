package report

import (
	"fmt"
	"strings"

	"github.com/latchscope/latchscope/analyze/ledger"
	"github.com/latchscope/latchscope/analyze/trace"
)

// sights says what each hop's packets looked like at each of several capture
// points: how far they had come, and in which VLAN. What stands between two
// points is told by that.
func (w *writer) sights(c *trace.Call) (Block, bool) {
	points := 0
	for i := range w.Captures {
		points = max(points, w.Captures[i].Point)
	}
	if points == 0 || w.result.Ledger == nil {
		return Block{}, false
	}
	b := Block{Title: "At the capture points"}
	rows := w.result.Ledger.Rows(c)
	for i := range rows {
		for k := range rows[i].Hops {
			h := &rows[i].Hops[k]
			if len(h.Seen) == 0 || len(b.Pairs) >= mostSightLines {
				continue
			}
			name := h.Name
			if rows[i].Media != "audio" {
				name = rows[i].Media + ", " + name
			}
			var parts []string
			for _, s := range h.Seen {
				parts = append(parts, sightWords(s))
			}
			b.Pairs = append(b.Pairs, Pair{Term: name, Text: []string{strings.Join(parts, "; ")}})
		}
	}
	return b, len(b.Pairs) > 0
}

// mostSightLines bounds the lines of a call of very many parties.
const mostSightLines = 12

// sightWords are the words for one look.
func sightWords(s ledger.Sight) string {
	text := fmt.Sprintf("point %d", s.Point)
	switch n := s.Routers(); {
	case s.TTL == 0:
	case n == 0:
		text += fmt.Sprintf(" TTL %d (no router passed)", s.TTL)
	default:
		text += fmt.Sprintf(" TTL %d (%s passed)", s.TTL, plural(n, "router", "routers"))
	}
	if s.VLAN != 0 {
		text += fmt.Sprintf(", VLAN %d", s.VLAN)
	}
	return text
}
