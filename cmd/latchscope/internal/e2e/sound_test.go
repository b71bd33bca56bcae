package e2e

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/clipperhouse/displaywidth"

	"github.com/latchscope/latchscope/analyze/trace"
	"github.com/latchscope/latchscope/cmd/latchscope/internal/page"
	"github.com/latchscope/latchscope/cmd/latchscope/internal/report"
	"github.com/latchscope/latchscope/detect"
)

// sound holds what is true of every report, whatever the capture was. It looks
// at the trace and the findings as they are, not at what is printed of them.
func sound(t testing.TB, r run) {
	t.Helper()
	exists := func(what string, m trace.Moment) {
		t.Helper()
		if int(m.File) >= len(r.trace.Captures) || m.Frame < 1 || int64(m.Frame) > r.trace.Captures[m.File].LastFrame {
			t.Errorf("%s: frame %d of file %d is not there", what, m.Frame, m.File)
		}
	}
	for i, s := range r.trace.Streams {
		if int(s.ID) != i+1 || s.Call == nil || !slices.Contains(r.trace.Calls[s.Call.ID-1:s.Call.ID], s.Call) {
			t.Fatalf("stream %d has the number %d and the call %v", i+1, s.ID, s.Call)
		}
		exists("a stream's first packet", s.Start())
		exists("a stream's last packet", s.End())
		if s.Stats.Packets == 0 {
			t.Errorf("stream %d has no packets", s.ID)
		}
		for o, n := s.CopyOf, 0; o != nil; o, n = o.CopyOf, n+1 {
			if n > len(r.trace.Streams) {
				t.Fatalf("stream %d is a copy of itself", s.ID)
			}
		}
		for o, n := s.Prev, 0; o != nil; o, n = o.Prev, n+1 {
			if n > len(r.trace.Streams) {
				t.Fatalf("stream %d carries on itself", s.ID)
			}
		}
	}
	for i, c := range r.trace.Calls {
		if c.ID != i+1 || len(c.Legs) == 0 != (c.State == trace.MediaOnly) || c.State == 0 {
			t.Fatalf("call %d has the number %d, %d legs and is %q", i+1, c.ID, len(c.Legs), c.State)
		}
	}
	for i := range r.result.Findings {
		soundFinding(t, r, i, exists)
	}
	// Every call has one verdict, and its chain ends where it says it does.
	if len(r.result.Verdicts) != len(r.trace.Calls) {
		t.Fatalf("%d verdicts on %d calls", len(r.result.Verdicts), len(r.trace.Calls))
	}
	for i, v := range r.result.Verdicts {
		if v.Call != r.trace.Calls[i] || v.Text == "" || v.Confidence == 0 {
			t.Errorf("verdict %d is on another call, or empty: %+v", i, v)
		}
		for _, id := range v.Chain {
			if id < 1 || id > len(r.result.Findings) {
				t.Fatalf("the chain of call %d holds finding %d", i+1, id)
			}
		}
		// Silence that nothing explains has its chain, and no known cause.
		unexplained := v.RootCause == "unknown" && len(v.Chain) > 0 && r.result.Findings[v.Chain[0]-1].Code == "audio-gap"
		if len(v.Chain) > 0 && r.result.Findings[v.Chain[0]-1].Code != v.RootCause && !unexplained {
			t.Errorf("the root cause of call %d is %s, its chain begins with %s", i+1, v.RootCause, r.result.Findings[v.Chain[0]-1].Code)
		}
		if len(v.Chain) == 0 && v.RootCause != "none" && v.RootCause != "unknown" {
			t.Errorf("call %d: %s from nothing", i+1, v.RootCause)
		}
	}
	for _, c := range r.report.Captures {
		told := map[string]bool{}
		for _, w := range c.Warnings {
			if w.Code == "" || w.Text == "" || told[w.Code+w.Text] {
				t.Errorf("%s: a warning twice, or an empty one: %+v", c.Path, w)
			}
			told[w.Code+w.Text] = true
		}
	}
	if c := r.result.Coverage; c.Judged > c.Calls || c.Calls > len(r.trace.Calls) {
		t.Errorf("%d of %d calls judged, %d in all", c.Judged, c.Calls, len(r.trace.Calls))
	}
}

func soundFinding(t testing.TB, r run, i int, exists func(string, trace.Moment)) {
	t.Helper()
	f := &r.result.Findings[i]
	if f.ID != i+1 || f.Code == "" || f.Severity == 0 || f.Confidence == 0 || f.Summary == "" || f.Fingerprint == "" || f.Data == nil {
		t.Errorf("finding %d is unfinished: %+v", i+1, *f)
	}
	if strings.ContainsAny(f.Summary, "\r\n") || strings.Contains(f.Summary+f.Detail+f.Advice, "NaN") || strings.Contains(f.Summary+f.Detail+f.Advice, "%!") {
		t.Errorf("%s: %q %q %q", f.Code, f.Summary, f.Detail, f.Advice)
	}
	if len(f.Evidence) == 0 {
		t.Errorf("%s without evidence", f.Code)
	}
	for _, e := range f.Evidence {
		exists(f.Code+", "+e.Note, e.Moment)
	}
	if f.Start.Time > f.End.Time && !f.End.IsZero() {
		t.Errorf("%s ends %v s before it starts", f.Code, f.End.Seconds(f.Start))
	}
	for _, s := range f.Streams {
		if f.Call != nil && s.Call != f.Call {
			t.Errorf("%s of call %d is about stream %d of call %v", f.Code, f.Call.ID, s.ID, s.Call.ID)
		}
	}
	if f.Leg != nil && f.Leg.Call != f.Call {
		t.Errorf("%s: its leg belongs to another call", f.Code)
	}
	// Causes come first in the order of the chain, so there is no circle.
	for _, id := range f.CausedBy {
		if id < 1 || id >= f.ID || r.result.Findings[id-1].Call != f.Call {
			t.Errorf("finding %d is caused by %d", f.ID, id)
		}
	}
	switch d := f.Data.(type) {
	case detect.Silence:
		longest := 0.0
		start, end := 0.0, 0.0
		for _, x := range d.Directions {
			soundDirection(t, x)
			if x.Silence != nil && *x.Silence > longest {
				longest, start, end = *x.Silence, *x.StartS, *x.EndS
			}
		}
		if a, b := r.trace.First.Seconds(f.Start), r.trace.First.Seconds(f.End); math.Abs(a-start) > 5e-6 || math.Abs(b-end) > 5e-6 {
			t.Errorf("silence from %v to %v s in a finding from %v to %v s", start, end, a, b)
		}
		if d.Silence != longest || longest <= 0 {
			t.Errorf("%v s of silence, the longest direction has %v", d.Silence, longest)
		}
	case detect.Flip:
		for _, m := range d.Moves {
			exists("a move", trace.Moment{Ref: trace.Ref{File: m.File, Frame: m.Frame}})
			if m.From == m.To {
				t.Errorf("a move from %s to itself", m.From)
			}
		}
		if n := len(d.Moves); n == 0 || d.To != d.Moves[n-1].To {
			t.Errorf("moves %+v, last to %s", d.Moves, d.To)
		}
	case detect.EarlyRTP:
		if d.Packets < 1 || d.Lead < 0 {
			t.Errorf("%+v", d)
		}
	case detect.Unreachable:
		if d.Count < 1 {
			t.Errorf("%+v", d)
		}
	case detect.Competing:
		if d.Packets < 1 {
			t.Errorf("%+v", d)
		}
	}
}

func soundDirection(t testing.TB, d detect.Direction) {
	t.Helper()
	dead := d.State == "dead"
	if dead != (d.StartS != nil) || dead != (d.EndS != nil) || (d.State == "unseen") != (d.Silence == nil) {
		t.Errorf("%+v", d)
		return
	}
	// Pauses that the talker makes himself, and what was heard in between, are
	// subtracted: the episode goes on.
	if dead && (*d.Silence > *d.EndS-*d.StartS+5e-6 || *d.Silence <= 0 || d.PacketsLost != nil && *d.PacketsLost < 0) {
		t.Errorf("from %v to %v s, %v s of silence: %+v", *d.StartS, *d.EndS, *d.Silence, d)
	}
}

// soundFormats writes the report in every format and looks at what every
// reader relies on. It returns the JSON.
func soundFormats(t testing.TB, r run) string {
	t.Helper()
	whole := ""
	for _, f := range report.Formats() {
		out := rendered(t, r, f.Write)
		if f.Name == "json" {
			whole = out
			if !json.Valid([]byte(out)) {
				t.Errorf("no JSON: %s", out)
			}
		}
		plain(t, f.Name, out)
	}
	for _, width := range []int{page.MinWidth, 80, 100, 132} {
		out := rendered(t, r, textOf(width))
		plain(t, "text", out)
		for line := range strings.Lines(out) {
			if n := (displaywidth.Options{}).String(strings.TrimSuffix(line, "\n")); n > width {
				t.Errorf("%d columns instead of %d: %s", n, width, line)
			}
		}
	}
	return whole
}

// plain fails for what a terminal or a browser would act on.
func plain(t testing.TB, format, out string) {
	t.Helper()
	for i, c := range out {
		if c == '\n' || c == '\t' && format == "junit" {
			continue
		}
		if unicode.IsControl(c) || unicode.In(c, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co, unicode.Cs) || c == unicode.ReplacementChar && !strings.HasPrefix(out[i:], "\uFFFD") {
			t.Errorf("%s holds %U: %q", format, c, out[max(0, i-40):min(len(out), i+40)])
			return
		}
	}
}
