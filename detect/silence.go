package detect

import (
	"fmt"
	"slices"

	"github.com/latchscope/latchscope/analyze"
)

// States and evidence of a Direction.
const (
	alive  = "alive"
	dead   = "dead"
	unseen = "unseen"

	relayGap    = "relay-gap"
	misdirected = "misdirected"
	withheld    = "withheld"
	inboundGaps = "inbound-gap"
)

// gap is the silence of one direction, with its proof.
type gap struct {
	Direction
	start, end analyze.Moment
	confidence Confidence
	evidence   []Evidence
	proof      string // what confirms or refutes it, in words
}

// surroundings is what is known around a talker that moved.
type surroundings struct {
	t    *analyze.Trace
	k    *analyze.Talker
	w    analyze.Ways
	move analyze.Move
	end  analyze.Moment
}

const minimum = int64(softSilence * 1e9)

// uplink measures what arrived at the server and was not passed on.
func (s *surroundings) uplink() gap {
	ep := s.move.To.Src.String()
	g := gap{Direction: Direction{Direction: "uplink", Endpoint: ep, From: ep, To: s.k.Receiver.String(), State: unseen}}
	if !s.w.OutSeen {
		return g
	}
	g.State = alive
	g.Silence, g.PacketsLost = pointer(0.0), pointer(int64(0))
	from := s.move.Before.Time
	// What was passed on before the move is heard; look from the last of it.
	start := analyze.Moment{}
	for _, o := range s.w.Out {
		if m, ok := s.t.LastBefore(o, s.move.After.Time); ok && (start.IsZero() || m.Time > start.Time) {
			start = m.Moment()
		}
	}
	if !start.IsZero() {
		from = start.Time
	} else {
		from = s.due(s.k.Streams, from).Time
	}
	best := s.longest(analyze.Holes(s.w.Out, from, s.end.Time, minimum), from, s.w.In, s.w.OutLeg, s.outReceiver())
	if best.length < minimum {
		if engineMixes(s.w) {
			// What the engine makes itself goes on whether it hears the talker or not.
			g.State, g.Silence, g.PacketsLost = unseen, nil, nil
		}
		return g
	}
	g.fill(s, best)
	g.PacketsLost = pointer(best.lost)
	g.Evidence, g.confidence = relayGap, Confirmed
	if engineMixes(s.w) {
		g.confidence = Likely
	}
	if best.hole.Last != nil {
		g.evidence = append(g.evidence, Evidence{best.hole.Before.Moment(), "the last packet passed on"})
	}
	if best.hole.Next != nil {
		g.evidence = append(g.evidence, Evidence{best.hole.After.Moment(), "the next packet passed on"})
	}
	return g
}

// engineMixes tells whether the engine makes packets of its own instead of
// passing on those of the talker: no gap proves no audio then, and a gap may
// be its own.
func engineMixes(w analyze.Ways) bool {
	for _, o := range w.Out {
		if o.RelayOf != nil && o.Codec != o.RelayOf.Codec {
			return true
		}
	}
	return false
}

func (s *surroundings) outReceiver() int {
	if len(s.w.Out) > 0 && s.w.Out[0].Place.Known() {
		return 1 - s.w.Out[0].Place.From
	}
	return analyze.Caller
}

// measured is a hole with what should have been in it.
type measured struct {
	hole       analyze.Hole
	from, to   int64
	start, end analyze.Moment
	length     int64
	lost       int64
}

// longest is the longest hole during which its input went on. from stands for
// the start of a hole that nothing precedes.
func (s *surroundings) longest(holes []analyze.Hole, from int64, input []*analyze.Stream, leg *analyze.Leg, receiver int) measured {
	var best measured
	for _, h := range holes {
		m := measured{hole: h, from: from, to: s.end.Time, end: s.end}
		if h.Last != nil {
			m.from, m.start = h.Before.Time, h.Before.Moment()
		} else if m.start = s.due(input, from); m.start.Time != from {
			m.start = analyze.Moment{Ref: s.move.Before.Ref, Time: from}
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
		if leg.Held(s.k.Place.Line, receiver, m.from, m.to) || s.k.Place.Leg.Held(s.k.Place.Line, 1-s.k.Place.From, m.from, m.to) {
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
func (s *surroundings) duly(m measured, input []*analyze.Stream) []measured {
	var out []measured
	rest := m
	for _, p := range analyze.Holes(input, m.from, m.to, 2*minimum) {
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
func (s *surroundings) inHole(h analyze.Hole, m measured, input []*analyze.Stream) int64 {
	shared := func(o *analyze.Stream) bool { return o != nil && len(input) > 0 && o.SSRC == input[0].SSRC }
	if shared(h.Last) && shared(h.Next) {
		return analyze.Missing(input, h.Before, h.After)
	}
	if shared(h.Next) && h.Last == nil {
		var n int64
		for _, in := range input {
			if in.First.Time <= m.to && in.Last.Time >= m.from {
				first := in.First
				if f, ok := s.t.FirstAfter(in, m.from); ok {
					first = f
				}
				first.Seq--
				n += analyze.Missing([]*analyze.Stream{in}, first, h.After)
			}
		}
		return n
	}
	from, to := m.from, m.to
	if h.Last == nil {
		from--
	}
	if h.Next != nil && len(input) > 0 {
		to -= input[len(input)-1].Interval() / 2
	}
	return s.t.Sent(input, from, to)
}

// busy tells whether streams sent during most of a stretch.
func busy(streams []*analyze.Stream, from, to int64) bool {
	idle := int64(0)
	at := from
	for _, h := range analyze.Holes(streams, from, to, analyze.GapFloor) {
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
func (s *surroundings) due(streams []*analyze.Stream, from int64) analyze.Moment {
	at := analyze.Moment{Time: from}
	if c := s.k.Call; c != nil && !c.Answer.IsZero() {
		at = c.Answer
	}
	var first analyze.Moment
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

// fill writes a measured hole into a direction.
func (g *gap) fill(s *surroundings, m measured) {
	g.start, g.end = m.start, m.end
	g.State = dead
	g.Silence = pointer(round(float64(m.length) / 1e9))
	g.StartS = pointer(round(float64(m.from-s.t.First.Time) / 1e9))
	g.EndS = pointer(round(float64(m.to-s.t.First.Time) / 1e9))
}

// downlink measures what the server sent to where the talker no longer was, or
// did not send at all.
func (s *surroundings) downlink() gap {
	to := s.move.To.Src.String()
	g := gap{Direction: Direction{Direction: "downlink", Endpoint: to, From: s.k.Receiver.String(), To: to, State: unseen}}
	if len(s.w.Back) == 0 && len(s.w.Far) == 0 {
		return g
	}
	g.State = alive
	g.Silence, g.PacketsLost = pointer(0.0), pointer(int64(0))
	reach := s.reaching()
	from := s.move.Before.Time - 2*minimum
	for _, sp := range reach {
		// the last packet that reached the talker before it moved
		if m, ok := s.t.LastBefore(sp.Stream, min(sp.To.Time+1, s.move.Before.Time)); ok && m.Time >= sp.From.Time {
			from = max(from, m.Time)
		}
	}
	heard := slices.ContainsFunc(reach, func(sp analyze.Span) bool { return sp.From.Time <= s.move.After.Time })
	input := s.w.Far
	if len(input) == 0 {
		input = s.w.Back
	}
	if !heard {
		from = s.due(input, s.move.Before.Time).Time
		if len(s.w.Far) == 0 && s.k.Call.Answered() {
			from = s.k.Call.Answer.Time // nothing shows when media was due first
		}
	}
	holes := analyze.HolesIn(reach, from, s.end.Time, minimum)
	best := s.longest(holes, from, input, s.k.Place.Leg, s.k.Place.From)
	if best.length < minimum {
		return g
	}
	if best.hole.Next != nil && best.to >= s.move.After.Time && best.to-s.move.After.Time < minimum {
		return g // it followed at once: what was under way to the old source is no latch's fault
	}
	wrong := s.misdirected(best.from, best.to)
	g.Evidence = withheld
	lostHere := best.lost
	if wrong > 0 {
		g.Evidence = misdirected
	}
	if len(s.w.Far) == 0 {
		lostHere = wrong
	}
	g.fill(s, best)
	g.PacketsLost = pointer(max(lostHere, wrong))
	g.confidence = Likely
	if g.Evidence == withheld && len(s.w.Far) > 0 {
		g.confidence = Confirmed
	}
	if best.hole.Last != nil {
		g.evidence = append(g.evidence, Evidence{best.hole.Before.Moment(), "the last packet that reached the talker"})
	}
	for _, b := range s.w.Back {
		if b.Dst == s.move.From.Src {
			if m, ok := s.t.FirstAfter(b, best.from+1); ok && m.Frame > 0 && m.Time < best.to {
				g.evidence = append(g.evidence, Evidence{m.Moment(), "first packet to the dead source"})
				break
			}
		}
	}
	if best.hole.Next != nil {
		g.evidence = append(g.evidence, Evidence{best.hole.After.Moment(), "the next packet that reached the talker"})
	}
	s.prove(&g, best)
	return g
}

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

// prove looks for what confirms that misdirected packets did not arrive, or
// that they did.
func (s *surroundings) prove(g *gap, m measured) {
	if g.Evidence != misdirected {
		return
	}
	var refused []*analyze.ICMPError
	for _, e := range s.k.Call.Errors {
		if e.Unreachable() && e.Toward && e.Time >= m.from && e.Time <= m.to && e.Stream != nil && slices.Contains(s.w.Back, e.Stream) {
			refused = append(refused, e)
		}
	}
	if s.k.Inside != nil {
		g.confidence = Confirmed
		g.proof = "Behind the NAT none of them is to be seen: they did not arrive."
		if len(refused) > 0 {
			g.evidence = append(g.evidence, Evidence{refused[0].Moment, "ICMP coming back from the old source"})
		}
		return
	}
	if len(refused) > 0 {
		g.confidence = Confirmed
		g.proof = fmt.Sprintf("%s came back from there: they did not arrive.", plural(int64(len(refused)), "ICMP error"))
		g.evidence = append(g.evidence, Evidence{refused[0].Moment, "ICMP coming back from the old source"})
		return
	}
	switch moved, at := s.reported(m); moved {
	case stalled:
		g.confidence = Confirmed
		g.proof = fmt.Sprintf("The talker's receiver reports stand still meanwhile (frame %d).", at.Frame)
		g.evidence = append(g.evidence, Evidence{at, "receiver report: highest sequence unchanged"})
	case advancing:
		*g = gap{Direction: Direction{Direction: g.Direction.Direction, Endpoint: g.Endpoint, From: g.From, To: g.To,
			State: alive, Silence: pointer(0.0), PacketsLost: pointer(int64(0))}}
		g.proof = fmt.Sprintf("Packets go to the old source, but the talker's receiver reports go on (frame %d): they arrive.", at.Frame)
	}
}

type reporting uint8

const (
	silentReports reporting = iota
	stalled
	advancing
)

// reported says what the talker's receiver reports on the way back say about a
// stretch of time.
func (s *surroundings) reported(m measured) (reporting, analyze.Moment) {
	for _, r := range s.t.Reports {
		about := slices.ContainsFunc(s.w.Back, func(b *analyze.Stream) bool {
			return b.SSRC == r.SSRC && (r.Src.IP() == b.Dst.IP() || r.Src.IP() == s.move.To.Src.IP())
		})
		if !about || r.Dst.IP() != s.k.Receiver.IP() {
			continue
		}
		var in []analyze.Report
		for _, x := range r.Reports {
			if x.Time > m.from+minimum && x.Time <= m.to {
				in = append(in, x)
			}
		}
		if len(in) < 2 {
			continue
		}
		if in[len(in)-1].Highest > in[0].Highest+5 {
			return advancing, in[len(in)-1].Moment
		}
		return stalled, in[len(in)-1].Moment
	}
	return silentReports, analyze.Moment{}
}

// inbound measures, at the phone, the pause in what comes to it while it sends.
func (s *surroundings) inbound() gap {
	src := s.k.Streams[0].Src.String()
	g := gap{Direction: Direction{Direction: "downlink", Endpoint: src, From: s.k.Receiver.String(), To: src, State: alive, Silence: pointer(0.0), Evidence: inboundGaps}}
	answer := s.k.Call.Answer
	best := s.longest(analyze.Holes(s.w.Back, answer.Time, s.end.Time, minimum), answer.Time, s.k.Streams, s.k.Place.Leg, s.k.Place.From)
	if best.length < minimum {
		return g
	}
	if best.hole.Last == nil {
		best.from, best.start, best.length = answer.Time, answer, best.to-answer.Time
	}
	g.fill(s, best)
	g.confidence = Likely
	if best.hole.Last != nil {
		g.evidence = append(g.evidence, Evidence{best.hole.Before.Moment(), "the last packet that came"})
	}
	if best.hole.Next != nil {
		g.evidence = append(g.evidence, Evidence{best.hole.After.Moment(), "the next packet that came"})
	}
	if best.hole.Last != nil && best.hole.Next == best.hole.Last {
		g.PacketsLost = pointer(best.hole.After.Seq - best.hole.Before.Seq - 1)
	}
	return g
}
