package report

import (
	"fmt"
	"strings"
	"testing"

	"github.com/latchscope/latchscope/detect"
)

func TestRanges(t *testing.T) {
	for _, c := range []struct {
		list []int
		want string
	}{
		{nil, ""}, {[]int{3}, "3"}, {[]int{2, 1}, "1, 2"}, {[]int{5, 1, 2, 3, 5}, "1-3, 5"}, {[]int{1, 3, 5, 7, 9, 10, 11}, "1, 3, 5 and 4 more"},
	} {
		if got := ranges(c.list, 3); got != c.want {
			t.Errorf("%v: %q, want %q", c.list, got, c.want)
		}
	}
}

// TestOneCauseIsOneLine gives sixty calls one trouble at a time of its own each: the
// summary has one line for it, the report one story, and no list of sixty.
func TestOneCauseIsOneLine(t *testing.T) {
	tr, result := trunk(70)
	for i, c := range tr.Calls[:60] {
		result.Findings = append(result.Findings, detect.Finding{
			ID: i + 1, Code: "not-relayed", Severity: detect.Warn, Confidence: detect.Likely, Call: c, Leg: c.Legs[0], Start: at(float64(i), int64(i+1)), End: at(float64(i)+5, int64(i+2)),
			Summary: fmt.Sprintf("%d.%d s were not passed on", 1+i%9, i%7),
		})
		result.Verdicts[i] = detect.Verdict{Call: c, RootCause: "not-relayed", Confidence: detect.Likely, Chain: []int{i + 1}}
		result.Incidents = append(result.Incidents, detect.Incident{ID: i + 1, Title: result.Findings[i].Summary, Severity: detect.Warn, RootCause: "not-relayed",
			Start: result.Findings[i].Start, End: result.Findings[i].End, Calls: tr.Calls[i : i+1], Findings: []int{i + 1}})
	}
	r, err := New(tr, result, Options{Version: "0.0.0"})
	if err != nil {
		t.Fatal(err)
	}
	out := strings.Join(strings.Fields(render(t, r, writers()["text"])), " ")
	if n := strings.Count(out, "were not passed on"); n > 4 {
		t.Errorf("it is told %d times:\n%s", n, out)
	}
	for _, part := range []string{"The same happened in 59 more calls", "each: 2-60;"} {
		if !strings.Contains(out, part) {
			t.Errorf("there is no %q in\n%s", part, out)
		}
	}
}
