package report

import (
	"fmt"

	"github.com/latchscope/latchscope/analyze/trace"
	"github.com/latchscope/latchscope/detect"
)

// told are the incidents of the report, the worst first, as they stand in the
// result: less those of calls that were not asked for.
func (w *writer) told() []detect.Incident {
	var out []detect.Incident
	for _, sev := range []detect.Severity{detect.Critical, detect.Warn, detect.Info} {
		for _, inc := range w.incidents {
			if inc.Severity != sev {
				continue
			}
			for _, c := range inc.Calls {
				if w.has(c) {
					out = append(out, inc)
					break
				}
			}
			if len(inc.Calls) == 0 && w.has(nil) {
				out = append(out, inc)
			}
		}
	}
	return out
}

// callsOf are the calls of an incident that the report is about.
func (w *writer) callsOf(inc *detect.Incident) []*trace.Call {
	var out []*trace.Call
	for _, c := range inc.Calls {
		if w.has(c) {
			out = append(out, c)
		}
	}
	return out
}

// findingsOf are the findings of an incident about one call, those that led to
// them among them: causes first.
func (w *writer) findingsOf(inc *detect.Incident, c *trace.Call) []*detect.Finding {
	pick := map[int]bool{}
	var add func(id int)
	add = func(id int) {
		if id < 1 || id > len(w.result.Findings) || pick[id] {
			return
		}
		pick[id] = true
		for _, by := range w.result.Findings[id-1].CausedBy {
			add(by)
		}
	}
	for _, id := range inc.Findings {
		if id >= 1 && id <= len(w.result.Findings) && conversation(&w.result.Findings[id-1]) == c {
			add(id)
		}
	}
	var out []*detect.Finding
	for i := range w.result.Findings { // in order of the chain
		if f := &w.result.Findings[i]; pick[f.ID] {
			out = append(out, f)
		}
	}
	return out
}

// incident tells one in full.
func (w *writer) incident(inc *detect.Incident, numbered bool) []Section {
	var out []Section
	calls := w.callsOf(inc)
	if numbered {
		head := Section{Kind: SectionIncident, Title: fmt.Sprintf("Incident %d", inc.ID), Aside: w.text(inc.Title)}
		w.brief(&head, inc, "")
		out = append(out, head)
	}
	if len(calls) == 0 {
		return out
	}
	c := calls[0]
	if len(calls) > 1 {
		c = w.worstOf(calls)
		out = append(out, w.hitCalls(inc, calls))
	}
	again := w.drawn[c] // an incident before was about this call
	if !again {
		out = append(out, w.who(calls, c))
	}
	out = append(out, w.why(inc, c)...)
	if s, ok := w.toDo(inc, c); ok {
		out = append(out, s)
	}
	if len(calls) == 1 && !again && len(w.lossesIn(inc, c)) == 0 {
		if s, ok := w.checked(c); ok {
			out = append(out, s)
		}
	}
	if s, ok := w.pictures(c, len(calls) > 1); ok && !again {
		out = append(out, s)
	}
	w.drawn[c] = true
	s := w.evidence(inc, c, again)
	if len(calls) > 1 && w.chosen == nil { // else the call has a section of its own
		d := w.Of(c)
		if l := w.ladder(c, &d); l != nil {
			s.Blocks = append(s.Blocks, Block{Deep: true, Title: fmt.Sprintf("What happened in call %d", c.ID), Ladder: l})
		}
	}
	if len(s.Blocks) == 0 {
		return out
	}
	return append(out, s)
}

// worstOf is the call that lost most audio, to draw for all of them.
func (w *writer) worstOf(calls []*trace.Call) *trace.Call {
	best, most := calls[0], int64(-1)
	for _, c := range calls {
		var sum int64
		for _, l := range w.losses(c) {
			sum += l.silent
		}
		if sum > most {
			best, most = c, sum
		}
	}
	return best
}

// pictures shows what left towards each ear.
func (w *writer) pictures(c *trace.Call, one bool) (Section, bool) {
	s := Section{Kind: SectionPicture, Title: "What left towards each ear"}
	p := w.picture(c)
	if p == nil {
		return s, false
	}
	s.Aside = fmt.Sprintf("0 s is %s %s", date(p.Began, w.loc), w.zone())
	if one {
		s.Aside = fmt.Sprintf("call %d, as an example; 0 s is %s %s", c.ID, clock(p.Began, w.loc), w.zone())
	}
	s.Blocks = append(s.Blocks, Block{Picture: p})
	return s, true
}
