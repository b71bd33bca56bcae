package latch

import (
	"math/bits"

	"github.com/latchscope/latchscope/analyze/endpoint"
)

// learn judges a packet while the latch is open. The order of the questions is
// the policy's: is it the source already, does SDP vouch for it, has it passed.
func (l *latch) learn(ev *Event) outcome {
	p := l.p
	if p.Ignored.Has(ev.PT) && ev.Kind == KindRTP {
		return outcome{p.WhileLearning == Relay, ReasonIgnoredType, 0}
	}
	hold := l.holding(ev.Time)
	if p.HoldOffRule == HoldOffRanked {
		return l.rank(ev, hold)
	}
	if l.has {
		if !hold && p.HoldOffRule == HoldOffSwitchable {
			// Whoever the packet is from: the time in which another could pass is over.
			changes := l.lock()
			out := l.guard(ev)
			out.changes |= changes
			return out
		}
		if p.matches(l.cur, ev.Source) {
			return l.settle(outcome{true, ReasonLatched, l.take(ev, p.LearnCounter)}, hold)
		}
	}
	if p.SDPHit != SDPHitNone && l.known && ev.Source == l.sdp {
		return l.settle(outcome{true, ReasonSDPSource, l.become(ev)}, hold && p.SDPHit == SDPHitSwitch)
	}
	passed, changes := l.probe(ev)
	switch {
	case passed:
		return l.settle(outcome{true, ReasonLearned, changes | l.become(ev)}, hold)
	case p.LearnWindow > 0 && l.seen >= p.LearnWindow && (l.has || l.known && !l.sdp.IsZero()):
		// Nobody has passed: it stays with what it has, or with SDP's address.
		if !l.has {
			changes |= l.becomeSource(l.sdp, ev.Time)
		}
		changes |= l.lock()
	}
	return outcome{p.WhileLearning == Relay, ReasonCandidate, changes}
}

// probe counts a packet towards LearnPackets and tells whether its source has
// passed. Packets that come too fast for their number are a flood, and the
// count begins anew.
func (l *latch) probe(ev *Event) (passed bool, changes Change) {
	p := l.p
	if l.seen < 1<<16-1 {
		l.seen++
	}
	place, fresh := l.tally.add(p, p.LearnCounter, p.LearnInSeq, ev)
	if fresh {
		changes = Candidate
	}
	if l.tally.n[place] < p.LearnPackets {
		return false, changes
	}
	if ev.Time-l.tally.since[place] < int64(p.LearnSpan) {
		l.tally.again(place, ev.Time)
		return false, changes
	}
	return true, changes
}

// settle locks a latch that has a source, unless it is too early for that.
func (l *latch) settle(out outcome, hold bool) outcome {
	if !hold {
		out.changes |= l.lock()
	}
	return out
}

// rank judges a packet under HoldOffRanked: whoever sent it, the source is the
// one that resembles SDP most among those heard since learning began.
func (l *latch) rank(ev *Event, hold bool) outcome {
	p := l.p
	rank := l.rankOf(ev.Source)
	l.slots[rank] = ev.Source
	l.ranks |= 1 << rank
	if rank == 0 && p.SDPHit == SDPHitLock {
		return l.settle(outcome{true, ReasonSDPSource, l.become(ev)}, false)
	}
	best := bits.TrailingZeros8(l.ranks)
	if best < rank && p.RankedDrop && p.LockedMismatch == MismatchDrop {
		return outcome{false, ReasonOutranked, 0}
	}
	if best < rank {
		// The stream is noted from whoever speaks; the source is the better one.
		out := outcome{true, ReasonOutranked, l.becomeSource(l.slots[best], ev.Time)}
		return l.settle(out, hold)
	}
	if l.has && l.cur == ev.Source {
		return l.settle(outcome{true, ReasonLatched, l.take(ev, p.LearnCounter)}, hold)
	}
	passed, changes := l.probe(ev)
	if !passed {
		return outcome{p.WhileLearning == Relay, ReasonCandidate, changes}
	}
	return l.settle(outcome{true, ReasonLearned, changes | l.become(ev)}, hold)
}

// rankOf is how far a source is from SDP: 0 the same, 1 the same address,
// 2 the same port, 3 neither.
func (l *latch) rankOf(src endpoint.Endpoint) int {
	rank := 0
	if src.Port != l.sdp.Port {
		rank |= 1
	}
	if src.Addr != l.sdp.Addr {
		rank |= 2
	}
	return rank
}
