package ledger

import (
	"slices"

	"github.com/latchscope/latchscope/analyze/trace"
)

// SecondLook says of which streams, and in which stretches of time, the packets
// deserve a second look beyond what trace.Trace.SecondLook asks for: the edges
// of what is amiss, and whole rows that lost so much that the length of the
// runs decides. Calls that are clear get none, nor does a little loss.
func SecondLook(t *trace.Trace) map[*trace.Stream][]trace.Window {
	want := map[*trace.Stream][]trace.Window{}
	var rows *Reader
	for _, c := range t.Calls {
		if !slices.ContainsFunc(c.Streams, breaksOff) {
			continue
		}
		if rows == nil {
			rows = (&Ledger{trace: t, view: viewOf(t)}).Reader()
		}
		for _, r := range rows.Rows(c) {
			r.wants(want)
		}
	}
	for s, w := range want {
		want[s] = trace.MergeWindows(w)
	}
	return want
}

// breaksOff reports whether a stream has a hole or a loss that the packets
// around it could tell more about.
func breaksOff(s *trace.Stream) bool {
	return s.Stats.Lost() >= muchLost || slices.ContainsFunc(s.Gaps(), func(g trace.Gap) bool { return g.Duration() >= minSilence })
}

// wants adds the windows in which the packets of the row deserve a second look.
func (r *Row) wants(want map[*trace.Stream][]trace.Window) {
	var w []trace.Window
	near := func(from, to int64) { w = append(w, trace.Window{From: from - second, To: to + second}) }
	for i := range r.Spans {
		if s := &r.Spans[i]; s.State.Silent() {
			near(s.From.Time, s.From.Time)
			near(s.To.Time, s.To.Time)
		}
	}
	if q := &r.Quality; q.Lost >= muchLost && q.Percent >= 1 {
		near(r.Start.Time, r.End.Time)
	}
	if len(w) == 0 {
		return
	}
	for _, s := range r.Streams() {
		want[s] = append(want[s], w...)
	}
}
