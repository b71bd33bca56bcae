package group

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/latchscope/latchscope/analyze/endpoint"
)

const second = int64(1e9)

const (
	// ringGap is the longest pause between two files of a ring buffer: the next
	// begins with the packet after the last one's. Over a longer one no story
	// goes on that would not share a call or a stream.
	ringGap = 2 * second
	// clockSlack is by how much the difference of two clocks may seem to vary
	// over the messages of one call: retransmissions on a lossy line, servers
	// that think for a while, clocks that drift.
	clockSlack = 2 * second
	// tickSlack is by how much the difference of two clocks varies where both
	// saw the same packets at the same place: not at all, but for rounding.
	// Between two places, requests are late in the one and answers in the other.
	tickSlack = 10_000
	// streamSlack is how far apart in time two sightings of one RTP stream may
	// be, where no message tells the difference of the clocks.
	streamSlack = 60 * second
	// mostMissing is how many packets of a stream may be lost between two files
	// (RFC 3550 appendix A.1, MAX_DROPOUT).
	mostMissing = 3000
	// fewPackets make no stream that could join captures.
	fewPackets = 10
)

// kinship is what two captures have to do with each other: nothing, something
// that joins them, or something that keeps them apart though they look related.
type kinship struct{ joins, contradicts string }

func kin(a, b *digest) kinship {
	if b.first < a.first {
		a, b = b, a
	}
	same, apart, place := 0, "", false
	for id, c := range a.calls {
		o, ok := b.calls[id]
		if !ok {
			continue
		}
		points, spread := c.spread(o)
		if spread <= clockSlack {
			same++
			place = place || points >= 3 && spread <= tickSlack
		} else if apart == "" || id < apart {
			apart = id
		}
	}
	if place && differentStreams(a, b) {
		return kinship{contradicts: "they show the same messages at the same times, but not the same RTP"}
	}
	if apart != "" {
		return kinship{contradicts: fmt.Sprintf("both have a call %s, but not the same one", apart)}
	}
	if same > 0 {
		return kinship{joins: "they show " + plural(same, "the same call", "the same calls")}
	}
	if n := sharedStreams(a, b); n > 0 {
		return kinship{joins: "they show " + plural(n, "the same RTP stream", "the same RTP streams")}
	}
	if a.series == b.series && a.last <= b.first && b.first-a.last <= ringGap && a.last != 0 {
		return kinship{joins: "one continues the other"}
	}
	return kinship{}
}

// spread is by how much the times of what both captures saw of a call vary, but
// for one difference of their clocks, and how many points that were.
func (c call) spread(o call) (points int, spread int64) {
	var least, most int64
	for p, t := range c {
		u, ok := o[p]
		if !ok {
			continue
		}
		if points == 0 {
			least, most = u-t, u-t
		}
		points++
		least, most = min(least, u-t), max(most, u-t)
	}
	return points, most - least
}

// differentStreams reports whether two captures of one place contradict each
// other: of one RTP stream they show different packets, or another stream
// between the same ports.
func differentStreams(a, b *digest) bool {
	between := map[[2]endpoint.Endpoint]map[uint32]extent{}
	for k, s := range a.streams {
		way := [2]endpoint.Endpoint{k.src, k.dst}
		if between[way] == nil {
			between[way] = map[uint32]extent{}
		}
		between[way][k.ssrc] = s
	}
	for k, o := range b.streams {
		others := between[[2]endpoint.Endpoint{k.src, k.dst}]
		if _, same := others[k.ssrc]; same || o.packets < 5*fewPackets {
			continue
		}
		for _, s := range others {
			if s.packets >= 5*fewPackets && s.first < o.last && o.first < s.last {
				return true
			}
		}
	}
	for k, s := range a.streams {
		o, ok := b.streams[k]
		if !ok || max(s.packets, o.packets) < 5*fewPackets {
			continue
		}
		if few, many := min(s.packets, o.packets), max(s.packets, o.packets); few*10 < many*9 {
			if b.first <= s.first && a.last >= o.last || abs(b.last-a.last) < second && abs(b.first-a.first) < second {
				return true // and neither capture began or ended within it
			}
		}
	}
	return false
}

// sharedStreams counts the RTP streams that both captures have seen: those that
// one carries on where the other ends, and those that both show at the same time.
// The latter says nothing where both show signalling, and none in common: test
// equipment has the same SSRC and ports in every call.
func sharedStreams(a, b *digest) int {
	if len(a.calls) == 0 || len(b.calls) == 0 {
		if differentStreams(a, b) {
			return 0
		}
	}
	n := 0
	for k, s := range a.streams {
		o, ok := b.streams[k]
		switch {
		case !ok || s.packets+o.packets < fewPackets:
		case o.first > s.last:
			if missing := o.firstSeq - s.lastSeq; o.first-s.last <= streamSlack && missing > 0 && missing < mostMissing {
				n++
			}
		case len(a.calls) > 0 && len(b.calls) > 0, s.first > o.last:
		case abs((o.first-s.first)-(o.last-s.last)) <= clockSlack, b.first >= o.first-second, a.last <= s.last+second:
			n++ // seen from beginning to end, or one capture began or ended within it
		}
	}
	return n
}

// pair of captures that may have to do with each other.
type pair struct{ a, b int }

// pairs finds those that share a Call-ID or an RTP stream, or that follow each
// other in a series, in a fixed order.
func pairs(list []digest) []pair {
	seen := map[pair]bool{}
	add := func(i, j int) { seen[pair{min(i, j), max(i, j)}] = true }
	byCall, byStream, bySeries := map[string][]int{}, map[streamKey][]int{}, map[string][]int{}
	for i := range list {
		for id := range list[i].calls {
			byCall[id] = append(byCall[id], i)
		}
		for k := range list[i].streams {
			byStream[k] = append(byStream[k], i)
		}
		bySeries[list[i].series] = append(bySeries[list[i].series], i)
	}
	every := func(l []int) {
		for x := range l {
			for _, j := range l[x+1 : min(len(l), x+1+mostRelated)] {
				add(l[x], j)
			}
		}
	}
	for _, l := range byCall {
		every(l)
	}
	for _, l := range byStream {
		every(l)
	}
	for _, l := range bySeries {
		slices.SortFunc(l, func(i, j int) int { return cmp.Or(cmp.Compare(list[i].first, list[j].first), cmp.Compare(i, j)) })
		for x := range max(len(l)-1, 0) {
			add(l[x], l[x+1])
		}
	}
	out := make([]pair, 0, len(seen))
	for p := range seen {
		out = append(out, p)
	}
	slices.SortFunc(out, func(p, q pair) int { return cmp.Or(cmp.Compare(p.a, q.a), cmp.Compare(p.b, q.b)) })
	return out
}

// mostRelated bounds what one Call-ID costs in a folder of a thousand captures
// of it; neighbours are enough to join them all.
const mostRelated = 64

func abs(n int64) int64 { return max(n, -n) }

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}
