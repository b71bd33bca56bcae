package correlate

import (
	"testing"

	"github.com/latchscope/latchscope/analyze/trace"
)

// A host may send on what it gets no later than a relay would, and not as one that was called on
// both legs. Of streams that no signalling places the numbers alone tell.
func TestMayRelay(t *testing.T) {
	leg := new(trace.Leg)
	stream := func(ms int64, from trace.Side, placed bool) *trace.Stream {
		s := &trace.Stream{First: trace.Mark{Time: ms * millisecond, Seq: 100}, Last: trace.Mark{Time: (ms + 2000) * millisecond, Seq: 200}}
		if placed {
			s.Place = trace.Place{Leg: leg, From: from}
		}
		return s
	}
	relayed := stream(0, trace.Caller, true)
	relayed.RelayOf = new(trace.Stream)
	for _, c := range []struct {
		name string
		a, b *trace.Stream
		both bool
		want bool
	}{
		{"at once", stream(0, trace.Caller, true), stream(1, trace.Caller, true), false, true},
		{"as late as a relay may", stream(0, trace.Caller, true), stream(60, trace.Caller, true), false, true},
		{"later", stream(0, trace.Caller, true), stream(61, trace.Caller, true), false, false},
		{"much earlier", stream(61, trace.Caller, true), stream(0, trace.Caller, true), false, false},
		{"later, of a stream that nothing places", stream(0, trace.Caller, true), stream(5000, 0, false), false, true},
		{"later, to one that nothing places", stream(0, 0, false), stream(5000, trace.Caller, true), false, true},
		{"as the callee of both legs", stream(0, trace.Caller, true), stream(1, trace.Callee, true), false, false},
		{"as that, where both ways show the same", stream(0, trace.Caller, true), stream(1, trace.Callee, true), true, true},
		{"as that, of what was sent on to it", relayed, stream(1, trace.Callee, true), true, false},
		{"as the caller of both", stream(0, trace.Callee, true), stream(1, trace.Caller, true), false, true},
	} {
		if got := mayRelay(c.a, c.b, c.both); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}
