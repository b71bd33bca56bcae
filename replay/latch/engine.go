package latch

import "github.com/latchscope/latchscope/analyze/endpoint"

// Engine relays the media of one call between two parties, each of whose sides
// latches by its own Policy. It is a pure state machine: events in, decisions
// out, no clock, no goroutine, no allocation after New. An Engine must not be
// used by two goroutines at once; it must not be copied.
type Engine struct {
	sides    [2]side
	policies [2][2]Policy // by side, then RTP and RTCP; the latches point here
	answered bool         // an answer was seen, be it provisional
	final    bool         // a final answer was seen
	ended    bool
}

// side is one party as the engine sees it.
type side struct {
	latches [2]latch // RTP, RTCP
	bound   bool
	hold    bool // this party's SDP put the call on hold
	mux     bool // RTCP shares RTP's port
}

// Indexes of a side's latches.
const (
	rtp = iota
	rtcp
)

// New is the engine of a call that has not begun. Most calls have the same
// policy on both sides; a trunk that is not behind a NAT may have another.
func New(a, b Policy) (*Engine, error) {
	e := new(Engine)
	for i, p := range [2]Policy{a, b} {
		if err := p.Validate(); err != nil {
			return nil, err
		}
		e.policies[i] = [2]Policy{p, p.forRTCP()}
		for c := range e.sides[i].latches {
			e.sides[i].latches[c].p = &e.policies[i][c]
		}
	}
	return e, nil
}

// Step takes the next event. Times must not run backwards; where they do, the
// event is judged by its own time all the same.
func (e *Engine) Step(ev Event) (d Decision) {
	ev.Side &= 1
	switch ev.Kind {
	case KindRTP, KindRTCP:
		e.packet(&ev, &d)
	case KindOffer, KindAnswer:
		e.signal(&ev, &d)
	case KindBye:
		e.ended = true
	}
	return d
}

func (e *Engine) packet(ev *Event, d *Decision) {
	s := &e.sides[ev.Side]
	switch {
	case e.ended:
		d.Action, d.Reason = NotBound, ReasonEnded
		return
	case !s.bound:
		d.Action, d.Reason = NotBound, ReasonPortClosed
		return
	case ev.Source.Port == 0:
		d.Action, d.Reason = Dropped, ReasonNoSource
		return
	}
	var out outcome
	component := int(ev.Kind & 1)
	if component == rtcp && s.mux {
		out = s.latches[rtp].glance(ev)
	} else {
		out = s.latches[component].packet(ev)
	}
	d.Action, d.Reason, d.Changes = Dropped, out.reason, out.changes
	if !out.pass {
		return
	}
	d.Action = Relayed
	if why := e.sides[ev.Side.Other()].destination(component, &d.To); why != ReasonNone {
		d.Action, d.Reason = Withheld, why
	}
}

// glance judges an RTCP packet on RTP's port: the lock applies to it, but
// nothing is learned from it.
func (l *latch) glance(ev *Event) outcome {
	switch {
	case !l.known:
		return outcome{l.p.PreSDP != PreSDPDrop, ReasonNoSDP, 0}
	case l.has && l.p.matches(l.cur, ev.Source):
		return outcome{true, ReasonLatched, 0}
	case l.locked:
		return l.refuse(ReasonElsewhere)
	}
	return outcome{l.p.WhileLearning == Relay, ReasonCandidate, 0}
}

// destination writes where a component is sent to on this side, or tells why it
// is sent nowhere.
func (s *side) destination(component int, to *endpoint.Endpoint) Reason {
	m := &s.latches[rtp]
	if component == rtcp && !s.mux {
		c := &s.latches[rtcp]
		if c.p.RTCPGuess && !c.has && !c.held && m.has {
			*to = beside(m.cur)
			return ReasonNone
		}
		m = c
	}
	target := m.target()
	switch {
	case target != nil:
		*to = *target
		return ReasonNone
	case m.held:
		return ReasonOnHold
	case m.known:
		return ReasonOtherLearning
	}
	return ReasonNoDestination
}

// forRTCP is the policy of the RTCP latch beside an RTP latch of this policy:
// again only data, so that one state machine serves both.
func (p Policy) forRTCP() Policy {
	// RTCP has no sequence numbers and no payload types of RTP's kind.
	p.LearnInSeq, p.RelatchDistance, p.Ignored = false, 0, PayloadTypes{}
	if p.RTCP == RTCPSame {
		return p
	}
	p.SDPHit = SDPHitLock
	p.LearnPackets, p.LearnCounter, p.LearnSpan, p.LearnWindow = p.RTCPPackets, CountMismatches, 0, 0
	p.WhileLearning = Relay
	p.HoldOff, p.WholeSeconds, p.HoldOffRule, p.RankedDrop = 0, false, HoldOffFollow, false
	p.RelatchPackets, p.RelatchSilence, p.AnySourceWithin, p.SnapBack = 0, 0, 0, SnapBackNone
	if p.RTCP == RTCPFollows {
		p.LockedMismatch = MismatchRelay
		p.RelatchPackets, p.RelatchCounter = p.RTCPPackets, CountMismatches
	}
	return p
}

// State is what a side knows of one component, for reports and for callers that
// compare it with where a talker really is.
type State struct {
	Source      endpoint.Endpoint // the latched source, or the one in use while learning; zero: none
	Destination endpoint.Endpoint // where this side sends; zero: nowhere
	SDP         endpoint.Endpoint // what this party's SDP names; zero: none yet
	Heard       int64             // when Source was last heard
	Locked      bool
	Bound       bool
}

// State is the state of a side's RTP or RTCP latch after the last event.
func (e *Engine) State(at Side, component Kind) State {
	s := &e.sides[at&1]
	c := rtp
	if component == KindRTCP {
		c = rtcp
	}
	l := &s.latches[c]
	st := State{Locked: l.locked, Bound: s.bound && !e.ended}
	if l.has {
		st.Source, st.Heard = l.cur, l.heard
	}
	if l.known {
		st.SDP = l.sdp
	}
	s.destination(c, &st.Destination)
	return st
}
