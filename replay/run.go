package replay

import (
	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/replay/latch"
)

// Result is what an engine made of a Case.
type Result struct {
	Uplink, Downlink Way
	Story            []Happening
	Fates            []Fate              // of the event at the same index; Unknown for signalling
	Sent             []endpoint.Endpoint // where it was sent on to, zero if it was not
}

// run is one replay on its way.
type run struct {
	c     *Case
	homes [2][]home
	last  [2]lastFate
}

// Run plays a Case to an engine of the two policies, with some things
// otherwise. It is pure: the same Case gives the same Result.
func (c *Case) Run(a, b latch.Policy, ifs ...WhatIf) (Result, error) {
	for _, w := range ifs {
		for _, p := range [2]*latch.Policy{&a, &b} {
			if w.Policy != nil {
				w.Policy(p)
			}
		}
	}
	e, err := latch.New(a, b)
	if err != nil {
		return Result{}, err
	}
	events, in := c.Altered(ifs...)
	r := run{c: c, homes: c.homesOf(events, ifs)}
	res := Result{Fates: make([]Fate, len(events)), Sent: make([]endpoint.Endpoint, len(events))}
	tell := teller{c: c}
	var stepped []int // the events that the engine was given
	for i := range events {
		ev := &events[i]
		var d latch.Decision
		if in[i] {
			d = e.Step(*ev)
			stepped = append(stepped, i)
		} else {
			d = latch.Decision{Action: latch.NotBound, Reason: latch.ReasonPortClosed}
		}
		if ev.Kind == latch.KindRTP {
			res.Fates[i] = r.fate(ev, &d)
			res.Sent[i] = d.To
		}
		tell.take(i, ev, &d, res.Fates[i])
		for _, late := range e.Late() {
			// The packet waited in the socket; now it is sent on, or dropped.
			n := stepped[late.Nth]
			was := events[n]
			was.Time = ev.Time
			res.Fates[n], res.Sent[n] = r.fate(&was, &late.Decision), late.To
		}
	}
	res.Story = tell.story
	c.measure(&res, events)
	same := c.same(res)
	res.Uplink.Same, res.Downlink.Same = same[c.Near], same[c.Near.Other()]
	return res, nil
}

// RunConfig plays a Case to an engine.
func (c *Case) RunConfig(cfg latch.Config, ifs ...WhatIf) (Result, error) {
	a, b, err := cfg.Policies(c.Near)
	if err != nil {
		return Result{}, err
	}
	return c.Run(a, b, ifs...)
}

// Altered are the events as some what-ifs have it, and whether each of them
// gets to the engine. Packets that the capture shows as refused do not, unless
// a what-if says so.
func (c *Case) Altered(ifs ...WhatIf) (events []latch.Event, in []bool) {
	events, in = make([]latch.Event, len(c.Events)), make([]bool, len(c.Events))
	opened := opens(ifs)
	for i, ev := range c.Events {
		f := &c.Facts[i]
		in[i] = f.Refusal == NotRefused || f.Refusal == RefusedByHost && opened
		for _, w := range ifs {
			if w.Change != nil && in[i] {
				ev, in[i] = w.Change(ev)
			}
		}
		events[i] = ev
	}
	return events, in
}

func opens(ifs []WhatIf) bool {
	for _, w := range ifs {
		if w.Opens {
			return true
		}
	}
	return false
}

// homesOf says where the parties are when some things are otherwise: where the
// capture shows them, moved as their packets are.
func (c *Case) homesOf(events []latch.Event, ifs []WhatIf) [2][]home {
	homes := c.homes
	if len(ifs) == 0 {
		return homes
	}
	at := func(h home) endpoint.Endpoint {
		ev := latch.Event{Time: h.from, Kind: latch.KindRTP, Side: c.Near, Source: h.at}
		for _, w := range ifs {
			if w.Change != nil {
				ev, _ = w.Change(ev)
			}
		}
		return ev.Source
	}
	var moved []home
	captured := c.homes[c.Near]
	put := func(h home) {
		if n := len(moved); n == 0 || moved[n-1].at != h.at {
			moved = append(moved, h)
		}
	}
	for i := range events {
		ev := &events[i]
		if ev.Side != c.Near || ev.Kind != latch.KindRTP || !c.Facts[i].Main {
			continue
		}
		// Where the capture has it, what-ifs put it elsewhere: stragglers of
		// an old source are no move.
		h, known := whereabouts(captured, ev.Time)
		if !known || h.IsZero() {
			continue
		}
		put(home{ev.Time, at(home{ev.Time, h})})
	}
	// A dead stretch before a move stays where the move does.
	var out []home
	for i, h := range moved {
		if i > 0 {
			for _, d := range c.Moves {
				if d.After == h.from && d.Left < d.After {
					out = append(out, home{d.Left, endpoint.Endpoint{}})
				}
			}
		}
		out = append(out, h)
	}
	if len(out) > 0 {
		homes[c.Near] = out
	}
	return homes
}
