package detect

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/trace"
)

// neighbours is what other calls of an address show of the device before it.
type neighbours struct {
	errors   map[endpoint.Endpoint][]*trace.ICMPError // addressed to a source, in order of time
	stayed   map[netip.Addr][]Evidence                // talkers that drew an error and did not move
	alone    map[netip.Addr][]Evidence                // talkers that moved without an error
	pauses   map[netip.Addr]*trace.Gap                // the longest pause after which a talker came from where it had
	together fleet
	moved    map[uint32][]*trace.Talker // those that moved, by SSRC: the same packets in several views
}

func neighboursOf(t *trace.Trace, flipped []*trace.Talker, all fleet) *neighbours {
	n := &neighbours{map[endpoint.Endpoint][]*trace.ICMPError{}, map[netip.Addr][]Evidence{}, map[netip.Addr][]Evidence{}, map[netip.Addr]*trace.Gap{}, all, map[uint32][]*trace.Talker{}}
	if len(flipped) == 0 {
		return n
	}
	hosts := map[netip.Addr]bool{}
	for _, k := range flipped {
		n.moved[k.SSRC()] = append(n.moved[k.SSRC()], k)
		for _, m := range unannounced(k) {
			hosts[m.From.Src.IP()] = true
		}
	}
	for _, e := range t.Errors {
		if e.Unreachable() && !e.Toward && hosts[e.Quote.Src.IP()] {
			n.errors[e.Quote.Src] = append(n.errors[e.Quote.Src], e)
		}
	}
	for _, k := range flipped {
		m := unannounced(k)[0]
		if t.Provoked(k, m) == nil {
			n.alone[m.From.Src.IP()] = append(n.alone[m.From.Src.IP()], Evidence{m.After, "moved without an error before"})
		}
	}
	for _, k := range t.Talkers {
		src := k.Streams[0].Src
		if !hosts[src.IP()] {
			continue
		}
		if list := n.errors[src]; len(list) > 0 && len(k.Moves) == 0 && k.Streams[0].CopyOf == nil {
			if last := list[len(list)-1]; k.Streams[0].Last.Time > last.Time+int64(2e9) {
				n.stayed[src.IP()] = append(n.stayed[src.IP()], Evidence{last.Moment, "an error to a source that stayed"})
			}
		}
		for _, s := range k.Streams {
			for _, g := range s.Gaps() {
				if g.Missing() == 0 && (n.pauses[src.IP()] == nil || g.Duration() > n.pauses[src.IP()].Duration()) {
					n.pauses[src.IP()] = &g
				}
			}
		}
	}
	return n
}

// weighFlip says what may have moved a talker's source, and what speaks for and
// against each.
func (n *neighbours) weighFlip(t *trace.Trace, k *trace.Talker, m trace.Move) []Hypothesis {
	host := m.From.Src.IP()
	before := []Evidence{{m.Before, "the last packet from " + m.From.Src.String()}, {m.After, "the first packet from " + m.To.Src.String()}}
	const beside = "a capture at the phone and one outside its router, of the same kind of call"

	icmp := claimThat(natDroppedOnICMP, beside)
	expired := claimThat(mappingExpired, beside+", with a pause of the same length and nothing refused")
	failover := claimThat(deviceFailover, "the log of the router or firewall at that moment")
	carrier := claimThat(cgnatReallocated, "the carrier's log of its address translation at that moment")
	alg := claimThat(sipALG, "the same call with the router's SIP helper switched off")
	phone := claimThat(phoneRebound, "a capture at the phone: it shows whether its own port changed")
	uplinks := claimThat(twoUplinks, "the router's routing table: one default route or two")

	rtt, ping := roundTrip(k.Place().Leg, k.Place().From)
	n.weighICMP(t, icmp, k, m, rtt, ping)
	n.weighPause(expired, phone, k, m, host)

	if n.together.failover(m) {
		calls, ev := n.atOnce(m)
		failover.pro(strong, ev, "%d calls of %s moved in one second", calls, host)
		if from, to, ev := n.portsGoOn(m); len(ev) > 0 {
			failover.OneDevice = true
			failover.pro(0, ev, "the new ports go on from the old ones (%d, then %d): one device that got another line or address, rather than a second device", from, to)
		}
	} else if moved := n.moves(host); moved > 1 {
		failover.con(hint, nil, "other calls of %s moved at other times", host)
	}
	if m.From.Src.IP() != m.To.Src.IP() {
		if n.together.failover(m) {
			failover.pro(hint, before, "the address changed, not only the port")
		}
		carrier.pro(hint, before, "the public address changed in mid-stream")
	} else {
		carrier.con(hint, before, "the public address stayed")
	}
	for _, x := range k.Moves {
		if x.Return {
			uplinks.pro(sign, []Evidence{{x.After, "back at " + x.To.Src.String()}}, "it came back to a source that it had before, without signalling")
			if x.To.Src.IP() != x.From.Src.IP() {
				uplinks.pro(hint, nil, "the two sources have different addresses")
			}
			break
		}
	}
	if ev, late := actedOn(k, m, rtt); len(ev) > 0 {
		lag, trip := ev[0].Moment.Seconds(m.After), float64(rtt)/1e9
		alg.pro(hint, ev, "%s went by %s before the move", ev[0].Note, seconds(lag))
		switch {
		case late && lag < 0.8*trip:
			text := ""
			if a := answeredBefore(k, m); a != nil {
				text = fmt.Sprintf("; after its answer (frame %d) packets still came from the old port (frame %d)", a.Frame, m.Before.Frame)
			}
			alg.excludes(append(ev, ping...), "%s (frame %d) went by %s before the move, and a round trip takes %s: it came to the NAT too late%s", ev[0].Note, ev[0].Frame, seconds(lag), seconds(trip), text)
		case late:
			alg.con(hint, nil, "with a round trip of %s it came to the NAT hardly in time", seconds(trip))
		}
	}
	if a, b, ev := signalledFrom(k, m); !a.IsZero() && !b.IsZero() {
		if a == b {
			if ev[0].Moment.Seconds(ev[1].Moment) > m.Before.Seconds(m.After) && len(expired.For) > 0 {
				expired.con(0, ev, "SIP's mapping (port %d) lived on: what kept it is not in view", a.Port)
			}
			failover.con(hint, ev, "%s's SIP comes from %s before and after: the device kept that mapping", partyOf(k), a)
			icmp.pro(hint, ev, "only the mapping that drew errors moved, SIP's (port %d) did not", a.Port)
			icmp.onlyBeside(2)
		} else {
			failover.pro(hint, ev, "%s's SIP moved as well, from %s to %s", partyOf(k), a, b)
			icmp.con(hint, ev, "%s's SIP moved as well, and drew no error", partyOf(k))
		}
	}
	if from, to, ev := n.movedInside(k, m); len(ev) > 0 {
		phone.pro(strong, ev, "before the NAT its own source changed at that moment, from %s to %s", from, to)
		for _, w := range []*weighing{icmp, expired, alg, failover, carrier, uplinks} {
			if len(w.For) > 0 {
				w.excludes(ev, "the phone itself changed its source, before the NAT")
			}
		}
	} else if in := k.Inside; in != nil {
		ev := []Evidence{{in.Start(), "the same talker before the NAT"}}
		phone.excludes(ev, "its own port stayed %d", in.Src.Port)
		icmp.pro(hint, ev, "before the NAT the port stayed the same: it was the NAT that moved it")
		icmp.onlyBeside(2)
	} else if len(phone.For) == 0 {
		phone.pro(0, nil, "its own port is not in view")
	}
	if n.together.failover(m) && k.Inside == nil {
		if m.From.Src.IP() != m.To.Src.IP() {
			phone.excludes(before, "a phone's new socket changes no public address, and moves no other phone's calls")
		}
		phone.con(sign, before, "several calls moved in the same second, and one phone's new socket moves one")
	}
	if len(failover.For) > 0 && len(failover.Against) == 0 && m.To.First.Seq-m.From.Last.Seq == 1 {
		failover.con(0, before, "no packet was lost in the change, where a restart would lose some")
	}
	return decide(icmp, expired, failover, carrier, alg, phone, uplinks)
}

// atOnce is how many calls left the address of a move within a second of it, and where
// the first two did.
func (n *neighbours) atOnce(m trace.Move) (int, []Evidence) {
	calls := map[*trace.Call]trace.Moment{}
	for _, list := range n.moved {
		for _, k := range list {
			for _, x := range unannounced(k) {
				d := x.After.Time - m.After.Time
				if at, known := calls[k.Call]; x.From.Src.IP() == m.From.Src.IP() && d >= -int64(1e9) && d <= int64(1e9) && (!known || x.After.Before(at)) {
					calls[k.Call] = x.After
				}
			}
		}
	}
	var ev []Evidence
	for _, at := range calls {
		ev = append(ev, Evidence{at, "the first packet of a call from a new source"})
	}
	slices.SortFunc(ev, func(a, b Evidence) int { return a.Moment.Compare(b.Moment) })
	return len(calls), ev[:min(2, len(ev))]
}

// portsGoOn is the last of the ports that the sources of several calls had before they
// moved to another address together, and the first that they got there, where these go on
// in one order.
func (n *neighbours) portsGoOn(m trace.Move) (last, first uint16, ev []Evidence) {
	calls := map[*trace.Call]bool{}
	for _, list := range n.moved {
		for _, k := range list {
			for _, x := range unannounced(k) {
				d := x.After.Time - m.After.Time
				if x.From.Src.IP() != m.From.Src.IP() || x.To.Src.IP() != m.To.Src.IP() || d < -int64(1e9) || d > int64(1e9) {
					continue
				}
				calls[k.Call] = true
				if x.From.Src.Port > last {
					last = x.From.Src.Port
				}
				if first == 0 || x.To.Src.Port < first {
					first, ev = x.To.Src.Port, []Evidence{{x.After, "the first from the lowest of the new ports"}}
				}
			}
		}
	}
	if len(calls) < 3 || m.From.Src.IP() == m.To.Src.IP() || first <= last || first > last+16 {
		return 0, 0, nil
	}
	return last, first, ev
}

// moves is how many talkers of an address moved without an error.
func (n *neighbours) moves(host netip.Addr) int { return len(n.alone[host]) }

// movedInside finds a talker's own move before its NAT: the same packets leave a
// private address that its session description names, and change their source there
// when they do outside.
func (n *neighbours) movedInside(k *trace.Talker, m trace.Move) (from, to endpoint.Endpoint, ev []Evidence) {
	for _, o := range n.moved[k.SSRC()] {
		for _, x := range o.Moves {
			if d := x.After.Time - m.After.Time; d < -int64(500e6) || d > int64(500e6) || x.From.Src.IP() != x.To.Src.IP() || !private(x.From.Src.IP()) || !ownHost(o, x.From.Src.IP()) {
				continue
			}
			return x.From.Src, x.To.Src, []Evidence{{x.Before, "the last packet from " + x.From.Src.String()}, {x.After, "the first from " + x.To.Src.String()}}
		}
	}
	return from, to, nil
}

// ownHost reports whether a talker's party announced media at an address.
func ownHost(k *trace.Talker, ip netip.Addr) bool {
	p := k.Place()
	return p.Leg != nil && slices.ContainsFunc(p.Leg.Ports, func(x *trace.Port) bool { return x.Side == p.From && !x.Alias && x.Addr.IP() == ip })
}

// manyErrors that moved nothing say that errors move nothing here.
const manyErrors = 100

// weighICMP weighs that the NAT dropped the mapping at an ICMP error, against
// RFC 4787 REQ-12.
func (n *neighbours) weighICMP(t *trace.Trace, w *weighing, k *trace.Talker, m trace.Move, rtt int64, ping []Evidence) {
	last := t.Provoked(k, m)
	host := m.From.Src.IP()
	if last == nil {
		if ev := n.stayed[host]; len(ev) > 0 {
			w.excludes(ev[:1], "no error went to that source before the move, and %s of the address drew errors and stayed", plural(int64(len(ev)), "other source"))
		}
		return
	}
	lag := last.Moment.Seconds(m.After)
	ev := []Evidence{{last.Moment, "the last error to the old source"}, {m.After, "the first packet from the new one"}}
	if rtt > 0 {
		w.pro(sign, append(ev, ping...), "it moved %s after the last error, where a round trip takes %s", seconds(lag), seconds(float64(rtt)/1e9))
	} else {
		w.pro(sign, ev, "it moved %s after the last error", seconds(lag))
	}
	earlier := 0
	var first *trace.ICMPError
	for _, e := range n.errors[m.From.Src] {
		if e.Time < last.Time {
			if first == nil {
				first = e
			}
			earlier++
		}
	}
	switch {
	case earlier >= manyErrors:
		w.excludes([]Evidence{{first.Moment, "the first of them"}}, "%s before it moved nothing", plural(int64(earlier), "error"))
	case earlier > 0:
		w.con(hint, []Evidence{{first.Moment, "the first of them"}}, "%s before it moved nothing", plural(int64(earlier), "error"))
	}
	// What the NAT let through from the old port more than a round trip after the
	// error shows that it had kept the mapping.
	if rtt > 0 {
		from := last.Time + rtt + int64(20e6)
		if at, ok := t.FirstAfter(m.From, from); ok && at.Time <= m.Before.Time && at.Time > from {
			if passed := t.Sent([]*trace.Stream{m.From}, from, m.Before.Time+1); passed >= 3 {
				w.excludes([]Evidence{{at.Moment(), "from the old port, later than a round trip after the error"}, {m.Before, "the last of them"}},
					"the NAT passed %s from the old port more than a round trip after the last error", plural(passed, "packet"))
			}
		}
	}
	if ev := n.stayed[host]; len(ev) > 0 {
		w.con(hint, ev[:1], "%s of that address drew errors and did not move", plural(int64(len(ev)), "other source"))
	}
	if ev := n.alone[host]; len(ev) > 0 {
		w.con(hint, ev[:1], "%s of that address moved without an error", plural(int64(len(ev)), "other source"))
	}
}

// shortLife is the shortest life of a mapping that is common, in seconds: RFC
// 4787 REQ-5 asks for 120.
const shortLife = 30

// weighPause weighs that the mapping ran out in a pause of the talker's.
func (n *neighbours) weighPause(w, phone *weighing, k *trace.Talker, m trace.Move, host netip.Addr) {
	if !idled(m) {
		return
	}
	who := partyOf(k)
	pause := m.Before.Seconds(m.After)
	ev := []Evidence{{m.Before, "the last packet before the pause"}, {m.After, "the first after it"}}
	paused := func() { w.pro(hint, ev, "%s had paused for %s", who, seconds(pause)) }
	if e := refusedInPause(k, m); e != nil {
		w.pro(strong, []Evidence{{m.Before, "the last packet before the pause"}, {e.Moment, "the first refusal"}},
			"%s after the last packet of %s what was sent to the old port began to be refused: the mapping was gone by then, before %s had sent from another one", seconds(m.Before.Seconds(e.Moment)), who, who)
		first := []Evidence{{e.Moment, "the first refusal"}, {m.Before, "the last packet before the pause"}}
		const closed = "a host answers each packet to a closed port with such an error, where most NATs without a mapping drop it and say nothing"
		switch far, known := nearer(e, m.From); {
		case known && far > 0:
			w.pro(sign, first, "the error comes from %s nearer than %s: TTL %d, where its own packets have %d", plural(int64(far), "router"), who, e.TTL, m.From.TTL)
			phone.con(sign, first, "the error comes from before the phone: TTL %d, where the phone's packets have %d", e.TTL, m.From.TTL)
		case known && far == 0:
			w.con(hint, first, "the error comes from as far away as %s (TTL %d), and %s", who, e.TTL, closed)
		default:
			w.con(hint, first, "%s", closed)
		}
		paused()
		return
	}
	paused()
	if pause >= shortLife {
		w.pro(2*hint, ev, "NATs that keep a mapping for %d s only are common (RFC 4787 REQ-5 asks for 120 s), and packets inwards need not refresh it (REQ-6)", shortLife)
	} else {
		w.con(hint, ev, "a mapping that lives for less than %s would be short indeed", seconds(pause))
	}
	if g := n.pauses[host]; g != nil && g.Duration() > m.After.Time-m.Before.Time {
		w.con(sign, []Evidence{{g.Before.Moment(), "before a longer pause"}, {g.After.Moment(), "after it, from the same source"}},
			"after a longer pause, %s, that address came from where it had", seconds(float64(g.Duration())/1e9))
	}
}

// refusedInPause is the first ICMP error about a talker's old source that came
// while the talker paused; nil if there is none.
func refusedInPause(k *trace.Talker, m trace.Move) *trace.ICMPError {
	if k.Call == nil {
		return nil
	}
	for _, e := range k.Call.Errors {
		if e.Unreachable() && e.Quote.Dst == m.From.Src && e.Time > m.Before.Time && e.Time < m.After.Time {
			return e
		}
	}
	return nil
}

// actedOn finds signalling that passed the talker's NAT just before a move: an
// ACK, a re-INVITE or an UPDATE, on which SIP helpers act; late says that it may have
// come there after the move, and no other did before. What came from this side reaches
// the NAT half a round trip later, and the packet from the new port had left it half a
// round trip before it was here.
func actedOn(k *trace.Talker, m trace.Move, rtt int64) (best []Evidence, late bool) {
	l := k.Place().Leg
	if l == nil {
		return nil, false
	}
	for _, x := range l.Messages.All() {
		if x.Copy || x.Repeat || !x.Request() || x.Time > m.After.Time || x.Time < m.After.Time-int64(250e6) {
			continue
		}
		what := ""
		switch {
		case x.Method == "ACK":
			what = "an ACK"
		case x.Method == "INVITE" && x.ToTag != "":
			what = "a re-INVITE"
		case x.Method == "UPDATE":
			what = "a refresh (UPDATE)"
		default:
			continue
		}
		slow := k.Inside == nil && m.After.Time-x.Time < rtt && towards(k, &x)
		if len(best) == 0 || !slow || late {
			best, late = []Evidence{{x.Moment, what}}, slow
		}
	}
	return best, late
}

// answeredBefore is the answer of a talker's own party, if that passed shortly before a
// move and the old source was heard after it; nil where it did not.
func answeredBefore(k *trace.Talker, m trace.Move) *trace.Message {
	for _, x := range k.Place().Leg.Messages.All() {
		if !x.Copy && !x.Request() && x.Status >= 200 && x.Status < 300 && x.SDP != nil && !towards(k, &x) && x.Time < m.Before.Time && x.Time > m.After.Time-int64(250e6) {
			found := x
			return &found
		}
	}
	return nil
}

// towards reports whether a message was sent to a talker's party.
func towards(k *trace.Talker, x *trace.Message) bool {
	p := k.Place()
	return slices.ContainsFunc(p.Leg.Parties[p.From].Hosts, func(h endpoint.Endpoint) bool { return h.IP() == x.Dst.IP() })
}

// signalledFrom is from where the talker's party signalled before and
// after a move, from its public address.
func signalledFrom(k *trace.Talker, m trace.Move) (before, after endpoint.Endpoint, ev []Evidence) {
	l := k.Place().Leg
	if l == nil {
		return before, after, nil
	}
	for _, x := range l.Messages.All() {
		if x.Src.IP() != m.From.Src.IP() && x.Src.IP() != m.To.Src.IP() {
			continue
		}
		if x.Time < m.Before.Time {
			before = x.Src
			ev = []Evidence{{x.Moment, "SIP from " + x.Src.String()}}
		} else if after.IsZero() && x.Time > m.After.Time {
			after = x.Src
			ev = append(ev, Evidence{x.Moment, "SIP from " + x.Src.String()})
		}
	}
	return before, after, ev
}
