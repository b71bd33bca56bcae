package ledger

import "github.com/latchscope/latchscope/analyze/trace"

// fewReported packets, or so small a share of those due, that reports count beyond
// what is missing here already, mean nothing: they count what came late, and the
// two do not begin at the same packet.
const (
	fewReported   = 10
	shareReported = 0.005
)

// addReported adds what was lost behind the last hop in view, as the listener's
// receiver reports count it (RFC 3550 section 6.4.1: the cumulative number of packets
// lost), less what was missing before. Between two reports the losses are taken to
// stand alone: how they lay, no report tells. Where half of them or more are lost and that is
// long enough for one (see countedLost), or the account has a silence, that is what was lost.
func (r *runs) addReported(d *direction, streams []*trace.Stream, spans []Span) (after int64) {
	for _, s := range streams {
		best := fullest(d.reports(s))
		if best == nil || len(best.Reports) < 3 {
			continue
		}
		var list []loss
		var counted int64
		for i := 1; i < len(best.Reports); i++ {
			a, b := best.Reports[i-1], best.Reports[i]
			lost, sent := int64(b.Lost)-int64(a.Lost), int64(b.Highest)-int64(a.Highest)
			if lost <= 0 || sent <= 0 || lost > sent || 2*lost >= sent && lost >= mostlyLost || a.Time < d.from.Time || b.Time > d.to.Time || silentWithin(spans, a.Time, b.Time) {
				continue
			}
			counted += lost
			list = append(list, loss{from: a.Time, to: b.Time, alone: true, n: lost, each: s.Interval()})
		}
		extra := counted - int64(s.Stats.Lost())
		if counted > int64(s.Stats.Packets) || extra < fewReported || float64(extra) < shareReported*float64(s.Stats.Expected()) {
			continue
		}
		// Each interval has its part of what was lost behind the hop.
		for _, l := range list {
			if l.n = (l.n*extra + counted/2) / counted; l.n > 0 {
				r.losses = append(r.losses, l)
				r.lost, r.events, after = r.lost+l.n, r.events+l.n, after+l.n
			}
		}
	}
	return after
}

// fullest is the track that says most, nil where there is none.
func fullest(list []*trace.ReportTrack) *trace.ReportTrack {
	var best *trace.ReportTrack
	for _, t := range list {
		if best == nil || len(t.Reports) > len(best.Reports) {
			best = t
		}
	}
	return best
}

// silentWithin reports whether the listener heard nothing for a part of a stretch,
// or nothing was due. A report speaks of what lies a round trip before it.
func silentWithin(spans []Span, from, to int64) bool {
	for i := range spans {
		s := &spans[i]
		if (s.State.Silent() || !s.State.Due() || s.State == Unseen) && s.From.Time < to && s.To.Time > from-second {
			return true
		}
	}
	return false
}
