package detect_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/latchscope/latchscope/analyze"
	"github.com/latchscope/latchscope/analyze/capture"
	"github.com/latchscope/latchscope/analyze/scenetest"
	"github.com/latchscope/latchscope/analyze/scenetest/sample"
	"github.com/latchscope/latchscope/analyze/trace"
	"github.com/latchscope/latchscope/detect"
)

// TestScenes plays every scene and holds the findings against what its text
// expects of them, and against what the simulation knows of each packet.
func TestScenes(t *testing.T) {
	scenes, err := scenetest.LoadAll(os.DirFS("../testdata/scenes"))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range scenes {
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			play(t, s)
		})
	}
}

// play runs a scene and checks all it expects.
func play(t *testing.T, s *scenetest.Scene) {
	t.Helper()
	run, err := s.Run()
	if err != nil {
		t.Fatal(err)
	}
	results := map[string]judged{}
	for _, e := range s.Expect {
		points := e.Points
		if len(points) == 0 {
			points = []string{run.Captures[0].Name}
		}
		key := strings.Join(points, "+")
		if _, ok := results[key]; !ok {
			results[key] = judge(t, run, points)
		}
		check(t, key, e, run, results[key])
	}
	for key, j := range results {
		noneExtra(t, key, s, j)
		everyLoudFindingOnce(t, j.result)
		actionsArePriced(t, key, j.result)
		evidenceExists(t, key, j)
		firstCaptureStands(t, key, j.result)
		companionsAreOthers(t, key, j.result)
		findingsAreOfUse(t, key, j.result)
	}
}

// findingsAreOfUse holds that a finding says what to do, and by which filter to look at it.
func findingsAreOfUse(t *testing.T, key string, r detect.Result) {
	t.Helper()
	for i := range r.Findings {
		f := &r.Findings[i]
		if f.Filter == "" {
			t.Errorf("%s: finding %d, %s, has no filter", key, f.ID, f.Code)
		}
		if f.Advice == "" {
			t.Errorf("%s: finding %d, %s, has no advice", key, f.ID, f.Code)
		}
	}
}

// companionsAreOthers holds that the calls without which a finding would not be what it is
// are calls, each once, and none of its own.
func companionsAreOthers(t *testing.T, key string, r detect.Result) {
	t.Helper()
	for i := range r.Findings {
		f := &r.Findings[i]
		for k, c := range f.Companions {
			if c == nil || c == f.Call || slices.Contains(f.Companions[:k], c) {
				t.Errorf("%s: finding %d, %s, has the companion %v", key, f.ID, f.Code, c)
			}
		}
	}
}

// firstCaptureStands holds that an incident asks for the capture that the first of
// its findings that asks for one does.
func firstCaptureStands(t *testing.T, key string, r detect.Result) {
	t.Helper()
	for _, inc := range r.Incidents {
		var want detect.NextCapture
		for _, id := range inc.Findings {
			if f := &r.Findings[id-1]; want == (detect.NextCapture{}) {
				want = f.Next
			}
		}
		if inc.Next != want {
			t.Errorf("%s: an incident of the findings %v asks for %+v, the first of them for %+v", key, inc.Findings, inc.Next, want)
		}
	}
}

// actionsArePriced holds that whoever is asked to do something learns who he is,
// why, and at what cost, in sentences.
func actionsArePriced(t *testing.T, key string, r detect.Result) {
	t.Helper()
	owners := []string{"media-server", "nat", "caller", "callee", "carrier", "unknown"}
	for _, inc := range r.Incidents {
		for _, a := range inc.Actions {
			if !slices.Contains(owners, a.Owner) || a.Proof == 0 {
				t.Errorf("%s: %q is %q's part, and %v", key, a.What, a.Owner, a.Proof)
			}
			for _, text := range []string{a.What, a.Why, a.Cost} {
				if !strings.HasSuffix(text, ".") || strings.HasSuffix(text, "..") {
					t.Errorf("%s: %q is no sentence, in %+v", key, text, a)
				}
			}
		}
	}
}

// TestScenesOtherwise plays the scenes again as others would have recorded
// them, or with audio and engines that give less away. What is true of a call
// does not depend on that.
func TestScenesOtherwise(t *testing.T) {
	if testing.Short() {
		t.Skip("the scenes as they stand have to do")
	}
	plainCapture := regexp.MustCompile(`(?m)^capture \S+ +at \S+$`)
	server := regexp.MustCompile(`(?m)^server .*$`)
	talks := regexp.MustCompile(`(?m) talks\b`)
	ways := []struct {
		name   string
		retell func(string) string
		except []string
	}{
		{"every packet twice, cooked", func(s string) string { return plainCapture.ReplaceAllString(s, "$0 link=sll2 dup") }, nil},
		{"pcapng", func(s string) string { return plainCapture.ReplaceAllString(s, "$0 format=pcapng") }, nil},
		{"constant tones through an engine that rewrites", func(s string) string {
			return talks.ReplaceAllString(server.ReplaceAllString(s, "$0 rewrite"), " talks tone")
		}, []string{
			"rtcp-refused",               // RTCP ends at such an engine
			"lossy-between-points",       // what it numbers anew lacks no numbers
			"both-ends",                  // then the two captures have no packet in common, and two clocks
			"stranger-in-a-pause-locked", // whose tone it is that comes out, nothing tells
			"learns-after-a-pause",       // two packets that it keeps have no numbers
		}},
	}
	files, err := filepath.Glob("../testdata/scenes/*.scene")
	if err != nil || len(files) == 0 {
		t.Fatal("no scenes", err)
	}
	for _, way := range ways {
		t.Run(way.name, func(t *testing.T) {
			played := 0
			for _, file := range sample.Every(t, 5, files) {
				text, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				name := strings.TrimSuffix(filepath.Base(file), ".scene")
				told := way.retell(string(text))
				if told == string(text) || slices.Contains(way.except, name) {
					continue
				}
				s, err := scenetest.Parse(name, []byte(told))
				if err != nil {
					continue // the scene says something that does not go with it
				}
				played++
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					play(t, s)
				})
			}
			if played < sample.Least(5, 20) {
				t.Errorf("only %d scenes could be told that way", played)
			}
		})
	}
}

type judged struct {
	trace  *trace.Trace
	result detect.Result
}

// played is what becomes of a scene.
func played(t *testing.T, text string) *scenetest.Result {
	t.Helper()
	s, err := scenetest.Parse(t.Name(), []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	run, err := s.Run()
	if err != nil {
		t.Fatal(err)
	}
	return run
}

func judge(t *testing.T, run *scenetest.Result, points []string) judged {
	t.Helper()
	dir := t.TempDir()
	var paths []string
	for _, p := range points {
		path := filepath.Join(dir, p+".cap")
		if err := os.WriteFile(path, run.Capture(p), 0o600); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	return analyzed(t, paths...)
}

func analyzed(t *testing.T, paths ...string) judged {
	t.Helper()
	set, err := capture.OpenSet(paths, nil, capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer set.Close()
	tr, err := analyze.Run(context.Background(), set, analyze.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return judged{tr, detect.Run(tr, detect.Detectors())}
}

// check holds one expectation.
func check(t *testing.T, point string, e scenetest.Expectation, run *scenetest.Result, j judged) {
	t.Helper()
	switch e.Code {
	case "nothing":
		for _, f := range j.result.Findings {
			t.Errorf("line %d, %s: expected nothing, got %s", e.Line, point, show(f))
		}
		return
	case "quiet":
		for _, f := range j.result.Findings {
			if f.Severity >= detect.Warn {
				t.Errorf("line %d, %s: expected nothing of warning or above, got %s", e.Line, point, show(f))
			}
		}
		return
	case "calls":
		everyCall(t, point, e, j)
		return
	case "verdict":
		var causes []string
		for _, v := range j.result.Verdicts {
			audio, sure := v.Audio.String(), v.Confidence.String()
			causes = append(causes, strings.Join([]string{v.RootCause, sure, audio}, " "))
			if want := e.Data["audio"]; v.RootCause == e.Cause && (want == "" || want == audio) && (e.Confidence == "" || e.Confidence == sure) {
				return
			}
		}
		t.Errorf("line %d, %s: expected the root cause %s %s, got %q", e.Line, point, e.Cause, e.Confidence, causes)
		return
	}
	var near []string
	for _, f := range j.result.Findings {
		if f.Code != e.Code {
			continue
		}
		why := differs(e, run, f)
		if why == "" {
			if e.Absent {
				t.Errorf("line %d, %s: expected no %s, got %s", e.Line, point, e.Code, show(f))
			}
			return
		}
		near = append(near, why+": "+show(f))
	}
	if !e.Absent {
		t.Errorf("line %d, %s: expected %s %s %s %v, got %s", e.Line, point, e.Code, e.Severity, e.Confidence, e.Data, strings.Join(near, "; "))
	}
}

// everyCall holds how many calls there are, and what is expected of all of them.
func everyCall(t *testing.T, point string, e scenetest.Expectation, j judged) {
	t.Helper()
	if got := strconv.Itoa(len(j.trace.Calls)); got != e.Cause {
		t.Errorf("line %d, %s: %s calls, not %s", e.Line, point, got, e.Cause)
	}
	for i, c := range j.trace.Calls {
		if want := e.Data["state"]; want != "" && want != c.State.String() {
			t.Errorf("line %d, %s: call %d is %s, not %s", e.Line, point, i+1, c.State, want)
		}
		if want, got := e.Data["audio"], j.result.Ledger.Audio(c).String(); want != "" && want != got {
			t.Errorf("line %d, %s: the audio of call %d is %s, not %s", e.Line, point, i+1, got, want)
		}
	}
}

// differs says in what a finding is not what was expected.
func differs(e scenetest.Expectation, run *scenetest.Result, f detect.Finding) string {
	if e.Severity != "" && f.Severity.String() != e.Severity {
		return "severity"
	}
	if e.Confidence != "" && f.Confidence.String() != e.Confidence {
		return "confidence"
	}
	for _, c := range run.Truth.Calls {
		if e.Call != "" && c.Name == e.Call && (f.Call == nil || !overlap(c.CallIDs, f.Call.CallIDs())) {
			return "call"
		}
		if e.Party != "" && f.Leg != nil && overlap(c.CallIDs, f.Call.CallIDs()) {
			want := c.CallIDs[0]
			if e.Party == c.To {
				want = c.CallIDs[len(c.CallIDs)-1]
			}
			if (e.Party == c.From || e.Party == c.To) && f.Leg.CallID != want {
				return "leg"
			}
		}
	}
	b, _ := json.Marshal(f.Data)
	var data map[string]any
	_ = json.Unmarshal(b, &data)
	for k, want := range e.Data {
		if k == "uplink" || k == "downlink" {
			if s := direction(data, k, want); s != "" {
				return s
			}
			continue
		}
		if !equal(data[k], want) {
			return fmt.Sprintf("%s=%v", k, data[k])
		}
	}
	return ""
}

func direction(data map[string]any, name, want string) string {
	list, _ := data["directions"].([]any)
	for _, d := range list {
		m := d.(map[string]any)
		if m["direction"] != name {
			continue
		}
		switch want {
		case "alive", "unseen":
			if m["state"] != want {
				return fmt.Sprintf("%s is %v", name, m["state"])
			}
		case "dead":
			if m["state"] != "dead" {
				return fmt.Sprintf("%s is %v", name, m["state"])
			}
		default:
			w, _ := strconv.ParseFloat(want, 64)
			if got, ok := m["silence_s"].(float64); !ok || math.Abs(got-w) > 0.1 {
				return fmt.Sprintf("%s silent for %v", name, m["silence_s"])
			}
		}
		return ""
	}
	return "no " + name
}

func equal(got any, want string) bool {
	switch v := got.(type) {
	case float64:
		w, err := strconv.ParseFloat(want, 64)
		return err == nil && math.Abs(v-w) <= math.Max(0.011, w*0.002)
	case []any:
		return strconv.Itoa(len(v)) == want
	}
	return fmt.Sprint(got) == want
}

func overlap(a, b []string) bool {
	for _, x := range a {
		for _, y := range b {
			if x == y {
				return true
			}
		}
	}
	return false
}

// noneExtra fails for findings of warning or above that no line of the scene
// expects and that no expected one stands in a chain with.
func noneExtra(t *testing.T, point string, s *scenetest.Scene, j judged) {
	t.Helper()
	expected := map[string]bool{}
	for _, e := range s.Expect {
		if !e.Absent {
			expected[e.Code] = true
		}
	}
	linked := map[int]bool{}
	for range 4 {
		for _, f := range j.result.Findings {
			if expected[f.Code] {
				linked[f.ID] = true
			}
			for _, c := range f.CausedBy {
				if linked[f.ID] || linked[c] {
					linked[f.ID], linked[c] = true, true
				}
			}
		}
	}
	for _, f := range j.result.Findings {
		if f.Severity >= detect.Warn && !linked[f.ID] {
			t.Errorf("%s: nobody expects %s", point, show(f))
		}
	}
}

// evidenceExists fails where a finding points to frames that are not there, or
// to none.
func evidenceExists(t *testing.T, point string, j judged) {
	t.Helper()
	for _, f := range j.result.Findings {
		if len(f.Evidence) == 0 {
			t.Errorf("%s: no evidence for %s", point, show(f))
		}
		for _, e := range f.Evidence {
			if int(e.File) >= len(j.trace.Captures) || e.Frame < 1 || int64(e.Frame) > j.trace.Captures[e.File].LastFrame {
				t.Errorf("%s: evidence %q is frame %d of file %d, which is not there: %s", point, e.Note, e.Frame, e.File, show(f))
			}
		}
	}
}

func show(f detect.Finding) string {
	b, _ := json.Marshal(f.Data)
	return fmt.Sprintf("%s %s %s (%s) %s", f.Code, f.Severity, f.Confidence, f.Summary, b)
}
