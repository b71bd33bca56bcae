package ledger

import (
	"github.com/latchscope/latchscope/analyze/trace"
)

// withheld lets a short pause behind a silence belong to it: a relay sends
// nothing until it has learned where to. Where the talker himself is in view, it
// is a matter of a few packets. The silence ends with the next packet that
// reached its target.
func (d *direction) withheld(in []Span) []Span {
	most := 2 * minSilence
	if d.relay {
		most = longPause
	}
	for i := 0; i+1 < len(in); i++ {
		s, p := &in[i], &in[i+1]
		if s.State != Misdirected && s.State != Stopped && s.State != Refused && !s.across || p.State != Paused || p.Duration() >= most {
			continue
		}
		if s.Seen != nil {
			s.Packets += d.trace.Sent([]*trace.Stream{s.Seen}, s.To.Time-1, p.To.Time)
		}
		s.To = p.To
		in = append(in[:i+1], in[i+2:]...)
	}
	return in
}

// recount counts what was lost in silences beside packets that passed: by their
// numbers, where the relay passes these on, else by what the talker sent.
func (d *direction) recount(out []Span) {
	if len(d.chain) == 0 {
		return
	}
	last := d.passing(len(d.chain) - 1)
	for i := range out {
		s := &out[i]
		switch s.State {
		case Stopped, Misdirected, Refused, Vanished:
		default:
			continue
		}
		before, after := last.beside(s)
		if n := d.lostIn(s, before, after); n > 0 {
			s.Packets = n
		}
	}
}

// beside are the segments of a flow that lie next to a span on both sides; nil
// where none lies within what a hole may have.
func (f flow) beside(s *Span) (before, after *segment) {
	for i := range f {
		g := &f[i]
		if at := g.to.Time; at <= s.From.Time && at > s.From.Time-2*minSilence && (before == nil || at > before.to.Time) {
			before = g
		}
		if at := g.from.Time; at >= s.To.Time && at < s.To.Time+2*minSilence && (after == nil || at < after.from.Time) {
			after = g
		}
	}
	return before, after
}

// lostIn counts the packets that passed the first step in sight and that a span
// lacks between the segments beside it.
func (d *direction) lostIn(s *Span, before, after *segment) int64 {
	in := d.chain[0].flow.streams()
	if len(in) == 0 || before == nil && after == nil {
		return 0
	}
	by := before
	if by == nil {
		by = after
	}
	var n int64
	same := false
	for _, x := range in {
		if x.SSRC != by.s.SSRC || after != nil && x.SSRC != after.s.SSRC {
			continue
		}
		same = true
		var lo, hi int64
		if before != nil {
			lo = before.to.Seq + 1
		} else if m, ok := d.trace.FirstAfter(x, s.From.Time); ok {
			lo = m.Seq
		} else {
			continue // it was over by then
		}
		if after != nil {
			hi = after.from.Seq - 1
		} else if m, ok := d.trace.LastBefore(x, s.To.Time+1); ok {
			hi = m.Seq
		} else {
			continue // it had not begun
		}
		n += max(0, x.Count(lo, hi))
	}
	if same {
		return n
	}
	// Numbered anew: the packet that is just passing through at the end is none
	// of those.
	if after == nil {
		return d.trace.Sent(in, s.From.Time, s.To.Time+1)
	}
	return d.trace.Sent(in, s.From.Time, s.To.Time-in[len(in)-1].Interval()/2)
}
