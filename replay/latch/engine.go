package latch

import "github.com/latchscope/latchscope/analyze/endpoint"

// Engine relays the media of one call between two parties, each of whose sides
// latches by its own Policy. It is a pure state machine: events in, decisions
// out, no clock, no goroutine, no allocation after New. An Engine must not be
// used by two goroutines at once; it must not be copied.
type Engine struct {
	sides     [2]side
	policies  [2][2]Policy // by side, then RTP and RTCP; the latches point here
	queues    [2]*queue    // of the sides that leave early packets in the socket
	late      []Late       // what the last event made readable
	steps     int64        // events given to Step
	answered  bool         // an answer was seen, be it provisional
	final     bool         // a final answer was seen
	reoffered bool         // the exchange that goes on is not the first
	ended     bool
}

// side is one party as the engine sees it.
type side struct {
	latches [2]latch // RTP, RTCP
	bound   bool
	hold    bool   // this party's SDP put the call on hold
	mux     bool   // RTCP shares RTP's port
	errors  uint16 // ICMP errors in a row
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
			e.sides[i].latches[c].flush = p.Flush && c == rtp
		}
		if p.PreSDP == PreSDPQueue {
			e.queues[i] = new(queue)
			e.late = make([]Late, 0, 2*mostQueued)
		}
	}
	return e, nil
}

// Step takes the next event. Times must not run backwards; where they do, the
// event is judged by its own time all the same.
func (e *Engine) Step(ev Event) (d Decision) {
	ev.Side &= 1
	e.late = e.late[:0]
	switch ev.Kind {
	case KindRTP, KindRTCP, KindKeepalive:
		e.packet(&ev, &d)
	case KindError:
		e.refused(&ev, &d)
	case KindOffer, KindAnswer:
		e.signal(&ev, &d)
	case KindBye:
		e.ended = true
	}
	e.steps++
	return d
}

// refused takes an ICMP error for what was sent to a side.
func (e *Engine) refused(ev *Event, d *Decision) {
	s := &e.sides[ev.Side]
	limit := s.latches[rtp].p.ErrorsEnd
	if limit == 0 || e.ended {
		return
	}
	if s.errors++; s.errors >= limit {
		e.ended = true
		d.Reason = ReasonEnded
	}
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
	s.errors = 0
	if q := e.queues[ev.Side]; q != nil && ev.Kind != KindRTCP && !s.latches[rtp].ready() {
		if d.Action, d.Reason = Queued, ReasonNoSDP; !q.put(ev, e.steps) {
			d.Action, d.Reason = Dropped, ReasonQueueFull
		}
		return
	}
	e.deliver(ev, d)
}

// deliver judges a packet that was read from the socket, and sends it on.
func (e *Engine) deliver(ev *Event, d *Decision) {
	s := &e.sides[ev.Side]
	d.Action, d.Reason = Dropped, ReasonKeepalive
	if !s.latches[rtp].p.counts(ev) {
		return
	}
	var out outcome
	component := 0
	if ev.Kind == KindRTCP {
		component = rtcp
		s.latches[rtp].rtcpHeard, s.latches[rtcp].rtcpHeard = true, true
	}
	if component == rtcp && s.mux {
		out = s.latches[rtp].glance(ev)
	} else {
		out = s.latches[component].packet(ev)
	}
	d.Reason, d.Changes = out.reason, out.changes
	if out.reason == ReasonFollowed && s.latches[component].p.FollowBoth {
		d.Other = e.sides[ev.Side.Other()].latches[component].open()
	}
	switch {
	case !out.pass:
		return
	case ev.Kind == KindKeepalive:
		d.Reason = ReasonKeepalive
		return
	}
	d.Action = Relayed
	if why := e.sides[ev.Side.Other()].destination(component, &d.To); why != ReasonNone {
		d.Action, d.Reason = Withheld, why
	}
}

// counts reports whether a latch of this policy looks at a packet.
func (p *Policy) counts(ev *Event) bool {
	switch {
	case p.Counts == CountsAny:
		return true
	case ev.Kind == KindKeepalive:
		return false
	case ev.Empty:
		return p.Counts == CountsRTP
	}
	return true
}

// open makes a locked latch learn anew, from what it knows.
func (l *latch) open() Change {
	if !l.locked || l.p.LearnPackets == 0 {
		return 0
	}
	l.locked = false
	return Reopened
}

// glance judges an RTCP packet on RTP's port: the lock applies to it, but
// nothing is learned from it.
func (l *latch) glance(ev *Event) outcome {
	switch {
	case !l.ready():
		return outcome{l.p.PreSDP == PreSDPRelay || l.p.PreSDP == PreSDPLearn, ReasonNoSDP, 0}
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
		if c.p.RTCPGuess && !c.has && !c.held && !m.cur.IsZero() {
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
	p.SequenceEvery, p.NewSSRCPackets, p.NewSSRCAtOnce, p.MarkerLocks = 0, 0, false, false
	p.Flush = false
	if p.PreSDP == PreSDPQueue {
		p.PreSDP = PreSDPDrop
	}
	p.MayFreeze = false
	if p.RTCP == RTCPSame {
		return p
	}
	p.SDPHit = SDPHitLock
	p.LearnPackets, p.LearnCounter, p.LearnSpan, p.LearnWindow = p.RTCPPackets, CountMismatches, 0, 0
	p.WhileLearning = Relay
	p.HoldOff, p.WholeSeconds, p.HoldOffRule, p.RankedDrop, p.RankedLock = 0, false, HoldOffFollow, false, false
	p.ReturnAfter, p.AfterRTCP, p.FollowBoth = 0, false, false
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
