package golden

import (
	"fmt"
	"io"
	"strings"

	"github.com/latchscope/latchscope/cmd/latchscope/internal/page"
)

// Text writes results for people: what is as expected in a line, a difference
// with what was expected above what there is.
func Text(w io.Writer, results []Result) error {
	p := &printer{w: w}
	counts := map[Outcome]int{}
	for i := range results {
		r := &results[i]
		counts[r.Outcome]++
		name := page.Printable(r.Case.Name)
		switch r.Outcome {
		case Same:
			p.line("ok       %s: %s", name, r.Facts.inShort())
		case Written:
			p.line("written  %s: %s", name, r.Facts.inShort())
		case Missing:
			sign := "MISSING "
			if r.Tolerated {
				sign = "missing "
			}
			p.line("%s %s: no expectations; latchscope verify --update %s writes them", sign, name, name)
		case Broken:
			p.line("BROKEN   %s: %s", name, page.Printable(r.Why))
		case Differs:
			p.line("DIFFERS  %s: %s", name, plural(len(r.Differences), "difference"))
			for _, d := range r.Differences {
				p.difference(d)
			}
		}
	}
	var sums []string
	for _, s := range []struct {
		of   Outcome
		text string
	}{{Same, "as expected"}, {Written, "written"}, {Differs, "different"}, {Missing, "without expectations"}, {Broken, "broken"}} {
		if counts[s.of] > 0 {
			sums = append(sums, fmt.Sprintf("%d %s", counts[s.of], s.text))
		}
	}
	p.line("%s: %s", plural(len(results), "capture"), strings.Join(sums, ", "))
	return p.err
}

func (p *printer) difference(d Difference) {
	what := page.Printable(d.What)
	if d.Line > 0 {
		what += fmt.Sprintf("  (line %d)", d.Line)
	}
	p.line("    %s", what)
	switch {
	case d.Want == "":
		p.line("      not expected:  %s", page.Printable(d.Got))
	case d.Got == "":
		p.line("      expected, but not there")
	default:
		p.line("      expected:  %s", page.Printable(d.Want))
		p.line("      got:       %s", page.Printable(d.Got))
	}
	if d.Spans != "" {
		p.line("      explains:  %s", page.Printable(d.Spans))
	}
}

func (f Facts) inShort() string {
	n := 0
	for _, it := range f.Items {
		if it.Kind == "finding" {
			n++
		}
	}
	return plural(f.Calls, "call") + ", " + plural(n, "finding")
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// printer keeps the first error.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) line(format string, a ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format+"\n", a...)
	}
}
