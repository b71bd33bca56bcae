package latch

// mismatch judges a packet from elsewhere while locked. First come the reasons
// for which an engine lets its lock move at once, then the ones that take time.
func (l *latch) mismatch(ev *Event) outcome {
	p := l.p
	if p.ignores(ev) {
		return l.refuse(ReasonIgnoredType)
	}
	if p.MayFreeze {
		return l.watch(ev)
	}
	switch {
	case p.MarkerLocks && ev.Marker:
		return l.move(ev, ReasonMarker)
	case p.SnapBack == SnapBackSDP && l.known && ev.Source == l.sdp,
		p.SnapBack == SnapBackFirst && ev.Source == l.first:
		return l.move(ev, ReasonSnappedBack)
	case p.RelatchDistance > 0 && l.stream && ev.Kind != KindKeepalive && ev.SSRC == l.ssrc && ev.Seq-l.seq <= p.RelatchDistance:
		return l.move(ev, ReasonSameStream)
	case l.fresh(ev.Time):
		return l.move(ev, ReasonAfterUpdate)
	case p.LockedMismatch == MismatchFollow:
		return l.goAlong(ev)
	}
	silent := p.RelatchSilence > 0 && ev.Time-l.heard >= int64(p.RelatchSilence)
	if p.RelatchPackets == 0 {
		if silent {
			return l.release(ev)
		}
		return l.refuse(ReasonElsewhere)
	}
	place, fresh := l.tally.add(p, p.RelatchCounter, false, ev)
	out := l.refuse(ReasonElsewhere)
	if l.tally.n[place] >= p.RelatchPackets && (silent || p.RelatchSilence == 0) {
		out = l.move(ev, ReasonRelatched)
	}
	if fresh {
		out.changes |= Candidate
	}
	return out
}

// refuse leaves the lock where it is.
func (l *latch) refuse(why Reason) outcome {
	return outcome{l.p.LockedMismatch != MismatchDrop, why, 0}
}

// move locks on the packet's source instead.
func (l *latch) move(ev *Event, why Reason) outcome {
	changes := l.become(ev)
	return outcome{true, why, changes | l.lock()}
}

// goAlong takes the packet's source without confirming it: the next packet
// decides. Where nothing is learned, it is simply the source.
func (l *latch) goAlong(ev *Event) outcome {
	if l.p.LearnPackets == 0 {
		return l.move(ev, ReasonFollowed)
	}
	l.locked = false
	return outcome{true, ReasonFollowed, Reopened | l.become(ev)}
}

// release opens the lock after silence and learns from the packet at hand. It
// is only looked at when somebody else speaks: a latched source that is merely
// quiet, on hold say, keeps its lock and goes on being sent to.
func (l *latch) release(ev *Event) outcome {
	if l.p.LearnPackets == 0 {
		return l.move(ev, ReasonRelatched)
	}
	before := l.destination()
	l.reopen(ev.Time, false)
	out := l.learn(ev)
	out.changes = out.changes&^Moved | Released | l.movedFrom(before)
	return out
}
