package analyze_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/latchscope/latchscope/analyze"
	"github.com/latchscope/latchscope/analyze/capture"
	"github.com/latchscope/latchscope/analyze/scenetest"
	"github.com/latchscope/latchscope/analyze/trace"
)

var update = flag.Bool("update", false, "write what the traces of the scenes say anew")

// TestTraces holds what a trace says of every scene, by frames: who is a talker
// and where it moved, what shows packets again, what a relay made of what, who
// listened where and until when, what each ICMP error is about. The scenes'
// own expectations are about findings, which many a slip of the model does not
// reach. NAME.trace stands beside NAME.scene; after a change read the
// difference: every line of it is a claim about the scene.
func TestTraces(t *testing.T) {
	const dir = "../testdata/scenes"
	scenes, err := scenetest.LoadAll(os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	held := map[string]bool{}
	for _, s := range scenes {
		held[s.Name] = true
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			r, err := s.Run()
			if err != nil {
				t.Fatal(err)
			}
			var got strings.Builder
			for _, c := range r.Captures {
				tell(&got, c.Name, traceOf(t, c))
			}
			if len(r.Captures) > 1 {
				tell(&got, "all", traceOf(t, r.Captures...))
			}
			path := filepath.Join(dir, s.Name+".trace")
			if *update {
				if err := os.WriteFile(path, []byte(got.String()), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatalf("%v; read what go test ./analyze -run Traces -update writes, and keep it if it is right", err)
			}
			if got.String() != string(want) {
				t.Errorf("the trace says otherwise than %s; if it is right: go test ./analyze -run Traces -update\n%s", path, changes(string(want), got.String()))
			}
		})
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.trace"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !held[strings.TrimSuffix(filepath.Base(f), ".trace")] {
			t.Errorf("%s belongs to no scene", f)
		}
	}
}

func traceOf(t *testing.T, captures ...scenetest.Capture) *trace.Trace {
	t.Helper()
	return traceWith(t, analyze.Options{}, captures...)
}

func traceWith(t *testing.T, opt analyze.Options, captures ...scenetest.Capture) *trace.Trace {
	t.Helper()
	dir := t.TempDir()
	var paths []string
	for _, c := range captures {
		path := filepath.Join(dir, c.Name)
		if err := os.WriteFile(path, c.Bytes, 0o600); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	set, err := capture.OpenSet(paths, nil, capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer set.Close()
	tr, err := analyze.Run(t.Context(), set, opt)
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

// changes are the lines that differ, at most a dozen.
func changes(want, got string) string {
	has := func(text string) map[string]bool {
		m := map[string]bool{}
		for line := range strings.Lines(text) {
			m[line] = true
		}
		return m
	}
	var out bytes.Buffer
	n := 0
	for _, side := range []struct{ mark, text, other string }{{"- ", want, got}, {"+ ", got, want}} {
		other := has(side.other)
		for line := range strings.Lines(side.text) {
			if !other[line] && n < 12 {
				fmt.Fprintf(&out, "%s%s", side.mark, line)
				n++
			}
		}
	}
	return out.String()
}
