package latch

import (
	"time"

	"github.com/latchscope/latchscope/analyze/endpoint"
)

// latch is what one side knows about the source of one component. Its phases
// are learning and locked; both may have a current source, and only a locked
// one must. It knows nothing of the other side: whether a packet can be sent on
// is the Engine's business.
type latch struct {
	p *Policy

	sdp   endpoint.Endpoint // what the party's SDP names; valid with known
	cur   endpoint.Endpoint // the current source; valid with has
	dest  endpoint.Endpoint // where cur was last taken from; zero: SDP, or nowhere
	first endpoint.Endpoint // the first source that was locked

	learned  endpoint.Endpoint // ReturnAfter: what was learned last, be it sent to or not; zero: nothing
	firstSDP endpoint.Endpoint // what this party's first SDP named

	since   int64 // when learning began
	noted   int64 // when seq was noted
	heard   int64 // last packet of cur
	updated int64 // when SDP came that was not the first; valid with again
	ssrc    uint32
	seq     uint16
	seen    uint16 // packets since learning began, for LearnWindow
	passed  uint32 // MayFreeze: the SSRC that passed last; valid with anyPassed
	listen  uint32 // NewSSRCPackets: the SSRC that is listened to; valid with listening
	other   uint32 // another that is being counted
	others  uint16 // how many packets of it came in a row, the first not counted

	known   bool // SDP has come
	held    bool // SDP says that nothing is to be sent
	nowhere bool // SDP names no address
	has     bool // there is a current source
	locked  bool
	ever    bool // it was locked before
	again   bool // SDP has come more than once
	stream  bool // ssrc and seq are cur's

	negotiated bool // an offer and an answer have come
	flush      bool // the next packet that passes is thrown away
	anyPassed  bool
	strayed    bool // MayFreeze: a packet from elsewhere was taken: SDP is not believed any more
	listening  bool
	disarmed   bool // nothing is learned any more
	rtcpHeard  bool // RTCP came from this party

	tally   tally
	slots   [4]endpoint.Endpoint // HoldOffRanked: the latest source of each rank
	ranks   uint8                // which of them were heard, by bit
	ranksOf int64                // the signalling that they are of
}

// ready reports whether this party's packets are judged already.
func (l *latch) ready() bool {
	return l.known && (l.p.LearnFrom == LearnFromOwnSDP || l.negotiated)
}

// outcome is what a latch says about a packet.
type outcome struct {
	pass    bool
	reason  Reason
	changes Change
}

// packet judges one packet.
func (l *latch) packet(ev *Event) outcome {
	if !l.ready() {
		switch {
		case l.p.PreSDP == PreSDPDrop, l.p.PreSDP == PreSDPQueue:
			return outcome{false, ReasonNoSDP, 0}
		case l.p.PreSDP == PreSDPRelay, l.p.LearnPackets == 0:
			return outcome{true, ReasonNoSDP, 0}
		}
	}
	if (l.p.NewSSRCPackets > 0 || l.p.NewSSRCAtOnce) && l.p.LearnPackets > 0 {
		if out, done := l.choose(ev); done {
			return out
		}
	}
	out := l.judge(ev)
	if out.pass && l.flush {
		l.flush = false
		out.pass, out.reason = false, ReasonFlushed
	}
	return out
}

// judge asks the phase that the latch is in.
func (l *latch) judge(ev *Event) outcome {
	if l.locked {
		return l.guard(ev)
	}
	return l.learn(ev)
}

// guard judges a packet while locked.
func (l *latch) guard(ev *Event) outcome {
	if ev.Source != l.cur && !l.p.matches(l.cur, ev.Source) {
		return l.mismatch(ev)
	}
	changes := l.take(ev, l.p.RelatchCounter)
	if l.p.MayFreeze {
		l.noteChange(ev)
	}
	return outcome{true, ReasonLatched, changes}
}

// take notes a packet of the current source.
func (l *latch) take(ev *Event, kind Counter) Change {
	l.heard = ev.Time
	l.follow(ev)
	if l.tally.used > 0 {
		l.tally.known(kind, ev.Seq)
	}
	if l.p.MatchMoves {
		l.cur = ev.Source
	}
	if l.dest == l.cur {
		return 0
	}
	return l.aim(l.cur)
}

// follow keeps up with the sequence of the current source.
func (l *latch) follow(ev *Event) {
	switch {
	case ev.Kind == KindKeepalive:
	case !l.stream:
		if !l.p.MayFreeze {
			l.note(ev)
		}
	case ev.SSRC != l.ssrc:
	case l.p.SequenceEvery > 0:
		if ev.Time-l.noted >= int64(l.p.SequenceEvery) {
			l.seq, l.noted = ev.Seq, ev.Time
		}
	case int16(ev.Seq-l.seq) > 0:
		l.seq = ev.Seq
	}
}

// note keeps the stream by which the current source is known. A keepalive has
// none.
func (l *latch) note(ev *Event) {
	l.stream = ev.Kind != KindKeepalive
	l.ssrc, l.seq, l.noted = ev.SSRC, ev.Seq, ev.Time
}

// become makes the packet's source the current one.
func (l *latch) become(ev *Event) Change {
	l.note(ev)
	return l.becomeSource(ev.Source, ev.Time)
}

func (l *latch) becomeSource(src endpoint.Endpoint, t int64) Change {
	l.cur, l.has, l.heard = src, true, t
	l.tally = tally{}
	return l.aim(src)
}

// aim makes src the destination, where sources are sent to at all.
func (l *latch) aim(src endpoint.Endpoint) Change {
	if l.p.Destination == DestinationSDP {
		return 0
	}
	before := l.destination()
	l.dest = src
	return l.movedFrom(before)
}

// lock ends learning on the current source.
func (l *latch) lock() Change {
	l.locked = true
	l.tally = tally{}
	if !l.ever {
		l.ever, l.first = true, l.cur
		return Locked
	}
	return Relocked
}

// reopen begins learning at t. The current source stays if keep says so.
func (l *latch) reopen(t int64, keep bool) {
	l.locked, l.since, l.seen = false, t, 0
	l.tally = tally{}
	l.flush = l.p.Flush
	if !keep {
		l.has, l.stream = false, false
		l.cur, l.dest = endpoint.Endpoint{}, endpoint.Endpoint{}
	}
}

// target is where this component is sent to, or nil. It points into the latch,
// because the copies were a third of the price of a decision.
func (l *latch) target() *endpoint.Endpoint {
	switch {
	case l.held:
		return nil
	case l.p.Destination != DestinationSDP && !l.dest.IsZero():
		return &l.dest
	case l.p.Destination == DestinationSourceOnly || !l.known || l.sdp.IsZero(), l.nowhere && l.p.HoldSends == HoldSendsLearned:
		return nil
	}
	return &l.sdp
}

// destination is the target by value, zero for none.
func (l *latch) destination() endpoint.Endpoint {
	if to := l.target(); to != nil {
		return *to
	}
	return endpoint.Endpoint{}
}

// movedFrom tells whether the destination is another than it was.
func (l *latch) movedFrom(before endpoint.Endpoint) Change {
	if l.destination() != before {
		return Moved
	}
	return 0
}

// holding tells whether HoldOff still forbids a lock.
func (l *latch) holding(t int64) bool {
	return l.p.HoldOff > 0 && l.within(t, l.p.HoldOff)
}

// within reports whether no more than d has passed since learning began.
func (l *latch) within(t int64, d time.Duration) bool {
	if l.p.WholeSeconds {
		return t/int64(time.Second) <= l.since/int64(time.Second)+int64(d/time.Second)
	}
	return t-l.since <= int64(d)
}

// sendable tells whether an address in SDP can be sent to: 0.0.0.0 is how
// RFC 2543 put a call on hold, and port 0 is a rejected stream.
func sendable(e endpoint.Endpoint) bool { return e.Port != 0 && !e.IP().IsUnspecified() }
