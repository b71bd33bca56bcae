package detect

import (
	"slices"
	"sort"

	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/trace"
)

// reaching are the stretches in which packets went to where the talker was:
// to the source it had at that time, as far as no ICMP error says otherwise.
//
// Where the capture looks behind the NAT as well, what came through it tells,
// and nothing needs to be inferred.
func (s *surroundings) reaching() []trace.Span {
	var out []trace.Span
	if in := s.k.Inside; in != nil {
		for _, b := range s.k.Call.Streams {
			if b.Dst == in.Src && b.Point == in.Point && (b.CopyOf == nil || b.CopyOf.Dst != b.Dst) {
				out = append(out, b.Spans(trace.GapFloor)...)
			}
		}
		return out
	}
	for _, b := range s.w.Back {
		period := s.residence(b)
		for _, sp := range b.Spans(trace.GapFloor) {
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
				out = append(out, trace.Span{Stream: b, From: lo, To: hi})
			}
		}
	}
	return out
}

// residence is the period in which a stream's destination was the talker's:
// [from, to). A destination that was never a source of the talker's is taken
// for its own as long as no ICMP error refuses it.
func (s *surroundings) residence(b *trace.Stream) [2]int64 {
	if len(s.k.Moves) == 0 {
		return [2]int64{never, always}
	}
	if s.homes == nil {
		s.findHomes()
	}
	if h, own := s.homes[b.Dst]; own {
		return h
	}
	if at := b.RefusedFrom(); at != 0 {
		return [2]int64{never, at}
	}
	return [2]int64{never, always}
}

const never, always = int64(-1 << 62), int64(1<<62 - 1)

// findHomes says of every source of the talker's from when to when it lived
// there. One that it comes back to was alive all the while: it is left for good
// with the last move away from it.
func (s *surroundings) findHomes() {
	refused := map[endpoint.Endpoint][]int64{} // when packets to a source began to be refused, in order
	for _, b := range s.w.Back {
		if at := b.RefusedFrom(); at != 0 {
			refused[b.Dst] = append(refused[b.Dst], at)
		}
	}
	for _, list := range refused {
		slices.Sort(list)
	}
	s.homes = map[endpoint.Endpoint][2]int64{s.k.Moves[0].From.Src: {never, never}}
	for _, m := range s.k.Moves {
		h, known := s.homes[m.To.Src]
		if !known {
			h[0] = always
		}
		s.homes[m.To.Src] = [2]int64{min(h[0], m.After.Time), always}
		if h, known = s.homes[m.From.Src]; known {
			// As Trace.Left has it.
			h[1] = m.After.Time
			list := refused[m.From.Src]
			if i := sort.Search(len(list), func(i int) bool { return list[i] > m.Before.Time-int64(2e9) }); i < len(list) {
				h[1] = min(h[1], list[i])
			}
			s.homes[m.From.Src] = h
		}
	}
}

// misdirected counts the packets that went to a source the talker had left.
func (s *surroundings) misdirected(from, to int64) int64 {
	var n int64
	for _, b := range s.w.Back {
		all := s.t.Sent([]*trace.Stream{b}, from, to)
		p := s.residence(b)
		if lo, hi := max(p[0]-1, from), min(p[1], to); hi > lo {
			all -= s.t.Sent([]*trace.Stream{b}, lo, hi)
		}
		n += max(0, all)
	}
	return n
}
