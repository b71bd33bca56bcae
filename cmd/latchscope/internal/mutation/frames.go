package mutation

import (
	"math"
	"math/rand/v2"
	"slices"
)

// Frame is a packet as it is recorded.
type Frame struct {
	Data []byte
	Time int64  // ns since the epoch
	Len  uint32 // on the wire
	Link uint32 // LINKTYPE of tcpdump.org's list
}

// whole makes a list of frames out of one seed or two. Their data may be
// written to.
func whole(rng *rand.Rand, seeds [][]Frame) []Frame {
	list := copied(seeds[rng.IntN(len(seeds))])
	if len(list) == 0 {
		return list
	}
	switch rng.IntN(12) {
	case 0: // spliced
		other := copied(seeds[rng.IntN(len(seeds))])
		list = append(list[:rng.IntN(len(list)+1)], other[rng.IntN(len(other)+1):]...)
	case 1: // repeated, as it was or later
		by := int64(rng.IntN(3)) * int64(rng.IntN(1e9)) * 60
		for _, f := range copied(list) {
			f.Time += by
			list = append(list, f)
		}
	case 2:
		slices.Reverse(list)
	case 3: // interleaved with another, at its time or at this one's
		other := copied(seeds[rng.IntN(len(seeds))])
		if len(other) > 0 && rng.IntN(2) == 0 {
			by := list[0].Time - other[0].Time
			for i := range other {
				other[i].Time += by
			}
		}
		var out []Frame
		for len(list)+len(other) > 0 {
			from := &list
			if len(list) == 0 || len(other) > 0 && rng.IntN(2) == 0 {
				from = &other
			}
			n := min(len(*from), 1+rng.IntN(4))
			out, *from = append(out, (*from)[:n]...), (*from)[n:]
		}
		list = out
	case 4: // a few of its packets, over and over
		at := rng.IntN(len(list))
		few := list[at:min(len(list), at+1+rng.IntN(5))]
		for range rng.IntN(200) {
			list = append(list, copied(few)...)
		}
	}
	return list
}

func copied(list []Frame) []Frame {
	out := slices.Clone(list)
	for i := range out {
		out[i].Data = slices.Clone(out[i].Data)
	}
	return out
}

// timeWays are what happens to the clock.
var timeWays = []func(*rand.Rand, []Frame){
	func(rng *rand.Rand, l []Frame) { // single times damaged
		for range 1 + rng.IntN(4) {
			l[rng.IntN(len(l))].Time ^= 1 << rng.IntN(64)
		}
	},
	func(rng *rand.Rand, l []Frame) { // or made of nothing
		for range 1 + rng.IntN(4) {
			l[rng.IntN(len(l))].Time = int64(rng.Uint64())
		}
	},
	func(rng *rand.Rand, l []Frame) { // steps, by microseconds up to centuries
		by := rng.Int64N(1<<(1+rng.IntN(62))) - rng.Int64N(1<<(1+rng.IntN(62)))
		for i := rng.IntN(len(l)); i < len(l); i++ {
			l[i].Time += by
		}
	},
	func(rng *rand.Rand, l []Frame) { // runs at another speed, or backwards
		by := []float64{0, -1, 1e-6, 1e3, 1e6, 1e9, rng.NormFloat64()}[rng.IntN(7)]
		for i := range l {
			l[i].Time = l[0].Time + int64(float64(l[i].Time-l[0].Time)*by)
		}
	},
	func(rng *rand.Rand, l []Frame) { // stands elsewhere
		from := []int64{0, -1e18, math.MinInt64, math.MaxInt64, math.MaxInt64 - 1e9, 1 << 62}[rng.IntN(6)]
		first := l[0].Time
		for i := range l {
			l[i].Time = from + (l[i].Time - first)
		}
	},
	func(rng *rand.Rand, l []Frame) { // trembles
		for i := range l {
			l[i].Time += rng.Int64N(1 << (1 + rng.IntN(40)))
		}
	},
}
