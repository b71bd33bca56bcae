package analyze_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/latchscope/latchscope/analyze/trace"
)

// TestStates holds how a leg ends, and which messages belong to it: the state of
// each leg, the last final status of its INVITE, and from answer to end.
func TestStates(t *testing.T) {
	for _, c := range []struct{ name, tape, want string }{
		{"answered, and ended", dialog + "sip 90 s>a BYE 1\nsip 91 a>s 200 1", "completed 200 60-90"},
		{"answered, and going on", dialog, "established 200 60"},
		{"it rings", "sip 50 a>s INVITE 1 a\nsip 52 s>a 180 1", "ringing 0"},
		{"cancelled", "sip 50 a>s INVITE 1 a\nsip 52 s>a 180 1\nsip 60 a>s CANCEL 1 tag=-\nsip 60 s>a 200 1 of=CANCEL\nsip 61 s>a 487 1\nsip 62 a>s ACK 1", "cancelled 487 -61"},
		{"busy", "sip 50 a>s INVITE 1 a\nsip 60 s>a 486 1\nsip 61 a>s ACK 1", "rejected 486 -60"},
		{"redirected", "sip 50 a>s INVITE 1 a\nsip 60 s>a 302 1\nsip 61 a>s ACK 1", "rejected 302 -60"},
		{"no server", "sip 50 a>s INVITE 1 a\nsip 60 s>a 503 1\nsip 61 a>s ACK 1", "failed 503 -60"},
		{"nobody answers for longer than timer B", "sip 50 a>s INVITE 1 a\nsip 75 a>s INVITE 1 a\nsip 1700 b>s OPTIONS 1 call=other", "timed-out 0"},
		{"the capture ends before timer B", "sip 50 a>s INVITE 1 a\nsip 75 a>s INVITE 1 a\nsip 1600 b>s OPTIONS 1 call=other", "ringing 0"},

		// One direction of the signalling was recorded.
		{"the caller's", "sip 50 a>s INVITE 1 a\nsip 61 a>s ACK 1\nsip 90 a>s BYE 2", "one-sided 0 -90"},
		{"the callee's", "sip 52 s>a 180 1 of=INVITE\nsip 60 s>a 200 1 s of=INVITE\nsip 90 s>a BYE 1", "one-sided 200 60-90"},
		{"the caller's, which nobody answered", "sip 50 a>s INVITE 1 a\nsip 75 a>s INVITE 1 a", "ringing 0"},
		{"joined in mid-call", "sip 80 a>s INVITE 2 a\nsip 85 s>a 200 2 s\nsip 86 a>s ACK 2\nsip 90 s>a BYE 1\nsip 91 a>s 200 1", "partial 0 -90"},
		{"the callee's, by the 18x after a 100", "sip 50 s>a 100 1 tag=- of=INVITE\nsip 52 s>a 183 1 s of=INVITE\nsip 60 s>a 200 1 s of=INVITE\nsip 61 a>s ACK 1\nsip 90 a>s BYE 2", "partial 200 60-90"},
		{"by the To of the 100", "sip 50 s>a 100 1 tag=- of=INVITE\nsip 60 s>a 200 1 s of=INVITE\nsip 61 a>s ACK 1\nsip 90 a>s BYE 2", "partial 200 60-90"},
		{"a 100 within a dialog sets up nothing", "sip 50 s>a 100 2 of=INVITE\nsip 60 s>a 200 2 s of=INVITE\nsip 61 a>s ACK 2\nsip 90 a>s BYE 3", "partial 0 -90"},

		// The recording lost the 200.
		{"its ACK tells", "sip 50 a>s INVITE 1 a\nsip 52 s>a 180 1\nsip 61 a>s ACK 1\nsip 90 a>s BYE 2\nsip 91 s>a 200 2", "completed 0 61-90"},
		{"until it comes again", "sip 50 a>s INVITE 1 a\nsip 52 s>a 180 1\nsip 61 a>s ACK 1\nsip 65 s>a 200 1 s\nsip 66 a>s ACK 1", "established 200 65"},
		{"that of a refusal is the INVITE's", "sip 50 a>s INVITE 1 a\nsip 52 s>a 180 1\nsip 61 a>s ACK 1 of=INVITE", "ringing 0"},
		{"that of a later INVITE says nothing of the first", "sip 50 a>s INVITE 1 a\nsip 52 s>a 180 1\nsip 61 a>s ACK 2", "ringing 0"},

		// Which messages are one leg's.
		{"a retry with credentials is the same leg", "sip 50 a>s INVITE 1 a\nsip 60 s>a 407 1\nsip 61 a>s ACK 1\nsip 62 a>s INVITE 2 a tag=-\nsip 70 s>a 200 2 s\nsip 71 a>s ACK 2", "established 200 70"},
		{"with another tag, too", "sip 50 a>s INVITE 1 a\nsip 60 s>a 407 1\nsip 61 a>s ACK 1\nsip 62 a>s INVITE 2 a tag=- own=g\nsip 70 s>a 200 2 s own=g\nsip 71 a>s ACK 2 own=g", "established 200 70"},
		{"another tag after busy is another leg", "sip 50 a>s INVITE 1 a\nsip 60 s>a 486 1\nsip 61 a>s ACK 1\nsip 62 a>s INVITE 2 a tag=- own=g\nsip 70 s>a 200 2 s own=g\nsip 71 a>s ACK 2 own=g", "rejected 486 -60, established 200 70"},
		{"asked for credentials, and given up", "sip 50 a>s INVITE 1 a\nsip 60 s>a 407 1\nsip 61 a>s ACK 1", "rejected 407 -60"},
		{"a BYE that goes past a proxy ends both hops", dialog + "sip 50 s>b INVITE 1 a by=a\nsip 59 b>s 200 1 s by=a\nsip 61 s>b ACK 1 by=a\nsip 90 a>b BYE 2\nsip 91 b>a 200 2", "completed 200 60-90, completed 200 59-90"},
		{"so does the callee's", dialog + "sip 50 s>b INVITE 1 a by=a\nsip 59 b>s 200 1 s by=a\nsip 61 s>b ACK 1 by=a\nsip 90 b>a BYE 1\nsip 91 a>b 200 1", "completed 200 60-90, completed 200 59-90"},
		{"the caller's BYE to the proxy ends the first hop", dialog + "sip 50 s>b INVITE 1 a by=a\nsip 59 b>s 200 1 s by=a\nsip 61 s>b ACK 1 by=a\nsip 90 a>s BYE 2", "completed 200 60-90, established 200 59"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := states(tape(t, c.tape)); got != c.want {
				t.Errorf("%s\ngot  %s\nwant %s", c.tape, got, c.want)
			}
		})
	}
}

// states is how each leg ended, with its status, and from which number to which
// it was answered.
func states(t *trace.Trace) string {
	var out []string
	for _, l := range t.Legs {
		word := fmt.Sprintf("%s %d", l.State, l.Status)
		if !l.Answer.IsZero() || !l.End.IsZero() {
			word += " "
		}
		if !l.Answer.IsZero() {
			word += fmt.Sprint(number(l.Answer))
		}
		if !l.End.IsZero() {
			word += fmt.Sprintf("-%d", number(l.End))
		}
		out = append(out, word)
	}
	return strings.Join(out, ", ")
}
