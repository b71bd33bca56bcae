package report

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/latchscope/latchscope/analyze/ledger"
	"github.com/latchscope/latchscope/analyze/trace"
	"github.com/latchscope/latchscope/detect"
)

// full are the calls that are told in full: those that were asked for, else the
// only call of each of the first incidents, else the only call there is.
func (w *writer) full(list []detect.Incident) []*trace.Call {
	if w.chosen != nil {
		asked := w.asked()
		return asked[:min(mostAsked, len(asked))]
	}
	var out []*trace.Call
	seen := map[*trace.Call]bool{}
	for i := range list {
		if calls := w.callsOf(&list[i]); len(calls) == 1 && !seen[calls[0]] && len(out) < 2 {
			seen[calls[0]] = true
			out = append(out, calls[0])
		}
	}
	if len(list) == 0 && len(w.trace.Calls) == 1 {
		out = append(out, w.trace.Calls[0])
	}
	return out
}

// hitCalls is the table of the calls of an incident.
func (w *writer) hitCalls(inc *detect.Incident, calls []*trace.Call) Section {
	s := Section{Kind: SectionCalls, Title: "Calls that it hit"}
	t := &Table{Columns: []Column{{Head: "call", Kind: Figure}, {Head: "lost from"}, {Head: "ear"}, {Head: "for", Kind: Figure},
		{Head: "old source", Kind: Code}, {Head: "new source", Kind: Code}, {Head: "frames", Kind: Framed}}}
	ids := &Table{Columns: []Column{{Head: "call", Kind: Figure}, {Head: "from"}, {Head: "to"}, {Head: "moved"}, {Head: "Call-ID", Kind: Code}}}
	moved := false
	for i, c := range calls {
		if i == mostListed {
			t.More = fmt.Sprintf("and %s: --call N tells one in full, --format json has all", plural(len(calls)-i, "more call", "more calls"))
		}
		if i == mostOnPage {
			break
		}
		var from, to, frames string
		whose := w.movedParty(inc, c)
		for _, f := range w.findingsOf(inc, c) {
			if d, ok := f.Data.(detect.Flip); ok && len(d.Moves) > 0 {
				from, to = short(w.as(Address, d.From)), short(w.as(Address, d.To))
				if d.AddressChanged {
					from, to = w.as(Address, d.From), w.as(Address, d.To)
				}
				moved = true
				frames = w.frameName1(trace.Ref{File: d.Moves[0].File, Frame: d.Moves[0].Frame})
			}
		}
		ears, at, lasted := "", w.clock(c.Start()), ""
		if lost := w.lossesIn(inc, c); len(lost) > 0 {
			var names []string
			longest := &lost[0]
			for j := range lost {
				if lost[j].silent > longest.silent {
					longest = &lost[j]
				}
				if n := lost[j].row.To.Name; !strings.Contains(strings.Join(names, " "), n) {
					names = append(names, n)
				}
			}
			ears, at, lasted = strings.Join(names, ", "), w.clock(longest.from), seconds(float64(longest.silent)/1e9)
			if frames == "" {
				frames = w.frameList(longest.from.Ref, longest.to.Ref)
			}
		}
		call := w.call(c)
		row := []string{fmt.Sprint(c.ID), at, ears, lasted, from, to, frames}
		if i >= mostListed {
			t.Rest = append(t.Rest, row)
			continue
		}
		t.Rows = append(t.Rows, row)
		ids.Rows = append(ids.Rows, []string{fmt.Sprint(c.ID), userOf(call.From), userOf(call.To), whose, w.mainCallID(inc, c)})
	}
	if same := ids.same("moved"); same != "" || !moved {
		ids.drop("moved")
	}
	if !moved {
		t.drop("old source")
		t.drop("new source")
	}
	if ear := t.same("ear"); ear != "" {
		t.drop("ear")
		s.Aside = "it is the " + ear + "'s ear in all of them"
		if strings.Contains(ear, ",") {
			s.Aside = "both ears, the longer is given" + w.sureOfAll(inc, calls)
		}
	}
	s.Blocks = append(s.Blocks, Block{Table: t})
	s.Blocks = append(s.Blocks, Block{Title: "Who called whom", Table: ids})
	return s
}

// sureOfAll says how sure each thing is that became of the voices in some calls, where
// it is the same in all of them: what is not proven.
func (w *writer) sureOfAll(inc *detect.Incident, calls []*trace.Call) string {
	sure := map[string]string{}
	var order []string
	doubt := false
	for _, c := range calls[:min(mostListed, len(calls))] {
		for _, l := range w.lossesIn(inc, c) {
			fate, how := w.fate(&l), ledgerSure(l.sure)
			if was, known := sure[fate]; known && was != how {
				return ""
			} else if !known {
				order = append(order, fate)
			}
			sure[fate] = how
			doubt = doubt || l.sure < ledger.Confirmed
		}
	}
	if !doubt {
		return ""
	}
	var parts []string
	for _, fate := range order {
		if sure[fate] != sureWord(detect.Confirmed) {
			parts = append(parts, fate+": "+sure[fate])
		}
	}
	return "; " + strings.Join(parts, "; ")
}

// mainCallID is the Call-ID of the dialog that an incident's findings in a call
// are about; the others of the call are in JSON.
func (w *writer) mainCallID(inc *detect.Incident, c *trace.Call) string {
	for _, f := range w.findingsOf(inc, c) {
		if f.Leg != nil {
			return w.as(CallID, f.Leg.CallID)
		}
	}
	return strings.Join(w.callIDs(c), ", ")
}

// same is what a column has in all rows, "" where they differ.
func (t *Table) same(head string) string {
	for j := range t.Columns {
		if t.Columns[j].Head != head || len(t.Rows) == 0 {
			continue
		}
		for _, rows := range [][][]string{t.Rows, t.Rest} {
			for _, row := range rows {
				if row[j] != t.Rows[0][j] {
					return ""
				}
			}
		}
		return t.Rows[0][j]
	}
	return ""
}

// userOf is the number or name in a URI: that is what tells calls apart, and a
// cut domain can be told from a cut number.
func userOf(uri string) string {
	uri = bare(uri)
	if user, _, ok := strings.Cut(uri, "@"); ok && user != "" {
		return user
	}
	return uri
}

// drop takes a column out.
func (t *Table) drop(head string) {
	for j := range t.Columns {
		if t.Columns[j].Head != head {
			continue
		}
		t.Columns = append(t.Columns[:j:j], t.Columns[j+1:]...)
		for _, rows := range [][][]string{t.Rows, t.Rest} {
			for i, row := range rows {
				rows[i] = append(row[:j:j], row[j+1:]...)
			}
		}
		return
	}
}

// calls are those that are told in full, and the others in a table each.
func (w *writer) calls(list []detect.Incident) []Section {
	var out []Section
	full := w.full(list)
	for _, c := range full {
		out = append(out, w.callSections(c, list)...)
	}
	if w.chosen != nil {
		return out
	}
	told := map[*trace.Call]bool{}
	for _, c := range full {
		told[c] = true
	}
	for i := range list {
		for _, c := range w.callsOf(&list[i]) {
			told[c] = true
		}
		for j := range w.likes[list[i].ID] {
			for _, c := range w.callsOf(&w.likes[list[i].ID][j]) {
				told[c] = true
			}
		}
	}
	for _, group := range []struct {
		title string
		calls []*trace.Call
	}{
		{"Other calls with findings", w.g.troubled}, {"Calls worth a note", w.g.noted},
		{"Calls not judged", w.g.unread}, {"Calls without an answer", w.g.unanswered}, {"Calls that are well as far as in view", w.g.fair}, {"Calls that are well", w.g.healthy},
	} {
		var calls []*trace.Call
		for _, c := range group.calls {
			if !told[c] {
				calls = append(calls, c)
			}
		}
		if len(calls) > 0 {
			out = append(out, w.listed(group.title, calls))
		}
	}
	return out
}

// listed is a table of calls that need no words.
func (w *writer) listed(title string, calls []*trace.Call) Section {
	s := Section{Kind: SectionCalls, Title: title, Aside: plural(len(calls), "call", "calls")}
	t := &Table{Columns: []Column{{Head: "call", Kind: Figure}, {Head: "began (" + w.zone() + ")"}, {Head: "talked", Kind: Figure},
		{Head: "verdict"}, {Head: "packets", Kind: Figure}, {Head: "loss", Kind: Figure}, {Head: "jitter", Kind: Figure, Optional: true}, {Head: "codec", Optional: true},
		{Head: "MOS", Kind: Figure}, {Head: "note"}, {Head: "from"}, {Head: "to"}}}
	if len(calls) > mostListed {
		calls = w.summed(&s, calls)
	}
	if len(calls) > mostListed {
		s.Aside += ": " + w.verdicts(calls)
	}
	notes, unrated := false, false
	for i, c := range calls {
		if i == mostListed {
			t.More = fmt.Sprintf("and %s: --call N tells one in full", plural(len(calls)-i, "more call", "more calls"))
		}
		if i == mostOnPage {
			break
		}
		call := w.call(c)
		loss, mos, jitter, codec := "", "", "", ""
		var packets int64
		rows := w.rows(c)
		worst := -1
		for j := range rows {
			if rows[j].Media == "audio" {
				packets += rows[j].Quality.Due
			}
			if r := &rows[j]; r.Media == "audio" && r.Quality.Due > 0 && (worst < 0 || r.Quality.Percent > rows[worst].Quality.Percent) {
				worst = j
			}
		}
		if worst >= 0 {
			loss = percent(rows[worst].Quality.Percent)
			jitter, codec = jitterOf(rows[worst].Hops), w.as(Name, rows[worst].Quality.Codec)
			if rows[worst].Quality.Rated {
				mos = fmt.Sprintf("%.1f", rows[worst].Quality.MOS)
			} else if packets > 0 {
				mos, unrated = "-", true
			}
		}
		note := w.note(c)
		notes = notes || note != ""
		from, to := userOf(call.From), userOf(call.To)
		if from == "" && to == "" {
			from = "no signalling"
		}
		row := []string{fmt.Sprint(c.ID), w.clock(c.Start()), talked(&call, w.End), cmpOr(w.audio(c).String(), "-"), thousands(packets), loss, jitter, codec, mos, note, from, to}
		if i < mostListed {
			t.Rows = append(t.Rows, row)
		} else {
			t.Rest = append(t.Rest, row)
		}
	}
	if !notes {
		t.drop("note")
	}
	if len(t.Rows) > 0 {
		s.Blocks = append(s.Blocks, Block{Table: t})
	}
	if !w.explained && slices.ContainsFunc(calls, func(c *trace.Call) bool { return w.audio(c) != ledger.NoVerdict }) {
		w.explained = true
		s.Aside += ". Packets are those of both directions; loss, jitter and MOS (ITU-T G.107, 1 to 5) of the worse one. Verdict: clear, all that was due is seen to pass here; partly, some of it is not in view; unjudged, nothing is."
		if unrated {
			s.Aside += " A dash: no rating is known for the codec (ITU-T G.113)."
		}
	}
	return s
}

// verdicts counts calls by the verdict on their audio.
func (w *writer) verdicts(calls []*trace.Call) string {
	n := map[ledger.Verdict]int{}
	for _, c := range calls {
		n[w.audio(c)]++
	}
	var parts []string
	for _, v := range slices.Backward(slices.Sorted(maps.Keys(n))) {
		parts = append(parts, fmt.Sprintf("%s %s", thousands(int64(n[v])), cmpOr(v.String(), "without one")))
	}
	return strings.Join(parts, ", ")
}

// note is what there is to say of a call in a list: its loudest finding, or how it
// ended that nobody answered.
func (w *writer) note(c *trace.Call) string {
	if f := w.loudest(c); f != nil {
		return w.title(f.Code)
	}
	if w.audio(c) == ledger.NoVerdict {
		return w.outcome(c)
	}
	return ""
}

// summed tells calls of which there is the same to say in one line, where they are
// many, and returns the others.
func (w *writer) summed(s *Section, calls []*trace.Call) []*trace.Call {
	const many = 10
	type kind struct{ note, audio string }
	alike := map[kind][]int{}
	var order []kind
	of := func(c *trace.Call) kind { return kind{w.note(c), w.audio(c).String()} }
	for _, c := range calls {
		k := of(c)
		if len(alike[k]) == 0 {
			order = append(order, k)
		}
		alike[k] = append(alike[k], c.ID)
	}
	for _, k := range order {
		if ids := alike[k]; k.note != "" && len(ids) >= many {
			text := fmt.Sprintf("%d calls: %s", len(ids), k.note)
			if k.audio != "" {
				text += ", audio " + k.audio
			}
			s.text(text + "; calls " + ranges(ids, 12) + ".")
		}
	}
	return slices.DeleteFunc(slices.Clone(calls), func(c *trace.Call) bool {
		k := of(c)
		return k.note != "" && len(alike[k]) >= many
	})
}

// outcome says how a call ended that nobody answered.
func (w *writer) outcome(c *trace.Call) string {
	for i := len(c.Legs) - 1; i >= 0; i-- {
		if st := c.Legs[i].Status; st >= 300 {
			return status(int16(st))
		}
	}
	return string(c.State)
}

func percent(f float64) string {
	if f > 0 && f < 0.01 {
		return "<0.01 %"
	}
	switch {
	case f == 0:
		return "0 %"
	case f < 0.995:
		return fmt.Sprintf("%.2f %%", f)
	}
	return fmt.Sprintf("%.1f %%", f)
}

// loose is what there is to say about media without signalling that belongs to
// no call.
func (w *writer) loose() []Section {
	if len(w.about[nil]) == 0 {
		return nil
	}
	s := Section{Kind: SectionEvidence, Title: "Media without signalling"}
	var steps []Step
	var filters []Filter
	n := w.namesIn(nil)
	for _, i := range w.about[nil] {
		f := &w.result.Findings[i]
		if len(steps) == 12 {
			break
		}
		for _, t := range detect.Tell(f, n.Names) {
			steps = append(steps, Step{No: len(steps) + 1, Text: w.text(t.Text), Frames: w.frameRuns(t.Frames), Sure: sureWord(t.Sure)})
		}
		for _, x := range detect.Filters(f) {
			if x := (Filter{x.Name, w.text(x.Text)}); !slices.Contains(filters, x) {
				filters = append(filters, x)
			}
		}
	}
	s.Blocks = append(s.Blocks, Block{Steps: steps})
	if len(filters) > 0 {
		s.Blocks = append(s.Blocks, Block{Title: "Filters for Wireshark", Filters: filters})
	}
	return []Section{s}
}
