package ledger

import (
	"testing"

	"github.com/latchscope/latchscope/analyze/trace"
)

// A payload type is listed by the side that named it for audio, and by no other.
func TestLists(t *testing.T) {
	port := func(side trace.Side, kind string, pt uint8) *trace.Port {
		return &trace.Port{Side: side, Media: &trace.Media{Terms: &trace.Terms{Kind: kind, Formats: []trace.Format{{PT: pt}}}}}
	}
	l := &trace.Leg{Ports: []*trace.Port{port(trace.Caller, "audio", 8), port(trace.Callee, "audio", 0), port(trace.Callee, "video", 96)}}
	for _, tt := range []struct {
		side trace.Side
		pt   uint8
		want bool
	}{{trace.Caller, 8, true}, {trace.Callee, 8, false}, {trace.Callee, 0, true}, {trace.Caller, 0, false}, {trace.Callee, 96, false}} {
		if got := lists(l, tt.side, tt.pt); got != tt.want {
			t.Errorf("side %d, type %d: %v", tt.side, tt.pt, got)
		}
	}
}
