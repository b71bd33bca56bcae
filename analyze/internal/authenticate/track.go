package authenticate

import (
	"strings"

	"github.com/latchscope/latchscope/analyze/internal/collect"
	"github.com/latchscope/latchscope/analyze/internal/srtp"
	"github.com/latchscope/latchscope/analyze/trace"
)

// track follows the packets of one talker as their receiver would.
type track struct {
	leg     *trace.Leg
	side    trace.Side // who sends
	streams []*trace.Stream
	agreed  []*agreement
	pcm     bool
	begun   bool // the talker's first packet of all is in view

	force   *agreement // of the packet before
	highest int64      // index (RFC 3711 section 3.3.1) of the newest packet that the receiver took; -1 before the first
	at      int64      // its number as the trace counts

	checkers map[checkerKey][]*srtp.Checker
	guess    *guess // what fitted the last packet that failed
	tried    int    // packets for which everything was tried, since one passed
	failed   int
	runs     map[*trace.Stream][]run
}

type checkerKey struct {
	crypto *srtp.Crypto
	suite  *srtp.Suite
}

// guess is what protects packets in place of what was agreed on.
type guess struct {
	why    trace.MismatchCause
	crypto *srtp.Crypto
	suite  *srtp.Suite
	roc    int64
}

// run is a stretch of packets that the receiver cannot use.
type run struct {
	trace.Mismatch
	passed int // packets that the receiver could use since the last one
	over   bool
}

// What decides about a packet and a stretch.
const (
	replayWindow = 64              // RFC 3711 section 3.3.2: at least so many
	half         = 1 << 15         // of the sequence numbers
	shortest     = 2 * second      // of a stretch: what is under way at a change of keys is shorter
	grace        = second          // in which whoever announced new keys may use them before the answer
	mostTried    = 8               // packets in a row for which everything is tried
	everyNth     = 32              // packet for which it is tried again
	farthest     = int64(255)      // rollover counter of a talker whose beginning is not in view: four days of 20 ms
	nearest      = int64(16)       // of one whose beginning is
	lateStart    = int64(1 << 12)  // sequence number under which the first packets may have wrapped unseen
	enough       = fewest          // packets of a stretch
	closing      = 3               // packets that pass end it
	unknown      = int64(-1 << 40) // index
)

func newTrack(s *trace.Stream, agreed []*agreement, same []*trace.Stream) *track {
	tr := &track{
		leg: s.Place.Leg, side: s.Place.From, streams: []*trace.Stream{s}, agreed: agreed, pcm: strings.HasPrefix(strings.ToUpper(s.Codec()), "PCM"),
		highest: unknown, checkers: map[checkerKey][]*srtp.Checker{}, runs: map[*trace.Stream][]run{},
	}
	tr.begun = !tr.leg.Invite.IsZero() && s.First.Time > tr.leg.Invite.Time
	for _, o := range same[:min(len(same), mostSame)] {
		// An SSRC that was used before may go on with its counter.
		if tr.begun && o != s && o.SSRC == s.SSRC && o.Src.Addr == s.Src.Addr && o.First.Time < s.First.Time {
			tr.begun = false
		}
	}
	return tr
}

// take looks at one packet.
func (tr *track) take(s *trace.Stream, p *collect.RawPacket) {
	g, next := tr.inForce(p.Time)
	if g == nil || g.chosen[tr.side] == nil || p.Cut || !tr.leg.End.IsZero() && p.Time > tr.leg.End.Time {
		return
	}
	if g != tr.force {
		// New keys: whether the counter goes on or begins anew, receivers do not
		// agree on.
		tr.begun = tr.begun && tr.force == nil
		tr.force, tr.highest, tr.guess, tr.tried = g, unknown, nil, 0
	}
	seq := int64(p.Header.Seq)
	own := g.chosen[tr.side]
	if next != nil && next.chosen[tr.side] != nil && tr.passes(next.chosen[tr.side], nil, p, 0) {
		return
	}
	expected := tr.estimate(seq)
	if roc, ok := tr.first(own, p, expected, s); ok {
		tr.judge(s, p, roc, expected)
		return
	}
	tr.fail(s, p, trace.MismatchKey, 0)
}

// inForce is the agreement of a time, and the one that follows within moments.
func (tr *track) inForce(at int64) (now, next *agreement) {
	for _, g := range tr.agreed {
		if g.at.Time <= at {
			now = g
		} else {
			if g.at.Time-at < grace {
				next = g
			}
			break
		}
	}
	return now, next
}

// estimate is the rollover counter that a receiver expects of a sequence number
// (RFC 3711 section 3.3.1).
func (tr *track) estimate(seq int64) int64 {
	if tr.highest == unknown {
		return 0
	}
	roc, last := tr.highest>>16, tr.highest&0xffff
	switch {
	case last < half && seq-last > half:
		roc--
	case last >= half && last-half > seq:
		roc++
	}
	return max(roc, 0)
}

// first finds the counter with which the agreed key fits a packet, the likely ones
// first.
func (tr *track) first(own *srtp.Crypto, p *collect.RawPacket, expected int64, s *trace.Stream) (roc int64, ok bool) {
	if tr.passes(own, nil, p, expected) {
		return expected, true
	}
	if tr.highest != unknown {
		// Between two windows many numbers may have gone by.
		if far := tr.highest>>16 + p.Seq>>16 - tr.at>>16; far != expected && tr.passes(own, nil, p, far) {
			return far, true
		}
	}
	if tr.guess != nil && tr.guess.why == trace.CauseUnknown && tr.guess.crypto == own {
		for _, r := range [...]int64{tr.guess.roc, tr.guess.roc + 1} {
			if tr.passes(own, nil, p, r) {
				tr.guess.roc = r
				return r, true
			}
		}
	}
	if !tr.thorough() {
		return 0, false
	}
	most := nearest + expected
	if !tr.begun && tr.highest == unknown {
		most = farthest
	}
	for r := int64(0); r <= most; r++ {
		if tr.passes(own, nil, p, r) {
			tr.guess = &guess{crypto: own, roc: r}
			return r, true
		}
	}
	return 0, false
}

// thorough reports whether everything is tried for a packet.
func (tr *track) thorough() bool {
	return tr.tried < mostTried || tr.failed%everyNth == 0 && tr.failed < 64*everyNth || tr.failed%(32*everyNth) == 0
}

// judge says what a receiver does with a packet that the agreed key fits, with a
// counter of roc.
func (tr *track) judge(s *trace.Stream, p *collect.RawPacket, roc, expected int64) {
	seq := int64(p.Header.Seq)
	index := roc<<16 | seq
	switch {
	case tr.highest == unknown:
		if tr.begun && roc != 0 && !(roc == 1 && seq < lateStart) {
			tr.fail(s, p, trace.MismatchRollover, roc)
			return
		}
	case roc == expected && index <= tr.highest-replayWindow:
		tr.fail(s, p, trace.MismatchReplay, 0)
		return
	case roc != expected && (s.Stats.Restarts > 0 || roc != tr.highest>>16+p.Seq>>16-tr.at>>16):
		tr.fail(s, p, trace.MismatchRollover, roc-expected)
		return
	}
	if index > tr.highest {
		tr.highest, tr.at = index, p.Seq
	}
	tr.tried, tr.guess = 0, nil
	if list := tr.runs[s]; len(list) > 0 {
		r := &list[len(list)-1]
		if r.passed++; r.passed >= closing {
			r.over = true
		}
	}
}

// fail notes a packet that the receiver cannot use.
func (tr *track) fail(s *trace.Stream, p *collect.RawPacket, kind trace.MismatchKind, off int64) {
	m := trace.Mismatch{From: p.Mark, To: p.Mark, Kind: kind, Off: off, Packets: 1, Suite: tr.force.chosen[tr.side].Suite.Name, Negotiated: tr.force.at}
	if kind == trace.MismatchKey {
		tr.explain(p, &m)
	}
	tr.failed++
	list := tr.runs[s]
	if n := len(list); n > 0 && !list[n-1].over && list[n-1].Kind == kind && list[n-1].Negotiated == m.Negotiated && (list[n-1].Why == m.Why || m.Why == trace.CauseUnknown) {
		r := &list[n-1]
		r.To, r.passed = p.Mark, 0
		r.Packets++
		return
	}
	if len(list) < mostRuns {
		tr.runs[s] = append(list, run{Mismatch: m})
	}
}

// mostSame bounds how many streams of one SSRC are looked at.
const mostSame = 256

// mostRuns is how many stretches of one stream are told apart.
const mostRuns = 64

// explain finds what protects a packet in place of the key that was agreed on.
func (tr *track) explain(p *collect.RawPacket, m *trace.Mismatch) {
	if g := tr.guess; g != nil && g.why != trace.CauseUnknown {
		for _, r := range [...]int64{g.roc, g.roc + 1} {
			if tr.passes(g.crypto, g.suite, p, r) {
				g.roc = r
				g.name(m)
				return
			}
		}
	}
	if tr.thorough() {
		tr.tried++
		if g := tr.search(p); g != nil {
			tr.guess = g
			g.name(m)
			return
		}
	} else {
		tr.tried++
	}
	if g := tr.force.chosen[tr.side]; tr.pcm && p.Header.PayloadLen%80 == 0 && (len(p.Bytes)-p.Header.PayloadOffset) == p.Header.PayloadLen && g.Suite.Tag%80 != 0 {
		m.Why = trace.CausePlain
	}
}

func (g *guess) name(m *trace.Mismatch) {
	m.Why = g.why
	if g.suite != nil {
		m.Sent = g.suite.Name
	} else if g.crypto.Suite.Name != m.Suite {
		m.Sent = g.crypto.Suite.Name
	}
}

// search tries every other key of the leg.
func (tr *track) search(p *collect.RawPacket) *guess {
	own := tr.force.chosen[tr.side]
	rocs := []int64{0, 1, 2, 3}
	if tr.highest != unknown {
		e := tr.estimate(int64(p.Header.Seq))
		rocs = append([]int64{e}, rocs...)
	}
	try := func(why trace.MismatchCause, c *srtp.Crypto, s *srtp.Suite) *guess {
		if c == nil || s == nil && c.Equal(own) {
			return nil
		}
		for _, r := range rocs {
			if tr.passes(c, s, p, r) {
				return &guess{why, c, s, r}
			}
		}
		return nil
	}
	if o := own.Suite.OtherTag(); o != nil {
		if g := try(trace.CauseOtherTag, own, o); g != nil {
			return g
		}
	}
	for i := len(tr.agreed) - 1; i >= 0; i-- {
		a := tr.agreed[i]
		if a.at.Time < tr.force.at.Time {
			if g := try(trace.CauseOldKey, a.chosen[tr.side], nil); g != nil {
				return g
			}
		}
	}
	for _, a := range tr.agreed {
		for j := range a.named[1-tr.side] {
			if g := try(trace.CauseOtherSide, &a.named[1-tr.side][j], nil); g != nil {
				return g
			}
		}
		for j := range a.named[tr.side] {
			if g := try(trace.CauseNotChosen, &a.named[tr.side][j], nil); g != nil {
				return g
			}
		}
	}
	return nil
}

// passes reports whether one of the keys of an attribute fits a packet; suite is
// nil for the attribute's own.
func (tr *track) passes(c *srtp.Crypto, suite *srtp.Suite, p *collect.RawPacket, roc int64) bool {
	if roc < 0 || roc > 1<<32-1 {
		return false
	}
	key := checkerKey{c, suite}
	list, ready := tr.checkers[key]
	if !ready {
		s := suite
		if s == nil {
			s = c.Suite
		}
		for _, k := range c.Keys {
			if x := srtp.NewChecker(s, k); x != nil {
				list = append(list, x)
			}
		}
		tr.checkers[key] = list
	}
	for _, x := range list {
		if x.Passes(p.Bytes, p.Header.PayloadOffset, uint32(roc)) {
			return true
		}
	}
	return false
}

// found are the stretches of a stream that are long enough to be heard.
func (tr *track) found(s *trace.Stream) []trace.Mismatch {
	var out []trace.Mismatch
	for _, r := range tr.runs[s] {
		if r.Packets >= enough && r.To.Time-r.From.Time >= shortest {
			out = append(out, r.Mismatch)
		}
	}
	return out
}
