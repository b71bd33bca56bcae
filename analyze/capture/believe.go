package capture

import (
	"fmt"
	"time"
)

// A recorded time is data: a damaged byte dates a packet centuries away, and
// whoever measures durations must not follow it there. So a time that is far
// from the packet's before is believed only if the packet behind it does not
// contradict: where that goes back to the packet before, the time in between
// makes no sense, and the packet takes its predecessor's, which the order of
// the frames vouches for.

const (
	// farApart is how far a time may be from the packet's before without being
	// asked about.
	farApart = 60 * second

	day  = 24 * 3600 * second
	year = 365 * day

	// Earliest and Latest bound the times of all frames. The difference of two
	// such times, less that of two clocks, fits into an int64 of nanoseconds.
	Earliest = -70 * year // 1900
	Latest   = 150 * year // 2119

	// aheadWindow is how many bytes behind a packet are looked at for the times
	// of the packets that follow.
	aheadWindow = 96 << 10
	// aheadMost is how many times are looked for, for the first packet of all.
	aheadMost = 2
)

// times are those of the packets behind one, in file order.
type times struct {
	ns [aheadMost]int64
	n  int
}

func (t *times) add(ns int64) {
	t.ns[t.n] = ns
	t.n++
}

func (t *times) full(want int) bool { return t.n >= want }

// questionable reports whether a time needs those behind it to be believed, and
// how many of them. Without a packet before there is nothing to be far from.
func (t *tracker) questionable(ns int64) (want int, yes bool) {
	switch {
	case t.recorded:
		return 0, false
	case t.packets == 0 && !t.resumed:
		return aheadMost, true
	}
	return 1, t.far(ns)
}

// far reports whether a time lies further from that of the packet before than
// farApart. The sum wraps for times that are centuries apart, and then is far.
func (t *tracker) far(ns int64) bool { return uint64(ns-t.prev+farApart) > 2*farApart }

// believe is the time that the packet no gets, which says ns, before those
// that ahead says.
func (t *tracker) believe(ns, no int64, ahead times) int64 {
	if t.packets == 0 && !t.resumed {
		t.prev = clampTime(ns)
		if ahead.n == aheadMost && t.stray(ns, ahead.ns[0], ahead.ns[1]) {
			t.prev = clampTime(ahead.ns[0])
		}
	}
	if !t.far(ns) && ns == clampTime(ns) {
		return ns
	}
	switch {
	case ns != clampTime(ns):
		t.clamped(no)
		return t.prev
	case ahead.n == 0 && unlikely(t.prev, ns), ahead.n > 0 && contradicts(t.prev, ns, ahead.ns[0]):
		if t.odds == 0 {
			t.oddsFrame, t.oddsTime = no, ns
		}
		t.odds++
		return t.prev
	}
	by := ns - t.prev
	if by > t.stepMost {
		t.stepFrame, t.stepMost = no, by
	}
	if by > 30*day || by < -30*day {
		t.steps++
	}
	return ns
}

// contradicts reports whether the next packet's time goes back on one: it is
// nearer to the packet before, and not much further from that than the one is.
func contradicts(before, ns, next int64) bool {
	return apart(next, before) < apart(next, ns) && apart(next, before)/2 <= apart(ns, before)
}

// stray reports whether the first packet's time makes no sense before the next
// two: these lie closer together than either to it.
func (t *tracker) stray(ns, next, third int64) bool {
	return unlikely(ns, next) && apart(next, third) < min(apart(ns, next), apart(ns, third))
}

// unlikely reports whether two packets would hardly follow each other at these
// times, with nobody else to ask: back by a day, or on by a year.
func unlikely(before, after int64) bool {
	before, after = clampTime(before), clampTime(after)
	return after-before < -day || after-before > year
}

// clampTime is the nearest time that can be delivered.
func clampTime(ns int64) int64 { return min(max(ns, Earliest), Latest) }

// apart is how far two times are from each other.
func apart(a, b int64) int64 {
	a, b = clampTime(a), clampTime(b)
	return max(a-b, b-a)
}

// tellTimes says what is wrong with the times of a file.
func (t *tracker) tellTimes(ws *warnings) {
	if t.clamp > 0 {
		ws.add("time-range", t.clampFrame, t.clamp, "times outside the years 1900 to 2119 make no sense: these packets were given the time of the packet before")
	}
	if t.odds > 0 {
		ws.add("time-damaged", t.oddsFrame, t.odds, fmt.Sprintf(
			"times that neither the packet before nor the one behind supports (the first says %s): these packets were given the time of the packet before",
			time.Unix(0, t.oddsTime).UTC().Format(time.DateOnly)))
	}
	if t.stepMost > year {
		ws.add("time-step", t.stepFrame, 1, fmt.Sprintf("from one packet to the next the clock goes on by %d days", t.stepMost/day))
	}
	if text := t.senseless(); text != "" {
		ws.add("no-clock", 0, t.packets, text+": nothing that takes time can be judged")
	}
}

// senseless says why no duration in a file can be trusted, "" mostly.
func (t *tracker) senseless() string {
	const few = 10
	switch {
	case t.packets >= few && t.first == t.last:
		return "all packets have the same time"
	case t.packets >= few && t.back >= t.packets-1-t.packets/10:
		return "each packet is earlier than the one before"
	case t.packets >= few && (t.odds+t.clamp+t.steps)*10 > t.packets:
		return "the times jump about"
	}
	return ""
}
