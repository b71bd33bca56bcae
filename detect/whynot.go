package detect

import (
	"fmt"
	"slices"
	"strings"

	"github.com/latchscope/latchscope/analyze/ledger"
	"github.com/latchscope/latchscope/analyze/trace"
)

// WhyNot says, a line each, what a detector looked at in a call and why it found
// nothing there; or what it did find. The result must be that of Run on t.
func WhyNot(t *trace.Trace, r Result, d Detector, c *trace.Call) []string {
	var out []string
	say := func(format string, a ...any) { out = append(out, fmt.Sprintf(format, a...)) }
	for i := range r.Findings {
		if f := &r.Findings[i]; f.Code == d.Code && f.Call == c {
			say("%s is found in call %d: finding %d, %s.", d.Code, c.ID, f.ID, f.Summary)
		}
	}
	if len(out) > 0 {
		return out
	}
	say("%s is not found in call %d.", d.Code, c.ID)
	say("It looks for this: %s", firstParagraph(d.Doc))
	if !c.Answered() {
		say("Nobody answered the call: no audio was due.")
	}
	if d.Quiet != nil {
		var rows []ledger.Row
		if r.Ledger != nil {
			rows = r.Ledger.Rows(c)
		}
		d.Quiet(&quiet{trace: t, call: c, rows: rows, names: NamesOf(c, rows, nil), say: say})
	}
	if len(d.Explains) > 0 || d.Rest != nil {
		r.quietSpans(d, c, say)
	}
	if d.Quiet == nil {
		quietSources(c, say)
		quietErrors(c, say)
		quietEarly(c, say)
	}
	return out
}

func firstParagraph(doc string) string {
	p, _, _ := strings.Cut(strings.TrimSpace(doc), "\n\n")
	return strings.Join(strings.Fields(p), " ")
}

// quietSpans tells of the account: which silence there is, and who explains it.
func (r Result) quietSpans(d Detector, c *trace.Call, say func(string, ...any)) {
	if r.Ledger == nil {
		return
	}
	if len(d.Explains) > 0 {
		var words []string
		for _, s := range d.Explains {
			words = append(words, s.String())
		}
		say("It explains audio that the account calls %s.", strings.Join(words, ", "))
	}
	rows := r.Ledger.Rows(c)
	mine := false
	for i := range rows {
		row := &rows[i]
		silent := 0
		for j := range row.Spans {
			s := &row.Spans[j]
			if !s.State.Silent() {
				continue
			}
			silent++
			fits := slices.Contains(d.Explains, s.State)
			mine = mine || fits
			by := "nothing explains it"
			for k := range r.Findings {
				f := &r.Findings[k]
				if slices.ContainsFunc(f.Claims, func(cl Claim) bool { return cl.Span == j && sameRow(cl.Row, row) }) {
					by = fmt.Sprintf("finding %d explains it, %s", f.ID, f.Code)
				}
			}
			say("%s of %s, %s%s: %s.", seconds(float64(s.Duration())/1e9), row.Direction(), s.State, between(s), by)
		}
		if silent == 0 {
			say("%s %s: no silence, %s; %s", row.Media, row.Direction(), row.Verdict, lossWords(row))
		}
	}
	if len(d.Explains) > 0 && !mine && len(rows) > 0 {
		say("No span of this call's account is in such a state: there is nothing for it to explain.")
	}
}

// between are the frames at the edges of a span.
func between(s *ledger.Span) string {
	if s.From.Frame == 0 || s.To.Frame == 0 {
		return ""
	}
	return fmt.Sprintf(" from frame %d to frame %d", s.From.Frame, s.To.Frame)
}

func sameRow(a, b *ledger.Row) bool {
	return a.Call == b.Call && a.Line == b.Line && a.Media == b.Media && a.Direction() == b.Direction() && a.Start == b.Start
}

func lossWords(r *ledger.Row) string {
	return fmt.Sprintf("%s of %s packets missing.", group(r.Quality.Lost), group(r.Quality.Due))
}

// quietSources tells which sources changed, and what announced it.
func quietSources(c *trace.Call, say func(string, ...any)) {
	const most = 6
	announced, unannounced := map[string]int{}, 0
	for _, k := range c.Talkers {
		for _, m := range k.Moves {
			if m.Announced != trace.Unannounced {
				announced[string(m.Announced)]++
				continue
			}
			if unannounced++; unannounced <= most {
				say("A source changed unannounced, from %s to %s, in frame %d.", m.From.Src, m.To.Src, m.After.Frame)
			}
		}
	}
	if unannounced > most {
		say("%s more.", plural(int64(unannounced-most), "unannounced change"))
	}
	for _, why := range []string{string(trace.BySDP), string(trace.ByICE)} {
		if n := announced[why]; n > 0 {
			say("%s of a source announced by %s.", plural(int64(n), "change"), strings.ToUpper(why))
		}
	}
	if unannounced+len(announced) == 0 {
		say("No source of its %s changed.", plural(int64(len(c.Talkers)), "media stream"))
	}
}

// quietErrors tells of ICMP errors about the call.
func quietErrors(c *trace.Call, say func(string, ...any)) {
	media, other, late, back := 0, 0, 0, 0
	for _, e := range c.Errors {
		switch {
		case !e.Media:
			other++
		case e.Dropped:
			late++
		case e.Toward:
			back++
		default:
			media++
		}
	}
	if media+other+late+back == 0 {
		say("No ICMP error is about this call.")
		return
	}
	say("ICMP errors: %d about media that was wanted, %d about packets to a source that had been left, %d while no media was wanted there, %d about something else.", media, back, late, other)
}

// quietEarly tells when each side's first audio came, beside the answer.
func quietEarly(c *trace.Call, say func(string, ...any)) {
	if !c.Answered() {
		return
	}
	const most = 4
	for i, k := range c.Talkers {
		if i == most {
			break
		}
		s := k.Streams[0]
		switch d := c.Answer.Seconds(s.Start()); {
		case d < 0:
			say("Media from %s began %s before the answer (frame %d).", s.Src, seconds(-d), s.First.Frame)
		default:
			say("Media from %s began %s after the answer (frame %d).", s.Src, seconds(d), s.First.Frame)
		}
	}
}
