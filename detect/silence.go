package detect

import (
	"slices"

	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/trace"
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
	start, end trace.Moment
	confidence Confidence
	evidence   []Evidence
	proof      string // what confirms or refutes it, in words
}

// surroundings is what is known around a talker that moved.
type surroundings struct {
	t    *trace.Trace
	k    *trace.Talker
	w    trace.Ways
	move trace.Move
	end  trace.Moment

	homes map[endpoint.Endpoint][2]int64 // from when to when the talker was where, once it is asked for
}

const minimum = int64(softSilence * 1e9)

// uplink measures what arrived at the server and was not passed on.
func (s *surroundings) uplink() gap {
	ep := s.move.To.Src.String()
	g := gap{Direction: Direction{Direction: "uplink", Endpoint: ep, From: ep, To: s.k.Receiver().String(), State: unseen}}
	if !s.w.OutSeen {
		return g
	}
	g.State = alive
	g.Silence, g.PacketsLost = pointer(0.0), pointer(int64(0))
	from := s.move.Before.Time
	// What was passed on before the move is heard; look from the last of it.
	start := trace.Moment{}
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
	best := s.longest(trace.Holes(s.w.Out, from, s.end.Time, minimum), from, s.w.In, s.w.OutLeg, s.outReceiver())
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
func engineMixes(w trace.Ways) bool {
	for _, o := range w.Out {
		if o.RelayOf != nil && o.Codec() != o.RelayOf.Codec() {
			return true
		}
	}
	return false
}

func (s *surroundings) outReceiver() trace.Side {
	if len(s.w.Out) > 0 && s.w.Out[0].Place.Known() {
		return 1 - s.w.Out[0].Place.From
	}
	return trace.Caller
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
	g := gap{Direction: Direction{Direction: "downlink", Endpoint: to, From: s.k.Receiver().String(), To: to, State: unseen}}
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
	heard := slices.ContainsFunc(reach, func(sp trace.Span) bool { return sp.From.Time <= s.move.After.Time })
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
	holes := trace.HolesIn(reach, from, s.end.Time, minimum)
	best := s.longest(holes, from, input, s.k.Place().Leg, s.k.Place().From)
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
