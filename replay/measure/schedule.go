package measure

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/latchscope/latchscope/replay/latch"
)

// Options say what calls a schedule is made of. The zero value is ten seconds
// of everything that every engine can be asked for.
type Options struct {
	Length     time.Duration // 0: ten seconds
	Ringing    time.Duration // the longest that it rings; 0: a second
	Keepalives bool          // datagrams without media among the packets
}

// ptime is the time between two packets of a party.
const ptime = 20 * time.Millisecond

// NewSchedule is a call made of chance: the same seed makes the same. It is a
// trace without an engine, and without what became of its packets. Times are when
// events are due.
func NewSchedule(seed uint64, opt Options) *Trace {
	s := schedule{
		rand: rand.New(rand.NewPCG(seed, 0x9e3779b97f4a7c15)),
		end:  cmp.Or(opt.Length, 10*time.Second), opt: opt,
		t: &Trace{Engine: "schedule", Seed: seed},
	}
	s.signalling()
	for side := range latch.Side(2) {
		s.party(side)
	}
	slices.SortStableFunc(s.t.Events, func(a, b Event) int { return cmp.Compare(a.At, b.At) })
	return s.t
}

type schedule struct {
	rand   *rand.Rand
	end    time.Duration
	opt    Options
	t      *Trace
	answer time.Duration
}

func (s *schedule) add(ev Event) { s.t.Events = append(s.t.Events, ev) }

func (s *schedule) note(format string, args ...any) {
	s.t.Notes = append(s.t.Notes, fmt.Sprintf(format, args...))
}

// between is a random duration, in whole milliseconds.
func (s *schedule) between(a, b time.Duration) time.Duration {
	if b <= a {
		return a
	}
	return (a + time.Duration(s.rand.Int64N(int64(b-a)))).Round(time.Millisecond)
}

// What kinds of events are due at within each ptime, well apart: what happens in
// the same moment is decided by chance, and tells nothing.
const (
	ofSignalling = 0 * time.Millisecond
	ofMedia      = 3 * time.Millisecond
	ofKeepalives = 6 * time.Millisecond
	ofStrangers  = 8 * time.Millisecond
	ofB          = 10 * time.Millisecond // after the same of A
)

// in is the moment for a kind of event in the ptime that a time is in.
func in(at, kind time.Duration, side latch.Side) time.Duration {
	return at/ptime*ptime + kind + time.Duration(side)*ofB
}

// signalling is an offer of A, its answer, and perhaps others later.
func (s *schedule) signalling() {
	ringing := cmp.Or(s.opt.Ringing, time.Second)
	s.answer = in(s.between(ringing/5, ringing), ofSignalling, 0)
	s.add(Event{What: Offer, Side: latch.SideA, Place: SDP})
	if s.rand.IntN(4) == 0 {
		early := in(s.answer/2, ofSignalling, 0)
		s.note("B early at %s", early)
		s.add(Event{At: early, What: Early, Side: latch.SideB, Place: SDP})
	}
	s.note("answer at %s", s.answer)
	s.add(Event{At: s.answer, What: Answer, Side: latch.SideB, Place: SDP})
	places := [2]Place{SDP, SDP}
	at := s.answer
	for range s.rand.IntN(3) {
		at = in(s.between(at+700*time.Millisecond, s.end), ofSignalling, 0)
		answered := at + in(s.between(40*time.Millisecond, 250*time.Millisecond), ofSignalling, 0)
		if answered > s.end-500*time.Millisecond {
			break
		}
		by := latch.Side(s.rand.IntN(2))
		hold := false
		switch s.rand.IntN(6) {
		case 0, 1:
			places[by] = SDP2
		case 2:
			places[by], hold = None, true
		case 3:
			places[by] = SDP
		}
		s.note("re-offer %s %s hold=%v at %s", by, places[by], hold, at)
		s.add(Event{At: at, What: Offer, Side: by, Place: places[by], Hold: hold})
		s.add(Event{At: answered, What: Answer, Side: by.Other(), Place: places[by.Other()]})
		at = answered
	}
}

// party is the media of one side: where it comes from and where it moves to.
func (s *schedule) party(side latch.Side) {
	sources := []Place{SDP, Port, Addr, NAT1, NAT2}
	any := func() Place { return sources[s.rand.IntN(len(sources))] }
	from := s.between(10*time.Millisecond, s.answer+60*time.Millisecond)
	if side == latch.SideA || s.rand.IntN(2) == 0 {
		from = s.answer + s.between(0, 60*time.Millisecond)
	}
	from = in(from, ofMedia, side)
	place, other := any(), Nowhere
	ssrc, seq := uint32(s.t.Seed)<<8|uint32(side)<<7, uint16(s.rand.IntN(1<<16))
	s.note("%s starts at %s from %s", side, from, place)
	var moves []time.Duration
	for range s.rand.IntN(4) {
		moves = append(moves, s.between(from+100*time.Millisecond, s.end))
	}
	slices.Sort(moves)
	quiet := time.Duration(0)
	for n, at := 0, from; at < s.end; n, at = n+1, at+ptime {
		if len(moves) > 0 && at >= moves[0] {
			moves = moves[1:]
			place, other = any(), Nowhere
			if s.rand.IntN(6) == 0 {
				other = any() // two sources in turn
			}
			if s.rand.IntN(4) == 0 {
				ssrc, seq = ssrc+1, uint16(s.rand.IntN(1<<16))
			}
			if s.rand.IntN(8) == 0 {
				seq += uint16(s.rand.IntN(1300))
			}
			if s.rand.IntN(6) == 0 {
				quiet = at + s.between(200*time.Millisecond, 3*time.Second)
			}
			s.note("%s -> %s alt=%s at %s", side, place, other, at)
		}
		seq++
		if at < quiet {
			continue
		}
		src := place
		if other != Nowhere && n%2 == 1 {
			src = other
		}
		s.add(Event{At: at, What: RTP, Side: side, Place: src, SSRC: ssrc, Seq: seq})
	}
	if s.rand.IntN(3) == 0 {
		at, n := in(s.between(s.answer+300*time.Millisecond, s.end-500*time.Millisecond), ofStrangers, side), 1+s.rand.IntN(30)
		s.note("%s stranger x%d at %s", side, n, at)
		for i := range n {
			s.add(Event{At: at + time.Duration(i)*ptime, What: RTP, Side: side, Place: Stranger, SSRC: 0xdead0000 + uint32(side), Seq: uint16(i)})
		}
	}
	if s.opt.Keepalives {
		for range 2 {
			kinds := []What{Empty, CRLF, STUN, NoMedia}
			s.add(Event{At: in(s.between(s.answer, s.end), ofKeepalives, side), What: kinds[s.rand.IntN(len(kinds))], Side: side, Place: any(), SSRC: ssrc, Seq: seq})
		}
	}
}
