package ledger

import (
	"cmp"
	"slices"

	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/trace"
)

// hop is a stretch of the way on which one leg, or several that share their
// media path, say where media goes.
type hop struct {
	legs []orientedLeg
	// Streams away from the near party, and towards it.
	there, back []*trace.Stream
}

// hopsOf are the hops of a tie: legs between which nothing takes the media in
// hand are one.
func (r *rower) hopsOf(t tie) []hop {
	out := r.hops.take(len(t.legs))
	for i, l := range t.legs {
		if i > 0 && samePath(t.legs[i-1], l, t.from.Time) {
			h := &out[len(out)-1]
			h.legs = append(h.legs, l)
			continue
		}
		out = append(out, hop{legs: append(r.oriented.take(1), l)})
	}
	return out
}

// samePath reports whether two neighbouring legs name the same addresses on
// both sides at a time: a proxy passed the session description on as it was.
func samePath(a, b orientedLeg, at int64) bool {
	for side := range trace.Side(2) {
		x, y := addressAt(a.Leg, side^a.near, at), addressAt(b.Leg, side^b.near, at)
		if x.IsZero() || x != y {
			return false
		}
	}
	return true
}

// addressAt is where a side of a leg listens for its first line at a time.
func addressAt(l *trace.Leg, side trace.Side, at int64) endpoint.Endpoint {
	for _, p := range l.Ports {
		if p.Side == side && p.Live(at) && p.Addr.Port != 0 && !p.Alias {
			return p.Addr
		}
	}
	return endpoint.Endpoint{}
}

// sighting is one place in sight of the capture that the talker's packets pass:
// a hop as one capture point sees it, on one side of a NAT.
type sighting struct {
	hop     int // index into the hops, from the talker
	point   int
	streams []*trace.Stream
	hosts   []pair
}

// pair is from which host to which.
type pair struct{ from, to [16]byte }

// sightings sorts the streams of one direction of a hop by what shows them, in
// the order in which packets pass.
func (r *rower) sightings(index int, streams []*trace.Stream) []sighting {
	if one, ok := r.oneSighting(index, streams); ok {
		return one
	}
	// Streams between the same two hosts at one point are seen in one place.
	type key struct {
		pair
		point uint16
	}
	var keys []key
	groups := map[key][]*trace.Stream{}
	for _, s := range streams {
		k := key{pair{s.Src.Addr, s.Dst.Addr}, s.Point}
		if groups[k] == nil {
			keys = append(keys, k)
		}
		groups[k] = append(groups[k], s)
	}
	weight := func(k key) (n int64) {
		for _, s := range groups[k] {
			n += int64(s.Stats.Packets)
		}
		return n
	}
	slices.SortStableFunc(keys, func(a, b key) int { return cmp.Compare(weight(b), weight(a)) })
	var out []sighting
	for _, k := range keys {
		home := -1
		for i := range out {
			if g := &out[i]; g.point == int(k.point) && !showSame(g.streams, groups[k]) && (home < 0 || !out[home].near(k.pair) && g.near(k.pair)) {
				home = i
			}
		}
		if home < 0 {
			out = append(out, sighting{hop: index, point: int(k.point)})
			home = len(out) - 1
		}
		out[home].streams = append(out[home].streams, groups[k]...)
		out[home].hosts = append(out[home].hosts, k.pair)
	}
	out = byTurns(out)
	for i := range out {
		slices.SortStableFunc(out[i].streams, func(a, b *trace.Stream) int { return cmp.Compare(a.ID, b.ID) })
	}
	slices.SortStableFunc(out, func(a, b sighting) int { return a.before(&b) })
	return out
}

// byTurns joins sightings of different capture points that show the voice one after
// the other, between different hosts: it goes past the one point for a while and past
// the other for the rest, as where a re-INVITE takes a server out of the media.
func byTurns(list []sighting) []sighting {
	for i := 0; i < len(list); i++ {
		for j := len(list) - 1; j > i; j-- {
			a, b := &list[i], &list[j]
			if a.point == b.point || showSame(a.streams, b.streams) || a.meets(b) ||
				slices.ContainsFunc(a.hosts, func(p pair) bool { return slices.Contains(b.hosts, p) }) {
				continue
			}
			a.streams, a.hosts = append(slices.Clone(a.streams), b.streams...), append(slices.Clone(a.hosts), b.hosts...)
			list = slices.Delete(list, j, j+1)
		}
	}
	return list
}

// meets reports whether streams of two sightings were sent at the same time, for
// longer than what is under way when a session moves.
func (g *sighting) meets(o *sighting) bool {
	for _, x := range g.streams {
		for _, y := range o.streams {
			if min(x.Last.Time, y.Last.Time)-max(x.First.Time, y.First.Time) > second {
				return true
			}
		}
	}
	return false
}

// oneSighting is the sighting of streams that all run between the same two hosts
// at one point, as most do.
func (r *rower) oneSighting(index int, streams []*trace.Stream) ([]sighting, bool) {
	if len(streams) == 0 {
		return nil, true
	}
	s := streams[0]
	for _, o := range streams[1:] {
		if o.Src.Addr != s.Src.Addr || o.Dst.Addr != s.Dst.Addr || o.Point != s.Point {
			return nil, false
		}
	}
	hosts := append(r.hosts.take(1), pair{s.Src.Addr, s.Dst.Addr})
	return append(r.seen.take(1), sighting{hop: index, point: int(s.Point), streams: streams, hosts: hosts}), true
}

// near reports whether the sighting has packets from or to a host of the pair.
func (g *sighting) near(p pair) bool {
	return slices.ContainsFunc(g.hosts, func(h pair) bool { return h.from == p.from || h.to == p.to })
}

// showSame reports whether streams of the one list show packets of the other: a
// NAT stands between them, or they are one. Two sides of a NAT show a talker whose
// address outside changes once inside and by two streams outside, of which neither
// shows what the other does.
func showSame(a, b []*trace.Stream) bool {
	for _, x := range a {
		for _, y := range b {
			if family(x) == family(y) && (x.CopyOf != nil || y.CopyOf != nil) && !takeTurns(x, y) {
				return true
			}
		}
	}
	return false
}

// takeTurns reports whether two streams of a family have no numbers in common: the one
// ends where the other begins, or each lacks what the other has.
func takeTurns(x, y *trace.Stream) bool {
	return x.Last.Seq < y.First.Seq || y.Last.Seq < x.First.Seq || carriesOn(x, y) || carriesOn(y, x)
}

// carriesOn reports whether a stream leads to another one of the same talker.
func carriesOn(x, y *trace.Stream) bool {
	for n := 0; x != nil && x != y && n < 16; n++ {
		x = x.Next
	}
	return x == y
}

// family is the stream that shows the packets of a copy first.
func family(s *trace.Stream) *trace.Stream {
	for n := 0; s.CopyOf != nil && n < 16; n++ {
		s = s.CopyOf
	}
	return s
}

// before orders sightings of the same packets by when they show them.
func (g *sighting) before(o *sighting) int {
	for _, x := range g.streams {
		for _, y := range o.streams {
			if family(x) == family(y) && x != y {
				seq := max(x.First.Seq, y.First.Seq)
				return cmp.Compare(x.TimeAt(seq), y.TimeAt(seq))
			}
		}
	}
	return 0
}

// gather finds the streams of a line on every hop, in both directions. Packets
// for the party at the end that pass another leg (direct media) belong to the
// last hop as well.
func (r *rower) gather(hops []hop, k line) {
	streams := busiest(r.call.Streams)
	for i := range hops {
		h := &hops[i]
		for _, s := range streams {
			at := slices.IndexFunc(h.legs, func(l orientedLeg) bool { return l.Leg == s.Place.Leg })
			if at < 0 || r.again(s) || r.line(s) != k {
				continue
			}
			list := &h.back
			if s.Place.From == h.legs[at].near {
				list = &h.there
			}
			if *list == nil {
				*list = r.rooms.streams.take(1)
			}
			*list = append(*list, s)
		}
	}
	if len(hops) < 2 {
		return
	}
	first, last := &hops[0], &hops[len(hops)-1]
	for i := range hops {
		if i < len(hops)-1 {
			last.there = appendDirect(last.there, hops[i].there, last.legs[len(last.legs)-1], k, r)
		}
		if i > 0 {
			l := first.legs[0]
			l.near = 1 - l.near
			first.back = appendDirect(first.back, hops[i].back, l, k, r)
		}
	}
}

// busiest are the streams that are looked at: all, or the largest of a call that
// has more than any call needs.
func busiest(streams []*trace.Stream) []*trace.Stream {
	if len(streams) <= throng {
		return streams
	}
	out := slices.Clone(streams)
	slices.SortStableFunc(out, func(a, b *trace.Stream) int { return cmp.Compare(b.Stats.Packets, a.Stats.Packets) })
	out = out[:throng]
	slices.SortFunc(out, func(a, b *trace.Stream) int { return cmp.Compare(a.ID, b.ID) })
	return out
}

// appendDirect adds the streams that go to where the far party of a leg said
// that it listens.
func appendDirect(to, from []*trace.Stream, l orientedLeg, k line, r *rower) []*trace.Stream {
	for _, s := range from {
		for _, p := range l.Ports {
			if p.Side == 1-l.near && p.Names(s.Dst) && r.lines(l.Leg).at(p.Line) == k && !slices.Contains(to, s) {
				to = append(to, s)
				break
			}
		}
	}
	return to
}

// again reports whether a stream only repeats what another one shows between
// the same addresses at the same point.
func (r *rower) again(s *trace.Stream) bool {
	o := s.CopyOf
	return o != nil && o.Src == s.Src && o.Dst == s.Dst && o.Point == s.Point
}
