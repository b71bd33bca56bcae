package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/latchscope/latchscope/analyze/trace"
	"github.com/latchscope/latchscope/detect"
)

// evidence lists the frames that convince a sceptic, and filters for Wireshark
// that show each claim.
func (w *writer) evidence(inc *detect.Incident, c *trace.Call) Section {
	const most = 4
	s := Section{Kind: SectionEvidence, Title: "Evidence, with filters for Wireshark"}
	t := &Table{Columns: []Column{{Head: "frame", Kind: Framed}, {Head: "time (" + w.zone() + ")"}, {Head: "what it is"}}}
	type item struct {
		e    detect.Evidence
		rank int
	}
	var list []item
	var filters []Filter
	seen := map[trace.Ref]bool{}
	found := w.findingsOf(inc, c)
	for _, f := range found {
		for i, e := range f.Evidence {
			if e.Frame > 0 && e.Note != "" && !seen[e.Ref] {
				seen[e.Ref] = true
				list = append(list, item{e, i})
			}
		}
		if f.Filter != "" {
			filters = append(filters, Filter{f.Code, w.text(f.Filter)})
		}
	}
	// The first evidence of every finding before the second of any.
	slices.SortStableFunc(list, func(a, b item) int { return a.rank - b.rank })
	list = list[:min(most, len(list))]
	slices.SortStableFunc(list, func(a, b item) int { return a.e.Moment.Compare(b.e.Moment) })
	for _, i := range list {
		t.Rows = append(t.Rows, []string{w.frameName1(i.e.Ref), w.clock(i.e.Moment), w.text(i.e.Note)})
	}
	switch {
	case len(t.Rows) > 0 && w.alone(inc, c):
		var frames []string
		for _, row := range t.Rows {
			frames = append(frames, row[0])
		}
		s.text("Frames to open first: " + strings.Join(frames, ", ") + "; what they are stands under call " + fmt.Sprint(c.ID) + ".")
	case len(t.Rows) > 0:
		s.Blocks = append(s.Blocks, Block{Table: t})
	}
	if len(filters) > 0 {
		s.Blocks = append(s.Blocks, Block{Filters: once(filters)})
	}
	return s
}

// alone reports whether an incident is about one call, which is told in full.
func (w *writer) alone(inc *detect.Incident, c *trace.Call) bool {
	return len(w.callsOf(inc)) == 1 && w.callsOf(inc)[0] == c
}

// once leaves out filters that stood before.
func once(list []Filter) []Filter {
	var out []Filter
	said := map[string]bool{}
	for _, f := range list {
		if !said[f.Text] {
			said[f.Text] = true
			out = append(out, f)
		}
	}
	return out
}

// frameName1 is a frame by its number, with its file where there are several.
func (w *writer) frameName1(r trace.Ref) string {
	if len(w.Captures) > 1 {
		return fmt.Sprintf("%d:%d", r.File, r.Frame)
	}
	return fmt.Sprint(r.Frame)
}

// frameRuns are "8-80, 93".
func (w *writer) frameRuns(list []detect.Frames) string {
	var out []string
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b detect.Frames) int {
		return cmp.Or(cmp.Compare(a.First.File, b.First.File), cmp.Compare(a.First.Frame, b.First.Frame))
	})
	for _, f := range list {
		s := w.frameName1(f.First)
		if f.Last != f.First && f.Last.Frame > 0 {
			s += "-" + fmt.Sprint(f.Last.Frame)
		}
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return strings.Join(out, ", ")
}

func (w *writer) frameList(refs ...trace.Ref) string {
	var out []string
	for _, r := range refs {
		if r.Frame > 0 {
			out = append(out, w.frameName1(r))
		}
	}
	return strings.Join(slices.Compact(out), ", ")
}

func (w *writer) evidenceFrames(list []detect.Evidence, most int) string {
	var refs []trace.Ref
	for _, e := range list[:min(most, len(list))] {
		refs = append(refs, e.Ref)
	}
	return w.frameList(refs...)
}

// unseen says what this capture cannot show, and what would.
func (w *writer) unseen(list []detect.Incident) (Section, bool) {
	s := Section{Kind: SectionUnseen, Title: "Not in view"}
	var lines []string
	add := func(text string) {
		if text != "" && !slices.Contains(lines, text) {
			lines = append(lines, text)
		}
	}
	var calls []*trace.Call
	for i := range list {
		if i < mostIncidents && len(w.callsOf(&list[i])) > 0 {
			calls = append(calls, w.worstOf(w.callsOf(&list[i])))
		}
	}
	for _, c := range w.full(list) {
		if !slices.Contains(calls, c) {
			calls = append(calls, c)
		}
	}
	for _, c := range calls {
		for _, text := range w.unseenIn(c, len(calls) > 1) {
			add(text)
		}
	}
	if len(calls) == 0 {
		add(w.unproven())
	}
	for _, l := range w.Coverage.Limits {
		add(l)
	}
	const most = 12
	for i, l := range lines {
		if i == most {
			s.Blocks = append(s.Blocks, Block{Pairs: []Pair{{Text: []string{fmt.Sprintf("and %s more: --format json has them under coverage", plural(len(lines)-i, "line", "lines"))}}}})
			break
		}
		s.Blocks = append(s.Blocks, Block{Pairs: []Pair{{Text: []string{sentenceOf(l)}}}})
	}
	return s, len(s.Blocks) > 0
}
