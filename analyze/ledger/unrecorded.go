package ledger

import (
	"github.com/latchscope/latchscope/analyze/trace"
)

// unrecorded are the stretches in which the recording, not the network, lost
// the packets: all streams of the call, those that a server received and those
// that it sent, lack their numbers at the same time.
func (d *direction) unrecorded() []Span {
	var out []Span
	for _, s := range d.out {
		if s.State != Missing || s.Confidence != Confirmed || s.Seen == nil {
			continue
		}
		if d.allLack(s.Seen, s.From.Time, s.To.Time) {
			u := Span{State: Unseen}
			u.From, u.To = s.From, s.To
			out = append(out, u)
		}
	}
	return out
}

// allLack reports whether every stream of the call at a capture point lacks
// numbers all over a stretch of time, and there are three of them at least.
func (d *direction) allLack(seen *trace.Stream, from, to int64) bool {
	n := 0
	streams := d.call.Streams
	for _, s := range streams[:min(len(streams), throng)] {
		if s.Point != seen.Point || s.First.Time > from || s.Last.Time < to {
			continue
		}
		lacks := false
		for _, g := range s.Gaps() {
			if g.Missing() >= minPackets && g.Before.Time <= from+minSilence && g.After.Time >= to-minSilence {
				lacks = true
				break
			}
		}
		if !lacks {
			return false
		}
		n++
	}
	return n >= 3
}
