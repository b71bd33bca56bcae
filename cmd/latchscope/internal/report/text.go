package report

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/latchscope/latchscope/analyze"
	"github.com/latchscope/latchscope/detect"
)

// MinWidth is the narrowest page the text report can be laid out on.
const MinWidth = 60

// TextOptions are the matters of taste in which two text reports may differ.
type TextOptions struct {
	Width    int
	Color    bool
	Location *time.Location // nil: UTC
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
	t := &textReport{Report: r, page: newPage(w, opt.Width, opt.Color), loc: opt.Location}
	t.header()
	t.verdict()
	t.calls()
	t.limits()
	return t.page.close()
}

type textReport struct {
	*Report
	*page
	loc *time.Location
}

// label is the narrow column on the left.
func label(s string) piece { return piece{padTo(s, 10), plain} }

func heading(s string) piece { return piece{padTo(s, 10), bold} }

func (t *textReport) header() {
	t.sides(piece{"latchscope " + t.Tool.Version, bold}, piece{}, piece{"ticket report", faint})
	for i := range t.Captures {
		if i == mostFiles {
			t.para(label(""), fmt.Sprintf("… and %s more", plural(len(t.Captures)-i, "file", "files")), plain)
			break
		}
		name := "Capture"
		if i > 0 {
			name = ""
		}
		t.items(label(name), t.captureLine(i), " · ", plain)
	}
	if t.Start.Seen {
		end := date(t.End, t.loc)
		if start := date(t.Start, t.loc); end[:10] == start[:10] {
			end = end[11:]
		}
		t.para(label("Time"), fmt.Sprintf("%s – %s %s (%s)", date(t.Start, t.loc), end,
			zone(t.Start, t.loc), seconds(t.End.Since(t.Start))), plain)
	}
	q, style := t.Quality, green
	if !q.Good {
		style = yellow
	}
	if n := cells(q.String()) + cells(q.Verdict) + 16; n <= t.width {
		t.sides(label("Quality"), piece{q.String(), plain}, piece{"→ " + q.Verdict, style})
	} else {
		t.items(label("Quality"), q.Notes, " · ", plain)
		t.para(label(""), "→ "+q.Verdict, style)
	}
	for i, c := range t.Captures {
		for _, w := range c.Warnings {
			t.para(label(""), t.warningLine(i, w), yellow)
		}
	}
	if t.Vantage != "" {
		t.para(piece{}, t.Vantage, plain)
	}
	t.gap()
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
	t.para(heading("VERDICT"), t.headline(g), t.loud(g))
	if t.Interrupted {
		t.para(label(""), "Interrupted: this is a partial report.", yellow)
	}
	shown := worstFirst(t.Report, g.troubled, mostVerdicts)
	var advice []string
	said := map[string]bool{}
	for _, c := range shown {
		d := t.Of(c)
		main := d.main()
		t.sides(piece{padTo(fmt.Sprintf("  Call %d", c.ID), 11), plain}, piece{main.Summary, plain},
			piece{strings.ToUpper(main.Severity), t.severityInk(main.level)})
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
		t.para(piece{"  ", plain}, fmt.Sprintf("… and %s in trouble (all: --format json; one: --call N)", plural(n, "more call", "more calls")), plain)
	}
	for _, i := range t.about[nil] {
		if f := t.finding(&t.result.Findings[i]); f.level >= detect.Warn {
			t.sides(label("  No call"), piece{f.Summary, plain}, piece{strings.ToUpper(f.Severity), t.severityInk(f.level)})
		}
	}
	const mostAdvice = 8
	if n := len(advice) - mostAdvice; n > 0 {
		advice = append(advice[:mostAdvice], fmt.Sprintf("%s for other calls: --call N shows it.", plural(n, "more piece of advice", "more pieces of advice")))
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
		t.para(piece{padTo(head, 11) + number, plain}, a, plain)
	}
	t.gap()
}

// why tells the chain of causes and how sure it is.
func (t *textReport) why(d *Detail) {
	if why := d.why(t.Report); why != "" {
		t.para(piece{padTo("  Why", 11), plain}, why, plain)
	}
	if sure := d.sureness(t.Report); sure != "" {
		t.para(piece{padTo("  Sure?", 11), plain}, sure, plain)
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

func (t *textReport) loud(g groups) ink {
	switch {
	case g.lost > 0:
		return red
	case len(g.troubled) > 0:
		return yellow
	}
	return bold
}

func (t *textReport) severityInk(s detect.Severity) ink {
	switch s {
	case detect.Critical:
		return red
	case detect.Warn:
		return yellow
	}
	return plain
}

// worstFirst picks the n calls with the most severe findings and puts them
// back in order of the calls.
func worstFirst(r *Report, calls []*analyze.Call, n int) []*analyze.Call {
	var out []*analyze.Call
	left := n
	pick := map[*analyze.Call]bool{}
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
		t.para(head, l, plain)
	}
}
