package latch

import "github.com/latchscope/latchscope/analyze/endpoint"

// signal takes an offer or an answer: ports open, addresses change, and the
// latches whose policy says so learn anew.
func (e *Engine) signal(ev *Event, d *Decision) {
	if e.ended {
		d.Reason = ReasonEnded
		return
	}
	call := e.occasion(ev)
	s, o := &e.sides[ev.Side], &e.sides[ev.Side.Other()]
	e.bind(ev)

	own := call
	if s.hold && !ev.Hold {
		own |= ResetUnhold
	}
	if call&ResetReOffer != 0 || e.reoffered {
		own |= ResetOwnReOffer
	}
	s.hold = ev.Hold
	s.mux = ev.MediaRTCP == ev.Media && !ev.Media.IsZero()
	media := [2]endpoint.Endpoint{ev.Media, ev.MediaRTCP}
	if ev.MediaRTCP.IsZero() {
		media[rtcp] = beside(ev.Media)
	}
	e.negotiate(ev.Time)
	for c := range media {
		mine := s.latches[c].signal(ev.Time, media[c], own, ev.Hold)
		theirs := o.latches[c].restart(ev.Time, call, false)
		if c == rtp {
			d.Changes, d.Other = mine, theirs
		}
	}
	e.readQueues(ev, d)
}

// negotiate begins the learning that waited for an offer and an answer.
func (e *Engine) negotiate(t int64) {
	for i := range e.sides {
		for c := range e.sides[i].latches {
			l := &e.sides[i].latches[c]
			if e.answered && !l.negotiated {
				l.negotiated = true
				if l.p.LearnFrom == LearnFromNegotiated && !l.locked {
					l.since, l.seen = t, 0
				}
			}
		}
	}
}

// occasion is what the event means to the call as a whole.
func (e *Engine) occasion(ev *Event) Reset {
	what := ResetSignalling
	if ev.Kind == KindOffer {
		if e.answered {
			what |= ResetReOffer
		}
		e.reoffered = e.final
		return what
	}
	e.answered = true
	if !ev.Early && !e.final {
		e.final = true
		what |= ResetAnswer
	}
	return what
}

// bind opens the ports whose moment has come.
func (e *Engine) bind(ev *Event) {
	for i := range e.sides {
		s := &e.sides[i]
		if s.bound {
			continue
		}
		switch s.latches[rtp].p.Bind {
		case BindOffer:
			s.bound = true
		case BindAnswer:
			s.bound = e.answered
		case BindOwnSDP:
			s.bound = Side(i) == ev.Side
		}
		for c := range s.latches {
			s.latches[c].since = ev.Time
		}
	}
}

// signal gives a latch its own party's SDP.
func (l *latch) signal(t int64, media endpoint.Endpoint, what Reset, hold bool) Change {
	before := l.destination()
	first, old := !l.known, l.sdp
	nowhere := !sendable(media)
	l.nowhere = nowhere
	l.held = nowhere && l.p.HoldSends != HoldSendsIgnored && l.p.HoldSends != HoldSendsLearned || hold && l.p.HoldSends == HoldSendsDirection
	if !first && !nowhere {
		l.again, l.updated = true, t
	}
	if nowhere && l.p.HoldSends != HoldSendsChanges && l.p.HoldSends != HoldSendsLearned {
		// 0.0.0.0 and port 0 say that nothing is to be sent, not where the party is.
		media = old
	}
	changed := !first && media != old
	l.known, l.sdp = true, media
	if first {
		l.firstSDP = media
	}
	if (first || changed) && l.p.AfterReset != AfterResetRemember {
		l.learned = media
	}
	if !first && (l.p.Disarm == DisarmSDPChanged || l.p.Disarm == DisarmSDP && l.ever) {
		return l.disarm(t) | l.movedFrom(before)
	}
	if l.p.LearnPackets == 0 && (first || changed) {
		l.becomeSource(media, t)
		l.has, l.locked, l.stream = !media.IsZero(), true, false
	}
	if changed {
		what |= ResetSDPChanged
	}
	if !l.has || l.cur != media {
		what |= ResetSDPDiffers
	}
	changes := l.restart(t, what, changed)
	if changes == 0 && changed && l.has && l.cur == old && !l.strayed {
		// The latched source was SDP's own address: it moves with SDP.
		l.becomeSource(media, t)
	}
	return changes&^Moved | l.movedFrom(before)
}

// restart begins learning anew if the policy resets on any of what happened.
func (l *latch) restart(t int64, what Reset, changed bool) Change {
	if l.p.Reset&what == 0 || l.p.LearnPackets == 0 {
		return 0
	}
	before := l.destination()
	was := l.locked || l.has
	keep := l.p.AfterReset == AfterResetAccept || (l.p.AfterReset == AfterResetKeep || l.p.AfterReset == AfterResetRemember) && !changed
	l.reopen(t, keep)
	if l.p.AfterReset == AfterResetAccept {
		l.dest = endpoint.Endpoint{}
	}
	var changes Change
	if was {
		changes = Reopened
	}
	return changes | l.movedFrom(before)
}

// disarm ends learning on further SDP of the party, or begins it again.
func (l *latch) disarm(t int64) Change {
	closed := l.locked || l.disarmed
	if l.p.Disarm == DisarmSDPChanged && closed && l.sdp == l.firstSDP {
		l.disarmed, l.locked = false, false
		return Reopened
	}
	l.disarmed = true
	l.becomeSource(l.sdp, t)
	l.has = !l.sdp.IsZero()
	if l.locked {
		return 0
	}
	return l.lock()
}

// beside is the RTCP port that goes with an RTP port (RFC 3550 section 11).
func beside(media endpoint.Endpoint) endpoint.Endpoint {
	if media.Port == 0 || media.Port == 1<<16-1 {
		return media
	}
	media.Port++
	return media
}
