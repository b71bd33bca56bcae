package replay

import (
	"slices"

	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/trace"
)

// TalkersOf are the talkers of a call that a replay may be about, as far as
// they have equally much to do with latching: those whose source moved
// unannounced, else those that moved at all, else those whose source is not
// what their SDP says, else the callee's. None if a media server receives none.
func TalkersOf(c *trace.Call) []*trace.Talker {
	var best []*trace.Talker
	most := -1
	for _, k := range c.Talkers {
		if !received(k) || beside(k) {
			continue
		}
		n := interest(k)
		if n > most {
			best, most = nil, n
		}
		if n == most {
			best = append(best, k)
		}
	}
	return parties(best)
}

// parties leaves strangers out who send to a port that somebody sends more to.
func parties(list []*trace.Talker) (out []*trace.Talker) {
next:
	for _, k := range list {
		for i, o := range out {
			if o.Receiver() == k.Receiver() {
				if heard(k) > heard(o) {
					out[i] = k
				}
				continue next
			}
		}
		out = append(out, k)
	}
	return out
}

// beside reports whether a talker is a stranger: from an address that takes no part in
// the call, to a port to which another talker was sending when he began, and sends more.
func beside(k *trace.Talker) bool {
	first := k.Streams[0]
	if first.Place.Own != nil || len(k.Moves) > 0 || takesPart(k.Call, first.Src) {
		return false
	}
	for _, o := range k.Call.Talkers {
		if o == k || o.Receiver() != k.Receiver() || heard(o) <= heard(k) {
			continue
		}
		if last := o.Streams[len(o.Streams)-1]; o.Streams[0].First.Time < first.First.Time && last.Last.Time > first.First.Time && o.Streams[0].Src.Addr != first.Src.Addr {
			return true
		}
	}
	return false
}

// takesPart reports whether an address signals in a call or was named by its SDP.
func takesPart(c *trace.Call, at endpoint.Endpoint) bool {
	same := func(e endpoint.Endpoint) bool { return e.Addr == at.Addr }
	for _, l := range c.Legs {
		for side := range l.Parties {
			if slices.ContainsFunc(l.Parties[side].Hosts, same) {
				return true
			}
		}
		if slices.ContainsFunc(l.Ports, func(p *trace.Port) bool { return same(p.Addr) }) {
			return true
		}
	}
	return false
}

// heard is how many packets of a talker there are.
func heard(k *trace.Talker) (n int64) {
	for _, s := range k.Streams {
		n += int64(s.Stats.Packets)
	}
	return n
}

// received tells whether a talker goes into a media server, as far as the
// capture tells: it is no other talker's copy, and no relay made it.
func received(k *trace.Talker) bool {
	s := k.Streams[0]
	if s.RelayOf != nil || s.CopyOf != nil && k.Inside == nil {
		return false
	}
	// What a server sends towards a phone comes from where another talker goes.
	for _, o := range k.Call.Talkers {
		if o != k && o.Receiver() == s.Src && o.Streams[0].Start().Before(s.Start()) && o.Streams[0].Place.Own != nil {
			return false
		}
		if o != k && o.Receiver() == s.Src && len(o.Moves) > 0 {
			return false
		}
	}
	return true
}

// interest says how much a talker has to do with latching.
func interest(k *trace.Talker) int {
	n := 0
	for _, m := range k.Moves {
		if m.Announced == trace.Unannounced {
			n |= 8
		} else {
			n |= 4
		}
	}
	if k.Place().Known() {
		if k.Place().Own == nil {
			n |= 2
		}
		if k.Place().From == trace.Callee {
			n |= 1
		}
	}
	return n
}

// Provoked tells whether the talker's early packets were refused by the server,
// and whether a move of its source followed an ICMP error.
func (c *Case) Provoked() (refused, moved bool) {
	for i := range c.Facts {
		refused = refused || c.Facts[i].Refusal == RefusedByHost && c.Events[i].Side == c.Near
	}
	for _, d := range c.Moves {
		moved = moved || d.ByICMP
	}
	return refused, moved
}
