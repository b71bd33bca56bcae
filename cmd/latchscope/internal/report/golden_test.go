package report

import (
	"bytes"
	"flag"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/latchscope/latchscope/detect"
)

var update = flag.Bool("update", false, "write the goldens anew")

// writers are all formats as the tests call them.
func writers() map[string]func(io.Writer, *Report) error {
	out := map[string]func(io.Writer, *Report) error{
		"text": func(w io.Writer, r *Report) error { return Text(w, r, TextOptions{Width: 100}) },
		"text-80": func(w io.Writer, r *Report) error {
			return Text(w, r, TextOptions{Width: 80, ASCII: true})
		},
		"text-color": func(w io.Writer, r *Report) error { return Text(w, r, TextOptions{Width: 100, Color: true}) },
	}
	for _, f := range Formats() {
		out[f.Name] = f.Write
	}
	return out
}

func render(t *testing.T, r *Report, write func(io.Writer, *Report) error) string {
	t.Helper()
	var out bytes.Buffer
	if err := write(&out, r); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func sampleReport(t *testing.T, docs []detect.Detector) *Report {
	t.Helper()
	tr, result := sampleTrace()
	r, err := New(tr, result, Options{Version: "0.0.0", Docs: docs, Location: berlin})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestGolden(t *testing.T) {
	for name, write := range writers() {
		t.Run(name, func(t *testing.T) {
			got := render(t, sampleReport(t, sampleDocs()), write)
			path := filepath.Join("testdata", "sample."+name+".golden")
			if *update {
				if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("%s differs; after a look at it: go test -update\n%s", path, firstDifference(got, string(want)))
			}
		})
	}
}

func firstDifference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range max(len(g), len(w)) {
		if i >= len(g) || i >= len(w) || g[i] != w[i] {
			return "got:  " + strings.Join(g[min(i, len(g)):min(i+1, len(g))], "") +
				"\nwant: " + strings.Join(w[min(i, len(w)):min(i+1, len(w))], "")
		}
	}
	return ""
}

// The same input gives the same bytes, whatever order maps happen to have.
func TestSameBytesAgain(t *testing.T) {
	for name, write := range writers() {
		first := render(t, sampleReport(t, sampleDocs()), write)
		for range 5 {
			if again := render(t, sampleReport(t, sampleDocs()), write); again != first {
				t.Errorf("%s differs from run to run\n%s", name, firstDifference(again, first))
				break
			}
		}
	}
}

// A new detector that finds nothing changes no report.
func TestNewDetectorChangesNothing(t *testing.T) {
	more := slices.Insert(sampleDocs(), 0, detect.Detector{Code: "a-new-one", Title: "A new one", Doc: "New."})
	for name, write := range writers() {
		if before, after := render(t, sampleReport(t, sampleDocs()), write), render(t, sampleReport(t, more), write); before != after {
			t.Errorf("%s changes with a detector that finds nothing\n%s", name, firstDifference(after, before))
		}
	}
}
