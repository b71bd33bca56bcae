package ledger

import (
	"github.com/latchscope/latchscope/analyze/trace"
)

// room is where lists of one type are kept while the rows of a call are made, and as
// long as these are read. A Reader uses it again for the next call.
type room[T any] struct {
	list []T
	used int // of list
	need int // by this call, in all
	most int // by any call before
}

// take is an empty list with room for n. More may be appended to it than that: it
// moves out then.
func (r *room[T]) take(n int) []T {
	if r.used+n > len(r.list) {
		r.list, r.used = make([]T, max(n, r.most)), 0
	}
	r.need += n
	out := r.list[r.used : r.used : r.used+n]
	r.used += n
	return out
}

// zeros is a list of n zero values.
func (r *room[T]) zeros(n int) []T { return r.take(n)[:n] }

// one is a new value.
func (r *room[T]) one() *T { return &r.zeros(1)[0] }

// leave makes the room free again, and holds on to nothing.
func (r *room[T]) leave() {
	clear(r.list[:r.used])
	r.used, r.need, r.most = 0, 0, max(r.most, r.need)
}

// rooms are those in which the rows of one call are made.
type rooms struct {
	nodes    room[node]
	tree     room[*node]
	ties     room[tie]
	parties  room[Party]
	oriented room[orientedLeg]
	hops     room[hop]
	lines    room[lines]
	line     room[line]
	layers   room[layer]
	seen     room[sighting]
	hosts    room[pair]
	segments room[segment]
	cuts     room[stretch]
	voices   room[[]*trace.Stream]
	streams  room[*trace.Stream]
	times    room[int64]
	spans    room[Span]
	legs     room[*trace.Leg]
	told     room[Hop]
	sights   room[Sight]
	homes    room[home]
}

func (r *rooms) leave() {
	r.nodes.leave()
	r.tree.leave()
	r.ties.leave()
	r.parties.leave()
	r.oriented.leave()
	r.hops.leave()
	r.lines.leave()
	r.line.leave()
	r.layers.leave()
	r.seen.leave()
	r.hosts.leave()
	r.segments.leave()
	r.cuts.leave()
	r.voices.leave()
	r.streams.leave()
	r.times.leave()
	r.spans.leave()
	r.legs.leave()
	r.told.leave()
	r.sights.leave()
	r.homes.leave()
}
