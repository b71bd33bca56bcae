package replay

import (
	"cmp"
	"slices"
	"strings"

	"github.com/latchscope/latchscope/analyze"
)

// Remedy is a change that may spare a call its silence.
type Remedy struct {
	Config Config
	IfName string // a what-if, or ""
	Why    string
	Result Result
	Left   int64 // ns of silence that are left in the worse direction
}

// Size of the change: parameters set, then what rests on inference.
func (r Remedy) size(base Config) int {
	n := 2 * (r.Config.assumes() - base.assumes())
	if r.IfName != "" {
		n++
	}
	return n
}

// Remedies tries what could be changed about an engine and says what helps, the
// smallest change first. Changes that leave an audible silence are left out.
func (c *Case) Remedies(t *analyze.Trace, base Config) ([]Remedy, error) {
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

func candidates(base Config) []Remedy {
	with := func(why string, sets ...Setting) Remedy { return Remedy{Config: base.With(sets...), Why: why} }
	list := []Remedy{
		{Config: base, IfName: "port-open=offer", Why: "open the port with the offer: nothing is refused, and the NAT is taken to keep its mapping"},
		{Config: base, IfName: "icmp=off", Why: "no ICMP error for early packets: the NAT is taken to keep its mapping"},
	}
	if strings.HasPrefix(base.Profile.Name, "rtpengine-") {
		return append(list,
			with("learn for three seconds instead of from the first packet", Setting{"endpoint_learning", "delayed"}),
			with("follow a new source at once; so may anybody's packet", Setting{"media_handover", "true"}))
	}
	return append(list,
		with("follow the locked stream, by SSRC and sequence, to its new source", Setting{"relatch_distance", "536"}),
		with("follow a source after three packets in a row; so may anybody's", Setting{"relatch_packets", "3"}))
}
