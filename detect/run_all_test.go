package detect

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/latchscope/latchscope/analyze/ledger"
	"github.com/latchscope/latchscope/analyze/trace"
)

// TestRunAll: the findings are in the order of their detectors, however many run at a
// time; each is announced once, and one that panics has the whole panic.
func TestRunAll(t *testing.T) {
	tr := &trace.Trace{}
	l := ledger.Of(tr)
	var list []Detector
	var want []string
	for i := range 40 {
		d := Detector{Code: fmt.Sprint("d", i)}
		if i%3 > 0 { // the others speak later, or never
			d.Run = func(*trace.Trace, *ledger.Ledger) []Finding { return []Finding{{Kind: d.Code}} }
			want = append(want, d.Code)
		}
		list = append(list, d)
	}
	var said, got []string
	found, _ := runAll(tr, l, list, func(code string) { said = append(said, code) })
	for _, f := range found {
		for i := range f {
			got = append(got, f[i].Kind)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("findings of %q, want %q", got, want)
	}
	slices.Sort(said)
	slices.Sort(want)
	if !slices.Equal(said, want) {
		t.Errorf("announced %q", said)
	}
	defer func() {
		if p := fmt.Sprint(recover()); !strings.HasPrefix(p, "the seventh\n") || !strings.Contains(p, "run_all_test.go") {
			t.Error(p)
		}
	}()
	list[7].Run = func(*trace.Trace, *ledger.Ledger) []Finding { panic("the seventh") }
	runAll(tr, l, list, func(string) {})
	t.Error("went on")
}
