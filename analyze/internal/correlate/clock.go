package correlate

import (
	"slices"

	"github.com/latchscope/latchscope/analyze/capture"
	"github.com/latchscope/latchscope/analyze/internal/collect"
	"github.com/latchscope/latchscope/analyze/trace"
)

// Clocks. Every capture point has a clock of its own. What two points both
// saw, the same packets of one SSRC or the same SIP message, gives the
// difference of the clocks plus the way between them in that direction. Seen
// in both directions the way cancels out, as in NTP (RFC 5905 section 8).

// Clocks finds what has to be known of the captures' clocks. It moves what is in the
// harvest, which serves nothing else afterwards.
func Clocks(h *collect.Harvest) *collect.Clocks {
	c := &collect.Clocks{Steps: stepsOf(h)}
	stepped(h, c.Steps)
	if points := pointsOf(h); points > 1 {
		c.Offsets = offsets(h, points)
	}
	return c
}

func pointsOf(h *collect.Harvest) int {
	points := 1
	for i := range h.Captures {
		points = max(points, h.Captures[i].Point+1)
	}
	return points
}

// setClocks moves all times into the clock of point 0, as if none had ever been
// set, and says what was set.
func setClocks(h *collect.Harvest) []trace.Warning {
	known := h.Clocks
	if known == nil {
		known = &collect.Clocks{Steps: stepsOf(h)}
	}
	found := stepped(h, known.Steps)
	points := pointsOf(h)
	by := make([]int64, points)
	copy(by, known.Offsets)
	if h.Clocks == nil && points > 1 {
		by = offsets(h, points)
	}
	shift(h, by)
	return found
}

// offsets estimates, for every capture point, the nanoseconds to add to its
// times to get those of point 0.
func offsets(h *collect.Harvest, points int) []int64 {
	out := make([]int64, points)
	for p := 1; p < points; p++ {
		if d := agreed(messageOffsets(h, p, out), streamOffsets(h, p, out)); len(d) > 0 {
			// The extremes are the two directions. Where there is only one, its
			// delay stays in the estimate.
			out[p] = -(d[0]/2 + d[len(d)-1]/2)
			if out[p] > -capture.Earliest || out[p] < capture.Earliest {
				out[p] = 0 // clocks that far apart are none
			}
		}
	}
	return out
}

// agreement is how far differences of the same two clocks may lie apart: a round
// trip, and what the clocks drift apart during a capture.
const agreement = 2 * second

// agreed are the differences, in order, that most speak for. Messages are
// unmistakable, but few and seldom seen in both directions on their way; RTP
// counts in thousands, but telephones use SSRC and sequence numbers again. So
// messages say roughly where the clocks are, and RTP says it finely; without
// messages the largest group of streams does.
func agreed(messages, streams []int64) []int64 {
	around := func(list []int64, at int64) []int64 {
		lo, _ := slices.BinarySearch(list, at-agreement/2)
		hi, _ := slices.BinarySearch(list, at+agreement/2)
		return list[lo:hi]
	}
	slices.Sort(messages)
	slices.Sort(streams)
	votes := messages
	if len(votes) == 0 {
		votes = streams
	}
	var best []int64
	for _, v := range votes {
		if g := around(votes, v); len(g) > len(best) {
			best = g
		}
	}
	if len(best) == 0 {
		return nil
	}
	if fine := around(streams, best[len(best)/2]); len(fine) > 0 {
		return fine
	}
	return best
}

// streamOffsets are the times of a point less those of earlier points (shifted by what
// is known of their clocks), one a stream that both saw.
func streamOffsets(h *collect.Harvest, p int, known []int64) []int64 {
	var out []int64
	streams := slices.Clone(h.Streams)
	sortMoments(streams, (*trace.Stream).Start, nil)
	groups, _ := bySSRC(streams)
	for _, f := range groups {
		if len(f) > maxSameSSRC {
			continue
		}
		for _, a := range f {
			for _, b := range f {
				if int(a.Point) < p && int(b.Point) == p && (a.Dst == b.Dst || a.Src == b.Src) {
					if d, ok := difference(a, b); ok {
						out = append(out, d-known[a.Point])
					}
				}
			}
		}
	}
	return out
}

// messageOffsets are the same differences by SIP messages. What identifies one
// survives a NAT, though its bytes may not.
func messageOffsets(h *collect.Harvest, p int, known []int64) []int64 {
	type key struct {
		ident
		call string
	}
	keyOf := func(m trace.Message) key {
		return key{ident{m.Method, m.FromTag, m.ToTag, m.Branch, m.CSeq, m.Status}, m.CallID}
	}
	first := map[key]trace.Moment{}
	for _, m := range h.Messages.All() {
		if pt := h.Captures[m.File].Point; pt < p && m.Branch != 0 {
			if k := keyOf(m); first[k].IsZero() {
				first[k] = m.Moment
			}
		}
	}
	var out []int64
	seen := map[key]bool{}
	for _, m := range h.Messages.All() {
		if h.Captures[m.File].Point != p {
			continue
		}
		k := keyOf(m)
		if a := first[k]; !a.IsZero() && !seen[k] {
			seen[k] = true
			out = append(out, m.Time-a.Time-known[h.Captures[a.File].Point])
		}
	}
	return out
}

// difference of the times at which two points saw the same packets.
func difference(a, b *trace.Stream) (int64, bool) {
	if a.Stats.Packets < 10 || b.Stats.Packets < 10 {
		return 0, false
	}
	// Clocks may differ by anything, so only the 16 bits on the wire and the
	// timestamps can say which packets are the same.
	shift := (a.First.Seq - b.First.Seq + 1<<15) >> 16 << 16
	lo, hi := max(a.First.Seq, b.First.Seq+shift), min(a.Last.Seq, b.Last.Seq+shift)
	if hi-lo < 8 {
		return 0, false
	}
	// Numbers that one of the two lacks have no time there: where packets went
	// astray, a server held others back as well.
	var both [][2]int64
	var count int64
	x, y := seqRuns(a), seqRuns(b)
	for i, j := 0, 0; i < len(x) && j < len(y); {
		if from, to := max(x[i][0], y[j][0]+shift, lo), min(x[i][1], y[j][1]+shift, hi); from <= to {
			both = append(both, [2]int64{from, to})
			count += to - from + 1
		}
		if x[i][1] < y[j][1]+shift {
			i++
		} else {
			j++
		}
	}
	if count < 8 {
		return 0, false
	}
	var d []int64
	at, before := 0, int64(0) // a run, and how many numbers stand before it
	for i := range int64(8) {
		n := (count - 1) * i / 7
		for n-before > both[at][1]-both[at][0] {
			before += both[at][1] - both[at][0] + 1
			at++
		}
		seq := both[at][0] + n - before
		d = append(d, b.TimeAt(seq-shift)-a.TimeAt(seq))
	}
	slices.Sort(d)
	return d[len(d)/2], true
}

// shift moves everything into the clock of point 0.
func shift(h *collect.Harvest, offsets []int64) {
	by := make([]int64, len(h.Captures))
	moved := false
	for i := range h.Captures {
		by[i] = offsets[h.Captures[i].Point]
		h.Captures[i].Offset = by[i]
		moved = moved || by[i] != 0
	}
	if !moved {
		return
	}
	move := func(ns *int64, file int32) { *ns = min(max(*ns+by[file], capture.Earliest), capture.Latest) }
	at := func(m *trace.Moment) {
		if !m.IsZero() {
			move(&m.Time, m.File)
		}
	}
	for i := range h.Messages.Len() {
		at(&h.Messages.Record(i).Moment)
	}
	for _, e := range h.Errors {
		at(&e.Moment)
	}
	for _, x := range h.Controls {
		at(&x.Moment)
		at(&x.Reply)
	}
	for _, s := range h.Streams {
		move(&s.First.Time, s.First.File)
		move(&s.Last.Time, s.Last.File)
		for i := range s.Gaps() {
			g := &s.Gaps()[i]
			move(&g.Before.Time, g.Before.File)
			move(&g.After.Time, g.After.File)
		}
	}
	for _, f := range h.Flows {
		at(&f.First)
		at(&f.Last)
		at(&f.Nominated)
		at(&f.Success)
	}
	for _, t := range h.Reports {
		for i := range t.Reports {
			at(&t.Reports[i].Moment)
		}
	}
}
