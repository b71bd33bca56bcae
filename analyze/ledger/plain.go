package ledger

import "github.com/latchscope/latchscope/analyze/trace"

// plain reports whether a call is one of the many that a look tells to be clear:
// answered and ended, one audio line that nobody changed, on every leg one stream
// each way from the answer to the BYE without a hole, each to where the other one
// comes from, and on a server's far side what it got on the near one. Its rows
// need not be made to know the verdict; a test holds that they would say the same.
func (l *Ledger) plain(c *trace.Call) bool {
	n := len(c.Legs)
	if c.State == trace.MediaOnly || c.Answer.IsZero() || n == 0 || n > 2 || len(c.Streams) != 2*n || len(c.Errors) > 0 || len(l.trace.Reports) > 0 {
		return false
	}
	from, to := never, always
	for _, leg := range c.Legs {
		if leg.Answer.IsZero() || leg.End.IsZero() || len(leg.Refresh) > 1 || len(leg.Ports) != 2 {
			return false
		}
		for _, p := range leg.Ports {
			if p.Kind != "audio" || p.Alias || restricts(p) || p.Side == leg.Ports[0].Side && p != leg.Ports[0] {
				return false
			}
		}
		from, to = max(from, answered(leg).Time), min(to, leg.End.Time)
	}
	relayed := 0
	for _, s := range c.Streams {
		if s.CopyOf != nil || s.Place.Leg == nil || len(s.Gaps()) > 0 || s.Stats.Lost() > 0 || s.Stats.Restarts > 0 ||
			s.Talker == nil || len(s.Talker.Moves) > 0 || s.Point != 0 || CannotPlay(s) || len(l.trace.MismatchesOf(s)) > 0 ||
			s.First.Time > from+edge/2 || s.Last.Time < to-edge/2 || !answeredBy(c, s) {
			return false
		}
		if s.RelayOf != nil {
			if s.RelayOf.Call != c || s.RelayOf.Place.Leg == s.Place.Leg {
				return false
			}
			relayed++
		}
	}
	return relayed == 2*(n-1) && !l.goesOn(c)
}

// plainlyUnseen reports whether a call is one of those that a look tells to be beyond
// judgement: of a capture that holds signalling only, answered and ended, on every
// leg one audio line that nobody restricted. Its rows would be unseen from end to
// end, and need not be made to know the verdict.
func (l *Ledger) plainlyUnseen(c *trace.Call) bool {
	n := len(c.Legs)
	if len(l.trace.Streams) > 0 || len(l.trace.Flows) > 0 || c.State == trace.MediaOnly || n == 0 || n > 2 {
		return false
	}
	from, to := never, always
	for _, leg := range c.Legs {
		if leg.Answer.IsZero() || leg.End.IsZero() || !oneAudioLine(leg) {
			return false
		}
		from, to = max(from, answered(leg).Time), min(to, leg.End.Time)
	}
	return from < to
}

// oneAudioLine reports whether all that was announced on a leg is one audio line,
// once by either side, without a hold.
func oneAudioLine(leg *trace.Leg) bool {
	if len(leg.Ports) != 2 || leg.Ports[0].Side == leg.Ports[1].Side {
		return false
	}
	for _, p := range leg.Ports {
		if p.Line != 0 || p.Kind != "audio" || p.Alias || restricts(p) {
			return false
		}
	}
	return true
}

// answeredBy reports whether another stream of the leg runs between the same two
// endpoints the other way.
func answeredBy(c *trace.Call, s *trace.Stream) bool {
	for _, o := range c.Streams {
		if o != s && o.Place.Leg == s.Place.Leg && o.Place.From == 1-s.Place.From && o.Src == s.Dst && o.Dst == s.Src {
			return true
		}
	}
	return false
}

// goesOn reports whether whoever is at an end of the call may pass on what it
// gets.
func (l *Ledger) goesOn(c *trace.Call) bool {
	for _, s := range c.Streams {
		inside := false // a server between the call's two legs
		for _, o := range c.Streams {
			inside = inside || o.RelayOf == s
		}
		agent := s.Place.Leg.Parties[1-s.Place.From].Agent
		if !inside && (l.view.middle(s.Dst.Addr) || namesRelay(agent)) {
			return true
		}
	}
	return false
}
