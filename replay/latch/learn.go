package latch

import (
	"math/bits"
	"time"

	"github.com/latchscope/latchscope/analyze/endpoint"
)

// learn judges a packet while the latch is open. The order of the questions is
// the policy's: is it the source already, does SDP vouch for it, has it passed.
func (l *latch) learn(ev *Event) outcome {
	p := l.p
	if p.ignores(ev) {
		return outcome{p.WhileLearning == Relay, ReasonIgnoredType, 0}
	}
	if p.AfterRTCP && !l.rtcpHeard && ev.Kind != KindRTCP {
		return outcome{p.WhileLearning == Relay, ReasonCandidate, 0}
	}
	switch {
	case p.MayFreeze:
		return l.catch(ev)
	case p.ReturnAfter > 0:
		return l.recall(ev)
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
		if p.SDPHit == SDPHitIgnore && p.matches(l.cur, ev.Source) {
			return outcome{true, ReasonLatched, l.take(ev, p.LearnCounter)}
		}
		if p.matches(l.cur, ev.Source) {
			return l.settle(outcome{true, ReasonLatched, l.take(ev, p.LearnCounter)}, hold)
		}
	}
	if (p.SDPHit == SDPHitSwitch || p.SDPHit == SDPHitLock) && l.known && ev.Source == l.sdp {
		return l.settle(outcome{true, ReasonSDPSource, l.become(ev)}, hold && p.SDPHit == SDPHitSwitch)
	}
	if p.SDPHit == SDPHitIgnore && l.known && ev.Source == l.sdp {
		return outcome{true, ReasonSDPSource, 0}
	}
	if p.MarkerLocks && ev.Marker {
		return l.settle(outcome{true, ReasonMarker, l.become(ev)}, false)
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
	rank, best := l.hear(ev)
	if rank == 0 && (p.RankedLock || p.SDPHit == SDPHitLock) {
		return l.settle(outcome{true, ReasonSDPSource, l.become(ev)}, false)
	}
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

// hear keeps a packet's source as the latest of its rank, and tells that rank
// and the best one of those heard. Where seconds are whole, signalling is told
// apart by its second.
func (l *latch) hear(ev *Event) (rank, best int) {
	of := l.since
	if l.p.WholeSeconds {
		of /= int64(time.Second)
	}
	if of != l.ranksOf || l.p.RanksKept == RanksForOnePacket {
		l.ranks, l.ranksOf = 0, of
	}
	rank = l.rankOf(ev.Source)
	l.slots[rank] = ev.Source
	l.ranks |= 1 << rank
	return rank, bits.TrailingZeros8(l.ranks)
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
