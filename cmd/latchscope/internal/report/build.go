package report

import (
	"fmt"
	"strings"
	"time"

	"github.com/latchscope/latchscope/analyze/ledger"
	"github.com/latchscope/latchscope/analyze/trace"
	"github.com/latchscope/latchscope/detect"
)

// How much of a large capture a document tells. What it leaves out it names,
// with the flag that shows it.
const (
	mostIncidents = 5  // told in full
	mostTitles    = 20 // incidents with a line in the summary
	mostListed    = 20 // calls of an incident, or of a list
	mostAsked     = 40 // calls in full, where they were asked for
	mostFiles     = 12
)

// Document makes the document of a report: see the type.
func (r *Report) Document() *Document {
	loc := r.loc
	if loc == nil {
		loc = time.UTC
	}
	w := &writer{Report: r, loc: loc, names: map[*trace.Call]*nameList{}, drawn: map[*trace.Call]bool{}}
	w.g = w.groups()
	d := &Document{Tool: r.Tool, About: w.about1(), Level: w.level(), Zone: w.zone()}
	list := w.told()
	d.Sections = append(d.Sections, w.summary(list))
	for i := range list {
		if i == mostIncidents {
			break
		}
		d.Sections = append(d.Sections, w.incident(&list[i], len(list) > 1)...)
	}
	d.Sections = append(d.Sections, w.calls(list)...)
	d.Sections = append(d.Sections, w.loose()...)
	if s, ok := w.unseen(list); ok {
		d.Sections = append(d.Sections, s)
	}
	d.Sections = append(d.Sections, w.capture())
	d.Calls = w.overview()
	return d
}

// about1 says what the report is on: base names of files, and how many calls.
func (w *writer) about1() string {
	name := "no capture"
	if len(w.Captures) > 0 {
		name = w.base(0)
	}
	if n := len(w.Captures) - 1; n > 0 {
		name += fmt.Sprintf(" and %s more", plural(n, "file", "files"))
	}
	return fmt.Sprintf("report on %s, %s", name, plural(w.count(), "call", "calls"))
}

// count is how many conversations there are: calls by the contract, and media
// of unknown signalling that a finding is about.
func (w *writer) count() int {
	n := w.Coverage.Calls
	for _, c := range w.g.troubled {
		if len(c.Legs) == 0 {
			n++
		}
	}
	return n
}

func (w *writer) base(i int) string {
	p := w.Captures[i].Path
	return p[strings.LastIndexAny(p, `/\`)+1:]
}

func (w *writer) level() string {
	switch {
	case w.g.lost > 0:
		return "critical"
	case len(w.g.troubled) > 0 || w.g.impaired > 0:
		return "warning"
	case w.g.clear > 0 && w.g.partly+w.g.unjudged == 0:
		return "good"
	}
	return "unknown"
}

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

// namesIn are the names of a call's hosts, made once.
func (w *writer) namesIn(c *trace.Call) *nameList {
	if n, ok := w.names[c]; ok {
		return n
	}
	n := w.namesOf(c)
	if len(w.names) > 64 { // a trunk is told call by call
		clear(w.names)
	}
	w.names[c] = n
	return n
}

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
		t.Rows = append(t.Rows, []string{fmt.Sprint(i + 1), w.text(inc.Title), fmt.Sprint(max(len(w.callsOf(inc)), 0)), w.clock(inc.Start)})
	}
	if len(t.Rows) > 0 {
		s.Blocks = append(s.Blocks, Block{Table: t})
	}
	if len(list) == 0 {
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
			text = w.summaryOf(calls[0], lost)
		}
		if choppy := w.choppy(calls[0]); choppy != "" && w.audio(calls[0]) == ledger.Impaired {
			text = choppy // short holes are part of it
		} else if choppy != "" {
			text += " " + choppy
		}
	}
	s.Blocks = append(s.Blocks, Block{Text: strings.TrimSpace(headline + " " + text), Loud: true})
	if len(calls) == 0 {
		return
	}
	if why := w.clauses(inc, calls[0]); why != "" && (len(lost) > 0 && w.audio(calls[0]) != ledger.Impaired || len(calls) > 1) {
		if mixed := w.mixedParties(inc, calls); mixed != "" {
			why += " " + mixed
		}
		s.text(why)
	}
	if len(lost) > 0 {
		s.Blocks = append(s.Blocks, Block{Table: w.lossTable(lost)})
	}
}

// mixedParties says in which calls of an incident the party that moved is not the
// one of the first.
func (w *writer) mixedParties(inc *detect.Incident, calls []*trace.Call) string {
	first := w.movedParty(inc, calls[0])
	var others []string
	role := ""
	for _, c := range calls[1:] {
		if p := w.movedParty(inc, c); p != first && p != "" && len(others) < 12 {
			others, role = append(others, fmt.Sprint(c.ID)), p
		}
	}
	if first == "" || len(others) == 0 {
		return ""
	}
	return fmt.Sprintf("(In call %s it was the %s's.)", strings.Join(others, ", "), role)
}

// several says how many calls an incident hit, when, and for how long.
func (w *writer) several(inc *detect.Incident, calls []*trace.Call) string {
	var least, most int64
	hurt := 0
	for _, c := range calls {
		var longest int64
		for _, l := range w.lossesIn(inc, c) {
			longest = max(longest, l.silent)
		}
		if longest == 0 {
			continue
		}
		hurt++
		if least == 0 || longest < least {
			least = longest
		}
		most = max(most, longest)
	}
	text := fmt.Sprintf("One cause in %s", plural(len(calls), "call", "calls"))
	if hurt < len(calls) && hurt > 0 {
		text += fmt.Sprintf(", of which %d lost audio", hurt)
	}
	if inc.End.Time-inc.Start.Time < 2e9 {
		text += fmt.Sprintf(", at %s %s", w.clock(inc.Start), w.zone())
	} else {
		text += fmt.Sprintf(", between %s and %s %s", w.clock(inc.Start), w.clock(inc.End), w.zone())
	}
	switch {
	case hurt == 0:
	case seconds(float64(least)/1e9) == seconds(float64(most)/1e9):
		text += ", each for " + seconds(float64(most)/1e9)
	default:
		text += fmt.Sprintf(", for %s to %s each", seconds(float64(least)/1e9), seconds(float64(most)/1e9))
	}
	return text + "."
}

// clauses are the steps of an incident in one sentence.
func (w *writer) clauses(inc *detect.Incident, c *trace.Call) string {
	var parts []string
	said := map[string]bool{}
	for _, f := range w.findingsOf(inc, c) {
		for _, s := range detect.Tell(f, w.namesIn(c).Names) {
			if s.Clause != "" && !said[s.Clause] {
				said[s.Clause] = true
				parts = append(parts, w.text(s.Clause))
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

func (s *Section) text(text string) { s.Blocks = append(s.Blocks, Block{Text: text}) }

// sentenceOf makes a sentence of words without an end.
func sentenceOf(s string) string {
	s = capital(strings.TrimSpace(s))
	if s == "" || strings.HasSuffix(s, ".") || strings.HasSuffix(s, "?") {
		return s
	}
	return s + "."
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
	if s, ok := w.pictures(c, len(calls) > 1); ok && !again {
		out = append(out, s)
	}
	w.drawn[c] = true
	out = append(out, w.evidence(inc, c))
	return out
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
	if one {
		s.Aside = fmt.Sprintf("call %d, for all of them", c.ID)
	}
	p := w.picture(c)
	if p == nil {
		return s, false
	}
	s.Blocks = append(s.Blocks, Block{Picture: p})
	return s, true
}

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
		dot := Dot{ID: c.ID, At: start.Since(w.Start), Lasted: max(end.Since(start), 0)}
		if v := w.audio(c); v != ledger.NoVerdict {
			dot.Level = v.String()
		}
		dot.Title = fmt.Sprintf("call %d, %s", c.ID, cmpOr(dot.Level, "not answered"))
		out = append(out, dot)
	}
	if len(out) < few {
		return nil
	}
	return out
}

func cmpOr(s, or string) string {
	if s == "" {
		return or
	}
	return s
}

// audio is the verdict on a call's audio.
func (r *Report) audio(c *trace.Call) ledger.Verdict {
	if r.ledger == nil || c == nil {
		return ledger.NoVerdict
	}
	return r.ledger.Audio(c)
}
