package correlate

import (
	"cmp"
	"slices"

	"github.com/latchscope/latchscope/analyze/rtp"
	"github.com/latchscope/latchscope/analyze/trace"
)

// samePayload is two streams whose payloads are mostly the same: perhaps the two sides
// of a relay that rewrites SSRC, sequence and timestamps.
type samePayload struct {
	a, b *trace.Stream
	key  uint32 // of the first fingerprint by which they found each other
}

const (
	// distinctive is how many distinct payloads two streams must share to be
	// taken for the same audio. Constant tones and silence have fewer altogether.
	distinctive = 20
	// sought is by how many fingerprints, the smallest, streams find each other.
	sought = 8
	// maxCompared is how many streams of one fingerprint are compared with later
	// ones, and maxPairs how many earlier ones a stream is paired with. Music on
	// hold has as many listeners as there are.
	maxCompared = 16
	maxPairs    = 8
)

// findSamePayload compares the sketches of all streams, which have said what they know
// then: it takes them away before anything else is built, for they are as large
// as what is known of a call.
func findSamePayload(streams []*trace.Stream) (pairs []samePayload) {
	told := slices.DeleteFunc(slices.Clone(streams), func(s *trace.Stream) bool {
		return s.Tracked.Sketch == nil || s.Tracked.Sketch.Distinct() < distinctive
	})
	// By fingerprint, and by stream among equal ones.
	keys := make([]uint64, 0, len(told)*sought)
	for i, s := range told {
		for n, k := range s.Tracked.Sketch.Smallest(sought) {
			keys = append(keys, uint64(k)<<32|uint64(i*sought+n))
		}
	}
	slices.Sort(keys)
	group := make([]int32, len(told)*sought) // where a stream's fingerprint begins among the keys, plus one
	for i := 0; i < len(keys); {
		j := i + 1
		for j < len(keys) && keys[j]>>32 == keys[i]>>32 {
			j++
		}
		if j-i > 1 {
			for _, k := range keys[i:j] {
				group[uint32(k)] = int32(i + 1)
			}
		}
		i = j
	}
	met := make([]int32, len(told))
	for i, s := range told {
		paired := 0
		for n := range sought {
			g := int(group[i*sought+n]) - 1
			if g < 0 {
				continue
			}
			for j := g; j < min(g+maxCompared, len(keys)) && keys[j]>>32 == keys[g]>>32 && paired < maxPairs; j++ {
				o := int(uint32(keys[j])) / sought
				if o >= i {
					break
				}
				if met[o] == int32(i) {
					continue
				}
				met[o] = int32(i)
				if soundsLike(told[o], s) {
					pairs = append(pairs, samePayload{told[o], s, uint32(keys[g] >> 32)})
					paired++
				}
			}
		}
	}
	for _, s := range streams {
		s.Flat = s.Tracked.Sketch == nil && s.Stats.Packets >= 50
		s.Tracked.Sketch = nil
	}
	return pairs
}

// soundsLike reports whether two streams show the same audio at the same time, and
// neither where it comes from nor where it goes is the same: an announcement
// that a server plays to two callers is no relay.
func soundsLike(a, b *trace.Stream) bool {
	if a.Src.Addr == b.Src.Addr || a.Dst.Addr == b.Dst.Addr {
		return false
	}
	if a.First.Time > b.Last.Time+second || b.First.Time > a.Last.Time+second {
		return false
	}
	shared, comparable := rtp.Shared(a.Tracked.Sketch, b.Tracked.Sketch)
	return shared*10 >= comparable*8 && shared >= 6
}

// joinSamePayload joins the legs on both sides of a relay by the payload itself, and
// notes what came of what.
func joinSamePayload(u union, talkers []*trace.Talker, pairs []samePayload) {
	most := int32(0)
	for _, p := range pairs {
		most = max(most, p.a.ID, p.b.ID)
	}
	order := make([]int32, most+1) // by ID: among the streams of all talkers, 0 for what is left out
	n := int32(0)
	for _, t := range talkers {
		for _, s := range t.Streams {
			if s.CopyOf == nil && s.ID <= most {
				n++
				order[s.ID] = n
			}
		}
	}
	at := func(s *trace.Stream) int32 { return order[s.ID] }
	pairs = slices.DeleteFunc(pairs, func(p samePayload) bool { return at(p.a) == 0 || at(p.b) == 0 || sameWay(p.a, p.b) })
	for i := range pairs {
		if p := &pairs[i]; at(p.b) < at(p.a) {
			p.a, p.b = p.b, p.a
		}
	}
	slices.SortFunc(pairs, func(x, y samePayload) int {
		return cmp.Or(cmp.Compare(at(x.b), at(y.b)), cmp.Compare(y.key, x.key), cmp.Compare(at(x.a), at(y.a)))
	})
	legs := partners(pairs)
	for _, p := range pairs {
		if legs[p.a] < several && legs[p.b] < several || sameCallID(p.a, p.b) {
			joinPair(u, p.a, p.b)
		}
	}
}

// sameWay reports whether two streams go to the same party of a leg: one that hears the
// same twice, as a recording that begins anew. Neither was made of the other.
func sameWay(a, b *trace.Stream) bool {
	return a.Place.Known() && a.Place.Leg == b.Place.Leg && a.Place.From == b.Place.From
}

// several is from how many on the dialogs that share a stream's audio are so many
// that it says nothing: an announcement, music on hold, a load generator.
const several = 2

// partners counts, for each stream, the dialogs of other streams that sound like
// it.
func partners(pairs []samePayload) map[*trace.Stream]int {
	seen := map[*trace.Stream][]string{}
	note := func(a, b *trace.Stream) {
		if !b.Place.Known() {
			return
		}
		if id := b.Place.Leg.CallID; !slices.Contains(seen[a], id) {
			seen[a] = append(seen[a], id)
		}
	}
	for _, p := range pairs {
		note(p.a, p.b)
		note(p.b, p.a)
	}
	out := make(map[*trace.Stream]int, len(seen))
	for s, ids := range seen {
		out[s] = len(ids)
	}
	return out
}

func joinPair(u union, a, b *trace.Stream) {
	if a.SSRC == b.SSRC && (a.RelayOf == b || b.RelayOf == a) {
		return
	}
	if a.Src == b.Dst || b.Src == a.Dst && a.Src.Addr == b.Dst.Addr {
		return // an echo
	}
	if !wentInBefore(a, b) {
		a, b = b, a
	}
	if b.RelayOf == nil {
		b.RelayOf = a
	}
	if a.Place.Known() && b.Place.Known() && a.Place.Leg != b.Place.Leg {
		u.join(a.Place.Leg, b.Place.Leg)
	}
}
