package replay

import (
	"math"
	"slices"

	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/replay/latch"
)

// reaches tells whether what is sent to an address at a time reaches the party
// of a side. It does where the party is then; and where it announced to be, as
// long as nothing says otherwise.
func (c *Case) reaches(side latch.Side, to endpoint.Endpoint, t int64, homes []home) bool {
	if to.IsZero() || slices.Contains(c.deaf[side], to) {
		return false
	}
	heard := false
	for _, h := range homes {
		heard = heard || h.from <= t
		if h.at == to && h.from <= t {
			return t < h.until || c.alive // it was there
		}
	}
	if !heard {
		// What is sent to SDP's address before anything was heard may arrive; what
		// a stranger is sent does not.
		return c.announced(side, to) || c.lived(side, to) || to == elsewhere
	}
	// A party may hear at one port and send from another (RFC 4961 says: should not).
	return c.announced(side, to) && slices.ContainsFunc(homes, func(h home) bool {
		return h.at.Addr == to.Addr && h.from <= t && t < h.until
	})
}

// announced tells whether the party of a side named an address in SDP.
func (c *Case) announced(side latch.Side, at endpoint.Endpoint) bool {
	for i := range c.Events {
		ev := &c.Events[i]
		if (ev.Kind == latch.KindOffer || ev.Kind == latch.KindAnswer) && ev.Side == side && ev.Media == at {
			return true
		}
	}
	return false
}

// fate is what became of a packet that an engine decided about.
func (r *run) fate(ev *latch.Event, d *latch.Decision) Fate {
	switch d.Action {
	case latch.NotBound:
		return Refused
	case latch.Dropped:
		return Lost
	case latch.Withheld, latch.Queued:
		return Kept
	}
	to, at := ev.Side.Other(), r.c.seen(ev)
	if cached := &r.last[to]; cached.to == d.To && at < cached.until {
		return cached.fate
	}
	f := Misdirected
	if r.c.reaches(to, d.To, at, r.homes[to]) {
		f = Arrived
	}
	r.last[to] = lastFate{d.To, until(r.homes[to], at), f}
	return f
}

// asymmetric takes what is sent to where the capture's own server sent for what
// arrives, on a side whose party is sent to nowhere else: a gateway may hear at
// one address and send from another. An engine that also sends to where the party
// sends from is judged by that.
func (c *Case) asymmetric(events []latch.Event, res *Result) {
	for side := range c.taken {
		if len(c.taken[side]) == 0 {
			continue
		}
		only := true
		to := latch.Side(side)
		for i := range events {
			if at := res.Sent[i]; events[i].Side == to.Other() && !at.IsZero() && !slices.Contains(c.taken[side], at) {
				only = false
				break
			}
		}
		for i := range events {
			if only && events[i].Side == to.Other() && res.Fates[i] == Misdirected {
				res.Fates[i] = Arrived
			}
		}
	}
}

// lastFate holds for packets to one address until the party is elsewhere.
type lastFate struct {
	to    endpoint.Endpoint
	until int64
	fate  Fate
}

// until is when the party's whereabouts change next.
func until(homes []home, t int64) int64 {
	next := int64(math.MaxInt64)
	for _, h := range homes {
		if h.from > t {
			next = min(next, h.from)
		}
		if h.until > t {
			next = min(next, h.until)
		}
	}
	return next
}
