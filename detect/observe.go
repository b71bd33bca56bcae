package detect

import "github.com/latchscope/latchscope/analyze/trace"

// Observed is what a capture shows of both directions around one talker that a
// media server receives: what latch-silence is made of, for those who want to
// compare it with something else.
type Observed struct {
	Directions [2]Direction // uplink, downlink
	Estimated  Estimated
}

// Observe measures both directions around a talker, whether it moved or not.
func Observe(t *trace.Trace, k *trace.Talker) Observed {
	s := surroundings{t: t, k: k, w: t.WaysOf(k), end: endOf(t, k)}
	switch moves := unannounced(k); {
	case len(moves) > 0:
		s.move = heldMove(t, k, moves)
	case len(k.Moves) > 0:
		s.move = k.Moves[0]
	default:
		// As if it had moved from its source to the same: what was due since
		// the answer is looked at.
		first := k.Streams[0]
		s.move = trace.Move{From: first, To: first, Before: first.Start(), After: first.Start()}
	}
	up, down := s.uplink(), s.downlink()
	o := Observed{Directions: [2]Direction{up.Direction, down.Direction}}
	if len(k.Moves) > 0 {
		o.Estimated = Estimate(t, k)
		return o
	}
	if len(s.w.Far) == 0 && down.State != unseen {
		// Nothing shows when media for a talker that stayed where it was first
		// came in: that it began late says nothing about a latch. Only after
		// refusals it does, as beside the phone.
		o.Directions[1].State, o.Directions[1].Silence = alive, pointer(0.0)
		o.Directions[1].StartS, o.Directions[1].EndS, o.Directions[1].PacketsLost, o.Directions[1].Evidence = nil, nil, nil, ""
	}
	if k.Call == nil {
		return o
	}
	if f, ok := inboundGap(t, k.Call); ok {
		if d, ok := f.Data.(Silence); ok && len(d.Directions) == 2 && d.Directions[0].Endpoint == k.Streams[0].Src.String() {
			o.Directions[1] = d.Directions[1]
		}
	}
	return o
}
