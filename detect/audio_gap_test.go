package detect

import (
	"strings"
	"testing"

	"github.com/latchscope/latchscope/analyze/ledger"
	"github.com/latchscope/latchscope/analyze/trace"
)

// A silence of which no packet was seen is told without a stream, by the port that it was due at.
func TestGapWithoutAStream(t *testing.T) {
	row := &ledger.Row{Call: new(trace.Call), Media: "audio", From: ledger.Party{Name: "caller"}, To: ledger.Party{Name: "callee"}, Start: second(0), End: second(9),
		Spans: []ledger.Span{{State: ledger.Missing, From: second(0), To: second(9)}}}
	if f := audioGapOf(new(trace.Trace), []Claim{{row, 0}}); len(f.Streams) > 0 || !strings.HasPrefix(f.Filter, "udp.port == ") {
		t.Errorf("%v, %s", f.Streams, f.Filter)
	}
	seen := new(trace.Stream)
	row.Spans[0].Seen = seen
	if f := audioGapOf(new(trace.Trace), []Claim{{row, 0}}); len(f.Streams) != 1 || f.Streams[0] != seen {
		t.Errorf("%v", f.Streams)
	}
}
