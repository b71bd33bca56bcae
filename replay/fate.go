package replay

import (
	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/replay/latch"
)

// reaches tells whether what is sent to an address at a time reaches the party
// of a side. It does where the party is then; and where it announced to be, as
// long as nothing says otherwise.
func (c *Case) reaches(side latch.Side, to endpoint.Endpoint, t int64, homes []home) bool {
	if to.IsZero() {
		return false
	}
	at, known := whereabouts(homes, t)
	switch {
	case !known: // nobody heard of it yet: what is sent to SDP's address may arrive
		return true
	case at == to:
		return true
	}
	for _, h := range homes {
		if h.at == to {
			return c.alive // it was there, or will be
		}
	}
	for _, a := range c.taken[side] {
		if a == to {
			return true
		}
	}
	// A party may hear at one port and send from another (RFC 4961 says: should not).
	return len(homes) > 0 && homes[0].at.Addr == to.Addr && c.announced(side, to)
}

// whereabouts is where a party is at a time, as far as it was heard by then.
func whereabouts(homes []home, t int64) (at endpoint.Endpoint, known bool) {
	for _, h := range homes {
		if h.from > t {
			break
		}
		at, known = h.at, true
	}
	return at, known
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

// lastFate holds for packets to one address until the party is elsewhere.
type lastFate struct {
	to    endpoint.Endpoint
	until int64
	fate  Fate
}

// until is when the party's whereabouts change next.
func until(homes []home, t int64) int64 {
	for _, h := range homes {
		if h.from > t {
			return h.from
		}
	}
	return 1<<63 - 1
}
