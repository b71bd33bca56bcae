package detect

import (
	"testing"

	"github.com/latchscope/latchscope/analyze/trace"
)

// A call is ended by the first BYE that was seen as it was sent first; an answer to one is none.
// A 408 ended it where it came to the side that said BYE just after, in the call.
func TestEndsOfACall(t *testing.T) {
	at := func(s float64) trace.Moment {
		return trace.Moment{Ref: trace.Ref{Frame: uint32(int64(s*10) + 1)}, Time: int64(s * 1e9)}
	}
	message := func(s float64, method string, status int16, from, to string) trace.Message {
		return trace.Message{Moment: at(s), Passage: &trace.Passage{}, Dialog: &trace.Dialog{FromTag: from, ToTag: to}, Kind: &trace.Kind{Method: method, Status: status}}
	}
	const a, b = "a", "b"
	byeOfCaller := message(50, "BYE", 0, a, b)
	again := message(50.5, "BYE", 0, a, b)
	again.Repeat = true
	copied := message(49, "BYE", 0, a, b)
	copied.Copy = true
	var none trace.Message
	for _, c := range []struct {
		name string
		list []trace.Message
		bye  trace.Message // the zero Message: none
		late trace.Message // the 408
	}{
		{"nobody ended it", nil, none, none},
		{"an answer to a BYE that was not recorded", []trace.Message{message(50, "BYE", 200, a, b)}, none, none},
		{"a BYE, repeated and answered", []trace.Message{copied, byeOfCaller, again, message(51, "BYE", 200, a, b)}, byeOfCaller, none},
		{"after a 408", []trace.Message{message(49, "INVITE", 408, a, b), byeOfCaller}, byeOfCaller, message(49, "INVITE", 408, a, b)},
		{"after one to an UPDATE", []trace.Message{message(49, "UPDATE", 408, a, b), byeOfCaller}, byeOfCaller, message(49, "UPDATE", 408, a, b)},
		{"after one to a question", []trace.Message{message(49, "OPTIONS", 408, a, b), byeOfCaller}, byeOfCaller, none},
		{"after another answer", []trace.Message{message(49, "INVITE", 488, a, b), byeOfCaller}, byeOfCaller, none},
		{"after a 408 to the other side", []trace.Message{message(49, "INVITE", 408, b, a), byeOfCaller}, byeOfCaller, none},
		{"long after it", []trace.Message{message(48, "INVITE", 408, a, b), byeOfCaller}, byeOfCaller, none},
		{"before it", []trace.Message{byeOfCaller, message(50.1, "INVITE", 408, a, b)}, byeOfCaller, none},
	} {
		l := &trace.Leg{Dialog: &trace.Dialog{FromTag: a}, Tag: b, Answer: at(5), Messages: trace.MessagesOf(c.list...)}
		got, ended := bye(l)
		if ended == c.bye.IsZero() || ended && (got.Moment != c.bye.Moment || *got.Kind != *c.bye.Kind || got.Copy || got.Repeat) {
			t.Errorf("%s: the BYE is %v", c.name, got)
		}
		if !ended {
			continue
		}
		m := timedOut(l, &got, trace.Caller)
		if (m == nil) != c.late.IsZero() || m != nil && (m.Moment != c.late.Moment || m.Method != c.late.Method) {
			t.Errorf("%s: the 408 is %v", c.name, m)
		}
		l.Answer = at(49.5) // of another branch than the one that timed out
		if m := timedOut(l, &got, trace.Caller); m != nil {
			t.Errorf("%s: a 408 before the answer ended the call", c.name)
		}
	}
}
