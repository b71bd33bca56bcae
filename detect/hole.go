package detect

import (
	"github.com/latchscope/latchscope/analyze/trace"
)

// measured is a hole with what should have been in it.
type measured struct {
	hole       trace.Hole
	from, to   int64
	start, end trace.Moment
	length     int64
	lost       int64
}

// longest is the longest hole during which its input went on. from stands for
// the start of a hole that nothing precedes.
func (s *surroundings) longest(holes []trace.Hole, from int64, streams []*trace.Stream, leg *trace.Leg, receiver trace.Side) measured {
	var best measured
	if len(holes) == 0 {
		return best
	}
	input := s.t.Traffic(streams)
	for _, h := range holes {
		m := measured{hole: h, from: from, to: s.end.Time, end: s.end}
		if h.Last != nil {
			m.from, m.start = h.Before.Time, h.Before.Moment()
		} else if m.start = s.due(streams, from); m.start.Time != from {
			m.start = trace.Moment{Ref: s.move.Before.Ref, Time: from}
			if a := s.k.Call.Answer; !a.IsZero() {
				m.start.Ref = a.Ref
			}
		}
		if h.Next != nil {
			m.to, m.end = h.After.Time, h.After.Moment()
		}
		if a := s.k.Call.Answer; !a.IsZero() && m.from < a.Time {
			m.from, m.start = a.Time, a // the time before the answer does not count
		}
		m.length = m.to - m.from
		if m.length <= best.length {
			continue
		}
		if leg.Held(s.k.Place().Line, receiver, m.from, m.to) || s.k.Place().Leg.Held(s.k.Place().Line, 1-s.k.Place().From, m.from, m.to) {
			continue
		}
		for _, part := range s.duly(m, input) {
			if part.length <= best.length {
				continue
			}
			part.lost = s.inHole(part.hole, part, input)
			if part.lost >= 3 && busy(input, part.from, part.to) {
				best = part
			}
		}
	}
	return best
}

// restful is how long a talker may pause within a silence without ending it:
// between two words the listener still misses him.
const restful = int64(2e9)

// duly leaves out of a hole the stretches in which nothing was due, because
// the talker paused as well: at its ends, and longer ones within.
func (s *surroundings) duly(m measured, input *trace.Traffic) []measured {
	var out []measured
	rest := m
	for _, p := range input.Holes(m.from, m.to, 2*minimum) {
		if p.Last == nil && p.Next == nil {
			return nil
		}
		atStart := p.Last == nil || p.Before.Time <= m.from
		atEnd := p.Next == nil || p.After.Time >= m.to
		if !atStart && !atEnd && p.After.Time-p.Before.Time < restful {
			continue
		}
		if !atStart && !(atEnd && m.to-p.Before.Time < restful) {
			part := rest
			part.to, part.end, part.hole.Next = p.Before.Time, p.Before.Moment(), nil
			part.length = part.to - part.from
			out = append(out, part)
		}
		if atEnd {
			if atStart || m.to-p.Before.Time >= restful {
				return out
			}
			break
		}
		rest.from, rest.start, rest.hole.Last = p.After.Time, p.After.Moment(), nil
		rest.length = rest.to - rest.from
	}
	return append(out, rest)
}

// inHole counts the packets that should have come out in a hole. Where both
// sides share their sequence numbers, these tell; else the packet that is just
// passing through at the end of the hole is left out.
func (s *surroundings) inHole(h trace.Hole, m measured, input *trace.Traffic) int64 {
	streams := input.Streams
	shared := func(o *trace.Stream) bool { return o != nil && len(streams) > 0 && o.SSRC == streams[0].SSRC }
	if shared(h.Last) && shared(h.Next) {
		return input.Missing(h.Before, h.After)
	}
	if shared(h.Next) && h.Last == nil {
		var n int64
		for in := range input.At(m.from, m.to) {
			first := in.First
			if f, ok := s.t.FirstAfter(in, m.from); ok {
				first = f
			}
			first.Seq--
			n += trace.Missing([]*trace.Stream{in}, first, h.After)
		}
		return n
	}
	from, to := m.from, m.to
	if h.Last == nil {
		from--
	}
	if h.Next != nil && len(streams) > 0 {
		to -= streams[len(streams)-1].Interval() / 2
	}
	return input.Sent(from, to)
}

// busy tells whether streams sent during most of a stretch.
func busy(input *trace.Traffic, from, to int64) bool {
	idle := int64(0)
	at := from
	for _, h := range input.Holes(from, to, trace.GapFloor) {
		a, b := from, to
		if h.Last != nil {
			a = max(from, h.Before.Time)
		}
		if h.Next != nil {
			b = min(to, h.After.Time)
		}
		if b > max(a, at) {
			idle += b - max(a, at)
			at = b
		}
	}
	return idle*2 < to-from
}

// due is when media of some streams was first due: from the answer on, as soon
// as it comes.
func (s *surroundings) due(streams []*trace.Stream, from int64) trace.Moment {
	at := trace.Moment{Time: from}
	if c := s.k.Call; c != nil && !c.Answer.IsZero() {
		at = c.Answer
	}
	var first trace.Moment
	for _, in := range streams {
		if m, ok := s.t.FirstAfter(in, at.Time); ok && (first.IsZero() || m.Time < first.Time) {
			first = m.Moment()
		}
	}
	if first.IsZero() || first.Time < at.Time {
		return at
	}
	return first
}
