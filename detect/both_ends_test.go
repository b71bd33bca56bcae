package detect_test

import (
	"os"
	"strings"
	"testing"

	"github.com/latchscope/latchscope/analyze/ledger"
	"github.com/latchscope/latchscope/analyze/scenetest"
)

// What two captures at the ends of a call lack of each other may have been lost on
// the way to the server, in it, or behind it: it vanished between the points, likely.
// Where the server is in view as well, it arrived there and was not passed on.
func TestServerBetweenPoints(t *testing.T) {
	text, err := os.ReadFile("../testdata/scenes/both-ends.scene")
	if err != nil {
		t.Fatal(err)
	}
	told := strings.Replace(string(text), "capture gw     at gw\n", "capture gw     at gw\ncapture server at sbc\n", 1)
	run := played(t, told)
	for _, tt := range []struct {
		points []string
		state  ledger.State
		sure   ledger.Confidence
	}{
		{[]string{"gw", "phone"}, ledger.Vanished, ledger.Likely},
		{[]string{"server"}, ledger.Stopped, ledger.Confirmed},
		{[]string{"gw", "server"}, ledger.Stopped, ledger.Confirmed},
	} {
		j := judge(t, run, tt.points)
		longest := map[string]*ledger.Span{}
		for _, row := range j.result.Ledger.Rows(j.trace.Calls[0]) {
			for i := range row.Spans {
				x := &row.Spans[i]
				if old := longest[row.Direction()]; x.State.Silent() && (old == nil || x.Duration() > old.Duration()) {
					longest[row.Direction()] = x
				}
			}
		}
		x := longest["callee-to-caller"]
		if x == nil || x.State != tt.state || x.Confidence != tt.sure || x.Across() != (tt.state == ledger.Vanished) {
			t.Errorf("%v: the callee's voice: %+v, want %s %s", tt.points, x, tt.state, tt.sure)
		}
		for dir, x := range longest {
			if x.State == ledger.Stopped && tt.state == ledger.Vanished {
				t.Errorf("%v: %s stopped at a server that is not in view", tt.points, dir)
			}
		}
	}
}

// The gateway's side shows that the phone's own packets did not come out of the
// server either: the silence is of both directions. From the phone's side alone
// only what did not come back is known.
func TestSilenceOfBothDirections(t *testing.T) {
	s, err := scenetest.Load(os.DirFS("../testdata/scenes"), "both-ends.scene")
	if err != nil {
		t.Fatal(err)
	}
	run, err := s.Run()
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		points []string
		want   string
	}{
		{[]string{"gw", "phone"}, " s of silence, both directions, after"},
		{[]string{"phone"}, " s of silence towards the phone after"},
	} {
		var told []string
		for _, f := range judge(t, run, tt.points).result.Findings {
			if f.Code == "latch-silence" {
				told = append(told, f.Summary)
			}
		}
		if len(told) != 1 || !strings.Contains(told[0], tt.want) {
			t.Errorf("%v: latch-silence %q, want one with %q", tt.points, told, tt.want)
		}
	}
}
