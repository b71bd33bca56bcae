package report

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/latchscope/latchscope/analyze/trace"
	"github.com/latchscope/latchscope/cmd/latchscope/internal/page"
	"github.com/latchscope/latchscope/detect"
)

// TextOptions are the matters of taste in which two text reports may differ.
type TextOptions struct {
	Width    int
	Color    bool
	ASCII    bool           // write only ASCII
	Location *time.Location // nil: UTC
}

func (o TextOptions) page() page.Options {
	return page.Options{Width: o.Width, Color: o.Color, ASCII: o.ASCII}
}

// How much of a large capture the text report tells. What it leaves out it
// names, with the flag that shows it.
const (
	mostDetails  = 5  // troubled calls told in full
	mostVerdicts = 20 // troubled calls with a line in the verdict
	mostQuiet    = 20 // calls with infos only
	mostHealthy  = 20
	mostFiles    = 12
)

// Text writes the report for people: the verdict first, then what happened, as
// plain as a ticket wants it.
func Text(w io.Writer, r *Report, opt TextOptions) error {
	if opt.Location == nil {
		opt.Location = time.UTC
	}
	t := &textReport{Report: r, Page: page.New(w, opt.page()), loc: opt.Location}
	t.header()
	t.verdict()
	t.calls()
	t.limits()
	return t.Page.Close()
}

type textReport struct {
	*Report
	*page.Page
	loc *time.Location
}

// label is the narrow column on the left.
func label(s string) page.Piece { return page.As(page.PadTo(s, 10), page.Plain) }

func heading(s string) page.Piece { return page.As(page.PadTo(s, 10), page.Bold) }

func (t *textReport) header() {
	t.Sides(page.As("latchscope "+t.Tool.Version, page.Bold), page.Piece{}, page.As("ticket report", page.Faint))
	for i := range t.Captures {
		if i == mostFiles {
			t.Para(label(""), fmt.Sprintf("… and %s more", plural(len(t.Captures)-i, "file", "files")), page.Plain)
			break
		}
		name := "Capture"
		if i > 0 {
			name = ""
		}
		t.Items(label(name), t.captureLine(i), " · ", page.Plain)
	}
	if t.Start.Seen {
		end := date(t.End, t.loc)
		if start := date(t.Start, t.loc); end[:10] == start[:10] {
			end = end[11:]
		}
		t.Para(label("Time"), fmt.Sprintf("%s – %s %s (%s)", date(t.Start, t.loc), end,
			zone(t.Start, t.loc), seconds(t.End.Since(t.Start))), page.Plain)
	}
	q, style := t.Quality, page.Green
	if !q.Good {
		style = page.Yellow
	}
	if n := page.Cells(q.String()) + page.Cells(q.Verdict) + 16; n <= t.Width {
		t.Sides(label("Quality"), page.As(q.String(), page.Plain), page.As("→ "+q.Verdict, style))
	} else {
		t.Items(label("Quality"), q.Notes, " · ", page.Plain)
		t.Para(label(""), "→ "+q.Verdict, style)
	}
	for i, c := range t.Captures {
		for _, w := range c.Warnings {
			t.Para(label(""), t.warningLine(i, w), page.Yellow)
		}
	}
	if t.Vantage != "" {
		t.Para(page.Piece{}, t.Vantage, page.Plain)
	}
	t.Gap()
}

func (t *textReport) captureLine(i int) []string {
	c := &t.Captures[i]
	parts := []string{c.Path, c.Format}
	if len(t.Captures) > 1 {
		parts[0] = fmt.Sprintf("[%d] %s", i, c.Path)
	}
	if c.Compression != nil {
		parts[1] += " in " + *c.Compression
	}
	if len(c.LinkTypes) > 0 {
		parts = append(parts, strings.Join(c.LinkTypes, ", "))
	}
	parts = append(parts, plural(int(c.Packets), "packet", "packets"), bytesOf(c.Bytes))
	if c.SHA256 != nil {
		sum := *c.SHA256
		if len(sum) > 12 {
			sum = sum[:8] + "…" + sum[len(sum)-4:]
		}
		parts = append(parts, "sha256 "+sum)
	}
	if c.Point > 0 || c.ClockOffset != 0 {
		parts = append(parts, fmt.Sprintf("point %d, clock %+.3f s", c.Point, float64(c.ClockOffset)))
	}
	return parts
}

func (t *textReport) warningLine(i int, w Warning) string {
	s := "! "
	if len(t.Captures) > 1 {
		s += fmt.Sprintf("[%d] ", i)
	}
	if w.Frame != nil {
		s += "frame " + thousands(*w.Frame) + ": "
	}
	s += w.Text
	if w.Count > 1 {
		s += " (×" + thousands(w.Count) + ")"
	}
	return s
}

// verdict is what most readers read only.
func (t *textReport) verdict() {
	g := t.groups()
	t.Para(heading("VERDICT"), t.headline(g), t.loud(g))
	if t.Interrupted {
		t.Para(label(""), "Interrupted: this is a partial report.", page.Yellow)
	}
	shown := worstFirst(t.Report, g.troubled, mostVerdicts)
	var advice []string
	said := map[string]bool{}
	for _, c := range shown {
		d := t.Of(c)
		main := d.main()
		t.Sides(page.As(page.PadTo(fmt.Sprintf("  Call %d", c.ID), 11), page.Plain), page.As(main.Summary, page.Plain),
			page.As(strings.ToUpper(main.Severity), t.severityInk(main.level)))
		if len(shown) <= mostDetails {
			t.why(&d)
		}
		for _, a := range d.Advice {
			if !said[a] { // calls with the same trouble want the same
				said[a] = true
				advice = append(advice, a)
			}
		}
	}
	if n := len(g.troubled) - len(shown); n > 0 {
		t.Para(page.As("  ", page.Plain), fmt.Sprintf("… and %s in trouble (all: --format json; one: --call N)", plural(n, "more call", "more calls")), page.Plain)
	}
	for _, i := range t.about[nil] {
		if f := t.finding(&t.result.Findings[i]); f.level >= detect.Warn {
			t.Sides(label("  No call"), page.As(f.Summary, page.Plain), page.As(strings.ToUpper(f.Severity), t.severityInk(f.level)))
		}
	}
	const mostAdvice = 8
	if n := len(advice) - mostAdvice; n > 0 {
		advice = append(advice[:mostAdvice], fmt.Sprintf("%s for other calls: --call N shows it.", plural(n, "more page.Piece of advice", "more pieces of advice")))
	}
	for i, a := range numbered(advice) {
		head := "  Fix"
		if i > 0 {
			head = ""
		}
		number := ""
		if len(advice) > 1 {
			number = fmt.Sprintf("%d. ", i+1)
		}
		t.Para(page.As(page.PadTo(head, 11)+number, page.Plain), a, page.Plain)
	}
	t.Gap()
}

// why tells the chain of causes and how sure it is.
func (t *textReport) why(d *Detail) {
	if why := d.why(t.Report); why != "" {
		t.Para(page.As(page.PadTo("  Why", 11), page.Plain), why, page.Plain)
	}
	if sure := d.sureness(t.Report); sure != "" {
		t.Para(page.As(page.PadTo("  Sure?", 11), page.Plain), sure, page.Plain)
	}
}

// why is the verdict without what the summary above it says already, or the
// chain's titles where there is no verdict in words.
func (d *Detail) why(r *Report) string {
	text := d.Verdict.Text
	if main := d.main(); main != nil {
		if n := len(main.Summary); len(text) >= n && strings.EqualFold(text[:n], main.Summary) {
			text = text[n:]
		}
		text = strings.TrimPrefix(strings.TrimLeft(text, ". "), "Why: ")
	}
	if text != "" {
		return text
	}
	var steps []string
	for _, l := range d.chain(r) {
		steps = append(steps, l.Title)
	}
	if len(steps) < 2 {
		return ""
	}
	return strings.Join(steps, " → ")
}

// sureness says which links of the chain are how sure.
func (d *Detail) sureness(r *Report) string {
	chain := d.chain(r)
	if len(chain) == 0 || d.Verdict.Confidence == "" {
		return ""
	}
	by := map[string][]string{}
	for _, l := range chain {
		by[l.Confidence] = append(by[l.Confidence], l.Title)
	}
	if len(by) == 1 {
		sure := chain[0].Confidence
		switch {
		case sure == d.Verdict.Confidence && len(chain) == 1:
			return capital(sure) + "."
		case sure == d.Verdict.Confidence:
			return capital(sure) + ", every link of it."
		}
		return fmt.Sprintf("Each link by itself is %s; that one led to the other is %s.", sure, d.Verdict.Confidence)
	}
	var parts []string
	for _, c := range []detect.Confidence{detect.Confirmed, detect.Likely, detect.Possible} {
		if titles := by[c.String()]; len(titles) > 0 {
			parts = append(parts, capital(c.String())+": "+strings.Join(titles, "; ")+".")
		}
	}
	return strings.Join(parts, " ")
}

func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// headline is the report in one line.
func (r *Report) headline(g groups) string {
	n := r.Coverage.Calls
	for _, c := range g.troubled {
		if len(c.Legs) == 0 { // a conversation that the contract does not count
			n++
		}
	}
	calls := plural(n, "call", "calls")
	rest := len(g.troubled) - g.lost
	switch {
	case n == 0 && len(r.about[nil]) > 0:
		return "no calls in this capture; media without signalling, see below"
	case n == 0:
		return "no calls in this capture"
	case g.lost > 0 && rest > 0:
		return fmt.Sprintf("%d of %s lost audio; %d more with warnings", g.lost, calls, rest)
	case g.lost > 0:
		return fmt.Sprintf("%d of %s lost audio", g.lost, calls)
	case rest > 0:
		return fmt.Sprintf("%d of %s with warnings; no loss of audio found", rest, calls)
	case r.Coverage.Judged == 0 && n == 1:
		return "1 call, which could not be judged: see LIMITS"
	case r.Coverage.Judged == 0:
		return fmt.Sprintf("%s, none of which could be judged: see LIMITS", calls)
	case r.Coverage.Judged < n:
		return fmt.Sprintf("nothing wrong found; %s of %s could be judged", thousands(int64(r.Coverage.Judged)), calls)
	case n == 1:
		return "nothing wrong with the call"
	}
	return fmt.Sprintf("nothing wrong with any of %s", calls)
}

func (t *textReport) loud(g groups) page.Ink {
	switch {
	case g.lost > 0:
		return page.Red
	case len(g.troubled) > 0:
		return page.Yellow
	}
	return page.Bold
}

func (t *textReport) severityInk(s detect.Severity) page.Ink {
	switch s {
	case detect.Critical:
		return page.Red
	case detect.Warn:
		return page.Yellow
	}
	return page.Plain
}

// worstFirst picks the n calls with the most severe findings and puts them
// back in order of the calls.
func worstFirst(r *Report, calls []*trace.Call, n int) []*trace.Call {
	var out []*trace.Call
	left := n
	pick := map[*trace.Call]bool{}
	for _, s := range []detect.Severity{detect.Critical, detect.Warn, detect.Info, 0} {
		for _, c := range calls {
			if left > 0 && r.worst(c) == s {
				pick[c] = true
				left--
			}
		}
	}
	for _, c := range calls {
		if pick[c] {
			out = append(out, c)
		}
	}
	return out
}

func (t *textReport) limits() {
	for i, l := range t.Coverage.Limits {
		head := heading("LIMITS")
		if i > 0 {
			head = label("")
		}
		t.Para(head, l, page.Plain)
	}
}
