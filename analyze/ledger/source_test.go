package ledger

import (
	"testing"

	"github.com/latchscope/latchscope/analyze/trace"
)

// A hole between two packets of one talker was lost where numbers for half of it are
// missing, or where a relay renumbers, it is long and nothing shows a pause; else the
// talker paused.
func TestBetween(t *testing.T) {
	mark := func(ms, seq int64) trace.Mark {
		return trace.Mark{Time: ms * millisecond, Seq: seq, TS: seq * 160, Frame: uint32(seq + 1)}
	}
	noise := func(m trace.Mark) trace.Mark { m.PT = 13; return m }
	spurt := func(m trace.Mark) trace.Mark { m.Marker = true; return m }
	pause := func(ms, seq int64) trace.Gap { return trace.Gap{Before: mark(ms, seq), After: mark(ms+1000, seq+1)} }
	for _, c := range []struct {
		name    string
		relay   bool
		long    int64 // ms
		gone    int64 // numbers that are missing
		sign    func(before, after *trace.Mark)
		earlier []trace.Gap
		state   State
		sure    Confidence
		packets int64
	}{
		{name: "all numbers are missing", long: 1000, gone: 49, state: Missing, sure: Confirmed, packets: 49},
		{name: "behind a relay", relay: true, long: 3000, gone: 149, state: Missing, sure: Confirmed, packets: 149},
		{name: "half of them", long: 1000, gone: 25, state: Missing, sure: Confirmed, packets: 25},
		{name: "less than half", long: 1000, gone: 24, state: Paused, sure: Confirmed},
		{name: "half of a longer one", long: 1001, gone: 25, state: Paused, sure: Confirmed},
		{name: "three packets", long: 80, gone: 3, state: Missing, sure: Confirmed, packets: 3},
		{name: "two packets are no silence", long: 60, gone: 2, state: Paused, sure: Confirmed},
		{name: "a talker's numbers go on", long: 5000, state: Paused, sure: Confirmed},
		{name: "a relay's may, too, in a short pause", relay: true, long: 1980, state: Paused, sure: Confirmed},
		{name: "but nothing shows a long one", relay: true, long: 3000, state: Missing, sure: Likely, packets: 150},
		{name: "some numbers are missing", relay: true, long: 3000, gone: 30, state: Missing, sure: Likely, packets: 150},
		{name: "comfort noise came before it", relay: true, long: 3000, sign: func(b, _ *trace.Mark) { *b = noise(*b) }, state: Paused, sure: Likely},
		{name: "by old habit", relay: true, long: 3000, sign: func(b, _ *trace.Mark) { b.PT = 19 }, state: Paused, sure: Likely},
		{name: "comfort noise came after it", relay: true, long: 3000, sign: func(_, a *trace.Mark) { *a = noise(*a) }, state: Missing, sure: Likely, packets: 150},
		{name: "the clock went on, and a talkspurt begins", relay: true, long: 3000,
			sign: func(b, a *trace.Mark) { *a = spurt(*a); a.TS = b.TS + 24_000 }, state: Paused, sure: Likely},
		{name: "the clock alone", relay: true, long: 3000, sign: func(b, a *trace.Mark) { a.TS = b.TS + 24_000 }, state: Missing, sure: Likely, packets: 150},
		{name: "a talkspurt alone", relay: true, long: 3000, sign: func(_, a *trace.Mark) { *a = spurt(*a) }, state: Missing, sure: Likely, packets: 150},
		{name: "and the clock ran away", relay: true, long: 3000,
			sign: func(b, a *trace.Mark) { *a = spurt(*a); a.TS = b.TS + 34_000 }, state: Missing, sure: Likely, packets: 150},
		{name: "two pauses before", relay: true, long: 3000, earlier: []trace.Gap{pause(1000, 50), pause(3000, 100)}, state: Paused, sure: Likely},
		{name: "one pause before", relay: true, long: 3000, earlier: []trace.Gap{pause(1000, 50)}, state: Missing, sure: Likely, packets: 150},
		{name: "one with a sign", relay: true, long: 3000,
			earlier: []trace.Gap{{Before: noise(mark(1000, 50)), After: mark(2000, 51)}}, state: Paused, sure: Likely},
		{name: "one that a talkspurt ended", relay: true, long: 3000,
			earlier: []trace.Gap{{Before: mark(1000, 50), After: spurt(mark(2000, 51))}}, state: Paused, sure: Likely},
		{name: "losses are no pauses", relay: true, long: 3000,
			earlier: []trace.Gap{{Before: mark(1000, 50), After: mark(2000, 100)}, {Before: mark(3000, 120), After: mark(4000, 170)}}, state: Missing, sure: Likely, packets: 150},
		{name: "nor are pauses to come", relay: true, long: 3000, earlier: []trace.Gap{pause(61_000, 950), pause(63_000, 960)}, state: Missing, sure: Likely, packets: 150},
		{name: "nor is a fifth of a second", relay: true, long: 3000, earlier: []trace.Gap{
			{Before: mark(1000, 50), After: mark(1199, 51)}, {Before: mark(3000, 120), After: mark(3199, 121)}}, state: Missing, sure: Likely, packets: 150},
	} {
		s := &trace.Stream{Clock: 8000, First: mark(0, 0), Last: mark(70_000, 1000)}
		for _, g := range c.earlier {
			s.Break(g)
		}
		s.Last.Time = 20 * millisecond * s.Last.Seq // a packet each 20 ms, beside its pauses
		for _, g := range c.earlier {
			if g.Missing() == 0 {
				s.Last.Time += g.Duration() - 20*millisecond
			}
		}
		from, to := mark(50_000, 900), mark(50_000+c.long, 901+c.gone)
		if c.sign != nil {
			c.sign(&from, &to)
		}
		h := hole{from: from.Time, to: to.Time, before: &segment{s: s, to: from}, after: &segment{s: s, from: to}}
		for part := range int64(2) { // the whole, then its second half
			d := direction{rower: new(rower), relay: c.relay}
			d.between(h.from+part*(h.to-h.from)/2, h.to, Span{At: "path"}, &h)
			want := c.packets / (part + 1)
			if got := d.out[0]; got.State != c.state || got.Confidence != c.sure || got.Packets != want {
				t.Errorf("%s, part %d: %v, %v, %d packets; want %v, %v, %d", c.name, part, got.State, got.Confidence, got.Packets, c.state, c.sure, want)
			}
		}
	}
}

// Numbers of another SSRC are no numbers of one's own.
func TestBetweenNumbers(t *testing.T) {
	stream := func(ssrc uint32, first, last int64) *trace.Stream {
		return &trace.Stream{SSRC: ssrc, First: trace.Mark{Seq: first}, Last: trace.Mark{Seq: last}}
	}
	list := []*trace.Stream{stream(1, 100, 199), stream(2, 100, 299), stream(1, 250, 299)}
	for _, c := range []struct {
		ssrc   uint32
		lo, hi int64
		n      int64
		same   bool
	}{
		{1, 100, 299, 150, true}, {1, 190, 259, 20, true}, {1, 200, 249, 0, true}, {2, 190, 259, 70, true}, {3, 100, 299, 0, false}, {1, 300, 200, 0, true},
	} {
		if n, same := between(list, c.ssrc, c.lo, c.hi); n != c.n || same != c.same {
			t.Errorf("%+v: %d, %v", c, n, same)
		}
	}
}
