package correlate

import (
	"slices"

	"github.com/latchscope/latchscope/analyze/trace"
)

// placeByRelay ties talkers that no SDP names to a leg: a server passes on between them and
// what another leg of the call announces, and they come from, or go to, the outer party of
// the one leg that says nothing of one of its sides, since the recording lost the offer or
// the answer, or that announced the server's very port at a host that no media shows: one
// port is too little to know a host by (see wireHosts), but not with all that.
func (t *correlation) placeByRelay() {
	made := map[*trace.Stream]*trace.Stream{} // what a relay made of streams without a place
	shown := map[shownHost]bool{}
	all := true
	for _, s := range t.Streams {
		all = all && s.Place.Known()
		if r := s.RelayOf; r != nil && !r.Place.Known() && s.Place.Known() {
			made[r] = s
		}
	}
	if all {
		return
	}
	for _, s := range t.Streams {
		shown[shownHost{s.Src.Addr, s.Point}], shown[shownHost{s.Dst.Addr, s.Point}] = true, true
	}
	for _, k := range t.Talkers {
		for _, s := range k.Streams {
			if s.Place.Known() {
				continue
			}
			if place := unnamedPlace(s, made[s], shown); place.Known() {
				for _, o := range slices.Concat(k.Copies, k.Streams) {
					if !o.Place.Known() {
						o.Place = place
					}
				}
				break
			}
		}
	}
	for _, s := range t.Streams {
		goesOn(s, s.Prev)
	}
	for _, s := range slices.Backward(t.Streams) {
		goesOn(s, s.Next)
	}
}

// goesOn gives a stream without a place that of one that it carries on or leads to: a server
// that follows a phone to another port sends on with the same numbers, and what it sends
// there may be too short to be known by its payload.
func goesOn(s, o *trace.Stream) {
	if o == nil || s.Place.Known() || !o.Place.Known() {
		return
	}
	s.Place = trace.Place{Leg: o.Place.Leg, From: o.Place.From, Line: o.Place.Line}
	in := o.RelayOf // or what its talker sends meanwhile
	for in != nil && in.Last.Time < s.First.Time {
		in = in.Next
	}
	for in != nil && in.First.Time > s.Last.Time {
		in = in.Prev
	}
	if s.RelayOf == nil && in != s {
		s.RelayOf = in
	}
}

// shownHost is a host that media comes from or goes to at a capture point.
type shownHost struct {
	addr  [16]byte
	point uint16
}

// unnamedPlace is the place of a stream that a relay made of an announced one, or made
// one of.
func unnamedPlace(s, made *trace.Stream, shown map[shownHost]bool) trace.Place {
	none := trace.Place{From: -1}
	other, outer, relay := s.RelayOf, s.Dst, s.Src
	if made != nil {
		other, outer, relay = made, s.Src, s.Dst
	}
	if other == nil || !other.Place.Known() {
		return none
	}
	near := other.Place.Leg
	var found *trace.Leg
	for _, l := range near.Call.Legs[:min(len(near.Call.Legs), maxAtOnce)] {
		inner := l.Inner(near)
		if l == near || l.Answer.IsZero() || !hasAddress(&l.Parties[1-inner], outer) {
			continue
		}
		hidden := slices.ContainsFunc(l.Ports, func(p *trace.Port) bool {
			return p.Side == inner && p.Addr.Port == relay.Port && !shown[shownHost{p.Addr.Addr, s.Point}] && overlap(p, s.First.Time, s.Last.Time) >= 0
		})
		if !hidden && !silentOf(l) {
			continue
		}
		if found != nil {
			return none
		}
		found = l
	}
	if found == nil {
		return none
	}
	from := found.Inner(near)
	if made != nil {
		from = 1 - from
	}
	return trace.Place{Leg: found, From: from, Line: other.Place.Line}
}

// silentOf reports whether a leg announces nothing for one of its sides.
func silentOf(l *trace.Leg) bool {
	var said [2]bool
	for _, p := range l.Ports {
		said[p.Side] = true
	}
	return !said[0] || !said[1]
}
