package detect_test

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/latchscope/latchscope/detect"
)

// hardTruth is what is certain of one of the captures in testdata/hard, which
// were made packet by packet. See the README there.
type hardTruth struct {
	Files    []string
	Calls    *int
	Must     []hardFinding
	MustNot  []string `json:"mustnot"` // at warning or above
	Most     map[string]int
	Silences []hardSilence
	Root     string
}

// hardFinding is one that has to be there.
type hardFinding struct {
	Code       string
	CallID     string `json:"call_id"`
	From, To   string
	Moves      [][2]string
	Silence    *float64
	SilenceAny []float64 `json:"silence_any"` // seconds, one of these
	Directions map[string]*float64
	States     map[string]oneOrMore
	Spans      map[string][2]float64 // start and end in seconds since the first packet
	Lost       map[string]int64
	Estimates  map[string][2]*float64
	Latched    string
	Ignored    string
	IgnoredAt  *float64 `json:"ignored_at"` // when the first packet of the new source came
	Confidence string
	Tolerance  float64
	Coherent   bool // its directions are one silence's
	Data       map[string]any
}

type oneOrMore []string

func (o *oneOrMore) UnmarshalJSON(b []byte) error {
	var s string
	if json.Unmarshal(b, &s) == nil {
		*o = oneOrMore{s}
		return nil
	}
	return json.Unmarshal(b, (*[]string)(o))
}

// hardSilence is a silence of one direction that a latch made.
type hardSilence struct {
	Direction, CallID string
	Start, End        float64
}

func (h *hardSilence) UnmarshalJSON(b []byte) error {
	return json.Unmarshal(b, &[]any{&h.Direction, &h.CallID, &h.Start, &h.End})
}

// TestHard holds the findings on calls of which the truth is certain and hard
// to see against that truth.
func TestHard(t *testing.T) {
	truths, err := filepath.Glob("../testdata/hard/*.truth.json")
	if err != nil || len(truths) < 17 {
		t.Fatalf("%d truths, %v", len(truths), err)
	}
	for _, path := range truths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".truth.json"), func(t *testing.T) {
			t.Parallel()
			var truth hardTruth
			b, err := os.ReadFile(path)
			if err == nil {
				err = json.Unmarshal(b, &truth)
			}
			if err != nil {
				t.Fatal(err)
			}
			var files []string
			for _, f := range truth.Files {
				files = append(files, filepath.Join("../testdata/hard", f))
			}
			holdTruth(t, truth, analyzed(t, files...))
		})
	}
}

// holdTruth compares what was found with what is so.
func holdTruth(t *testing.T, truth hardTruth, j judged) {
	t.Helper()
	if truth.Calls != nil && len(j.trace.Calls) != *truth.Calls {
		t.Errorf("%d calls, not %d", len(j.trace.Calls), *truth.Calls)
	}
	for _, want := range truth.Must {
		var near []string
		for _, f := range j.result.Findings {
			if f.Code != want.Code {
				continue
			}
			why := want.differs(f)
			if why == "" {
				near = nil
				break
			}
			near = append(near, why+": "+show(f))
		}
		if near != nil || !slices.ContainsFunc(j.result.Findings, func(f detect.Finding) bool { return f.Code == want.Code }) {
			t.Errorf("no %s as it has to be; %s", want.Code, strings.Join(near, "; "))
		}
	}
	count := map[string]int{}
	for _, f := range j.result.Findings {
		count[f.Code]++
		if f.Severity >= detect.Warn && slices.Contains(truth.MustNot, f.Code) {
			t.Errorf("a false alarm: %s", show(f))
		}
	}
	for code, most := range truth.Most {
		if count[code] > most {
			t.Errorf("%d of %s, at most %d", count[code], code, most)
		}
	}
	for _, s := range truth.Silences {
		if !slices.ContainsFunc(j.result.Findings, s.told) {
			t.Errorf("nothing says that %s was silent from %.3f to %.3f", s.Direction, s.Start, s.End)
		}
	}
	if root := truth.Root; root != "" && !slices.ContainsFunc(j.result.Verdicts, func(v detect.Verdict) bool { return v.RootCause == root }) {
		t.Errorf("no verdict has the root cause %s: %+v", root, j.result.Verdicts)
	}
	evidenceExists(t, "", j)
}

// hardStage is the time 0 of the stage on which the calls were made, from which
// ignored_at counts, in nanoseconds since 1970. Captures begin some time later.
var hardStage = time.Date(2026, 9, 21, 14, 13, 20, 0, time.UTC).UnixNano()

// told reports whether a latch-silence has this silence.
func (h hardSilence) told(f detect.Finding) bool {
	d, ok := f.Data.(detect.Silence)
	return ok && slices.ContainsFunc(d.Directions, func(d detect.Direction) bool {
		return d.Direction == h.Direction && d.StartS != nil && d.EndS != nil && math.Abs(*d.StartS-h.Start) <= 0.08 && math.Abs(*d.EndS-h.End) <= 0.08
	})
}

// differs says in what a finding is not what it has to be, "" where it is.
func (h hardFinding) differs(f detect.Finding) string {
	if h.CallID != "" && (f.Leg == nil || f.Leg.CallID != h.CallID) {
		return "leg"
	}
	if h.Confidence != "" && f.Confidence.String() != h.Confidence {
		return "confidence"
	}
	b, _ := json.Marshal(f.Data)
	var data map[string]any
	_ = json.Unmarshal(b, &data)
	for name, want := range h.Data {
		if !reflect.DeepEqual(data[name], want) {
			return name
		}
	}
	switch d := f.Data.(type) {
	case detect.Flip:
		return h.differsFlip(d)
	case detect.Silence:
		return h.differsSilence(f, d)
	}
	return ""
}

func (h hardFinding) differsFlip(d detect.Flip) string {
	switch {
	case h.From != "" && d.From != h.From:
		return "from"
	case h.To != "" && d.To != h.To:
		return "to"
	case h.Moves != nil && len(h.Moves) != len(d.Moves):
		return "moves"
	}
	for i, m := range h.Moves {
		if d.Moves[i].From != m[0] || d.Moves[i].To != m[1] {
			return fmt.Sprintf("move %d", i)
		}
	}
	return ""
}

func (h hardFinding) differsSilence(f detect.Finding, d detect.Silence) string {
	tolerance := h.Tolerance
	if tolerance == 0 {
		tolerance = 0.03 // a packet's interval and a half
	}
	near := func(a, b float64) bool { return math.Abs(a-b) <= tolerance }
	any := h.SilenceAny
	if h.Silence != nil {
		any = append(slices.Clip(any), *h.Silence)
	}
	if any != nil && !slices.ContainsFunc(any, func(s float64) bool { return near(s, d.Silence) }) {
		return "silence_s"
	}
	by := map[string]detect.Direction{}
	for _, one := range d.Directions {
		by[one.Direction] = one
	}
	for name, want := range h.Directions {
		if got := by[name].Silence; want != nil && *want > 0 && (got == nil || !near(*got, *want)) || want != nil && *want == 0 && got != nil && *got != 0 {
			return name
		}
	}
	for name, want := range h.States {
		if !slices.Contains(want, by[name].State) {
			return name + " is " + by[name].State
		}
	}
	for name, want := range h.Spans {
		if got := by[name]; got.StartS == nil || got.EndS == nil || !near(*got.StartS, want[0]) || !near(*got.EndS, want[1]) {
			return name + " is silent at another time"
		}
	}
	for name, want := range h.Lost {
		if got := by[name].PacketsLost; got == nil || max(*got-want, want-*got) > 2 {
			return "packets_lost " + name
		}
	}
	if h.Latched != "" && (d.Latched == nil || *d.Latched != h.Latched) {
		return "latched"
	}
	if h.Ignored != "" && (d.Ignored == nil || *d.Ignored != h.Ignored) {
		return "ignored"
	}
	timeout, packets := d.Timeout, (*float64)(nil)
	if d.LockPackets != nil {
		n := float64(*d.LockPackets)
		packets = &n
	}
	for name, want := range h.Estimates {
		got := map[string]*float64{"timeout_s": timeout, "lock_packets": packets}[name]
		if within := got != nil && want[0] != nil && *got >= *want[0] && *got <= *want[1]; !within && (got != nil || want[0] != nil) {
			return name
		}
	}
	if up, down := by["uplink"], by["downlink"]; h.Coherent && up.StartS != nil && down.StartS != nil && math.Abs(*up.StartS-*down.StartS) > 1 {
		return "its directions are two silences"
	}
	if at := h.IgnoredAt; at != nil && !slices.ContainsFunc(f.Evidence, func(e detect.Evidence) bool {
		return near(float64(e.Time-hardStage)/1e9, *at)
	}) {
		return "no evidence shows the first packet of the new source"
	}
	return ""
}
