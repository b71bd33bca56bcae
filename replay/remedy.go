package replay

import (
	"cmp"
	"slices"

	"github.com/latchscope/latchscope/analyze/trace"
	"github.com/latchscope/latchscope/replay/latch"
)

// Remedy is a change that may spare a call its silence.
type Remedy struct {
	Config latch.Config
	IfName string // a what-if, or ""
	Why    string
	Result Result
	Left   int64 // ns of silence that are left in the worse direction
}

// Size of the change: parameters set, then what rests on inference.
func (r Remedy) size(base latch.Config) int {
	n := 2 * (assumes(r.Config) - assumes(base))
	if r.IfName != "" {
		n++
	}
	return n
}

// Remedies tries what could be changed about an engine and says what helps, the
// smallest change first. Changes that leave an audible silence are left out.
func (c *Case) Remedies(t *trace.Trace, base latch.Config) ([]Remedy, error) {
	var out []Remedy
	for _, r := range candidates(base) {
		var ifs []WhatIf
		if r.IfName != "" {
			w, err := c.ParseWhatIf(t, r.IfName)
			if err != nil {
				return nil, err
			}
			ifs = append(ifs, w)
		}
		res, err := c.RunConfig(r.Config, ifs...)
		if err != nil {
			continue // a parameter that this profile cannot take
		}
		r.Result = res
		if r.Left = max(res.Uplink.Silence, res.Downlink.Silence); r.Left < Audible {
			out = append(out, r)
		}
	}
	slices.SortStableFunc(out, func(x, y Remedy) int { return cmp.Compare(x.size(base), y.size(base)) })
	return out, nil
}

// candidates are what could be changed about any engine's port, and what the
// profile knows of its own settings.
func candidates(base latch.Config) []Remedy {
	list := []Remedy{
		{Config: base, IfName: "port-open=offer", Why: "open the port with the offer: nothing is refused, and the NAT is taken to keep its mapping"},
		{Config: base, IfName: "icmp=off", Why: "no ICMP error for early packets: the NAT is taken to keep its mapping"},
	}
	for _, r := range base.Profile.Remedies {
		list = append(list, Remedy{Config: base.With(r.Sets...), Why: r.Why})
	}
	return list
}
