package detect

import (
	"fmt"

	"github.com/latchscope/latchscope/analyze/ledger"
	"github.com/latchscope/latchscope/analyze/trace"
)

// mappingEnded reports whether packets were refused because a mapping had ended while
// its talker paused: no latch could have followed before the talker spoke again,
// and then the server did.
func mappingEnded(m *trace.Move, s *ledger.Span) bool {
	return s.State == ledger.Refused && s.Lost != nil && s.Lost.Dst == m.From.Src && idled(*m) &&
		s.From.Time < m.After.Time-slack && s.To.Time <= m.After.Time+slack
}

// mappingGone is what shows that a mapping had ended: the last packet from it, and
// the first error that came back from what was sent to it.
type mappingGone struct {
	last    trace.Moment
	refused *trace.ICMPError
	stream  *trace.Stream // the talker's, from the mapping
}

// firstRefused is what the refusal is called that shows the end of a mapping.
const firstRefused = "the first refusal of what came to the old port"

// expired makes the end of a mapping the reason of what was refused for want of
// one, until its talker spoke again.
func (f *Finding) expired(l *ledger.Ledger, k *trace.Talker) {
	if k.Call == nil || l.Audio(k.Call) == ledger.Clear {
		return
	}
	var ended *trace.Move // the first whose mapping had
	down := waysOf(l, k).down
	for _, m := range unannounced(k) {
		for _, r := range down {
			for i := range r.Spans {
				if mappingEnded(&m, &r.Spans[i]) {
					f.Claims = append(f.Claims, Claim{r, i})
					if ended == nil {
						ended = &m
					}
				}
			}
		}
	}
	if len(f.Claims) == 0 {
		return
	}
	_, _, silent, _ := extent(f.Claims)
	f.Severity = max(f.Severity, mildFor(f.Claims[0].Row, severityOf(inSeconds(silent))))
	f.Summary += fmt.Sprintf("; %s of silence before, its mapping had ended", seconds(inSeconds(silent)))
	f.Detail += fmt.Sprintf(" What was sent to the old port was refused for %s until then: the mapping had ended in the pause, and no latch could know of another port.", seconds(inSeconds(silent)))
	if e := refusedInPause(k, *ended); e != nil {
		if !e.Quoted.IsZero() {
			f.Evidence = append(f.Evidence, Evidence{e.Quoted, "the first packet to the old port that was refused"})
		}
		f.Evidence = append(f.Evidence, Evidence{e.Moment, firstRefused})
		d := f.Data.(Flip)
		d.gone = &mappingGone{ended.Before, e, ended.From}
		f.Data = d
	}
}

// unsure notes what went to the old port in a pause where no refusal shows since when it
// led nowhere.
func (f *Finding) unsure(l *ledger.Ledger, k *trace.Talker) {
	d := f.Data.(Flip)
	if d.Trigger != "idle" || len(f.Claims) > 0 || d.inside != nil {
		return
	}
	if d.InPause = pausedAt(l, k); d.InPause != nil {
		f.Detail += fmt.Sprintf(" Meanwhile %s of the %s's voice left for the old port: since when that led nowhere is not in view, so much of it may not have arrived.",
			seconds(inSeconds(d.InPause.Sent)), d.InPause.Voice)
		f.Data = d
		if f.Next.WouldShow != "" {
			f.Next.WouldShow += ", and until when it got audio in the pause"
		}
	}
}
