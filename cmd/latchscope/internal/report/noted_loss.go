package report

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/latchscope/latchscope/analyze/ledger"
	"github.com/latchscope/latchscope/analyze/trace"
	"github.com/latchscope/latchscope/detect"
)

// Loss that makes no silence and that the line's rating bears is no incident; but a
// report that calls such a call well has to say so in the same breath.

// notedLoss are the findings of loss of a call's audio that are in no incident.
func (w *writer) notedLoss(c *trace.Call) []*detect.Finding {
	var out []*detect.Finding
	for _, i := range w.about[c] {
		f := &w.result.Findings[i]
		if d, ok := f.Data.(detect.MediaLoss); ok && f.Severity < detect.Warn && d.Row() != nil && d.Row().Media == "audio" {
			out = append(out, f)
		}
	}
	return out
}

// lossIncident tells the loss of a call as an incident is told; ok is false where
// there is none to tell.
func (w *writer) lossIncident(c *trace.Call) (inc detect.Incident, ok bool) {
	for _, f := range w.notedLoss(c) {
		inc.Findings = append(inc.Findings, f.ID)
		inc.Calls, inc.Severity = []*trace.Call{c}, f.Severity
		for _, a := range f.Actions {
			if !slices.ContainsFunc(inc.Actions, func(o detect.Action) bool { return o.Owner == a.Owner && o.What == a.What }) {
				inc.Actions = append(inc.Actions, a)
			}
		}
		if inc.Next.Where == "" {
			inc.Next = f.Next
		}
	}
	return inc, len(inc.Findings) > 0
}

// lossWords says of each ear of a call whose loss is noted how much it lost, when it
// lost most, and how that rates.
func (w *writer) lossWords(c *trace.Call) string {
	var parts []string
	for _, f := range w.notedLoss(c) {
		parts = append(parts, w.lossOfRow(f.Data.(detect.MediaLoss).Row()))
		if where := f.Data.(detect.MediaLoss).WhereWords(w.namesIn(c).Names); where != "" {
			parts = append(parts, sentenceOf(w.text(where)))
		}
	}
	return strings.Join(parts, " ")
}

// lossOfRow is what one ear lost beside silences, and its worst ten seconds.
func (w *writer) lossOfRow(r *ledger.Row) string {
	q := &r.Quality
	text := fmt.Sprintf("On the way to %s %s of %s's %s were lost (%.1f %% of the call)", detect.The(r.To.Name), thousands(q.Lost), detect.The(r.From.Name), plural(int(q.Due), "packet", "packets"), q.Percent)
	if x := &q.Window; x.To > 0 && q.LostTo > x.To {
		at := func(ns int64) string { return Time{ns, true}.In(w.loc).Format(time.TimeOnly) }
		text += fmt.Sprintf(", all between %s and %s", at(q.LostFrom), at(q.LostTo))
	}
	if worst := w.worstWords(q); worst != "" {
		text += ", " + worst
	}
	return text + "."
}

// worstWords says when the worst ten seconds of a row were, how much was lost in
// them, and whether they are likely to be heard; "" where that is not known.
func (w *writer) worstWords(q *ledger.Quality) string {
	x := &q.Window
	if x.To == 0 {
		return ""
	}
	at := func(ns int64) string { return Time{ns, true}.In(w.loc).Format("15:04:05.0") }
	text := fmt.Sprintf("%s of them between %s and %s %s (%.1f %%)", thousands(x.Lost), at(x.From), at(x.To), w.zone(), q.Worst)
	switch {
	case !q.Rated:
	case x.R < fairR:
		text += fmt.Sprintf(", a stretch that rates R %.0f by itself (under 70 is poor): crackle or dropouts were probably heard", x.R)
	default:
		text += fmt.Sprintf(", a stretch that rates R %.0f by itself (under 70 is poor): most listeners would not complain", x.R)
	}
	return text
}

// fairR is the rating under which many listeners complain (ITU-T G.109).
const fairR = 70

// lossOfAll says which of some calls lost most beside silences, and what; of one
// call, all of it. "" where none lost anything that is noted.
func (w *writer) lossOfAll(calls []*trace.Call) string {
	var worst *ledger.Row
	lossy := 0
	for _, c := range calls {
		list := w.notedLoss(c)
		if len(list) > 0 {
			lossy++
		}
		for _, f := range list {
			if r := f.Data.(detect.MediaLoss).Row(); worst == nil || r.Quality.Percent > worst.Quality.Percent {
				worst = r
			}
		}
	}
	switch {
	case worst == nil:
		return ""
	case len(calls) == 1 && w.count() == 1:
		return w.lossWords(calls[0])
	case lossy == 1:
		return fmt.Sprintf("Call %d: %s", worst.Call.ID, uncapital(w.lossOfRow(worst)))
	}
	return fmt.Sprintf("It was %d of them; the worst is call %d: %s", lossy, worst.Call.ID, uncapital(w.lossOfRow(worst)))
}

// lossSections tell of a call that is well but for loss what was lost, where, whose
// part that is and which frames show it.
func (w *writer) lossSections(c *trace.Call) []Section {
	inc, ok := w.lossIncident(c)
	if !ok {
		return nil
	}
	out := w.why(&inc, c)
	out[0].Title = "What was lost, and where"
	if s, ok := w.toDo(&inc, c); ok {
		out = append(out, s)
	}
	return append(out, w.evidence(&inc, c, false))
}
