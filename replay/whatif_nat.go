package replay

import (
	"fmt"
	"slices"

	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/trace"
	"github.com/latchscope/latchscope/replay/latch"
)

// The NAT that is imagined here drops its mapping when an ICMP error about it
// comes back, as the routers of the story did, or when it did so in the
// capture for another reason; the next packet gets a new port.

// nextFree is the port after n losses of the mapping, counted upwards.
func nextFree(base endpoint.Endpoint, n int) endpoint.Endpoint {
	port := uint32(base.Port)
	for range n {
		if port++; port > 65535 {
			port = 1024
		}
	}
	base.Port = uint16(port)
	return base
}

// anyPort is a port that follows no order, though the same at every run.
func anyPort(base endpoint.Endpoint, n int) endpoint.Endpoint {
	if n == 0 {
		return base
	}
	h := uint64(base.Port)<<16 | uint64(n)
	for _, b := range base.Addr {
		h = (h ^ uint64(b)) * 0x9e3779b97f4a7c15
	}
	h ^= h >> 29
	h *= 0xbf58476d1ce4e5b9
	h ^= h >> 32
	base.Port = uint16(1024 + h%(65536-1024))
	return base
}

// remap is a NAT that gives another port after every loss of its mapping.
func (c *Case) remap(t *trace.Trace, name string, port func(endpoint.Endpoint, int) endpoint.Endpoint) WhatIf {
	w := WhatIf{Name: name, Inferred: true}
	delay, known := c.flight(t)
	var losses []int64
	errors := 0
	for _, at := range c.provocations(t) {
		losses = append(losses, at+delay)
		errors++
	}
	for _, d := range c.Moves {
		if !d.Lawful && !d.ByICMP {
			losses = append(losses, d.After)
		}
	}
	slices.Sort(losses)
	why := fmt.Sprintf("The NAT is taken to lose its mapping at every ICMP error about it (%d) and to give another port to the next packet", errors)
	if known {
		why += fmt.Sprintf(", which arrives %d ms later, as the capture's own move did.", delay/1e6)
	} else {
		why += "; how long that takes to show is not in the capture and taken for a moment."
	}
	w.Why = append(w.Why, why)
	if n := len(losses) - errors; n > 0 {
		w.Why = append(w.Why, fmt.Sprintf("%d moves without an ICMP error stay, with ports of that NAT.", n))
	}
	base := c.homes[c.Near][0].at
	near := c.Near
	w.Change = func(ev latch.Event) (latch.Event, bool) {
		if !ev.Kind.Packet() || ev.Side != near || !c.lived(near, ev.Source) {
			return ev, true
		}
		n, _ := slices.BinarySearch(losses, ev.Time+1)
		ev.Source = port(base, n)
		return ev, true
	}
	return w
}

// provocations are the times of the ICMP errors addressed to the talker about
// its own packets.
func (c *Case) provocations(t *trace.Trace) []int64 {
	var out []int64
	k := c.Talker
	for _, e := range t.Errors {
		if e.Toward || !e.Unreachable() || e.Time > c.End {
			continue
		}
		if c.lived(c.Near, e.Quote.Src) || k.Inside != nil && e.Quote.Src == k.Inside.Src {
			out = append(out, e.Time)
		}
	}
	return out
}

// flight is how long after the last error the capture's own move showed.
func (c *Case) flight(t *trace.Trace) (ns int64, known bool) {
	for i, d := range c.Moves {
		if d.ByICMP {
			if e := t.Provoked(c.Talker, c.Talker.Moves[i]); e != nil {
				return d.After - e.Time, true
			}
		}
	}
	return 0, false
}
