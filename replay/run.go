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
	return c.runLater(a, b, 0, ifs)
}

// runLater is Run with the engine's clock ahead of the capture's, in
// nanoseconds.
func (c *Case) runLater(a, b latch.Policy, ahead int64, ifs []WhatIf) (Result, error) {
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
	r := run{c: c, homes: c.homesIf(events, ifs)}
	res := Result{Fates: make([]Fate, len(events)), Sent: make([]endpoint.Endpoint, len(events))}
	tell, told := teller{c: c}, make([]latch.Decision, len(events))
	var stepped []int // the events that the engine was given
	for i := range events {
		ev := &events[i]
		var d latch.Decision
		if in[i] {
			then := *ev
			then.Time += ahead
			d = e.Step(then)
			stepped = append(stepped, i)
		} else {
			d = latch.Decision{Action: latch.NotBound, Reason: latch.ReasonPortClosed}
		}
		if carries(ev) {
			res.Fates[i] = r.fate(ev, &d)
			res.Sent[i] = d.To
		}
		told[i] = d
		for _, late := range e.Late() {
			// The packet waited in the socket; now it is sent on, or dropped.
			n := stepped[late.Nth]
			was := events[n]
			was.Time = ev.Time
			res.Fates[n], res.Sent[n] = r.fate(&was, &late.Decision), late.To
		}
	}
	c.asymmetric(events, &res)
	for i := range events {
		tell.take(i, &events[i], &told[i], res.Fates[i])
	}
	res.Story = tell.story
	c.measure(&res, events)
	if len(ifs) == 0 { // with a what-if the same address may be another place
		same := c.same(res)
		res.Uplink.Same, res.Downlink.Same = same[c.Near], same[c.Near.Other()]
	}
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

// WorstPhase is what an engine that compares whole seconds of the clock would
// have made of the call at its worst, had it begun at another fraction of a
// second. ok is false for other engines.
func (c *Case) WorstPhase(cfg latch.Config, ifs ...WhatIf) (worst Result, ok bool, err error) {
	a, b, err := cfg.Policies(c.Near)
	if err != nil || !a.WholeSeconds && !b.WholeSeconds {
		return Result{}, false, err
	}
	for _, ahead := range c.phases() {
		r, err := c.runLater(a, b, ahead, ifs)
		if err != nil {
			return Result{}, false, err
		}
		if max(r.Uplink.Silence, r.Downlink.Silence) >= max(worst.Uplink.Silence, worst.Downlink.Silence) {
			worst = r
		}
	}
	return worst, true, nil
}

// mostPhases bounds how often a call is replayed to find its worst.
const mostPhases = 16

// phases are the leads of the engine's clock with which whole seconds make most
// difference: those that put signalling just before the end of a second, and
// just behind it.
func (c *Case) phases() (list []int64) {
	const second = int64(1e9)
	for i := len(c.Events) - 1; i >= 0 && len(list) < mostPhases; i-- {
		if ev := &c.Events[i]; ev.Kind == latch.KindOffer || ev.Kind == latch.KindAnswer {
			list = append(list, second-ev.Time%second, 2*second-ev.Time%second-1)
		}
	}
	return list
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

// homesIf says where the parties are when some things are otherwise: where the
// capture shows them, moved as their packets are.
func (c *Case) homesIf(events []latch.Event, ifs []WhatIf) [2][]home {
	homes := c.homes
	if len(ifs) > 0 {
		homes[c.Near] = c.movedHomes(events, ifs)
	}
	return homes
}
