package report

import (
	"fmt"

	"github.com/latchscope/latchscope/analyze/ledger"
)

// overview are the calls of a trunk.
func (w *writer) overview() []Dot {
	const few, most = 8, 5000
	var out []Dot
	for _, c := range w.trace.Calls {
		if !w.has(c) {
			continue
		}
		if len(out) == most {
			break
		}
		start := moment(c.Start())
		end := w.End
		if !c.End.IsZero() {
			end = moment(c.End)
		}
		dot := Dot{ID: c.ID, At: start.Since(w.Start), Lasted: max(end.Since(start), 0), Clock: clock(start, w.loc)}
		if v := w.audio(c); v != ledger.NoVerdict {
			dot.Level = v.String()
		}
		dot.Title = fmt.Sprintf("call %d, %s, %s", c.ID, dot.Clock, cmpOr(dot.Level, "not answered"))
		out = append(out, dot)
	}
	if len(out) < few {
		return nil
	}
	return out
}
