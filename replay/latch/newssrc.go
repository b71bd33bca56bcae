package latch

// choose listens to one SSRC (NewSSRCPackets, NewSSRCAtOnce): the first that
// comes, until enough packets in a row of another one have. The first packet of another
// only makes it the one that is counted. done says that the packet is judged
// already. With DisarmSDPChanged a new SSRC is listened to, but its source is
// only learned if the latch is open.
func (l *latch) choose(ev *Event) (out outcome, done bool) {
	switch {
	case ev.Kind == KindKeepalive:
		return outcome{}, false
	case !l.listening:
		l.listen, l.listening = ev.SSRC, true
		return outcome{}, false
	case ev.SSRC == l.listen:
		l.others = min(l.others, 1) // the other one stays the one that is counted
		return outcome{}, false
	case ev.SSRC != l.other || l.others == 0:
		l.other, l.others = ev.SSRC, 1
	default:
		l.others++
	}
	if l.others <= l.p.NewSSRCPackets {
		return outcome{false, ReasonOtherSSRC, 0}, true
	}
	l.listen, l.others = ev.SSRC, 0
	if l.p.Disarm == DisarmSDPChanged {
		return outcome{}, false
	}
	changes := l.become(ev)
	return outcome{true, ReasonNewSSRC, changes | l.lock()}, true
}
