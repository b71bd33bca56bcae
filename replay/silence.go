package replay

import (
	"slices"

	"github.com/latchscope/latchscope/replay/latch"
)

// Way is one direction through a media server and what became of its packets.
type Way struct {
	Seen    bool  // its input is in the capture
	Same    bool  // every packet of which the capture shows what became of it met the same in this run
	Silence int64 // ns, the longest that ends after the talker moved; 0 where it is below Audible
	Start   int64 // ns since the epoch
	End     int64

	Silences []Silence // all of them, in order of time

	In, Relayed, Dropped, Misdirected, Withheld int64 // In is the sum of the others
	Refused                                     int64 // met a closed port

	Stretches []Stretch // what became of the party's packets, over time
}

// Silence is a stretch in which packets were due and none arrived, in ns since
// the epoch.
type Silence struct{ From, To int64 }

// Stretch is a run of packets that met one fate.
type Stretch struct {
	From, To int64
	Fate     Fate
	Early    bool // before the answer
}

// Audible is the shortest silence that counts, in nanoseconds.
const Audible = int64(100e6)

// How a silence and a talker's own pauses are kept apart; the same figures as
// those of the detectors.
const (
	fewLost = 3           // fewer packets than this are no silence
	breath  = 2 * Audible // a pause that long at the beginning of a silence does not belong to it
	rest    = int64(2e9)  // nor does one that long within, and it parts two silences
	edge    = int64(1e9)  // the first and the last of a call, in which parties still learn and hang up
)

// passage is one packet that was due in one direction.
type passage struct {
	time int64
	fate Fate
}

func (p passage) arrived() bool { return p.fate == Arrived }

// measure counts what became of the packets and looks for the longest silence
// of both directions.
func (c *Case) measure(res *Result, events []latch.Event) {
	var ways [2]Way
	var due [2][]passage
	var highest [2]map[uint32]uint16 // by side: sequence number by SSRC
	for i := range events {
		ev, f := &events[i], &c.Facts[i]
		at := c.seen(ev)
		if !carries(ev) || at > c.End {
			continue
		}
		w := &ways[ev.Side]
		w.Seen = true
		fate := res.Fates[i]
		switch fate {
		case Arrived:
			w.Relayed++
		case Lost:
			w.Dropped++
		case Misdirected:
			w.Misdirected++
		case Kept:
			w.Withheld++
		case Refused:
			w.Refused++
		}
		if f.Main {
			w.stretch(at, fate, at < c.Answer)
		}
		if late(&highest[ev.Side], ev) {
			continue // long after its turn: nobody plays it any more
		}
		if f.Main && (f.Due || fate == Arrived) {
			if fate == Arrived {
				at = max(at, f.Left) // a server may hold packets back for a while
			}
			due[ev.Side] = append(due[ev.Side], passage{at, fate})
		}
	}
	for side := range ways {
		w := &ways[side]
		w.In = w.Relayed + w.Dropped + w.Misdirected + w.Withheld
		w.Silences = c.silences(due[side], c.dueFrom(latch.Side(side)))
		worst := c.longest(w.Silences)
		w.Silence, w.Start, w.End = worst.To-worst.From, worst.From, worst.To
	}
	if far := c.Near.Other(); !c.FarSeen && c.sparse(due[far]) {
		ways[far].Seen, ways[far].Silence, ways[far].Silences = false, 0, nil
	}
	res.Uplink, res.Downlink = ways[c.Near], ways[c.Near.Other()]
}

// behind is how many numbers a packet that was late on its way may be behind the
// highest: further back a sequence begins anew.
const behind = 3000

// late tells whether a packet comes after others with higher numbers, by so many
// that a silence is not over with it, and notes its number where it does not.
func late(highest *map[uint32]uint16, ev *latch.Event) bool {
	if *highest == nil {
		*highest = map[uint32]uint16{}
	}
	last, known := (*highest)[ev.SSRC]
	if d := last - ev.Seq; known && d >= fewLost && d < behind {
		return true
	}
	if !known || ev.Seq-last < 1<<15 || last-ev.Seq >= behind {
		(*highest)[ev.SSRC] = ev.Seq
	}
	return false
}

// sparse tells whether packets that stand for those of the other party leave
// long stretches open, so that nobody knows what came in there.
func (c *Case) sparse(list []passage) bool {
	last := c.Answer
	for _, p := range list {
		if p.time-last >= rest {
			return true
		}
		last = p.time
	}
	return c.End-last >= rest
}

// stretch continues the latest stretch, or begins another.
func (w *Way) stretch(t int64, fate Fate, early bool) {
	const apart = int64(500e6)
	if n := len(w.Stretches); n > 0 {
		if s := &w.Stretches[n-1]; s.Fate == fate && s.Early == early && t-s.To < apart {
			s.To = t
			return
		} else if t-s.To < apart {
			s.To = t // no hole in the picture between two packets
		}
	}
	w.Stretches = append(w.Stretches, Stretch{t, t, fate, early})
}

// dueFrom is the time from which media that arrives at a side is missed where
// nothing shows when it was first due; 0 where packets show it.
func (c *Case) dueFrom(side latch.Side) int64 {
	if side != c.Near && !c.FarSeen {
		return c.Answer
	}
	return 0
}

// silences are the stretches in which packets were due and none arrived: from
// the last that did, else the first that was due, to the next that did, else the
// end of the call.
func (c *Case) silences(list []passage, from int64) (out []Silence) {
	take := func(part []passage, a, b int64) {
		if c.edges {
			first := len(part) > 0 && len(list) > 0 && part[0].time == list[0].time
			if a, b = c.edgesOf(part, first, a, b); a == b {
				return
			}
		}
		lost := 0
		for _, p := range part {
			if !p.arrived() {
				lost++
			}
		}
		if lost >= fewLost && b-a >= Audible {
			out = append(out, Silence{a, b})
		}
	}
	last := -1 // the last that arrived
	for i := 0; i <= len(list); i++ {
		if i < len(list) && !list[i].arrived() {
			continue
		}
		if i-last > 1 {
			a, b := from, c.End
			switch {
			case last >= 0:
				a = max(list[last].time, min(c.Answer, list[last+1].time))
			case from == 0:
				a = list[0].time
			}
			if i < len(list) {
				b = list[i].time
			}
			parts(list[last+1:i], a, b, take)
		}
		last = i
	}
	return out
}

// longest is the longest silence that is not over before the talker moved, zero
// where there is none.
func (c *Case) longest(list []Silence) (worst Silence) {
	for _, s := range list {
		if s.To > c.After && s.To-s.From > worst.To-worst.From {
			worst = s
		}
	}
	return worst
}

// edgesOf takes from a silence what the first and the last second of a call
// excuse, as the account does: parties learn where the other is, and hang up. What
// was refused counts always, and what lasts for a second or more counts whole.
func (c *Case) edgesOf(part []passage, first bool, a, b int64) (from, to int64) {
	only := func(f ...Fate) bool {
		return !slices.ContainsFunc(part, func(p passage) bool { return !slices.Contains(f, p.fate) })
	}
	if first && c.refused && part[0].time-a >= Audible {
		a = part[0].time // who had sent nothing yet was refused nothing
	}
	if first && a-c.Answer < edge && only(Lost, Kept, Misdirected, Unknown) {
		begins := part[0].time // the second in which the talker began, and one in which others learn of him
		if b-c.Answer < edge || begins-c.Answer < edge && b-begins < edge {
			return a, a
		}
		if !c.refused || a-c.Answer < Audible {
			a = min(a, c.Answer)
		}
	}
	if !c.resumed && c.End-a < edge && b >= part[len(part)-1].time && c.End-b < Audible && only(Misdirected) {
		return a, a
	}
	return a, b
}

// parts leaves out of a silence what the talker's own pauses make of it: at its
// ends, and longer ones within.
func parts(lost []passage, a, b int64, take func([]passage, int64, int64)) {
	begin := 0
	if lost[0].time-a >= breath {
		a = lost[0].time
	}
	for i := 1; i < len(lost); i++ {
		if lost[i].time-lost[i-1].time >= rest {
			take(lost[begin:i], a, lost[i-1].time)
			begin, a = i, lost[i].time
		}
	}
	if tail := lost[len(lost)-1].time; b-tail >= rest {
		b = tail
	}
	take(lost[begin:], a, b)
}
