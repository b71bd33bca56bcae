package ledger

import (
	"github.com/latchscope/latchscope/analyze/trace"
)

// describe names the hops of the row and says which of them are in view.
func (d *direction) describe() []Hop {
	out := d.told.zeros(len(d.hops))
	for i := range d.hops {
		h := &d.hops[i]
		from, to := "server", "server"
		if i == 0 {
			from = d.talker.Name
		}
		if i == len(d.hops)-1 {
			to = d.listener.Name
		}
		o := Hop{Name: joined(from, " to ", to), Streams: h.there, Seen: sightsOf(d.sights.take(1), h.there), Assumed: i == len(d.hops)-1 && !d.ahead}
		o.Legs = d.rooms.legs.take(len(h.legs))
		for _, l := range h.legs {
			o.Legs, o.From = append(o.Legs, l.Leg), l.near
		}
		for _, l := range d.chain {
			if l.hop == i && l.view != nil {
				o.InView, o.Point = true, l.view.point
			}
		}
		out[i] = o
	}
	return out
}

// Streams returns the streams of all hops, from the talker on.
func (r *Row) Streams() []*trace.Stream {
	var out []*trace.Stream
	for i := range r.Hops {
		out = append(out, r.Hops[i].Streams...)
	}
	return out
}
