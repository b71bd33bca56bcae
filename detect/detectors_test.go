package detect_test

import (
	"os"
	"strings"
	"testing"

	"github.com/latchscope/latchscope/analyze/ledger"
	"github.com/latchscope/latchscope/analyze/scenetest"
	"github.com/latchscope/latchscope/analyze/trace"
	"github.com/latchscope/latchscope/detect"
)

// TestDetectorsAreWhole: a detector has a document, a rank of its own, causes
// that there are, and a scene in which it finds what it is for.
func TestDetectorsAreWhole(t *testing.T) {
	scenes, err := scenetest.LoadAll(os.DirFS("../testdata/scenes"))
	if err != nil {
		t.Fatal(err)
	}
	staged := map[string]bool{}
	for _, s := range scenes {
		for _, e := range s.Expect {
			staged[e.Code] = staged[e.Code] || !e.Absent
		}
	}
	rank, at := map[string]int{}, map[int]string{}
	for _, d := range detect.Detectors() {
		switch {
		case d.Code == "" || d.Title == "" || d.Run == nil && d.Rest == nil:
			t.Errorf("%q is no detector without a code, a title and Run or Rest", d.Code)
		case len(strings.Fields(d.Doc)) < 40:
			t.Errorf("%s: its document is what `latchscope explain` shows, and says too little", d.Code)
		case d.Visible == nil:
			t.Errorf("%s: does not say in which calls it would be visible, over which its rate counts", d.Code)
		case !staged[d.Code]:
			t.Errorf("%s: no scene under testdata/scenes expects it", d.Code)
		}
		if _, twice := rank[d.Code]; twice {
			t.Errorf("%s is there twice", d.Code)
		}
		if o := at[d.Rank]; d.Rank != 0 && o != "" {
			t.Errorf("%s and %s have the same rank", d.Code, o)
		}
		rank[d.Code], at[d.Rank] = d.Rank, d.Code
	}
	for _, d := range detect.Detectors() {
		for _, c := range d.Causes {
			r, known := rank[c.Code]
			if !known || r >= d.Rank || r == 0 {
				t.Errorf("%s is not brought about by %s, which is no detector of lower rank", d.Code, c.Code)
			}
			if c.Did == nil || c.Confidence == 0 {
				t.Errorf("%s from %s: a link needs a reason and a confidence", d.Code, c.Code)
			}
		}
	}
	for _, s := range scenes {
		for _, e := range s.Expect {
			_, known := rank[e.Code]
			if !known && e.Code != "nothing" && e.Code != "quiet" && e.Code != "verdict" && e.Code != "calls" {
				t.Errorf("%s, line %d: %q is no finding code", s.Name, e.Line, e.Code)
			}
			if _, known = rank[e.Cause]; !known && e.Code == "verdict" && e.Cause != "none" && e.Cause != "unknown" {
				t.Errorf("%s, line %d: %q is no root cause", s.Name, e.Line, e.Cause)
			}
		}
	}
}

// TestRegisteringChangesNoVerdict: a detector that has something critical to say
// of every call takes no verdict from another, wherever it is registered.
func TestRegisteringChangesNoVerdict(t *testing.T) {
	toy := detect.Detector{Code: "toy", Run: func(tr *trace.Trace, _ *ledger.Ledger) (out []detect.Finding) {
		for _, c := range tr.Calls {
			out = append(out, detect.Finding{Severity: detect.Critical, Confidence: detect.Confirmed, Call: c,
				Start: c.Start(), Streams: c.Streams, Evidence: []detect.Evidence{{Moment: c.Start()}}})
		}
		return out
	}}
	for _, name := range []string{"story", "idle-flip-followed", "failover-six", "injection", "one-way-firewall", "no-audio", "loss-burst"} {
		s, err := scenetest.Load(os.DirFS("../testdata/scenes"), name+".scene")
		if err != nil {
			t.Fatal(err)
		}
		run, err := s.Run()
		if err != nil {
			t.Fatal(err)
		}
		j := judge(t, run, []string{run.Captures[0].Name})
		for where, list := range map[string][]detect.Detector{
			"first": append([]detect.Detector{toy}, detect.Detectors()...),
			"last":  append(detect.Detectors(), toy),
		} {
			for i, v := range detect.Run(j.trace, list).Verdicts {
				want := j.result.Verdicts[i]
				if want.RootCause == "none" {
					want.RootCause = "toy"
				}
				if v.RootCause != want.RootCause {
					t.Errorf("%s, with the toy %s: call %d has the root cause %s, not %s", name, where, i+1, v.RootCause, want.RootCause)
				}
			}
		}
	}
}
