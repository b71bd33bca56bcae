package trace

import "testing"

// TestSender: in-dialog requests go either way, and tags tell which (RFC 3261 section
// 12.2.1.1); a response is the other side's. Who has neither tag asks anew, as a caller does.
func TestSender(t *testing.T) {
	l := &Leg{Dialog: &Dialog{FromTag: "a"}, Tag: "b"}
	for _, c := range []struct {
		name     string
		from, to string
		status   int16
		want     Side
	}{
		{"the caller's request", "a", "b", 0, Caller},
		{"the answer to it", "a", "b", 200, Callee},
		{"the callee's request", "b", "a", 0, Callee},
		{"the answer to that", "b", "a", 200, Caller},
		{"the callee's, with a tag of another branch", "c", "a", 0, Callee},
		{"the callee's, to whom the caller's tag is unknown", "b", "", 0, Callee},
		{"a stranger's", "c", "", 0, Caller},
		{"one without tags", "", "", 0, Caller},
	} {
		m := &Message{Dialog: &Dialog{FromTag: c.from, ToTag: c.to}, Kind: &Kind{Status: c.status}}
		if got := l.Sender(m); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
	if got := (&Leg{Dialog: &Dialog{FromTag: "a"}}).Sender(&Message{Dialog: &Dialog{}, Kind: &Kind{}}); got != Caller {
		t.Errorf("no tag of the callee's known, and none in the message: %v", got)
	}
}
