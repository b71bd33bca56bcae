package latch

import (
	"fmt"
	"time"
)

// Windows say, a sentence each, when somebody who sends to a port of an engine
// with this policy is taken for its party (RFC 7362 section 4): first while it
// learns, then once it has locked. The last says whether he is heard.
func (p Policy) Windows() []string {
	var out []string
	if p.LearnPackets > 0 {
		out = append(out, p.learning())
	}
	if p.AnySourceWithin > 0 {
		out = append(out, fmt.Sprintf("Any packet of a stranger takes the port within %s after each further offer or answer of that party.", short(p.AnySourceWithin)))
	}
	if p.RelatchDistance > 0 {
		out = append(out, "Later a stranger needs the call's SSRC and sequence numbers, which whoever can read the packets has.")
	}
	switch e := p.Exposure(); {
	case e.Never && p.LearnPackets == 0:
		out = append(out, "A stranger cannot take the port: nothing is learned.")
	case e.Never && p.RelatchDistance == 0 && p.Reset == 0:
		out = append(out, "Once it has locked a stranger cannot take the port.")
	case e.Never && p.RelatchDistance == 0:
		out = append(out, "Once it has locked a stranger cannot take the port until signalling opens it.")
	case e.Never:
	case e.Quiet == 0 && p.LockedMismatch != MismatchFollow && p.RelatchPackets == 0 && p.MarkerLocks:
		out = append(out, "Any packet of a stranger that has the marker bit takes the port, at any time.")
	case e.Quiet == 0 && e.Packets <= 1:
		out = append(out, "Any packet of a stranger takes the port, at any time.")
	case e.Quiet == 0:
		out = append(out, fmt.Sprintf("%d packets of a stranger take the port, at any time, if the party sends none in between.", e.Packets))
	default:
		out = append(out, fmt.Sprintf("%s of a stranger %s the port once the party has been quiet for %s.", countOf(e.Packets), takes(e.Packets), short(e.Quiet)))
	}
	if p.LockedMismatch == MismatchDrop {
		return append(out, "What he sends otherwise is dropped.")
	}
	return append(out, "What he sends is passed on in any case: he is heard.")
}

// learning is the window before the lock.
func (p Policy) learning() string {
	when := "before the party's own first packets" + p.again()
	if p.HoldOff > 0 {
		when = fmt.Sprintf("for %s after each offer and answer", short(p.HoldOff))
		if p.WholeSeconds {
			when = fmt.Sprintf("for %s to %s after each offer and answer", short(p.HoldOff), short(p.HoldOff+time.Second))
		}
	}
	if p.HoldOffRule == HoldOffRanked {
		return fmt.Sprintf("While it learns, %s, a stranger's packet takes the port if it resembles SDP's address more than the party's.", when)
	}
	return fmt.Sprintf("While it learns, %s, %s of a stranger %s the port.", when, countOf(int(p.LearnPackets)), takes(int(p.LearnPackets)))
}

// again says when learning begins anew, if it does.
func (p Policy) again() string {
	switch {
	case p.Reset&ResetSignalling != 0:
		return " after each offer and answer"
	case p.Reset&(ResetReOffer|ResetOwnReOffer) != 0:
		return ", again after each re-INVITE"
	case p.Reset&(ResetSDPChanged|ResetSDPDiffers) != 0:
		return ", again after SDP that names another address"
	}
	return ""
}

func countOf(n int) string {
	if n == 1 {
		return "any packet"
	}
	return fmt.Sprintf("%d packets", n)
}

func takes(n int) string {
	if n == 1 {
		return "takes"
	}
	return "take"
}

// short writes 3s as "3 s".
func short(d time.Duration) string {
	if d < time.Second {
		return fmt.Sprintf("%d ms", d.Milliseconds())
	}
	return fmt.Sprintf("%g s", d.Seconds())
}

// Openness orders policies by what they open to a stranger: what never moves
// once it has locked first, what any packet moves last.
func (p Policy) Openness() int {
	e := p.Exposure()
	n := 0
	switch {
	case e.Never:
	case e.Quiet > 0:
		n = 2
	case e.Packets > 1:
		n = 3
	default:
		n = 4
	}
	if p.RelatchDistance > 0 && n == 0 {
		n = 1
	}
	n *= 4
	if p.LockedMismatch != MismatchDrop {
		n += 2
	}
	if p.HoldOff > 0 || p.AnySourceWithin > 0 {
		n++
	}
	return n
}
