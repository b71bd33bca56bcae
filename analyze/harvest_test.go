package analyze_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/latchscope/latchscope/analyze"
	"github.com/latchscope/latchscope/analyze/capture"
	"github.com/latchscope/latchscope/analyze/internal/collect"
	"github.com/latchscope/latchscope/analyze/trace"
	"github.com/latchscope/latchscope/detect"
)

// TestHarvests holds that harvests that were written down, read and joined say what
// one pass over all captures says: the model, and what the detectors make of it;
// for captures cut at any frame, and for those of several points.
func TestHarvests(t *testing.T) {
	cut := func(t *testing.T, what string, parts []string) { sameJoined(t, what, parts) }
	cutScenes(t, 5, 20, cut, func(t *testing.T, points []string) {
		sameJoined(t, "the points together", points, points)
		if len(points) > 1 {
			sameJoined(t, "all points", points)
		}
	})
}

// TestHarvestsOfLab: recordings of real programs, four points of a call among them.
func TestHarvestsOfLab(t *testing.T) {
	files, err := filepath.Glob("../testdata/lab/*.pcap*")
	if err != nil || len(files) == 0 {
		t.Fatal(err, files)
	}
	calls := map[string][]string{}
	for _, f := range files {
		if strings.HasSuffix(f, ".expect") {
			continue
		}
		name, _, _ := strings.Cut(filepath.Base(f), ".")
		calls[name] = append(calls[name], f)
	}
	for name, points := range calls {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sameJoined(t, "together", points, points)
			if len(points) > 1 {
				sameJoined(t, "all points", points)
			}
		})
	}
}

// TestRename: the copy's path goes, and no other.
func TestRename(t *testing.T) {
	named := func(path string) trace.Capture { return trace.Capture{Info: capture.Info{Path: path}} }
	h := analyze.HarvestOf(&collect.Harvest{Captures: []trace.Capture{named("copy"), named("other"), named("copy")}})
	h.Rename("copy", "b.pcap")
	var got []string
	for _, c := range h.Captures() {
		got = append(got, c.Path)
	}
	if want := []string{"b.pcap", "other", "b.pcap"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// sameJoined compares a pass over files with the harvests of each of them, or of
// groups of them.
func sameJoined(t *testing.T, what string, paths []string, groups ...[]string) {
	t.Helper()
	want, err := analyze.Files(t.Context(), paths...)
	if err != nil {
		t.Fatal(err)
	}
	if groups == nil {
		for _, c := range want.Captures { // in the order in which the pass took them
			groups = append(groups, []string{c.Path})
		}
	}
	joined := func(here []string, away ...[]string) *trace.Trace {
		var set *capture.Set
		if here != nil {
			if set, err = capture.OpenSet(here, nil, capture.Options{}); err != nil {
				t.Fatal(err)
			}
			defer set.Close()
		}
		var parts []*analyze.Harvest
		for _, g := range away {
			parts = append(parts, travelled(t, g...))
		}
		got, err := analyze.Join(t.Context(), set, analyze.Options{}, parts...)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	sameTrace(t, what, want, joined(nil, groups...), len(groups) == 1)
	if len(groups) > 1 { // and the same with the first capture at hand
		if want, err = analyze.Files(t.Context(), paths...); err != nil {
			t.Fatal(err)
		}
		sameTrace(t, what+", one at hand", want, joined(groups[0], groups[1:]...), false)
	}
}

func sameTrace(t *testing.T, what string, want, got *trace.Trace, all bool) {
	t.Helper()
	// Whether all packets were at hand is told, and may differ; what follows must not.
	// Captures that were harvested together have all that their own second look wants.
	away := func(w trace.Warning) bool { return w.Code == "harvest-packets" }
	// A clock that was set back makes two times of one, and nothing is promised.
	stepped := slices.ContainsFunc(want.Captures, func(c trace.Capture) bool { return c.Step.By != 0 })
	if all && !stepped && slices.ContainsFunc(got.Warnings, away) {
		t.Errorf("%s: packets are missing", what)
	}
	missing := slices.ContainsFunc(got.Warnings, away)
	// Keys do not travel, so what follows from tags may be missing; that is told, too.
	says := concludes
	if slices.ContainsFunc(got.Warnings, func(w trace.Warning) bool { return w.Code == "harvest-keys" }) {
		says = func(t *trace.Trace) string {
			var b strings.Builder
			tell(&b, "", t)
			return b.String()
		}
	}
	got.Warnings = slices.DeleteFunc(got.Warnings, func(w trace.Warning) bool { return strings.HasPrefix(w.Code, "harvest-") })
	if a, b := says(want), says(got); a != b && (!missing || exact(a) != exact(b)) {
		t.Errorf("%s, joined:\n%s", what, changes(a, b))
		return
	}
	for i, s := range want.Streams {
		if x, y := s.Stats.Jitter(), got.Streams[i].Stats.Jitter(); math.Abs(x-y) > 0.01 {
			t.Errorf("%s: the jitter of stream %d is %.3f ms, in one pass %.3f ms", what, s.ID, y, x)
		}
	}
}

// exact is what does not hang on the length of each run of lost packets, which is an
// estimate where packets are away. Which packets of a silence the other point shows is
// known only where these are at hand.
func exact(conclusions string) string {
	var b strings.Builder
	for line := range strings.Lines(conclusions) {
		if strings.HasPrefix(line, "finding lost-between") {
			line, _, _ = strings.Cut(line, " [{{{")
			line += "\n"
		}
		if !strings.HasPrefix(line, "finding media-loss") && !strings.HasPrefix(line, "finding audio-gap") && !strings.HasPrefix(line, "verdict") {
			b.WriteString(line)
		}
	}
	return b.String()
}

// concludes is what a trace and the detectors say, a line each; jitter is compared
// apart.
func concludes(t *trace.Trace) string {
	var b strings.Builder
	tell(&b, "", t)
	result := detect.Run(t, detect.Detectors())
	for _, f := range result.Findings {
		data, _ := json.Marshal(f.Data)
		fmt.Fprintln(&b, "finding", f.Code, f.Severity, f.Confidence, f.Summary, f.Start, f.End, string(data), f.CausedBy, f.Fingerprint, f.Evidence)
	}
	for _, v := range result.Verdicts {
		fmt.Fprintln(&b, "verdict", v.Call.ID, v.RootCause, v.Chain, v.Confidence, v.Audio, v.Text)
	}
	return b.String()
}

// travelled is the harvest of some files, written and read again.
func travelled(t *testing.T, paths ...string) *analyze.Harvest {
	t.Helper()
	h, err := analyze.ReadHarvest(bytes.NewReader(written(t, paths...)), analyze.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func written(t testing.TB, paths ...string) []byte {
	t.Helper()
	set, err := capture.OpenSet(paths, nil, capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer set.Close()
	h, err := analyze.Gather(t.Context(), set, analyze.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := h.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
