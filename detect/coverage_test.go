package detect

import (
	"strings"
	"testing"

	"github.com/latchscope/latchscope/analyze/trace"
)

// A call whose media is not in view is not judged; whether any is says what to do.
func TestCallsWithoutMedia(t *testing.T) {
	at := trace.Moment{Ref: trace.Ref{Frame: 1}}
	heard := &trace.Call{State: trace.Completed, Answer: at, Streams: []*trace.Stream{{}}}
	for _, c := range []struct {
		name   string
		calls  []*trace.Call
		judged int
		want   string // how the first limit begins
	}{
		{"signalling alone", []*trace.Call{{State: trace.Completed, Answer: at}}, 0, "The capture holds signalling only: the audio of 1 answered call"},
		{"media of others", []*trace.Call{heard, {State: trace.Completed, Answer: at}}, 1, "1 answered call without media in this capture"},
		{"nobody answered", []*trace.Call{{State: trace.Rejected}}, 1, ""},
		{"all are heard", []*trace.Call{heard}, 1, ""},
	} {
		tr := &trace.Trace{Calls: c.calls}
		for _, call := range c.calls {
			tr.Streams = append(tr.Streams, call.Streams...)
		}
		got := cover(tr)
		first := ""
		if len(got.Limits) > 0 {
			first = got.Limits[0]
		}
		if got.Judged != c.judged || got.Calls != len(c.calls) || !strings.HasPrefix(first, c.want) || c.want == "" && first != "" {
			t.Errorf("%s: %d judged of %d, %q", c.name, got.Judged, got.Calls, first)
		}
	}
}
