package latch

// recall judges a packet while the latch is open and remembers what it learned
// before (ReturnAfter). What is remembered and what is sent to are two things:
// until ReturnAfter is over a packet of the remembered source changes nothing,
// so that what is sent stays where signalling, or another source, has put it.
func (l *latch) recall(ev *Event) outcome {
	p := l.p
	wait := l.within(ev.Time, p.ReturnAfter)
	lock := !l.holding(ev.Time)
	use, reason := ev.Source, ReasonLearned
	if p.HoldOffRule == HoldOffRanked {
		rank, best := l.hear(ev)
		switch {
		case rank == 0 && (p.RankedLock || p.SDPHit == SDPHitLock):
			lock, reason = true, ReasonSDPSource
		case best < rank && p.RankedDrop && p.LockedMismatch == MismatchDrop:
			return outcome{false, ReasonOutranked, 0}
		case best < rank:
			use, reason = l.slots[best], ReasonOutranked
		}
	}
	var changes Change
	switch {
	case wait && l.learned == use && !use.IsZero():
		reason = known(reason)
	case l.has && l.cur == use:
		reason, l.learned = known(reason), use
		if use == ev.Source {
			changes = l.take(ev, p.LearnCounter)
		}
	default:
		changes = Candidate | l.becomeSource(use, ev.Time)
		l.learned = use
	}
	if use == ev.Source {
		l.note(ev)
	}
	if lock {
		if !l.has {
			// Nothing but SDP's address is being sent to: that is what locks.
			changes |= l.becomeSource(l.sdp, ev.Time)
		}
		changes |= l.lock()
	}
	return outcome{true, reason, changes}
}

// known is the reason for a packet whose source was learned before.
func known(why Reason) Reason {
	if why == ReasonLearned {
		return ReasonLatched
	}
	return why
}
