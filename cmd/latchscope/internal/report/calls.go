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
	t := &Table{Columns: []Column{{Head: "call", Kind: Figure}, {Head: "lost from"}, {Head: "to caller", Kind: Figure}, {Head: "to callee", Kind: Figure}, {Head: "ear"}, {Head: "for", Kind: Figure},
		{Head: "old source", Kind: Code}, {Head: "new source", Kind: Code}, {Head: "frames", Kind: Framed}}}
	ids := &Table{Columns: []Column{{Head: "call", Kind: Figure}, {Head: "from"}, {Head: "to"}, {Head: "moved"}, {Head: "Call-ID", Kind: Code}}}
	moved, two := false, true
	from, to := w.movedBetween(inc, calls)
	for i, c := range calls {
		if i == mostListed {
			t.More = fmt.Sprintf("and %s: --call N tells one in full, --format json has all", plural(len(calls)-i, "more call", "more calls"))
		}
		if i == mostOnPage {
			break
		}
		hit := w.hit(inc, c)
		moved, two = moved || hit.old != "", two && hit.two
		if from != "" { // told once, above the table
			hit.old, hit.new = short(hit.old), short(hit.new)
		}
		row := []string{fmt.Sprint(c.ID), hit.at, hit.caller, hit.callee, hit.ears, hit.longest, hit.old, hit.new, hit.frames}
		if i >= mostListed {
			t.Rest = append(t.Rest, row)
			continue
		}
		t.Rows = append(t.Rows, row)
		call := w.call(c)
		ids.Rows = append(ids.Rows, []string{fmt.Sprint(c.ID), userOf(call.From), userOf(call.To), w.movedParty(inc, c), w.mainCallID(inc, c)})
	}
	if same := ids.same("moved"); same != "" || !moved {
		ids.drop("moved")
	}
	switch {
	case !moved:
		t.drop("old source")
		t.drop("new source")
	case from != "":
		t.rename("old source", "old port")
		t.rename("new source", "new port")
	}
	var about []string
	if two {
		t.drop("ear")
		t.drop("for")
		about = append(about, "lost towards each ear"+w.sureOfAll(inc, calls))
	} else {
		t.drop("to caller")
		t.drop("to callee")
		if ear := t.same("ear"); ear != "" {
			t.drop("ear")
			about = append(about, "it is the "+ear+"'s ear in all of them")
		}
	}
	if from != "" {
		about = append(about, fmt.Sprintf("sources moved from %s to %s", from, to))
	}
	if moved {
		t.rename("frames", "frame")
		first := "frame: the first from there"
		if from == "" {
			first = "frame: the first from the new source"
		}
		about = append(about, first)
	}
	s.Aside = strings.Join(about, "; ")
	s.Blocks = append(s.Blocks, Block{Table: t})
	s.Blocks = append(s.Blocks, Block{Title: "Who called whom", Table: ids})
	return s
}

// hit is what an incident did to one call, as its table tells it.
type hit struct {
	at             string // when the first loss began
	caller, callee string // how long each ear lost audio at the longest, "-" where it did not
	two            bool   // both of these ears did, and no other
	ears, longest  string // all that did, and the longest loss of any
	old, new       string // sources, of a move
	frames         string
}

func (w *writer) hit(inc *detect.Incident, c *trace.Call) hit {
	h := hit{at: w.clock(c.Start()), caller: "-", callee: "-"}
	for _, f := range w.findingsOf(inc, c) {
		if d, ok := f.Data.(detect.Flip); ok && len(d.Moves) > 0 {
			h.old, h.new = short(w.as(Address, d.From)), short(w.as(Address, d.To))
			if d.AddressChanged {
				h.old, h.new = w.as(Address, d.From), w.as(Address, d.To)
			}
			h.frames = w.frameName1(trace.Ref{File: d.Moves[0].File, Frame: d.Moves[0].Frame})
		}
	}
	lost := w.lossesIn(inc, c)
	if len(lost) == 0 {
		return h
	}
	var names []string
	worst, doubt := map[string]int64{}, map[string]string{}
	first, longest := &lost[0], &lost[0]
	for j := range lost {
		l := &lost[j]
		if l.silent > longest.silent {
			longest = l
		}
		if l.from.Time < first.from.Time {
			first = l
		}
		if n := l.row.To.Name; worst[n] == 0 {
			names = append(names, n)
		}
		worst[l.row.To.Name] = max(worst[l.row.To.Name], l.silent)
		if l.sure < ledger.Confirmed {
			doubt[l.row.To.Name] = "*"
		}
	}
	h.two = len(names) == 2 && worst["caller"] > 0 && worst["callee"] > 0
	h.caller, h.callee = seconds(float64(worst["caller"])/1e9)+doubt["caller"], seconds(float64(worst["callee"])/1e9)+doubt["callee"]
	h.ears, h.at, h.longest = strings.Join(names, ", "), w.clock(first.from), seconds(float64(longest.silent)/1e9)
	if h.frames == "" {
		h.frames = w.frameList(longest.from.Ref, longest.to.Ref)
	}
	return h
}

// movedBetween is the address that the sources of all calls of an incident had and the
// one that they have since, "" where these are not the same in all of them.
func (w *writer) movedBetween(inc *detect.Incident, calls []*trace.Call) (from, to string) {
	for i, c := range calls {
		var old, now string
		for _, f := range w.findingsOf(inc, c) {
			if d, ok := f.Data.(detect.Flip); ok && d.AddressChanged && len(d.Moves) == 1 {
				old, now = host(d.From), host(d.To)
			}
		}
		if i == 0 {
			from, to = old, now
		}
		if old == "" || old != from || now != to {
			return "", ""
		}
	}
	return w.as(Address, strings.Trim(from, "[]")), w.as(Address, strings.Trim(to, "[]"))
}

// sureOfAll says what became of the voices in some calls, with a star at what is not
// proven, as at its figures; only the star where it is not the same in all of them.
func (w *writer) sureOfAll(inc *detect.Incident, calls []*trace.Call) string {
	sure := map[string]ledger.Confidence{}
	var order []string
	for _, c := range calls[:min(mostListed, len(calls))] {
		for _, l := range w.lossesIn(inc, c) {
			fate := w.fate(&l)
			if was, known := sure[fate]; known && was != l.sure {
				return " (*: likely)"
			} else if !known {
				order = append(order, fate)
			}
			sure[fate] = l.sure
		}
	}
	var parts []string
	for _, fate := range order {
		if how := sure[fate]; how < ledger.Confirmed {
			fate = fmt.Sprintf("*: %s, %s", fate, ledgerSure(how))
		} else {
			fate = "no *: " + fate + ", proven"
		}
		parts = append(parts, fate)
	}
	return " (" + strings.Join(parts, "; ") + ")"
}

// mainCallID is the Call-ID of the dialog that an incident's findings in a call
// are about; the others of the call are in JSON.
func (w *writer) mainCallID(inc *detect.Incident, c *trace.Call) string {
	for _, f := range w.findingsOf(inc, c) {
		if f.Leg != nil {
			return w.as(CallID, f.Leg.CallID)
		}
	}
	return strings.Join(w.callIDs(nil, c), ", ")
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

// rename gives a column another head.
func (t *Table) rename(head, to string) {
	for j := range t.Columns {
		if t.Columns[j].Head == head {
			t.Columns[j].Head = to
		}
	}
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
		{Head: "MOS", Kind: Figure}, {Head: "note"}, {Head: "from"}, {Head: "to"}, {Head: "frame", Kind: Framed}}}
	if len(calls) > mostListed {
		calls = w.summed(&s, calls)
	}
	notes, unrated := false, false
	for i, c := range calls {
		if i == mostListed {
			t.More = "and " + plural(len(calls)-i, "more call", "more calls") + w.worstWordsOf(calls[i:])
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
		row := []string{fmt.Sprint(c.ID), w.clock(c.Start()), talked(&call, w.End), cmpOr(w.audio(c).String(), "-"), thousands(packets), loss, jitter, codec, mos, note, from, to, ""}
		if m := w.finalResponse(c); m != nil && w.audio(c) == ledger.NoVerdict {
			row[len(row)-1] = w.frameName1(m.Ref)
		}
		if i < mostListed {
			t.Rows = append(t.Rows, row)
		} else {
			t.Rest = append(t.Rest, row)
		}
	}
	if !notes {
		t.drop("note")
	}
	if t.same("packets") == "0" { // there was no media in any of them
		for _, head := range []string{"packets", "loss", "jitter", "codec", "MOS"} {
			t.drop(head)
		}
	}
	if t.same("talked") == "-" { // nobody answered
		t.drop("talked")
		t.drop("verdict")
		s.Aside += w.refusedWords(calls)
	} else {
		t.drop("frame")
	}
	if len(t.Rows) > 0 {
		s.Blocks = append(s.Blocks, Block{Table: t})
	}
	w.explain(&s, t, calls, unrated)
	return s
}

// explain says what the columns of a list of calls mean, once in a report, and of calls
// of which all have one verdict that, in place of a column.
func (w *writer) explain(s *Section, t *Table, calls []*trace.Call, unrated bool) {
	means := map[string]string{"clear": "all that was due is seen to pass here", "partly": "some of it is not in view", "unjudged": "none of it is in view"}
	same := t.same("verdict")
	switch {
	case means[same] != "":
		t.drop("verdict")
		s.Aside += fmt.Sprintf(", all %s: %s", same, means[same])
	case len(calls) > mostListed:
		s.Aside += ": " + w.verdicts(calls)
	}
	if w.explained || !slices.ContainsFunc(t.Columns, func(c Column) bool { return c.Head == "MOS" }) {
		return
	}
	w.explained = true
	s.Aside += ". Packets are those of both directions; loss, jitter and MOS (ITU-T G.107, 1 to 5) of the worse one."
	if same == "" {
		s.Aside += " Verdict: clear, all that was due is seen to pass here; partly, some of it is not in view; unjudged, nothing is."
	}
	if unrated {
		s.Aside += " A dash: no rating is known for the codec (ITU-T G.113)."
	}
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

// worstWordsOf says of calls that a list leaves out how much the worst of them lost, and
// how the worst is rated; "" where that is of none of them known.
func (w *writer) worstWordsOf(calls []*trace.Call) string {
	lost, mos, known := 0.0, 0.0, false
	for _, c := range calls {
		for _, e := range w.ears(c) {
			if e.due == 0 {
				continue
			}
			known, lost = true, max(lost, e.percent)
			if e.rated && (mos == 0 || e.mos < mos) {
				mos = e.mos
			}
		}
	}
	switch {
	case !known:
		return ""
	case mos == 0:
		return ": loss up to " + percent(lost)
	}
	return fmt.Sprintf(": loss up to %s, MOS down to %.1f", percent(lost), mos)
}

// refusedWords says of calls that nobody answered which of them the called side refused
// by its own choice (RFC 3261 section 21): that is no fault of media or network.
func (w *writer) refusedWords(calls []*trace.Call) string {
	chosen := 0
	for _, c := range calls {
		if m := w.finalResponse(c); m != nil && (m.Status == 486 || m.Status == 600 || m.Status == 603) {
			chosen++
		}
	}
	switch {
	case chosen == 0:
		return ""
	case chosen == len(calls):
		return ". The called side answered busy, or declined: no fault of media."
	}
	return fmt.Sprintf(". In %d the called side answered busy, or declined: no fault of media.", chosen)
}

// outcome says how a call ended that nobody answered.
func (w *writer) outcome(c *trace.Call) string {
	for i := len(c.Legs) - 1; i >= 0; i-- {
		if st := c.Legs[i].Status; st >= 300 {
			return status(int16(st))
		}
	}
	return c.State.String()
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
