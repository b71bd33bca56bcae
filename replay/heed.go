package replay

import (
	"slices"

	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/ledger"
	"github.com/latchscope/latchscope/analyze/trace"
	"github.com/latchscope/latchscope/replay/latch"
)

// Heed lets a case go by the account of the call's audio (see ledger): from when
// on and until when it was due, when nothing was, and at which addresses the
// parties hear. up are the rows of the talker's voice, down those of what comes
// back to it. What an engine would have done with the packets is then measured
// with the yardstick by which the capture was.
func (c *Case) Heed(up, down []*ledger.Row) {
	rows := [2][]*ledger.Row{}
	rows[c.Near], rows[c.Near.Other()] = up, down
	begin, end := int64(0), int64(0)
	for _, list := range rows {
		for _, r := range list {
			if begin == 0 || r.Start.Time < begin {
				begin = r.Start.Time
			}
			end = max(end, r.End.Time)
			n := len(r.Spans)
			c.resumed = c.resumed || n > 1 && r.Spans[n-1].State == ledger.Misdirected && r.Spans[n-2].State == ledger.Agreed
		}
	}
	if begin == 0 {
		return
	}
	c.Answer, c.After, c.edges = max(c.Answer, begin), max(c.After, begin), true
	var heard, astray [2]map[endpoint.Endpoint]int // by side: packets to an address that the account has arrive, or not, against the case
	for i := range c.Facts {
		ev, f := &c.Events[i], &c.Facts[i]
		if !carries(ev) || len(rows[ev.Side]) == 0 {
			continue
		}
		state, covered := stateAt(rows[ev.Side], ev.SSRC, c.seen(ev))
		c.refused = c.refused || f.Fate == Arrived && state == ledger.Refused
		if state != ledger.Unseen || !covered { // what the account cannot tell may be replayed all the same
			f.Due = covered && state != ledger.Agreed
		}
		to := ev.Side.Other()
		switch {
		case f.Fate == Misdirected && (state == ledger.Sent || state == ledger.Delivered):
			tally(&heard[to], f.To, 1)
		case f.Fate == Misdirected && covered:
			tally(&heard[to], f.To, -1)
		case f.Fate == Arrived && (state == ledger.Misdirected || state == ledger.Refused):
			tally(&astray[to], f.To, 1)
		case f.Fate == Arrived && covered:
			tally(&astray[to], f.To, -1)
		}
	}
	for side := range heard {
		for to, n := range heard[side] {
			if n >= fewSent {
				c.hearsAt(latch.Side(side), to)
			}
		}
		for to, n := range astray[side] {
			if n >= fewSent {
				c.deafAt(latch.Side(side), to)
			}
		}
	}
}

// tally counts for an address.
func tally(m *map[endpoint.Endpoint]int, at endpoint.Endpoint, n int) {
	if *m == nil {
		*m = map[endpoint.Endpoint]int{}
	}
	(*m)[at] += n
}

// stateAt is the state of some rows at a time, of those that have an SSRC where
// any has; where several cover it, one in which audio was due goes first.
func stateAt(rows []*ledger.Row, ssrc uint32, at int64) (state ledger.State, covered bool) {
	known := slices.ContainsFunc(rows, func(r *ledger.Row) bool { return has(r, ssrc) })
	for _, r := range rows {
		if at < r.Start.Time || at > r.End.Time || known && !has(r, ssrc) {
			continue
		}
		n, _ := slices.BinarySearchFunc(r.Spans, at, func(s ledger.Span, at int64) int {
			if s.To.Time < at {
				return -1
			}
			return 1
		})
		if n == len(r.Spans) {
			continue
		}
		if s := r.Spans[n].State; !covered || !state.Due() || state == ledger.Unseen {
			state, covered = s, true
		}
	}
	return state, covered
}

// has reports whether a row's talker sends an SSRC, at the first hop that shows
// any of its packets.
func has(r *ledger.Row, ssrc uint32) bool {
	for i := range r.Hops {
		if list := r.Hops[i].Streams; len(list) > 0 {
			return slices.ContainsFunc(list, func(s *trace.Stream) bool { return s.SSRC == ssrc })
		}
	}
	return false
}

// hearsAt says that what is sent to an address arrives, though the party sends
// from elsewhere: receiver reports say so, both lines of a site are up, or it is
// another view of where the party is.
func (c *Case) hearsAt(side latch.Side, at endpoint.Endpoint) {
	if c.lived(side, at) {
		c.alive = true
		c.note("What is sent to the talker's old source arrives there as well, as the capture shows.")
	} else if !slices.Contains(c.taken[side], at) {
		c.taken[side] = append(c.taken[side], at)
	}
	for i := range c.Facts {
		if f := &c.Facts[i]; f.Fate == Misdirected && f.To == at && c.Events[i].Side.Other() == side {
			f.Fate = Arrived
		}
	}
}

// deafAt says that what is sent to an address does not arrive, though the party
// may have announced it: it is private where the party is behind a NAT, or ICMP
// refused it.
func (c *Case) deafAt(side latch.Side, at endpoint.Endpoint) {
	c.taken[side] = slices.DeleteFunc(c.taken[side], func(e endpoint.Endpoint) bool { return e == at })
	c.deaf[side] = append(c.deaf[side], at)
	for i := range c.Facts {
		if f := &c.Facts[i]; f.Fate == Arrived && f.To == at && c.Events[i].Side.Other() == side {
			f.Fate = Misdirected
		}
	}
}
