package correlate

import (
	"slices"

	"github.com/latchscope/latchscope/analyze/internal/arena"
	"github.com/latchscope/latchscope/analyze/trace"
)

// Sightings. Streams of one SSRC and one clock are one source seen several
// times, or in several stretches. Where their sequences overlap they show the
// same packets: at another tap, at another capture point, on the other side of
// a NAT (one end differs), or of a relay (both ends differ). Where they adjoin,
// the talker moved, or whoever sends to it did. See relation.

// sameTime is how far apart, at one capture point, two sightings of a packet
// may be recorded: longer than any relay holds a packet, shorter than any call
// waits for the next.
const sameTime = 150 * millisecond

// relation of two streams of one SSRC.
type relation uint8

const (
	unrelated  relation = iota
	copies              // same packets, same addresses
	translated          // same packets, one end has another address
	relayed             // same packets, both ends differ
	succession          // one carries on where the other stopped, one end stayed
)

// comparison is of the streams of one SSRC while they are compared with each other,
// most of them several times: what it takes long to find out is kept.
type comparison struct {
	same map[[2]*trace.Stream]bool    // whether two show the same packets
	runs map[*trace.Stream][][2]int64 // see Stream.runs
}

// forget makes k ready for the next SSRC. Few have more than a pair.
func (k *comparison) forget() {
	if k.same == nil || len(k.same) > 16 {
		*k = comparison{map[[2]*trace.Stream]bool{}, map[*trace.Stream][][2]int64{}}
		return
	}
	clear(k.same)
	clear(k.runs)
}

// of tells what two streams of one SSRC have to do with each other.
func (k *comparison) of(a, b *trace.Stream) relation {
	if b.First.Time < a.First.Time {
		a, b = b, a
	}
	overlap := min(a.Last.Seq, b.Last.Seq) - max(a.First.Seq, b.First.Seq) + 1
	sameEnds := a.Src == b.Src && a.Dst == b.Dst
	oneEnd := a.Src == b.Src || a.Dst == b.Dst
	if overlap > 0 && k.samePackets(a, b) {
		switch {
		case sameEnds:
			return copies
		case oneEnd, a.Src.Embeds(b.Src), a.Dst.Embeds(b.Dst):
			return translated
		case a.Point != b.Point && sameLeg(a, b):
			return translated // before the phone's NAT, and behind the server's
		case besideEachOther(a, b):
			return unrelated
		default:
			return relayed
		}
	}
	if sameEnds && a.Point == b.Point {
		return unrelated // two taps that saw different packets of one stream
	}
	if a.Place.Known() && b.Place.Known() && !sameLeg(a, b) {
		return unrelated // two calls, whatever they share
	}
	if (oneEnd || sameLeg(a, b)) && adjoin(a, b) {
		return succession
	}
	return unrelated
}

// besideEachOther reports whether two streams come from one host, or go to one:
// a relay's two sides have neither in common. Load generators, announcements and
// music on hold send the same packets in many calls. Where all of it runs on one
// host, nothing follows. What two ports send to each other are two voices, even
// where a load generator gives both the same numbers.
func besideEachOther(a, b *trace.Stream) bool {
	if a.Src == b.Dst && a.Dst == b.Src {
		return true
	}
	if a.Src.Addr == a.Dst.Addr || b.Src.Addr == b.Dst.Addr {
		return false
	}
	return a.Src.Addr == b.Src.Addr || a.Dst.Addr == b.Dst.Addr
}

func sameLeg(a, b *trace.Stream) bool {
	return a.Place.Known() && a.Place.Leg == b.Place.Leg && a.Place.From == b.Place.From && a.Place.Line == b.Place.Line
}

// samePackets reports whether the overlapping numbers were seen twice, and at
// about the same time. A talker that alternates between two sources covers each
// number once.
func (k *comparison) samePackets(a, b *trace.Stream) bool {
	same, known := k.same[[2]*trace.Stream{a, b}]
	if !known {
		same = k.compare(a, b)
		k.same[[2]*trace.Stream{a, b}] = same
	}
	return same
}

func (k *comparison) compare(a, b *trace.Stream) bool {
	lo, hi := max(a.First.Seq, b.First.Seq), min(a.Last.Seq, b.Last.Seq)
	tolerance := sameTime
	if a.Point != b.Point {
		tolerance = second // clocks are aligned, but not to the millisecond
	}
	near := func(seq int64) bool {
		d := a.TimeAt(seq) - b.TimeAt(seq)
		return d < tolerance && d > -tolerance
	}
	if !near(lo) && !near(hi) {
		return false
	}
	if a.GapsDropped() > 0 && b.GapsDropped() > 0 {
		return sameEdges(a, b)
	}
	common := k.common(a, b, lo, hi)
	return common > 0 && common*2 >= min(a.Count(lo, hi), b.Count(lo, hi))
}

// sameEdges reports whether two streams break off at the same packets. Where so
// many gaps were dropped that what is left of them hides most, that tells two
// sightings of one lossy stream from a talker whose packets leave by two ways in
// turns: each way lacks just what the other one has.
func sameEdges(a, b *trace.Stream) bool {
	at := make(map[int64]bool, len(a.Gaps()))
	for _, g := range a.Gaps() {
		at[g.Before.Seq] = true
	}
	shared := 0
	for _, g := range b.Gaps() {
		if at[g.Before.Seq] {
			shared++
		}
	}
	return shared*2 >= min(len(a.Gaps()), len(b.Gaps()))
}

// common counts the numbers of a stretch that both streams had, as far as their
// gaps tell.
func (k *comparison) common(a, b *trace.Stream, lo, hi int64) int64 {
	if len(a.Gaps())+len(b.Gaps()) == 0 {
		return hi - lo + 1
	}
	var n int64
	x, y := k.runsOf(a), k.runsOf(b)
	for i, j := 0, 0; i < len(x) && j < len(y); {
		from, to := max(x[i][0], y[j][0], lo), min(x[i][1], y[j][1], hi)
		n += max(0, to-from+1)
		if x[i][1] < y[j][1] {
			i++
		} else {
			j++
		}
	}
	return n
}

func (k *comparison) runsOf(s *trace.Stream) [][2]int64 {
	r := k.runs[s]
	if r == nil {
		r = seqRuns(s)
		k.runs[s] = r
	}
	return r
}

// seqRuns are the stretches of sequence numbers, first and last, without a gap.
func seqRuns(s *trace.Stream) [][2]int64 {
	gaps := s.GapsInOrder(func(m trace.Mark) int64 { return m.Seq })
	out := [][2]int64{{s.First.Seq, s.Last.Seq}}
	for _, g := range gaps {
		if last := &out[len(out)-1]; g.Missing() > 0 && g.Before.Seq >= last[0] && g.After.Seq <= last[1] {
			end := last[1]
			last[1] = g.Before.Seq
			out = append(out, [2]int64{g.After.Seq, end})
		}
	}
	return out
}

// adjoin reports whether b's sequence and time carry on from a's.
func adjoin(a, b *trace.Stream) bool {
	if b.First.Time < a.First.Time {
		a, b = b, a
	}
	seqs := b.First.Seq - a.Last.Seq
	wait := b.First.Time - a.Last.Time
	if b.First.Seq < a.First.Seq || seqs > 1<<15 {
		return false
	}
	if seqs <= 0 {
		return wait < second // interleaved: each covers what the other lacks
	}
	if sameLeg(a, b) {
		return true
	}
	// Without signalling only a sequence that goes on speaks for one talker: no
	// more may be missing than a few seconds' worth.
	due := seqs * a.Interval()
	return wait < 120*second && seqs < 250 && due < wait+3*second
}

// renumber shifts the sequence numbers of a stream by whole cycles.
func renumber(s *trace.Stream, by int64) {
	if by == 0 {
		return
	}
	s.First.Seq += by
	s.Last.Seq += by
	for i := range s.Gaps() {
		s.Gaps()[i].Before.Seq += by
		s.Gaps()[i].After.Seq += by
	}
}

// align makes the streams of one SSRC count in the same cycles: every stream
// is put where the first one's sequence would be at that time.
func align(group []*trace.Stream) {
	a := group[0]
	for _, b := range group[1:] {
		ref := a
		for _, c := range group {
			if c == b {
				break
			}
			if c.First.Time <= b.First.Time && c.Last.Time >= ref.Last.Time {
				ref = c
			}
		}
		expected := timeless(ref, b.First.Time)
		cycles := (expected - b.First.Seq + 1<<15) >> 16
		renumber(b, cycles<<16)
	}
}

// timeless is the sequence number the stream has, or would have, at a time.
func timeless(s *trace.Stream, t int64) int64 {
	if t >= s.Last.Time {
		return s.Last.Seq + min((t-s.Last.Time)/s.Interval(), 1<<15-1)
	}
	return s.First.Seq + (t-s.First.Time)/s.Interval()
}

// bySSRC groups streams, which are in order of time, by SSRC; so is each group, and
// groups are in order of their SSRCs. Those that are alone with theirs make none and are
// counted. Groups that share an SSRC by chance stay together; comparison tells them apart.
func bySSRC(streams []*trace.Stream) (groups [][]*trace.Stream, alone int) {
	keys := make([]uint64, len(streams)) // SSRC and place in the list
	for i, s := range streams {
		keys[i] = uint64(s.SSRC)<<32 | uint64(i)
	}
	slices.Sort(keys)
	sorted := make([]*trace.Stream, len(streams))
	for i, k := range keys {
		sorted[i] = streams[uint32(k)]
	}
	for i := 0; i < len(sorted); {
		j := i + 1
		for j < len(sorted) && keys[j]>>32 == keys[i]>>32 {
			j++
		}
		if j == i+1 {
			alone++
		} else {
			groups = append(arena.Doubled(groups), sorted[i:j:j])
		}
		i = j
	}
	return groups, alone
}
