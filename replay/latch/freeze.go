package latch

// A latch that may freeze (MayFreeze) knows its source by what it noted of it:
// the SSRC and, every SequenceEvery, its sequence. While signalling is fresh
// (AnySourceWithin) it notes nothing, but takes the packets of anybody; where it
// locked then, nothing is noted, and no packet from elsewhere ever moves it.

// fresh reports whether this party's further SDP is so recent that any source
// may move the lock.
func (l *latch) fresh(t int64) bool {
	return l.p.AnySourceWithin > 0 && l.again && t-l.updated <= int64(l.p.AnySourceWithin)
}

// catch judges a packet while such a latch is open.
func (l *latch) catch(ev *Event) outcome {
	known := ev.Source == l.sdp
	if l.has {
		known = l.p.matches(l.cur, ev.Source)
	}
	fresh := l.fresh(ev.Time)
	if !fresh {
		l.note(ev)
	}
	var changes Change
	switch {
	case !known:
		changes = Candidate | l.becomeSource(ev.Source, ev.Time)
		l.strayed = true
	case fresh:
		// SDP's address in itself proves nothing yet.
		return outcome{true, ReasonSDPSource, 0}
	case !l.has:
		changes = l.becomeSource(ev.Source, ev.Time)
	}
	changes |= l.lock()
	l.noteChange(ev)
	if known {
		return outcome{true, ReasonSDPSource, changes}
	}
	return outcome{true, ReasonLearned, changes}
}

// watch judges a packet from elsewhere while such a latch is locked.
func (l *latch) watch(ev *Event) outcome {
	why := ReasonAfterUpdate
	switch {
	case ev.Kind == KindKeepalive, !l.stream:
		return l.refuse(ReasonElsewhere)
	case l.fresh(ev.Time):
	case l.p.RelatchDistance > 0 && ev.SSRC == l.ssrc && ev.Seq-l.seq <= l.p.RelatchDistance:
		why = ReasonSameStream
	default:
		return l.refuse(ReasonElsewhere)
	}
	changes := l.becomeSource(ev.Source, ev.Time)
	l.strayed = true
	l.seq, l.noted = ev.Seq, ev.Time
	l.noteChange(ev)
	return outcome{true, why, changes | l.lock()}
}

// noteChange notes the stream anew where the SSRC of what passes has changed
// and signalling is not fresh.
func (l *latch) noteChange(ev *Event) {
	if ev.Kind == KindKeepalive {
		return
	}
	changed := l.anyPassed && l.passed != ev.SSRC
	l.passed, l.anyPassed = ev.SSRC, true
	if changed && !l.fresh(ev.Time) {
		l.note(ev)
	}
}
