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
func (w *writer) evidence(inc *detect.Incident, c *trace.Call, again bool) Section {
	s := Section{Kind: SectionEvidence, Title: "Evidence, with filters for Wireshark"}
	found := w.findingsOf(inc, c)
	list := keyFrames(found)
	if again && w.alone(inc, c) {
		list = nil // they stand with what happened in the call, and in the steps
	}
	if w.alone(inc, c) && len(list) > 0 { // the clock stands with the call
		var pairs []Pair
		for _, e := range list {
			pairs = append(pairs, Pair{Term: "frame " + w.frameName1(e.Ref), Text: []string{w.text(e.Note)}})
		}
		s.Blocks = append(s.Blocks, Block{Pairs: pairs})
	} else if len(list) > 0 {
		t := &Table{Columns: []Column{{Head: "frame", Kind: Framed}, {Head: "time (" + w.zone() + ")"}, {Head: "what it is"}}}
		for _, e := range list {
			t.Rows = append(t.Rows, []string{w.frameName1(e.Ref), w.clock(e.Moment), w.text(e.Note)})
		}
		s.Blocks = append(s.Blocks, Block{Table: t})
	}
	if filters := w.filters(found); len(filters) > 0 {
		s.Blocks = append(s.Blocks, Block{Filters: filters})
	}
	return s
}

// keyFrames are the few frames to open first, in order of time: of each finding
// two before a third of any, from the effect back to its causes, as what was
// heard is what a sceptic doubts.
func keyFrames(found []*detect.Finding) []detect.Evidence {
	const most = 4
	type item struct {
		e    detect.Evidence
		rank int
	}
	var list []item
	seen := map[trace.Ref]bool{}
	order := slices.Clone(found)
	slices.Reverse(order)
	slices.SortStableFunc(order, func(a, b *detect.Finding) int { return cmp.Compare(claimed(b), claimed(a)) })
	for _, f := range order {
		rank := 0
		for _, e := range f.Evidence {
			if e.Frame > 0 && e.Note != "" && !seen[e.Ref] {
				seen[e.Ref] = true
				list = append(list, item{e, rank / 2})
				rank++
			}
		}
	}
	slices.SortStableFunc(list, func(a, b item) int { return a.rank - b.rank })
	var out []detect.Evidence
	for _, i := range list[:min(most, len(list))] {
		out = append(out, i.e)
	}
	slices.SortStableFunc(out, func(a, b detect.Evidence) int { return a.Moment.Compare(b.Moment) })
	return out
}

// claimed is how long a silence a finding explains, in nanoseconds.
func claimed(f *detect.Finding) int64 {
	var n int64
	for _, c := range f.Claims {
		n += c.Row.Spans[c.Span].Duration()
	}
	return n
}

// filters show what findings claim, each filter once.
func (w *writer) filters(found []*detect.Finding) []Filter {
	var out []Filter
	refused := slices.ContainsFunc(found, func(f *detect.Finding) bool { _, is := f.Data.(detect.Unreachable); return is })
	moved := slices.ContainsFunc(found, func(f *detect.Finding) bool { _, is := f.Data.(detect.Flip); return is })
	said := map[string]bool{}
	for _, f := range found {
		if _, early := f.Data.(detect.EarlyRTP); early && refused {
			continue // the refusals quote it
		}
		for _, x := range detect.Filters(f) {
			if strings.HasSuffix(x.Name, " arriving") && moved || said[x.Text] {
				continue // the change of port is seen there, too
			}
			said[x.Text] = true
			out = append(out, Filter{x.Name, w.text(x.Text)})
		}
	}
	return out
}

// alone reports whether an incident is about one call, which is told in full.
func (w *writer) alone(inc *detect.Incident, c *trace.Call) bool {
	return len(w.callsOf(inc)) == 1 && w.callsOf(inc)[0] == c
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
			if c := w.worstOf(w.callsOf(&list[i])); !slices.Contains(calls, c) {
				calls = append(calls, c)
			}
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
