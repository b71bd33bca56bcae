package report

import (
	"bufio"
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/latchscope/latchscope/analyze/trace"
	"github.com/latchscope/latchscope/cmd/latchscope/internal/page"
)

//go:embed page.html
var pageSource string

// How much of a large capture a page holds. A browser copes with more; a reader
// does not.
const (
	mostPageDetails = 40
	mostPageOpen    = 5 // of these, told without being asked
	mostPageCalls   = 200
)

// HTML writes the report as one page that needs no network and no script: to
// attach to a ticket, to print, to read on a phone.
func HTML(w io.Writer, r *Report) error {
	page, err := template.New("page").Funcs(template.FuncMap{
		"thousands": thousands,
		"seconds":   seconds,
		"relative":  relative,
		"pause":     pause,
		"bytes":     bytesOf,
		"upper":     strings.ToUpper,
		"date":      func(t Time) string { return date(t, time.UTC) },
		"clock":     func(t Time) string { return clock(t, time.UTC) },
		"frames":    r.frames,
		"frame":     func(e Evidence) string { return r.frames(Frame{e.File, e.Frame}, Frame{e.File, e.Frame}) },
		"percent":   func(f float64) string { return fmt.Sprintf("%.3f", f) },
		"multiple":  func() bool { return len(r.Captures) > 1 },
	}).Parse(pageSource)
	if err != nil {
		return err
	}
	out := &visible{w: bufio.NewWriterSize(w, 64<<10)}
	if err := page.Execute(out, r.page()); err != nil {
		return err
	}
	return out.close()
}

// visible is the sanitising function of this format, behind the template,
// which escapes what is markup: it writes out what a browser would act on
// instead of showing it, marks of direction above all. The page's own source
// holds no such thing, so nothing is lost on it.
type visible struct {
	w    *bufio.Writer
	rest []byte // of a line that is not yet complete
}

func (v *visible) Write(b []byte) (int, error) {
	v.rest = append(v.rest, b...)
	for {
		i := bytes.IndexByte(v.rest, '\n')
		if i < 0 {
			return len(b), nil
		}
		if _, err := v.w.WriteString(page.Printable(string(v.rest[:i])) + "\n"); err != nil {
			return 0, err
		}
		v.rest = v.rest[i+1:]
	}
}

func (v *visible) close() error {
	if _, err := v.w.WriteString(page.Printable(string(v.rest))); err != nil {
		return err
	}
	return v.w.Flush()
}

// htmlPage is what the template shows.
type htmlPage struct {
	*Report
	Headline string
	Level    string // the loudest severity, for the colour of the verdict
	Lasted   string
	Troubled []htmlLine
	Calls    []htmlCall
	Lines    []htmlLine // calls with infos, healthy calls
	More     int
	Loose    *htmlCall // media without signalling
	Advice   []string
}

// htmlLine is a call in a table.
type htmlLine struct {
	Call
	Began    Time
	Talked   string
	Severity string
	Summary  string
	Detailed bool
}

// htmlCall is a call in full.
type htmlCall struct {
	Detail
	Parties string
	Course  string
	Main    *Finding
	Chain   []Link
	Why     string
	Sure    string
	Lanes   []htmlLane
	Ladder  []htmlStep
	Ticks   []htmlTick
	Rows    []htmlRow
	Legend  []What
	Open    bool
}

// htmlLane is a host of the ladder; X is where its line runs, in per cent.
type htmlLane struct {
	Name string
	X    float64
}

// htmlStep is an event of the ladder: an arrow, or a note where it has no ends.
type htmlStep struct {
	Event
	Arrow bool
	Left  bool // points to the left
	X, W  float64
	// Margins of the text, so that it stands over its arrow and a little beyond.
	Before, After float64
}

type htmlTick struct {
	X    float64
	Text string
}

// htmlRow is a direction of the timeline.
type htmlRow struct {
	Name  string
	Spans []htmlSpan
	Moves []htmlTick
}

type htmlSpan struct {
	Class, Title string
	X, W         float64
}

func (r *Report) page() htmlPage {
	g := r.groups()
	p := htmlPage{Report: r, Headline: capital(r.headline(g)), Level: "good", Lasted: seconds(r.End.Since(r.Start))}
	switch {
	case g.lost > 0:
		p.Level = "critical"
	case len(g.troubled) > 0:
		p.Level = "warning"
	case r.Coverage.Judged == 0:
		p.Level = "unknown"
	}
	full := worstFirst(r, g.troubled, mostPageDetails)
	if r.chosen != nil {
		full = r.asked()
	}
	for i, c := range full {
		h := r.htmlCall(c)
		h.Open = i < mostPageOpen
		p.Calls = append(p.Calls, h)
		for _, a := range h.Advice {
			if !slices.Contains(p.Advice, a) {
				p.Advice = append(p.Advice, a)
			}
		}
	}
	p.Advice = numbered(p.Advice)
	for _, c := range g.troubled[:min(mostPageCalls, len(g.troubled))] {
		p.Troubled = append(p.Troubled, r.htmlLine(c, slices.Contains(full, c)))
	}
	others := slices.Concat(g.noted, g.unjudged, g.healthy)
	for _, c := range others[:min(mostPageCalls, len(others))] {
		p.Lines = append(p.Lines, r.htmlLine(c, slices.Contains(full, c)))
	}
	p.More = len(g.troubled) - len(p.Troubled) + len(others) - len(p.Lines)
	if len(r.about[nil]) > 0 {
		h := r.htmlCall(nil)
		p.Loose = &h
	}
	return p
}

func (r *Report) htmlLine(c *trace.Call, detailed bool) htmlLine {
	l := htmlLine{Call: r.call(c), Began: moment(c.Start()), Detailed: detailed}
	l.Talked = talked(&l.Call, r.End)
	if f := r.loudest(c); f != nil {
		l.Severity, l.Summary = f.Severity.String(), r.text(f.Summary)
	}
	return l
}

func (r *Report) htmlCall(c *trace.Call) htmlCall {
	d := r.Of(c)
	h := htmlCall{Detail: d, Main: d.main(), Chain: d.chain(r)}
	if c != nil {
		h.Course = course(&d, r.End)
		h.Parties = d.Call.From + " → " + d.Call.To
		if d.Call.From == "" && d.Call.To == "" {
			h.Parties = "no signalling in this capture"
		}
		h.Why, h.Sure = d.why(r), d.sureness(r)
	}
	h.ladder()
	h.draw()
	return h
}

// ladder lays out the events between the hosts.
func (h *htmlCall) ladder() {
	const most = 8
	at := map[string]int{}
	add := func(name string) {
		if _, ok := at[name]; !ok && name != "" && len(at) < most {
			at[name] = len(at)
		}
	}
	used := map[string]bool{}
	for _, e := range h.Events {
		used[e.From], used[e.To] = true, true
	}
	for _, name := range h.Hosts {
		if used[name] {
			add(name)
		}
	}
	for _, e := range h.Events {
		add(e.From)
		add(e.To)
	}
	x := func(i int) float64 { return (float64(i) + 0.5) / float64(len(at)) * 100 }
	h.Lanes = make([]htmlLane, len(at))
	for name, i := range at {
		h.Lanes[i] = htmlLane{name, x(i)}
	}
	for _, e := range h.Events {
		s := htmlStep{Event: e}
		i, from := at[e.From]
		j, to := at[e.To]
		if from && to && i != j && e.From != "" && e.To != "" {
			s.Arrow, s.Left = true, j < i
			s.X, s.W = min(x(i), x(j)), max(x(i), x(j))-min(x(i), x(j))
			const beyond = 9
			s.Before, s.After = max(s.X-beyond, 0), max(100-s.X-s.W-beyond, 0)
		}
		h.Ladder = append(h.Ladder, s)
	}
}

// draw puts the timeline on a scale of a hundred.
func (h *htmlCall) draw() {
	l := &h.Timeline
	if len(l.Rows) == 0 || l.End <= 0 {
		return
	}
	from, to := 0.0, l.End
	if focus := l.To - l.From; focus > 0 && focus*20 < l.End { // too short to see in the whole
		from, to = max(0, l.From-3*focus), min(l.End, l.To+3*focus)
	}
	scale := 100 / (to - from)
	clamp := func(s float64) float64 { return min(max((s-from)*scale, 0), 100) }
	step := tickStep((to - from) / 5)
	for i := 0; ; i++ {
		s := (float64(int(from/step)) + float64(i)) * step
		if s > to {
			break
		}
		if s >= from {
			h.Ticks = append(h.Ticks, htmlTick{clamp(s), tick(s, step/10)})
		}
	}
	seen := map[What]bool{}
	for _, row := range l.Rows {
		out := htmlRow{Name: row.Name}
		for _, s := range row.Spans {
			if s.To < from || s.From > to {
				continue
			}
			x := clamp(s.From)
			out.Spans = append(out.Spans, htmlSpan{
				Class: spanClass(s.What), X: x, W: clamp(s.To) - x,
				Title: fmt.Sprintf("%s, %s to %s s (%s)", s.What, relative(s.From), relative(s.To), seconds(s.To-s.From)),
			})
			seen[s.What] = true
		}
		for _, m := range row.Moves {
			if m >= from && m <= to {
				out.Moves = append(out.Moves, htmlTick{clamp(m), "source changed at " + relative(m) + " s"})
			}
		}
		h.Rows = append(h.Rows, out)
	}
	for w := Nothing; w < whats; w++ {
		if seen[w] {
			h.Legend = append(h.Legend, w)
		}
	}
}

// Moved tells whether the timeline marks a change of source.
func (h htmlCall) Moved() bool {
	return slices.ContainsFunc(h.Rows, func(r htmlRow) bool { return len(r.Moves) > 0 })
}

func spanClass(w What) string {
	return [...]string{"nothing", "heard", "early", "lost", "withheld", "misdirected"}[w]
}

// Class of a span, for the legend.
func (w What) Class() string { return spanClass(w) }

// tickStep is the next even step at or above s.
func tickStep(s float64) float64 {
	for _, step := range []float64{0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200} {
		if step >= s {
			return step
		}
	}
	return s
}
