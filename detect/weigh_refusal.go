package detect

import "github.com/latchscope/latchscope/analyze/trace"

// weighRefusal says what may have refused media, and what speaks for and
// against each.
func weighRefusal(g refusal, list []*trace.ICMPError, answer trace.Moment, passed trace.Moment) []Hypothesis {
	first := list[0]
	closed := claimThat(portClosed, "which ports were bound on "+g.about.IP().String()+" at that time, and the counters of its packet filter: no capture tells the two apart")
	wall := claimThat(firewallRefused, "the packet filter's rules and counters on the way to "+g.about.IP().String())
	ev := []Evidence{{first.Moment, "the first refusal"}}
	own := g.by.IP() == g.about.IP()
	switch {
	case !own:
		wall.pro(strong, ev, "the error comes from %s, not from the refused host", g.by.IP())
		closed.excludes(ev, "a closed port is answered by its own host (RFC 1122 section 3.2.2.1)")
	case !portCode(first):
		wall.pro(strong, ev, "its code (%s) is that of a rule, not of a closed port", codeName(first))
		closed.excludes(ev, "a closed port draws port unreachable")
	default:
		closed.pro(hint, ev, "the error comes from the very host whose port it is")
		wall.pro(hint, ev, "a rule would look the same, and the answer may open it")
	}
	if own && portCode(first) && !passed.IsZero() {
		open := []Evidence{{passed, "the next packet there, not refused"}}
		if d := passed.Time - answer.Time; !answer.IsZero() && d > -int64(500e6) && d < int64(500e6) {
			closed.pro(sign, open, "no packet sent after the answer is refused")
		} else {
			closed.pro(hint, open, "no later packet is refused")
		}
	}
	return decide(closed, wall)
}
