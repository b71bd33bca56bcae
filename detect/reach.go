package detect

import (
	"github.com/latchscope/latchscope/analyze"
)

// reaching are the stretches in which packets went to where the talker was:
// to the source it had at that time, as far as no ICMP error says otherwise.
//
// Where the capture looks behind the NAT as well, what came through it tells,
// and nothing needs to be inferred.
func (s *surroundings) reaching() []analyze.Span {
	var out []analyze.Span
	if in := s.k.Inside; in != nil {
		for _, b := range s.k.Call.Streams {
			if b.Dst == in.Src && b.Point == in.Point && (b.CopyOf == nil || b.CopyOf.Dst != b.Dst) {
				out = append(out, b.Spans(analyze.GapFloor)...)
			}
		}
		return out
	}
	for _, b := range s.w.Back {
		for _, sp := range b.Spans(analyze.GapFloor) {
			for _, period := range s.residence(b) {
				lo, hi := sp.From, sp.To
				if lo.Time < period[0] {
					m, ok := s.t.FirstAfter(b, period[0])
					if !ok {
						continue
					}
					lo = m
				}
				if hi.Time >= period[1] {
					m, ok := s.t.LastBefore(b, period[1])
					if !ok {
						continue
					}
					hi = m
				}
				if lo.Time <= hi.Time && hi.Time >= sp.From.Time && lo.Time <= sp.To.Time {
					out = append(out, analyze.Span{Stream: b, From: lo, To: hi})
				}
			}
		}
	}
	return out
}

// residence are the periods in which a stream's destination was the talker's:
// [from, to). A destination that was never a source of the talker's is taken
// for its own as long as no ICMP error refuses it.
func (s *surroundings) residence(b *analyze.Stream) [][2]int64 {
	const never, always = int64(-1 << 62), int64(1<<62 - 1)
	if len(s.k.Moves) == 0 {
		return [][2]int64{{never, always}}
	}
	// A source that the talker comes back to was alive all the while: it is
	// left for good with the last move away from it.
	from, to, own := always, never, false
	if s.k.Moves[0].From.Src == b.Dst {
		from, own = never, true
	}
	for _, m := range s.k.Moves {
		if m.To.Src == b.Dst {
			from, to, own = min(from, m.After.Time), always, true
		}
		if m.From.Src == b.Dst {
			to = s.t.Left(m, s.w.Back)
		}
	}
	switch at := b.RefusedFrom(); {
	case own:
		return [][2]int64{{from, to}}
	case at != 0:
		return [][2]int64{{never, at}}
	}
	return [][2]int64{{never, always}}
}

// misdirected counts the packets that went to a source the talker had left.
func (s *surroundings) misdirected(from, to int64) int64 {
	var n int64
	for _, b := range s.w.Back {
		all := s.t.Sent([]*analyze.Stream{b}, from, to)
		for _, p := range s.residence(b) {
			if lo, hi := max(p[0]-1, from), min(p[1], to); hi > lo {
				all -= s.t.Sent([]*analyze.Stream{b}, lo, hi)
			}
		}
		n += max(0, all)
	}
	return n
}
