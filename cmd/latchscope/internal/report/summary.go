package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/latchscope/latchscope/analyze/ledger"
	"github.com/latchscope/latchscope/analyze/trace"
	"github.com/latchscope/latchscope/detect"
)

// summary is what most readers read only.
func (w *writer) summary(list []detect.Incident) Section {
	s := Section{Kind: SectionSummary, Title: "Summary"}
	if w.Interrupted {
		s.text("Interrupted: this is a partial report.")
	}
	if len(list) == 1 {
		w.brief(&s, &list[0], w.headline())
		return s
	}
	s.Blocks = append(s.Blocks, Block{Text: w.headline(), Loud: true})
	t := &Table{Columns: []Column{{Head: "Incident", Kind: Figure}, {Head: "what happened"}, {Head: "calls", Kind: Figure}, {Head: "from (" + w.zone() + ")"}}}
	for i := range list {
		if i == mostTitles {
			t.More = fmt.Sprintf("and %s more: --format json lists all", plural(len(list)-i, "incident", "incidents"))
			break
		}
		inc := &list[i]
		ids, calls := w.idsOf(inc)
		t.Rows = append(t.Rows, []string{ids, w.text(inc.Title), fmt.Sprint(calls), w.clock(inc.Start)})
	}
	if len(t.Rows) > 0 {
		s.Blocks = append(s.Blocks, Block{Table: t})
	}
	if len(list) == 0 {
		if g := w.g.troubled; w.count() == 1 && len(g) == 1 { // what nobody need act on is no incident
			if lost := w.losses(g[0]); len(lost) > 0 {
				s.text(w.summaryOf(g[0], lost))
				s.Blocks = append(s.Blocks, Block{Table: w.lossTable(lost)})
			}
		}
		w.account(&s)
	}
	return s
}

// brief tells an incident in a few sentences behind a headline, and what was
// lost in a table.
func (w *writer) brief(s *Section, inc *detect.Incident, headline string) {
	calls := w.callsOf(inc)
	text := sentenceOf(w.text(inc.Title))
	var lost []loss
	if len(calls) > 1 {
		text = w.several(inc, calls)
	} else if len(calls) == 1 {
		if lost = w.lossesIn(inc, calls[0]); len(lost) > 0 {
			text = w.summaryOf(calls[0], lost) + w.strangerWords(calls[0])
		}
		if why := w.clauses(inc, calls[0]); why != "" && len(lost) == 0 && w.audio(calls[0]) != ledger.Impaired {
			text = why + w.strangerWords(calls[0])
		}
		choppy := ""
		if w.tellsLoss(inc, calls[0]) {
			choppy = w.choppy(calls[0])
		}
		if choppy != "" && w.audio(calls[0]) == ledger.Impaired {
			text = choppy // short holes are part of it
		} else if choppy != "" {
			text += " " + choppy
		}
	}
	// Where nothing was lost, an incident's own heading says what there is to say.
	if headline != "" || len(calls) != 1 || len(lost) > 0 || w.audio(calls[0]) == ledger.Impaired && text != sentenceOf(w.text(inc.Title)) {
		s.Blocks = append(s.Blocks, Block{Text: strings.TrimSpace(headline + " " + text), Loud: true})
	}
	if len(calls) == 0 {
		return
	}
	told := calls[0]
	if len(calls) > 1 {
		told = w.worstOf(calls) // as the steps are told
	}
	if why := w.clauses(inc, told); why != "" && (len(lost) > 0 && w.audio(told) != ledger.Impaired || len(calls) > 1) {
		if mixed := w.mixedParties(inc, told, calls); mixed != "" {
			why = strings.Replace(why, capital("the "+w.movedParty(inc, told)+"'s"), "The phones'", 1) + " " + mixed
		}
		s.text(why)
	}
	if len(lost) > 0 {
		t := w.lossTable(lost)
		t.Rows = append(t.Rows, w.strangerRows(calls[0])...)
		s.Blocks = append(s.Blocks, Block{Table: t})
	}
	if text := w.like(inc); text != "" {
		s.text(text)
	}
}

// tellsLoss reports whether an incident is about packets lost here and there in a
// call, or is the only one that may tell of them.
func (w *writer) tellsLoss(inc *detect.Incident, c *trace.Call) bool {
	for _, f := range w.findingsOf(inc, c) {
		if _, ok := f.Data.(detect.MediaLoss); ok {
			return true
		}
	}
	for _, i := range w.about[c] {
		if _, ok := w.result.Findings[i].Data.(detect.MediaLoss); ok {
			return false
		}
	}
	return true
}

// mixedParties says in which calls of an incident the party that moved is not the
// one of the call that is told.
func (w *writer) mixedParties(inc *detect.Incident, told *trace.Call, calls []*trace.Call) string {
	first := w.movedParty(inc, told)
	var others []string
	role := ""
	for _, c := range calls {
		if p := w.movedParty(inc, c); p != first && p != "" && len(others) < 12 {
			others, role = append(others, fmt.Sprint(c.ID)), p
		}
	}
	if first == "" || len(others) == 0 {
		return ""
	}
	word := "call"
	if len(others) > 1 {
		word = "calls"
	}
	own := slices.DeleteFunc(idsOfCalls(calls), func(id string) bool { return slices.Contains(others, id) })
	if len(own) == 0 || len(own) > 12 {
		return fmt.Sprintf("(The phone is the %s in %s %s.)", role, word, joined(others))
	}
	first += " in call"
	if len(own) > 1 {
		first += "s"
	}
	return fmt.Sprintf("(The phone is the %s %s, the %s in %s %s.)", first, joined(own), role, word, joined(others))
}

// idsOfCalls are the numbers of calls, in words.
func idsOfCalls(calls []*trace.Call) []string {
	var out []string
	for _, c := range calls {
		out = append(out, fmt.Sprint(c.ID))
	}
	return out
}

// several says how many calls an incident hit, when, and for how long.
func (w *writer) several(inc *detect.Incident, calls []*trace.Call) string {
	var least, most int64
	hurt, both, half := 0, 0, 0 // calls that lost audio, those of which both ears did, and those where one ear's is proven only
	first, last := inc.Start, inc.End
	for _, c := range calls {
		var longest int64
		ears := map[string]int64{}
		proven, rest := 0, 0
		for i, l := range w.lossesIn(inc, c) {
			ears[l.row.To.Name] = max(ears[l.row.To.Name], l.silent)
			if l.sure == ledger.Confirmed {
				proven++
			} else {
				rest++
			}
			if hurt == 0 && i == 0 {
				first, last = l.from, l.to
			}
			if l.from.Time < first.Time {
				first = l.from
			}
			if l.to.Time > last.Time {
				last = l.to
			}
			longest = max(longest, l.silent)
		}
		if longest == 0 {
			continue
		}
		hurt++
		most = max(most, longest)
		if ears["caller"] > 0 && ears["callee"] > 0 {
			both++
			if proven > 0 && rest > 0 {
				half++
			}
			longest = min(ears["caller"], ears["callee"])
		}
		if least == 0 || longest < least {
			least = longest
		}
	}
	text := fmt.Sprintf("One cause in %s", plural(len(calls), "call", "calls"))
	if hurt < len(calls) && hurt > 0 {
		text += fmt.Sprintf(", of which %d lost audio", hurt)
	}
	if last.Time-first.Time < 2e9 {
		text += fmt.Sprintf(", at %s %s", w.clock(first), w.zone())
	} else {
		text += fmt.Sprintf(", between %s and %s %s", w.clock(first), w.clock(last), w.zone())
	}
	switch {
	case hurt == 0:
	case both == len(calls) && seconds(float64(least)/1e9) != seconds(float64(most)/1e9):
		text += fmt.Sprintf(": both ears lost %s to %s", seconds(float64(least)/1e9), seconds(float64(most)/1e9))
	case both == len(calls):
		text += ": both ears lost " + seconds(float64(most)/1e9)
	case seconds(float64(least)/1e9) == seconds(float64(most)/1e9):
		text += ", each for " + seconds(float64(most)/1e9)
	default:
		text += fmt.Sprintf(", for %s to %s each", seconds(float64(least)/1e9), seconds(float64(most)/1e9))
	}
	if half == len(calls) {
		text += " (one proven, one likely)"
	}
	var ended []string
	for _, c := range calls {
		lost := w.lossesIn(inc, c)
		if slices.ContainsFunc(lost, func(l loss) bool { return l.to.Time >= l.row.End.Time }) && len(ended) < 12 {
			ended = append(ended, fmt.Sprint(c.ID))
		}
	}
	if len(ended) > 0 && len(ended) < len(calls) {
		word := "call"
		if len(ended) > 1 {
			word = "calls"
		}
		text += fmt.Sprintf(", in %s %s to the end", word, joined(ended))
	}
	return text + "."
}

// clauses are the steps of an incident in one sentence.
func (w *writer) clauses(inc *detect.Incident, c *trace.Call) string {
	var parts []string
	at, most := map[string]int{}, map[string]int64{}
	for _, f := range w.findingsOf(inc, c) {
		for _, s := range detect.Tell(f, w.namesIn(c).Names) {
			// What happened again differs in its numbers only.
			alike := f.Code + strings.Map(func(r rune) rune {
				if r >= '0' && r <= '9' {
					return -1
				}
				return r
			}, s.Clause)
			i, said := at[alike]
			switch {
			case s.Clause == "":
			case !said:
				at[alike], most[alike] = len(parts), claimed(f)
				parts = append(parts, w.text(s.Clause))
			case claimed(f) > most[alike]: // what is worst stands for the others
				parts[i], most[alike] = w.text(s.Clause), claimed(f)
			}
		}
	}
	switch n := len(parts); n {
	case 0:
		return ""
	case 1:
		return sentenceOf(parts[0])
	default:
		return sentenceOf(strings.Join(parts[:n-1], ", ") + ", and " + parts[n-1])
	}
}
