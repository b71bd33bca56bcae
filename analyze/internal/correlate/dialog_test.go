package correlate

import (
	"testing"

	"github.com/latchscope/latchscope/analyze/trace"
)

// A dialog is known by both its tags, whichever party asks; that of another branch, and of
// another caller with the same Call-ID, is another one.
func TestInDialog(t *testing.T) {
	l := &draft{Leg: &trace.Leg{Dialog: &trace.Dialog{FromTag: "a"}, Tag: "b"}}
	for _, c := range []struct {
		from, to string
		want     bool
	}{
		{"a", "b", true}, {"b", "a", true}, {"a", "c", false}, {"c", "b", false}, {"c", "a", false}, {"b", "c", false}, {"a", "", false}, {"a", "a", false}, {"b", "b", false},
	} {
		if got := l.inDialog(&trace.Message{Dialog: &trace.Dialog{FromTag: c.from, ToTag: c.to}}); got != c.want {
			t.Errorf("from %q to %q: %v", c.from, c.to, got)
		}
	}
	open := &draft{Leg: &trace.Leg{Dialog: &trace.Dialog{FromTag: "a"}}}
	if open.inDialog(&trace.Message{Dialog: &trace.Dialog{FromTag: "a"}}) {
		t.Error("before an answer there is no dialog")
	}
}
