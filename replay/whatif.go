package replay

import (
	"fmt"
	"slices"
	"strings"

	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/trace"
	"github.com/latchscope/latchscope/replay/latch"
)

// WhatIf is one thing that is otherwise in a replay.
type WhatIf struct {
	Name     string                                // as on the command line: "icmp=off"
	Inferred bool                                  // it rests on what a NAT would have done
	Why      []string                              // the NAT model's reasons, for people
	Change   func(latch.Event) (latch.Event, bool) // nil: events stay as they are; false: the event does not happen
	Policy   func(*latch.Policy)                   // nil: the engine stays as it is
	Opens    bool                                  // packets that the server refused get in
}

// WhatIfs lists what ParseWhatIf takes.
func WhatIfs() []string {
	return []string{"icmp=off", "port-open=offer", "nat=keep", "nat=next-free", "nat=random"}
}

// ParseWhatIf reads a what-if as the command line has it, for one case. The
// error names the words that are known.
func (c *Case) ParseWhatIf(t *trace.Trace, text string) (WhatIf, error) {
	switch text {
	case "icmp=off":
		return c.withoutICMP(text), nil
	case "port-open=offer":
		w := c.withoutICMP(text)
		w.Opens = true
		w.Policy = openAtOffer
		w.Why = append([]string{"The server's port is open from the offer on: it refuses nothing, and early packets feed the learner."}, w.Why...)
		return w, nil
	case "nat=keep":
		return c.keep(text), nil
	case "nat=next-free":
		return c.remap(t, text, nextFree), nil
	case "nat=random":
		return c.remap(t, text, anyPort), nil
	}
	return WhatIf{}, CheckWhatIf(text)
}

// CheckWhatIf tells whether a text names a what-if, before there is a case.
func CheckWhatIf(text string) error {
	if slices.Contains(WhatIfs(), text) {
		return nil
	}
	return fmt.Errorf("there is no what-if %q; it is one of %s", text, strings.Join(WhatIfs(), ", "))
}

// openAtOffer is an engine that binds at the offer and learns from the first
// packet. One that throws early packets away goes on doing so.
func openAtOffer(p *latch.Policy) {
	p.Bind = latch.BindOffer
	if p.PreSDP == latch.PreSDPRelay {
		p.PreSDP = latch.PreSDPLearn
	}
}

// withoutICMP takes the errors to the talker away, and with them the changes of
// its source that they are taken to have caused.
func (c *Case) withoutICMP(name string) WhatIf {
	w := WhatIf{Name: name, Inferred: true}
	undo := make([]bool, len(c.Moves))
	for i, d := range c.Moves {
		switch undo[i] = d.ByICMP; {
		case d.Lawful:
		case d.ByICMP:
			w.Why = append(w.Why, fmt.Sprintf("The move from %s to %s followed an ICMP error to the old source: without the error the NAT is taken to keep its mapping.", d.From, d.To))
		default:
			w.Why = append(w.Why, fmt.Sprintf("The move from %s to %s followed no ICMP error: it stays.", d.From, d.To))
		}
	}
	if len(c.Moves) == 0 {
		w.Why = append(w.Why, "The talker's source never moved at this capture point: there is nothing to undo.")
	}
	w.Change = c.undo(undo)
	return w
}

// keep undoes every move that nothing announced.
func (c *Case) keep(name string) WhatIf {
	w := WhatIf{Name: name, Inferred: true, Why: []string{"The NAT is taken to keep its mapping, whatever happens (RFC 4787 REQ-12 on ICMP)."}}
	undo := make([]bool, len(c.Moves))
	for i, d := range c.Moves {
		undo[i] = !d.Lawful
	}
	w.Change = c.undo(undo)
	return w
}

// undo puts the talker's packets back to the source that it had before the
// moves in question. A move that stays is one from wherever the talker then is.
func (c *Case) undo(which []bool) func(latch.Event) (latch.Event, bool) {
	// Sources that undone moves led to, and where they lead back.
	type back struct {
		from     int64
		at, real endpoint.Endpoint
	}
	var list []back
	var now endpoint.Endpoint // where the talker is taken to be
	for i, d := range c.Moves {
		if i == 0 {
			now = d.From
		}
		if !which[i] {
			now = d.To
			continue
		}
		list = append(list, back{d.After, d.To, now})
	}
	near := c.Near
	return func(ev latch.Event) (latch.Event, bool) {
		if !ev.Kind.Packet() || ev.Side != near {
			return ev, true
		}
		for i := len(list) - 1; i >= 0; i-- {
			if b := &list[i]; ev.Time >= b.from && ev.Source == b.at {
				ev.Source = b.real
				break
			}
		}
		return ev, true
	}
}
