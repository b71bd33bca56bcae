package ledger

import (
	"cmp"
	"math"
	"slices"

	"github.com/latchscope/latchscope/analyze/trace"
)

// Slice is one of the equal stretches that a row is cut into: how much of the
// voice was missing there beside silences, and how unevenly it came.
type Slice struct {
	Due    int64   // packets that came, and those of them that did not
	Lost   int64   // numbers missing, what silent, agreed and unseen spans tell left out
	Jitter float64 // ms, the highest interarrival jitter (RFC 3550 section 6.4.1), see trace.Stream.Jitter
}

// Strip cuts the row into n slices, from its Start to its End, and counts in each
// what packets of its streams say: of each sighting of the voice for itself, and
// from slice to slice the worst of them, since what any of them lacks the listener
// lacks. It is nil where packets are not at hand.
func (r *Row) Strip(packets *trace.Closeup, n int) []Slice {
	if packets == nil || n <= 0 || r.End.Time <= r.Start.Time {
		return nil
	}
	var out []Slice
	for i := range r.Hops {
		for _, way := range waysOf(r.Hops[i].Streams) {
			own := make([]Slice, n)
			seen := false
			for _, voice := range way {
				seen = r.cut(own, voice, packets) || seen
			}
			switch {
			case !seen:
			case out == nil:
				out = own
			default:
				for k := range out {
					out[k] = worse(out[k], own[k])
				}
			}
		}
	}
	return out
}

// worse takes of two sightings what is worse of each.
func worse(a, b Slice) Slice {
	j := max(a.Jitter, b.Jitter)
	// Shares are compared without division: Lost of Due.
	if b.Lost*max(a.Due, 1) > a.Lost*max(b.Due, 1) || a.Due == 0 {
		a = b
	}
	a.Jitter = j
	return a
}

// waysOf are the streams of a hop by where they were seen, and there by SSRC:
// packets of one SSRC are one voice, whichever of its ports they came from.
func waysOf(streams []*trace.Stream) [][][]*trace.Stream {
	type place struct {
		point uint16
		tap   uint32
	}
	var out [][][]*trace.Stream
	at := map[place]int{}
	for _, s := range streams {
		p := place{s.Point, s.Tap}
		i, known := at[p]
		if !known {
			i = len(out)
			at[p] = i
			out = append(out, nil)
		}
		j := slices.IndexFunc(out[i], func(v []*trace.Stream) bool { return v[0].SSRC == s.SSRC })
		if j < 0 {
			j = len(out[i])
			out[i] = append(out[i], nil)
		}
		out[i][j] = append(out[i][j], s)
	}
	return out
}

// cut adds a voice of one sighting to slices of the row. It reports whether there
// was a packet of it in the row.
func (r *Row) cut(out []Slice, voice []*trace.Stream, packets *trace.Closeup) bool {
	list := packets.Between(voice[0], r.Start.Time, r.End.Time)
	if len(voice) > 1 {
		list = slices.Clone(list)
		for _, s := range voice[1:] {
			list = append(list, packets.Between(s, r.Start.Time, r.End.Time)...)
		}
		slices.SortStableFunc(list, func(a, b trace.Packet) int { return cmp.Compare(a.Time, b.Time) })
	}
	if len(list) == 0 {
		return false
	}
	for i := range list {
		out[r.slice(len(out), list[i].Time)].Due++
	}
	for i, ms := range voice[0].Jitter(list) {
		at := &out[r.slice(len(out), list[i].Time)]
		at.Jitter = max(at.Jitter, ms)
	}
	r.cutLoss(out, voice[0], list)
	return true
}

// slice is the number of the slice that a time lies in.
func (r *Row) slice(n int, at int64) int {
	part := float64(at-r.Start.Time) / float64(r.End.Time-r.Start.Time)
	return min(max(int(part*float64(n)), 0), n-1)
}

// cutLoss spreads the numbers that are missing over the time in which they were due.
func (r *Row) cutLoss(out []Slice, s *trace.Stream, list []trace.Packet) {
	if slices.IsSortedFunc(list, bySeq) {
		r.gaps(out, s, list)
		return
	}
	list = slices.Clone(list)
	slices.SortStableFunc(list, bySeq)
	r.gaps(out, s, list)
}

func bySeq(a, b trace.Packet) int { return cmp.Compare(a.Seq, b.Seq) }

// gaps adds what is missing between packets that are in order of their numbers.
func (r *Row) gaps(out []Slice, s *trace.Stream, list []trace.Packet) {
	each := max(s.Interval(), 1)
	latest := list[0].Time
	for i := 1; i < len(list); i++ {
		from, to := list[i-1].Time, list[i].Time
		latest = max(latest, from)
		if from < latest-second { // numbers that do not go with time
			continue
		}
		if to <= from { // overtaken
			from, to = to, from+1
		}
		n := list[i].Seq - list[i-1].Seq - 1
		if n <= 0 || n > (to-from)/each+second/each { // numbers that begin anew are no loss
			continue
		}
		by := func(at int64) int64 { // of the missing, how many were due before
			part := float64(at-from) / float64(to-from)
			return min(max(int64(math.Ceil(part*float64(n+1)-1e-9))-1, 0), n)
		}
		j, _ := slices.BinarySearchFunc(r.Spans, from, func(s Span, at int64) int { return cmp.Compare(s.To.Time, at) })
		for ; j < len(r.Spans) && r.Spans[j].From.Time < to; j++ {
			sp := &r.Spans[j]
			if sp.State.Silent() || sp.State == Agreed || sp.State == Unseen {
				continue
			}
			a, b := max(sp.From.Time, from), min(sp.To.Time, to)
			for k := r.slice(len(out), a); k < len(out); k++ {
				start, end := max(r.edge(len(out), k), a), min(r.edge(len(out), k+1), b)
				if start >= b {
					break
				}
				if lost := by(end) - by(start); lost > 0 {
					out[k].Lost += lost
					out[k].Due += lost
				}
			}
		}
	}
}

// edge is where a slice begins.
func (r *Row) edge(n, k int) int64 {
	if k >= n {
		return r.End.Time
	}
	return r.Start.Time + int64(float64(r.End.Time-r.Start.Time)*float64(k)/float64(n))
}
