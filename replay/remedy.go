package replay

import (
	"cmp"
	"slices"

	"github.com/latchscope/latchscope/analyze/trace"
	"github.com/latchscope/latchscope/replay/latch"
)

// Remedy is a change that may spare a call its silence.
type Remedy struct {
	Config       latch.Config
	IfName       string // a what-if, or ""
	latch.Remedy        // what it is in the engine's own words, and why

	Gain, Lose int // other calls of the capture that it mends, and that it harms; see Others
	Compared   int // other calls that were tried
	Result     Result
	Left       int64 // ns of silence that are left in the worse direction
}

// Size of the change: parameters set, then what rests on inference.
func (r Remedy) size(base latch.Config) int {
	n := 2 * (assumes(r.Config) - assumes(base))
	if r.IfName != "" {
		n++
	}
	return n
}

// Remedies tries what could be changed about an engine and says what helps:
// what opens least to a stranger first, then the smallest change. Only settings
// that the engine has are tried; changes that leave an audible silence are left
// out.
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
	slices.SortStableFunc(out, func(x, y Remedy) int {
		return cmp.Or(cmp.Compare(openness(x.Config), openness(y.Config)), cmp.Compare(x.size(base), y.size(base)))
	})
	return out, nil
}

// openness is what a configuration opens to a stranger.
func openness(c latch.Config) int {
	p, err := c.Policy()
	if err != nil {
		return 0
	}
	return p.Openness()
}

// Others tries remedies on other calls of the capture, and counts in how many
// the longest silence becomes shorter or longer by an audible amount.
func Others(cases []*Case, base latch.Config, list []Remedy) error {
	for _, c := range cases {
		was, err := c.RunConfig(base)
		if err != nil {
			return err
		}
		for i := range list {
			r := &list[i]
			if r.IfName != "" {
				continue // what the NAT of another call would do is another matter
			}
			is, err := c.RunConfig(r.Config)
			if err != nil {
				return err
			}
			r.Compared++
			switch d := max(is.Uplink.Silence, is.Downlink.Silence) - max(was.Uplink.Silence, was.Downlink.Silence); {
			case d <= -Audible:
				r.Gain++
			case d >= Audible:
				r.Lose++
			}
		}
	}
	return nil
}

// opening is the advice to open the port with the offer. An engine that does so
// when it is told of the offer can only be told sooner.
func opening(base latch.Config) string {
	const then = ": nothing is refused, and the NAT is taken to keep its mapping"
	if base.Profile.Policy.Bind == latch.BindOffer && base.Profile.Engine != "" {
		return "let the engine know of the offer before it is passed on, for it opens its port then" + then
	}
	return "open the port with the offer" + then
}

// candidates are what could be changed about any engine's port, and what the
// profile knows of its own settings.
func candidates(base latch.Config) []Remedy {
	list := []Remedy{
		{Config: base, IfName: "port-open=offer", Remedy: latch.Remedy{Why: opening(base)}},
		{Config: base, IfName: "icmp=off", Remedy: latch.Remedy{
			Why:  "no ICMP error for early packets: the NAT is taken to keep its mapping",
			File: "the media server's packet filter (nftables, output; for its media address only, and no other type or code)", Before: "(nothing)",
			After: "icmp type destination-unreachable icmp code port-unreachable drop; for IPv6 icmpv6 type destination-unreachable icmpv6 code port-unreachable drop",
		}},
	}
	for _, r := range base.Profile.Remedies {
		list = append(list, Remedy{Config: base.With(r.Sets...), Remedy: r})
	}
	return list
}
