package report

import (
	"github.com/latchscope/latchscope/analyze/ledger"
	"github.com/latchscope/latchscope/analyze/trace"
	"github.com/latchscope/latchscope/detect"
)

// partsOf splits a silence where what became of the voice changes: a mapping that
// had ended, and then a latch that held on to it, are two things with two owners.
func (w *writer) partsOf(c *trace.Call, l *loss) []loss {
	var out []loss
	for i := range l.row.Spans {
		s := &l.row.Spans[i]
		if s.From.Time < l.from.Time || s.To.Time > l.to.Time || !s.State.Silent() {
			continue
		}
		p := loss{row: l.row, from: s.From, to: s.To, silent: s.Duration(), state: s.State, sure: s.Confidence, packets: s.Packets, reported: s.State == ledger.Vanished && !s.Proof.IsZero()}
		switch {
		case w.strays(c, s):
			p.state, p.held = ledger.Misdirected, "stranger"
			if s.State == ledger.Refused || refusedIn(c, s) {
				p.refused = ", refused"
			}
		case s.State == ledger.Misdirected:
			if p.held = w.heldBy(c); p.held != "" && refusedIn(c, s) {
				p.refused = ", refused"
			}
		case s.State == ledger.Refused && w.mappingGone(l.row, i):
			p.held = "gone"
		}
		if n := len(out); n > 0 && w.fate(&out[n-1]) == w.fate(&p) {
			o := &out[n-1]
			o.to, o.silent, o.packets, o.sure = p.to, o.silent+p.silent, o.packets+p.packets, min(o.sure, p.sure)
			continue
		}
		out = append(out, p)
	}
	// Only what is told of as two is shown as two.
	told := false
	for i := range out {
		told = told || out[i].held == "gone"
	}
	if len(out) < 2 || !told {
		whole := *l
		if len(out) == 1 {
			whole.state, whole.held, whole.refused = out[0].state, out[0].held, out[0].refused
		}
		return []loss{whole}
	}
	return out
}

// mappingGone reports whether a span was refused because a mapping had ended: it is
// the move's then, and no latch's.
func (w *writer) mappingGone(r *ledger.Row, span int) bool {
	for _, id := range w.result.Explaining(r, span) {
		if id >= 1 && id <= len(w.result.Findings) {
			if _, flip := w.result.Findings[id-1].Data.(detect.Flip); flip {
				return true
			}
		}
	}
	return false
}

// pauseIn is the longest pause of a row while another one was silent, of two seconds
// or more; nil where there is none.
func pauseIn(r *ledger.Row, l *loss) *ledger.Span {
	var best *ledger.Span
	for i := range r.Spans {
		s := &r.Spans[i]
		if s.State == ledger.Paused && s.From.Time < l.to.Time && s.To.Time > l.from.Time && s.Duration() >= 2e9 && (best == nil || s.Duration() > best.Duration()) {
			best = s
		}
	}
	return best
}
