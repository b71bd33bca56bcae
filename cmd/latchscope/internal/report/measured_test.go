package report

import (
	"testing"

	"github.com/latchscope/latchscope/analyze/ledger"
	"github.com/latchscope/latchscope/analyze/trace"
)

// What was measured on the talker's own hop says nothing of the listener's ear; what
// a server sent on, or what was seen to arrive, does as far as that.
func TestMeasured(t *testing.T) {
	const s = int64(1e9)
	at := func(ns int64) trace.Moment { return trace.Moment{Time: ns} }
	stream := func(first, last int64) *trace.Stream {
		return &trace.Stream{First: trace.Mark{Time: first}, Last: trace.Mark{Time: last}}
	}
	span := func(from int64, state ledger.State) []ledger.Span {
		return []ledger.Span{{From: at(from), To: at(20 * s), State: state}}
	}
	for _, tt := range []struct {
		name         string
		row          ledger.Row
		where, first string
		rated        bool
	}{
		{"the talker's own hop", ledger.Row{Verdict: ledger.Clear, Spans: span(10*s, ledger.Sent), Hops: []ledger.Hop{{Streams: []*trace.Stream{stream(10*s+67e6, 20*s)}}}}, "on its way", "67 ms", false},
		{"seen at the listener", ledger.Row{Verdict: ledger.Clear, Spans: span(10*s, ledger.Delivered), Hops: []ledger.Hop{{Streams: []*trace.Stream{stream(9*s, 20*s)}}}}, "arrived", "at once", true},
		{"late", ledger.Row{Verdict: ledger.Clear, Spans: span(11*s+5e8, ledger.Delivered), Hops: []ledger.Hop{{}}}, "arrived", "1.50 s", true},
		{"in part", ledger.Row{Verdict: ledger.Partly, Spans: span(10*s, ledger.Sent), Hops: []ledger.Hop{{}}}, "partly", "-", false},
	} {
		tt.row.Start, tt.row.End = at(10*s), at(20*s)
		w := &writer{Report: &Report{}, names: map[*trace.Call]*nameList{}}
		c := &trace.Call{ID: 1}
		if got := w.measuredAt(c, &tt.row); got != tt.where {
			t.Errorf("%s: measured %q, want %q", tt.name, got, tt.where)
		}
		if got := w.measuredBeyondTalker(c, &tt.row); got != tt.rated {
			t.Errorf("%s: rated %t", tt.name, got)
		}
		if got := firstAudio(&tt.row); got != tt.first {
			t.Errorf("%s: first audio %q, want %q", tt.name, got, tt.first)
		}
	}
}
