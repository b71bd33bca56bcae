package report

import (
	"fmt"

	"github.com/latchscope/latchscope/analyze/ledger"
	"github.com/latchscope/latchscope/analyze/trace"
)

// What a row's loss, jitter and rating were measured at is as much as they say: a
// talker's own wire tells nothing of the listener's ear.

// measuredAt says where what a row counts was seen last, or its verdict where that
// is not clear.
func (w *writer) measuredAt(c *trace.Call, r *ledger.Row) string {
	switch {
	case r.Verdict != ledger.Clear:
		return r.Verdict.String()
	case r.In(ledger.Delivered) > 1e8 && r.In(ledger.Sent) <= 1e8: // to its end
		return "arrived"
	case w.leftServer(c, r):
		return "left server"
	case len(r.Hops) < 2 || r.In(ledger.Sent) > 1e8:
		return "on its way"
	}
	return r.Verdict.String()
}

// measuredBeyondTalker reports whether a row was seen farther than on its first hop,
// or at the listener: only then is there a quality to rate.
func (w *writer) measuredBeyondTalker(c *trace.Call, r *ledger.Row) bool {
	return r.In(ledger.Delivered) > 1e8 || w.leftServer(c, r) || len(r.Hops) > 1
}

// firstAudio is how long after the answer the first audio left towards the
// listener; "at once" where it had been under way by then.
func firstAudio(r *ledger.Row) string {
	answer := r.Start
	for i := range r.Spans {
		s := &r.Spans[i]
		if s.State != ledger.Sent && s.State != ledger.Delivered && s.State != ledger.Replaced {
			continue
		}
		if s.From.Time > r.Start.Time {
			return seconds(float64(s.From.Time-answer.Time) / 1e9)
		}
		break
	}
	first := int64(0)
	for i := len(r.Hops) - 1; i >= 0 && first == 0; i-- {
		for _, x := range r.Hops[i].Streams {
			if x.First.Time <= answer.Time && x.Last.Time > answer.Time {
				return "at once"
			}
			if x.First.Time > answer.Time && (first == 0 || x.First.Time < first) {
				first = x.First.Time
			}
		}
	}
	if first == 0 {
		return "-"
	}
	return seconds(float64(first-answer.Time) / 1e9)
}

// perEar is what each ear of one call was due and lost beside silences.
func (w *writer) perEar(c *trace.Call) string {
	var parts []string
	rows := w.rows(c)
	var lost int64
	for i := range rows {
		if rows[i].Media == "audio" {
			lost += rows[i].Quality.Lost
		}
	}
	for i := range rows {
		r := &rows[i]
		if r.Media != "audio" || r.Quality.Due == 0 {
			continue
		}
		text := fmt.Sprintf("%s to %s", plural(int(r.Quality.Due), "packet", "packets"), the(r.To.Name))
		if len(parts) > 0 {
			text = fmt.Sprintf("%s to %s", thousands(r.Quality.Due), the(r.To.Name))
		}
		if lost > 0 {
			text += fmt.Sprintf(" (%s lost, %s)", thousands(r.Quality.Lost), percent(r.Quality.Percent))
		}
		parts = append(parts, text)
	}
	if lost == 0 {
		return joined(parts) + ", none lost"
	}
	return joined(parts)
}
