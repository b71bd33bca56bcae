package replay

import (
	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/replay/latch"
)

// Played is what became of a Case's packets when they really were sent, through
// sockets, to an engine of ours or to somebody else's. All lists have an entry
// for every event.
type Played struct {
	Events    []latch.Event       // as sent; Time is when, in the clock of the capture
	Arrived   []endpoint.Endpoint // where the packet came out, zero if nowhere
	At        []int64             // when it did
	Refused   []bool              // the port was closed
	Decisions []latch.Decision    // what the engine said of it, where it says anything; else zero
}

// Conclude measures what was played as Run measures what it decided.
func (c *Case) Conclude(p Played, ifs ...WhatIf) Result {
	homes := c.homesIf(p.Events, ifs)
	res := Result{Fates: make([]Fate, len(p.Events)), Sent: p.Arrived}
	tell := teller{c: c}
	timed := make([]latch.Event, len(p.Events))
	for i, ev := range p.Events {
		d := p.Decisions[i]
		if carries(&ev) {
			res.Fates[i] = c.playedFate(&p, i, homes)
			if !p.Arrived[i].IsZero() {
				d.To = p.Arrived[i]
			}
		}
		tell.take(i, &ev, &d, res.Fates[i])
		timed[i] = ev
		if p.At[i] != 0 {
			timed[i].Time = p.At[i]
		}
	}
	res.Story = tell.story
	c.measure(&res, timed)
	return res
}

func (c *Case) playedFate(p *Played, i int, homes [2][]home) Fate {
	ev, d := &p.Events[i], &p.Decisions[i]
	switch to := p.Arrived[i]; {
	case !to.IsZero() && c.reaches(ev.Side.Other(), to, c.seen(ev), homes[ev.Side.Other()]):
		return Arrived
	case !to.IsZero(), d.Action == latch.Relayed:
		return Misdirected
	case p.Refused[i], d.Action == latch.NotBound:
		return Refused
	case d.Action == latch.Withheld:
		return Kept
	}
	return Lost
}

// AsCaptured is what the capture itself shows, measured as a replay is.
func (c *Case) AsCaptured() Result {
	res := Result{Fates: make([]Fate, len(c.Facts)), Sent: make([]endpoint.Endpoint, len(c.Facts))}
	for i := range c.Facts {
		res.Fates[i], res.Sent[i] = c.Facts[i].Fate, c.Facts[i].To
	}
	c.measure(&res, c.Events)
	return res
}
