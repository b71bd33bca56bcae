package replay

import (
	"cmp"
	"slices"

	"github.com/latchscope/latchscope/analyze"
)

// TalkerOf is the talker of a call that a replay is about: the one whose source
// moved unannounced, else the one that moved at all, else the one whose source
// is not what its SDP says, else the callee's. nil if a media server receives
// none in this call.
func TalkerOf(t *analyze.Trace, c *analyze.Call) *analyze.Talker {
	var best *analyze.Talker
	for _, k := range c.Talkers {
		if !received(k) {
			continue
		}
		if best == nil || cmp.Compare(interest(k), interest(best)) > 0 {
			best = k
		}
	}
	return best
}

// received tells whether a talker goes into a media server, as far as the
// capture tells: it is no other talker's copy, and no relay made it.
func received(k *analyze.Talker) bool {
	s := k.Streams[0]
	if s.RelayOf != nil || s.CopyOf != nil && k.Inside == nil {
		return false
	}
	// What a server sends towards a phone comes from where another talker goes.
	for _, o := range k.Call.Talkers {
		if o != k && o.Receiver == s.Src && o.Streams[0].Start().Before(s.Start()) && o.Streams[0].Place.Own != nil {
			return false
		}
		if o != k && o.Receiver == s.Src && len(o.Moves) > 0 {
			return false
		}
	}
	return !slices.Contains(k.Call.Legs, nil)
}

// interest says how much a talker has to do with latching.
func interest(k *analyze.Talker) int {
	n := 0
	for _, m := range k.Moves {
		if m.Announced == analyze.Unannounced {
			n |= 8
		} else {
			n |= 4
		}
	}
	if k.Place.Known() {
		if k.Place.Own == nil {
			n |= 2
		}
		if k.Place.From == analyze.Callee {
			n |= 1
		}
	}
	return n
}
