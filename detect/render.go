package detect

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/latchscope/latchscope/analyze/trace"
)

// Words tells a finding of the result to people, as a test's failure or a ticket
// wants it: what it is and of which call, then its story in the names of the call's
// parties, a sentence a line with the frames that show it, and what to do.
//
//	latch-silence in call 1 (critical, proven): 10.1 s of silence, both directions: ...
//	  The media server had latched on port 4000 ... (frames 31, 35, 1547)
//	  To do: ...
func (r *Result) Words(f *Finding) string {
	c := f.Call
	if c == nil && len(f.Streams) > 0 {
		c = f.Streams[0].Call
	}
	strangers := map[string]bool{}
	for i := range r.Findings {
		if d, ok := r.Findings[i].Data.(Competing); ok && r.Findings[i].Call == c {
			strangers[d.Source] = true
		}
	}
	names := NamesOf(nil, nil, nil)
	where := ""
	if c != nil {
		where = fmt.Sprintf(" in call %d", c.ID)
		if r.Ledger != nil {
			names = NamesOf(c, r.Ledger.Rows(c), strangers)
		} else {
			names = NamesOf(c, nil, strangers)
		}
	}
	sure := map[Confidence]string{Possible: "possible", Likely: "likely", Confirmed: "proven"}[f.Confidence]
	var b strings.Builder
	fmt.Fprintf(&b, "%s%s (%s, %s): %s", f.Code, where, f.Severity, sure, strings.TrimSuffix(f.Summary, "."))
	for _, s := range Tell(f, names) {
		fmt.Fprintf(&b, "\n  %s%s", s.Text, framesOf(s.Frames))
	}
	if f.Advice != "" {
		fmt.Fprintf(&b, "\n  To do: %s", f.Advice)
	}
	return b.String()
}

// framesOf are the frames of a step in brackets, "" where it has none. Those of
// further files have the file's number in front.
func framesOf(list []Frames) string {
	const most = 6
	name := func(r trace.Ref) string {
		if r.File > 0 {
			return fmt.Sprintf("%d:%d", r.File, r.Frame)
		}
		return fmt.Sprint(r.Frame)
	}
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b Frames) int {
		return cmp.Or(cmp.Compare(a.First.File, b.First.File), cmp.Compare(a.First.Frame, b.First.Frame))
	})
	var out []string
	for _, f := range list {
		switch {
		case f.First.Frame == 0 || len(out) == most:
		case f.Last == f.First || f.Last.Frame == 0:
			out = append(out, name(f.First))
		default:
			out = append(out, fmt.Sprintf("%s-%d", name(f.First), f.Last.Frame))
		}
	}
	switch {
	case len(out) == 0:
		return ""
	case len(out) == 1 && !strings.Contains(out[0], "-"):
		return " (frame " + out[0] + ")"
	}
	return " (frames " + strings.Join(out, ", ") + ")"
}
