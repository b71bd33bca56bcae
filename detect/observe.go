package detect

import "github.com/latchscope/latchscope/analyze"

// Observed is what a capture shows of both directions around one talker that a
// media server receives: what latch-silence is made of, for those who want to
// compare it with something else.
type Observed struct {
	Directions [2]Direction // uplink, downlink
	Estimated  Estimated
}

// Observe measures both directions around a talker, whether it moved or not.
func Observe(t *analyze.Trace, k *analyze.Talker) Observed {
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
		s.move = analyze.Move{From: first, To: first, Before: first.Start(), After: first.Start()}
	}
	up, down := s.uplink(), s.downlink()
	o := Observed{Directions: [2]Direction{up.Direction, down.Direction}}
	if len(k.Moves) > 0 {
		o.Estimated = Estimate(t, k)
	} else if k.Call != nil && k.Call.Answered() && !s.w.OutSeen && k.Place.Own != nil {
		// Beside the phone what goes to it is all there is to see.
		if in := s.inbound(); value(in.Silence) > value(down.Silence) {
			o.Directions[1] = in.Direction
		}
	}
	return o
}
