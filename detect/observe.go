package detect

import (
	"slices"

	"github.com/latchscope/latchscope/analyze/ledger"
	"github.com/latchscope/latchscope/analyze/trace"
)

// Observed is what a capture shows of both directions around one talker that a
// media server receives, as the ledger has it, for those who want to compare it
// with something else.
type Observed struct {
	Directions [2]Direction     // uplink, downlink
	Rows       [2][]*ledger.Row // that they are taken from; none where nothing is in view
	Estimated  Estimated
}

// Observe tells both directions around a talker, whether it moved or not: all
// that is silent in its rows, whatever the reason.
func Observe(t *trace.Trace, l *ledger.Ledger, k *trace.Talker) Observed {
	w := waysOf(l, k)
	o := Observed{Rows: [2][]*ledger.Row{w.up, w.down}}
	home := k.Streams[0].Src
	var held *sides
	for i := range k.Moves[:min(len(k.Moves), mostMoves)] {
		s := sidesOf(t, w, k, &k.Moves[i])
		if held == nil || value(s.up.Silence)+value(s.down.Silence) > value(held.up.Silence)+value(held.down.Silence) {
			held = s
		}
		home = s.move.To.Src
	}
	if held != nil {
		o.Estimated = held.estimate()
		o.Directions = [2]Direction{held.up.Direction, held.down.Direction}
		if len(held.up.claims)+len(held.down.claims) > 0 {
			return o
		}
	}
	after := k.Streams[0].First.Time
	up := gap{Direction: Direction{Direction: "uplink", Endpoint: home.String(), From: home.String(), To: k.Receiver().String(), State: unseen}, claims: longestSilence(w.up)}
	down := gap{Direction: Direction{Direction: "downlink", Endpoint: home.String(), From: k.Receiver().String(), To: home.String(), State: unseen}, claims: longestSilence(w.down)}
	for _, g := range []*gap{&up, &down} {
		if len(g.claims) > 0 {
			g.Evidence = evidenceOf[g.claims[0].span().State]
		}
	}
	if len(w.up) > 0 && up.Evidence == "" && len(up.claims) > 0 {
		up.claims = nil // what did not arrive at the server is no server's doing
	}
	up.fill(t, passedOn(w.up), after, "", "")
	down.fill(t, w.down, after, "", "")
	o.Directions = [2]Direction{up.Direction, down.Direction}
	return o
}

// evidenceOf names, in the contract's words, what shows a silence.
var evidenceOf = map[ledger.State]string{
	ledger.Stopped: relayGap, ledger.Misdirected: misdirected, ledger.Refused: misdirected, ledger.Missing: inboundGaps,
}

// longestSilence is the longest silence of some rows: spans that are silent for
// one reason after another, with nothing heard in between, are one.
func longestSilence(rows []*ledger.Row) []Claim {
	var best []Claim
	most := int64(0)
	for _, r := range rows {
		first, silent := 0, int64(0) // of the silence that goes on
		for i := range r.Spans {
			s := &r.Spans[i]
			if !s.State.Silent() || neverArrived(r, s) {
				first, silent = i+1, 0
				continue
			}
			if silent += s.Duration(); silent > most {
				most, best = silent, best[:0]
				for n := first; n <= i; n++ {
					best = append(best, Claim{r, n})
				}
			}
		}
	}
	return best
}

// neverArrived reports whether what a silent span lacks did not get to the server
// at all, so that no engine could have passed it on.
func neverArrived(r *ledger.Row, s *ledger.Span) bool {
	return (s.State == ledger.Missing || s.State == ledger.Absent) && len(r.Hops) > 1 && r.Hops[0].InView
}

// passedOn are the rows whose way leads on from the server: where the capture
// does not show that side, nobody knows what the server did.
func passedOn(rows []*ledger.Row) []*ledger.Row {
	return slices.DeleteFunc(slices.Clone(rows), func(r *ledger.Row) bool { return len(r.Hops) < 2 })
}
