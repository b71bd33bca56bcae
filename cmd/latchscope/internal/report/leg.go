package report

import (
	"strconv"

	"github.com/latchscope/latchscope/analyze"
)

// Leg is one SIP dialog of a call.
type Leg struct {
	Letter  string
	CallID  string
	From    string // where the INVITE came from
	To      string
	State   analyze.State
	Outcome string // in words, where it is not an ordinary call
	Notes   []string
	Agents  [2]string
}

func (r *Report) legs(c *analyze.Call) []Leg {
	var out []Leg
	for i, l := range c.Legs {
		leg := Leg{Letter: legLetter(i), CallID: r.as(CallID, l.CallID), State: l.State}
		for side := range l.Parties {
			p := &l.Parties[side]
			if len(p.Hosts) > 0 {
				host := r.endpoint(p.Hosts[0])
				if analyze.Side(side) == analyze.Caller {
					leg.From = host
				} else {
					leg.To = host
				}
			}
			leg.Agents[side] = r.as(Name, p.Agent)
		}
		if l.Status >= 300 {
			leg.Outcome = strconv.Itoa(l.Status)
		}
		if l.Forked {
			leg.Notes = append(leg.Notes, "forked: several phones rang")
		}
		leg.Notes = append(leg.Notes, r.elsewhere(c, l)...)
		out = append(out, leg)
	}
	return out
}

// elsewhere notes where a party announced one address and sends from another.
// That is what every NAT looks like, and no fault.
func (r *Report) elsewhere(c *analyze.Call, l *analyze.Leg) []string {
	var notes []string
	said := map[string]bool{}
	for _, s := range c.Streams {
		if s.Place.Leg != l || s.Place.From < 0 || s.CopyOf != nil {
			continue
		}
		for _, p := range l.Ports {
			if p.Side != s.Place.From || p.Line != s.Place.Line || p.Addr.IP() == s.Src.IP() || p.Addr.Port == 0 || p.Addr.IP().IsUnspecified() {
				continue
			}
			note := "SDP says " + r.as(Address, p.Addr.IP().String())
			if !said[note] {
				said[note] = true
				notes = append(notes, note)
			}
		}
	}
	return notes
}
