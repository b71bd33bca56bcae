package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/latchscope/latchscope/analyze"
	"github.com/latchscope/latchscope/analyze/capture"
	"github.com/latchscope/latchscope/analyze/trace"
	"github.com/latchscope/latchscope/detect"
)

// checkDir holds what latchscope finds in each recording of a directory
// against what the parties wrote down, and says how many they are.
func checkDir(t *testing.T, dir string) (checked int) {
	truths, err := filepath.Glob(filepath.Join(dir, "*.truth.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range truths {
		truth, err := readTruth(path)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		for _, p := range truth.Points {
			file := recordingOf(dir, p.File)
			if file == "" {
				continue // of the committed set only some points are kept
			}
			checked++
			t.Run(truth.Scenario+"/"+p.Point, func(t *testing.T) { checkPoint(t, truth, p, file) })
		}
	}
	return checked
}

// recordingOf is the path of a recording, compressed or not; "" where there is
// none.
func recordingOf(dir, name string) string {
	for _, suffix := range []string{"", ".gz"} {
		path := filepath.Join(dir, name+suffix)
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	return ""
}

func checkPoint(t *testing.T, truth *Truth, p Point, path string) {
	set, err := capture.OpenSet([]string{path}, nil, capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer set.Close()
	tr, err := analyze.Run(context.Background(), set, analyze.Options{})
	if err != nil {
		t.Fatal(err)
	}
	result := detect.Run(tr, detect.Detectors())
	used := map[int]bool{}
	for _, e := range p.Expect {
		if !e.Optional {
			checkExpectation(t, e, result.Findings, used)
		}
	}
	for i := range result.Findings {
		f := &result.Findings[i]
		if f.Severity >= detect.Warn && !used[f.ID] && !allowed(p.Expect, f) {
			t.Errorf("not true: %s", show(f))
		}
		framesExist(t, tr, f)
	}
	callsSeen(t, truth, p.Point, tr)
}

// callsSeen fails where a call of the truth is not in the trace.
func callsSeen(t *testing.T, truth *Truth, point string, tr *trace.Trace) {
	for _, c := range truth.Calls {
		if point == "phone" && c.To != "phone" {
			continue // another phone's
		}
		if !slices.ContainsFunc(tr.Calls, func(seen *trace.Call) bool {
			return slices.ContainsFunc(seen.CallIDs(), func(id string) bool { return slices.Contains(c.CallIDs, id) }) && seen.State == trace.Completed
		}) {
			t.Errorf("the call %s is not seen, or not as completed", c.CallIDs[0])
		}
	}
}

func checkExpectation(t *testing.T, e Expectation, found []detect.Finding, used map[int]bool) {
	var near []string
	for i := range found {
		f := &found[i]
		if f.Code != e.Code || used[f.ID] {
			continue
		}
		why := differs(e, f)
		if why == "" {
			used[f.ID] = true
			return
		}
		near = append(near, why+" in "+f.Summary)
	}
	b, _ := json.Marshal(e)
	t.Errorf("not found: %s; %s", b, strings.Join(near, "; "))
}

func differs(e Expectation, f *detect.Finding) string {
	if e.Call != "" && (f.Call == nil || !slices.Contains(f.Call.CallIDs(), e.Call)) {
		return "another call"
	}
	if e.Severity != "" && f.Severity.String() != e.Severity {
		return "severity " + f.Severity.String()
	}
	data := dataOf(f)
	for name, want := range e.Data {
		got := data[name]
		if list, ok := got.([]any); ok {
			got = float64(len(list))
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			return fmt.Sprintf("%s %v", name, got)
		}
	}
	for name, want := range e.Estimates {
		got, made := data[name].(float64)
		number, ok := want.(float64)
		near := math.Abs(got-number) <= 0.05
		if name == "lock_packets" {
			near = got >= number && got <= number+1 // so many at most
		}
		if made && (!ok || !near) {
			return fmt.Sprintf("%s is taken for %v instead of %v", name, got, want)
		}
	}
	for _, d := range e.Directions {
		if why := direction(d, data); why != "" {
			return why
		}
	}
	return ""
}

func direction(want Direction, data map[string]any) string {
	list, _ := data["directions"].([]any)
	for _, item := range list {
		d := item.(map[string]any)
		if d["direction"] != want.Direction {
			continue
		}
		if d["state"] != want.State {
			return fmt.Sprintf("%s is %v", want.Direction, d["state"])
		}
		if got, ok := d["silence_s"].(float64); want.State == "dead" && (!ok || math.Abs(got-want.Silence) > want.Within) {
			return fmt.Sprintf("%s silent for %v s, not %v ±%v,", want.Direction, d["silence_s"], want.Silence, want.Within)
		}
		// In packets of 20 ms, and two for those that the edges cut.
		if got, ok := d["packets_lost"].(float64); ok && want.Lost > 0 && math.Abs(got-float64(want.Lost)) > want.Within*50+2 {
			return fmt.Sprintf("%s lost %v packets, not %d,", want.Direction, got, want.Lost)
		}
		return ""
	}
	return "no " + want.Direction
}

// allowed tells whether a finding is true though nobody has to make it.
func allowed(all []Expectation, f *detect.Finding) bool {
	return slices.ContainsFunc(all, func(e Expectation) bool { return e.Optional && e.Code == f.Code && differs(e, f) == "" })
}

func framesExist(t *testing.T, tr *trace.Trace, f *detect.Finding) {
	if len(f.Evidence) == 0 {
		t.Errorf("no evidence for %s", show(f))
	}
	for _, e := range f.Evidence {
		if int(e.File) >= len(tr.Captures) || e.Frame < 1 || int64(e.Frame) > tr.Captures[e.File].LastFrame {
			t.Errorf("%q is frame %d of file %d, which is not there: %s", e.Note, e.Frame, e.File, show(f))
		}
	}
}

func dataOf(f *detect.Finding) map[string]any {
	b, _ := json.Marshal(f.Data)
	var data map[string]any
	_ = json.Unmarshal(b, &data)
	return data
}

func show(f *detect.Finding) string {
	b, _ := json.Marshal(f.Data)
	return fmt.Sprintf("%s %s %s (%s) %.300s", f.Code, f.Severity, f.Confidence, f.Summary, b)
}

// TestRecordings checks a directory that the laboratory has filled:
// LATCHSCOPE_LAB=DIR. "make lab" does both.
func TestRecordings(t *testing.T) {
	dir := os.Getenv("LATCHSCOPE_LAB")
	if dir == "" {
		t.Skip("SKIPPED: nothing was recorded for this run. \"make lab\" records and checks; it needs root and the packages named in testdata/lab/README.md")
	}
	if n := checkDir(t, dir); n == 0 {
		t.Errorf("%s holds no recordings", dir)
	}
}

// TestGolden checks the recordings that the project keeps. It needs nothing.
func TestGolden(t *testing.T) {
	if n := checkDir(t, "../../testdata/lab"); n == 0 {
		t.Error("testdata/lab holds no recordings of the laboratory")
	}
}
