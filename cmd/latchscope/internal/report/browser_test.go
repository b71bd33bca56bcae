package report

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/latchscope/latchscope/analyze/scenetest/sample"
	"github.com/latchscope/latchscope/analyze/trace"
	"github.com/latchscope/latchscope/cmd/latchscope/internal/browser"
	"github.com/latchscope/latchscope/detect"
)

// mixedTrunk is a trunk of n calls of which some lost audio, of some there is none, and
// some were not answered.
func mixedTrunk(n int) (*trace.Trace, detect.Result) {
	t, result := trunk(n)
	for i, c := range t.Calls {
		from := float64(i)
		switch {
		case i%90 == 7 || i >= n/2 && i < n/2+12: // here and there, and a dozen at once
			s := c.Streams[0]
			lossy := streamOf(s.ID, s.Src.String(), s.Dst.String(), s.SSRC, from+1, from+9, 1, hole{from + 3, from + 6, true})
			s.Stats, s.Breaks, s.Last = lossy.Stats, lossy.Breaks, lossy.Last
		case i%40 == 3:
			c.Streams = nil
		case i%33 == 5:
			c.Answer, c.State, c.Streams = trace.Moment{}, trace.Rejected, nil
			c.Legs[0].Answer, c.Legs[0].State, c.Legs[0].Status = trace.Moment{}, trace.Rejected, 486
		}
	}
	return t, result
}

// A page must not scroll sideways, on a desk or on a phone, by day or by night, and
// the browser must have nothing to say about it: also with names as strangers may
// choose them, and with two thousand calls. Without a browser there is nothing to see.
// LATCHSCOPE_SHOTS is a folder for the page of the two thousand.
func TestPageInABrowser(t *testing.T) {
	b, ok := browser.Open(t.TempDir())
	if !ok || testing.Short() {
		t.Skip("no browser here, or no time")
	}
	calls, result := mixedTrunk(2000)
	many, err := New(calls, result, Options{Version: "0.0.0"})
	if err != nil {
		t.Fatal(err)
	}
	page := render(t, many, HTML)
	// All calls stand on one screen, by what became of them.
	for _, want := range []string{`class="dot lost"`, `class="dot none"`, `class="dot clear"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the overview has no %s", want)
		}
	}
	// A mark whose call has a row leads there; the legend has a mark for each word.
	linked, plain := strings.Count(page, `<a class="dot `), strings.Count(page, `<i class="dot `)
	if n := linked + plain; n < 2000 || n > 2010 || linked == 0 {
		t.Errorf("%d marks with a link and %d without for 2000 calls", linked, plain)
	}
	if dir := os.Getenv("LATCHSCOPE_SHOTS"); dir != "" {
		if err := os.WriteFile(filepath.Join(dir, "trunk.html"), []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	pages := []browser.Page{
		{Name: "sample", HTML: render(t, sampleReport(t, sampleDocs()), HTML)}, {Name: "trunk", HTML: page},
		{Name: "long names", HTML: render(t, hostileReport(t, strings.Repeat("x", 400)), HTML)},
	}
	pages = sample.Every(t, 2, pages) // the two thousand calls take longest
	for _, dark := range []bool{false, true} {
		faults, err := b.Look(t.Context(), dark, pages...)
		if errors.Is(err, browser.ErrDoesNotRun) {
			t.Skip(err)
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range faults {
			t.Errorf("dark %v: %s", dark, f)
		}
	}
}
