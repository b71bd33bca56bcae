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

	since   int64 // when learning began
	heard   int64 // last packet of cur
	updated int64 // when SDP came that was not the first; valid with again
	ssrc    uint32
	seq     uint16
	seen    uint16 // packets since learning began, for LearnWindow

	known  bool // SDP has come
	held   bool // SDP names no address to send to
	has    bool // there is a current source
	locked bool
	ever   bool // it was locked before
	again  bool // SDP has come more than once
	stream bool // ssrc and seq are cur's

	tally tally
	slots [4]endpoint.Endpoint // HoldOffRanked: the latest source of each rank
	ranks uint8                // which of them were heard, by bit
}

// outcome is what a latch says about a packet.
type outcome struct {
	pass    bool
	reason  Reason
	changes Change
}

// packet judges one packet.
func (l *latch) packet(ev *Event) outcome {
	if !l.known {
		switch {
		case l.p.PreSDP == PreSDPDrop:
			return outcome{false, ReasonNoSDP, 0}
		case l.p.PreSDP == PreSDPRelay, l.p.LearnPackets == 0:
			return outcome{true, ReasonNoSDP, 0}
		}
	}
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
	return outcome{true, ReasonLatched, l.take(ev, l.p.RelatchCounter)}
}

// take notes a packet of the current source.
func (l *latch) take(ev *Event, kind Counter) Change {
	l.heard = ev.Time
	if !l.stream {
		l.stream, l.ssrc, l.seq = true, ev.SSRC, ev.Seq
	} else if ev.SSRC == l.ssrc && int16(ev.Seq-l.seq) > 0 {
		l.seq = ev.Seq
	}
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

// become makes the packet's source the current one.
func (l *latch) become(ev *Event) Change {
	l.stream, l.ssrc, l.seq = true, ev.SSRC, ev.Seq
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
	case l.p.Destination == DestinationSourceOnly || !l.known:
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
	if l.p.HoldOff == 0 {
		return false
	}
	if l.p.WholeSeconds {
		return t/int64(time.Second) <= l.since/int64(time.Second)+int64(l.p.HoldOff/time.Second)
	}
	return t-l.since <= int64(l.p.HoldOff)
}

// sendable tells whether an address in SDP can be sent to: 0.0.0.0 is how
// RFC 2543 put a call on hold, and port 0 is a rejected stream.
func sendable(e endpoint.Endpoint) bool { return e.Port != 0 && !e.IP().IsUnspecified() }
