package e2e

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/latchscope/latchscope/analyze"
	"github.com/latchscope/latchscope/analyze/capture"
	"github.com/latchscope/latchscope/analyze/scenetest/sample"
	"github.com/latchscope/latchscope/cmd/latchscope/internal/report"
)

// tight are bounds that short captures reach.
func tight() analyze.Limits {
	l := analyze.DefaultLimits()
	l.Capture.MaxDecompressed, l.Capture.MaxWindow = 8<<20, 1<<20
	l.Streams, l.Candidates, l.Messages, l.Errors, l.Flows = 40, 8, 60, 30, 20
	l.Reports, l.Gaps, l.Closeup = 4, 4, 500
	return l
}

// FuzzCapture reads anything as a capture, through to the report.
func FuzzCapture(f *testing.F) {
	dir := f.TempDir()
	every := 1
	if flag.Lookup("test.fuzz").Value.String() == "" {
		every = 3 // without -fuzz they are tried once, each, and all of them elsewhere
		if !sample.Long() {
			every = 15
		}
	}
	for i, s := range seeds(f) {
		if i%every != 0 {
			continue
		}
		list, _, ok := frames(f, file(f, dir, "seed", s.data), capture.Options{})
		if !ok {
			f.Fatal(s.name)
		}
		if b, ok := pcapOf(thinned(list, 150)); ok {
			f.Add(b)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 1<<18 {
			return
		}
		lawful(t, dir, data)
	})
}

// TestSeedsAreLawful holds the properties for the laboratory's captures and some
// of the scenes as they are, or a part of these; for all of them on a day of soaking.
func TestSeedsAreLawful(t *testing.T) {
	dir := t.TempDir()
	var some []seed
	for i, s := range seeds(t) {
		if os.Getenv("LATCHSCOPE_SOAK") != "" || i%5 == 0 || strings.Contains(s.name, ".pcap") {
			some = append(some, s)
		}
	}
	for _, s := range sample.Every(t, 4, some) {
		t.Run(s.name, func(t *testing.T) { lawful(t, dir, s.data) })
	}
}

// lawful holds all properties for one file. It returns false for what is no
// capture.
func lawful(t testing.TB, dir string, data []byte) bool {
	t.Helper()
	path := file(t, dir, "a.cap", data)
	r, err := analysis(t, analyze.Options{}, path)
	if err != nil {
		return false
	}
	sound(t, r)
	whole := soundFormats(t, r)

	// One goroutine gives what two give.
	if again := must(t, analyze.Options{Serial: true}, path); rendered(t, again, jsonOf) != whole {
		t.Errorf("the serial run differs: %s", difference(whole, rendered(t, again, jsonOf)))
	}
	// Bounds that are hit leave a sound report, the same one each time.
	small := must(t, analyze.Options{Limits: tight()}, path)
	sound(t, small)
	if a, b := soundFormats(t, small), rendered(t, must(t, analyze.Options{Limits: tight(), Serial: true}, path), jsonOf); a != b {
		t.Errorf("within bounds, the serial run differs: %s", difference(a, b))
	}
	twins(t, dir, path)
	return true
}

// twins holds that the container makes no difference, nor the order in which
// files are named.
func twins(t testing.TB, dir, path string) {
	t.Helper()
	list, _, _ := frames(t, path, capture.Options{})
	pcap, ok := pcapOf(list)
	if !ok || len(list) == 0 {
		return
	}
	a := must(t, analyze.Options{}, file(t, dir, "twin.pcap", pcap))
	b := must(t, analyze.Options{}, file(t, dir, "twin.pcapng", pcapngOf(list)))
	if x, y := content(t, a), content(t, b); x != y {
		t.Errorf("the pcapng twin differs: %s", difference(x, y))
	}
	// A ring buffer's files, and two capture points that saw half each.
	var halves, thirds [2][]capture.Frame
	for i, f := range list {
		halves[i*2/len(list)] = append(halves[i*2/len(list)], f)
		thirds[min(i%3, 1)] = append(thirds[min(i%3, 1)], f)
	}
	for _, parts := range [][2][]capture.Frame{halves, thirds} {
		one, _ := pcapOf(parts[0])
		two, _ := pcapOf(parts[1])
		p, q := file(t, dir, "one.pcap", one), file(t, dir, "two.pcap", two)
		r := must(t, analyze.Options{}, p, q)
		sound(t, r)
		if x, y := rendered(t, r, jsonOf), rendered(t, must(t, analyze.Options{}, q, p), jsonOf); x != y {
			t.Errorf("the order of files matters: %s", difference(x, y))
		}
	}
}

// content is the report but for what it says of the file itself.
func content(t testing.TB, r run) string {
	t.Helper()
	var doc map[string]any
	if err := json.Unmarshal([]byte(rendered(t, r, jsonOf)), &doc); err != nil {
		t.Fatal(err)
	}
	delete(doc, "captures")
	b, err := json.MarshalIndent(doc, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func jsonOf(w io.Writer, r *report.Report) error { return report.JSON(w, r) }

// difference is where two texts part.
func difference(a, b string) string {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	around := func(s string) string { return s[max(0, min(i, len(s))-80):min(len(s), i+120)] }
	return fmt.Sprintf("\n%s\n----\n%s", around(a), around(b))
}
