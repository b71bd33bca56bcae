package correlate

import (
	"slices"

	"github.com/latchscope/latchscope/analyze/trace"
)

// placeByRelay ties talkers that no SDP names to a leg of which the recording lost the
// offer or the answer: a server passes on between them and what another leg of the call
// announces, and they come from, or go to, the outer party of the one leg that says
// nothing of one of its sides.
func (t *correlation) placeByRelay() {
	made := map[*trace.Stream]*trace.Stream{} // what a relay made of streams without a place
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
	for _, k := range t.Talkers {
		for _, s := range k.Streams {
			if s.Place.Known() {
				continue
			}
			if place := unnamedPlace(s, made[s]); place.Known() {
				for _, o := range slices.Concat(k.Copies, k.Streams) {
					if !o.Place.Known() {
						o.Place = place
					}
				}
				break
			}
		}
	}
}

// unnamedPlace is the place of a stream that a relay made of an announced one, or made
// one of.
func unnamedPlace(s, made *trace.Stream) trace.Place {
	none := trace.Place{From: -1}
	other, outer := s.RelayOf, s.Dst
	if made != nil {
		other, outer = made, s.Src
	}
	if other == nil || !other.Place.Known() {
		return none
	}
	near := other.Place.Leg
	var found *trace.Leg
	for _, l := range near.Call.Legs[:min(len(near.Call.Legs), maxAtOnce)] {
		if l == near || l.Answer.IsZero() || !silentOf(l) || !hasAddress(&l.Parties[1-l.Inner(near)], outer) {
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
