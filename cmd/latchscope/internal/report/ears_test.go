package report

import (
	"slices"
	"testing"

	"github.com/latchscope/latchscope/analyze/ledger"
	"github.com/latchscope/latchscope/analyze/trace"
)

// TestEars: those of many calls at once are what the rows of audio of each call come to;
// a call that nobody answered has none.
func TestEars(t *testing.T) {
	tr, _ := trunk(3*partSize + 7)
	for i, c := range tr.Calls {
		if i%5 == 0 {
			c.Answer, c.Legs[0].Answer, c.State = trace.Moment{}, trace.Moment{}, trace.Cancelled
		}
		if i%7 == 1 { // it broke off
			s := c.Streams[0]
			s.Last = s.First
		}
	}
	l := ledger.Of(tr)
	got := earsOf(l, tr.Calls)
	with, none := 0, 0
	for i, c := range tr.Calls {
		var want []ear
		for _, r := range l.Rows(c) {
			if r.Media == "audio" {
				want = append(want, earOf(&r))
			}
		}
		if !slices.Equal(got[i], want) {
			t.Errorf("call %d: %v, want %v", c.ID, got[i], want)
		}
		if len(want) == 2 {
			with++
		}
		if len(want) == 0 {
			none++
		}
	}
	if with == 0 || none == 0 || with+none != len(tr.Calls) {
		t.Errorf("%d calls with two ears, %d with none", with, none)
	}
}
