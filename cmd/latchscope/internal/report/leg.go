package report

import (
	"slices"
	"strconv"

	"github.com/latchscope/latchscope/analyze/trace"
)

// Leg is one SIP dialog of a call.
type Leg struct {
	Letter  string
	CallID  string
	From    string // where the INVITE came from
	To      string
	State   trace.State
	Outcome string // in words, where it is not an ordinary call
	Notes   []string
	Agents  [2]string
}

func (r *Report) legs(c *trace.Call) []Leg {
	var out []Leg
	streams := map[*trace.Leg][]*trace.Stream{}
	for _, s := range c.Streams {
		if l := s.Place.Leg; l != nil && s.CopyOf == nil {
			streams[l] = append(streams[l], s)
		}
	}
	for i, l := range c.Legs {
		leg := Leg{Letter: legLetter(i), CallID: r.as(CallID, l.CallID), State: l.State}
		for side := range l.Parties {
			p := &l.Parties[side]
			if len(p.Hosts) > 0 {
				host := r.endpoint(p.Hosts[0])
				if trace.Side(side) == trace.Caller {
					leg.From = host
				} else {
					leg.To = host
				}
			}
			leg.Agents[side] = r.as(Name, p.Agent)
		}
		if l.Status >= 300 {
			leg.Outcome = strconv.Itoa(int(l.Status))
		}
		if l.Messages.At(0).Transport == trace.NG {
			leg.Notes = append(leg.Notes, "by what the media engine was told")
		}
		if l.Forked {
			leg.Notes = append(leg.Notes, "forked: several phones rang")
		}
		leg.Notes = append(leg.Notes, r.elsewhere(l, streams[l])...)
		out = append(out, leg)
	}
	return out
}

// elsewhere notes where a party announced one address and sends from another.
// That is what every NAT looks like, and no fault.
func (r *Report) elsewhere(l *trace.Leg, streams []*trace.Stream) []string {
	type line struct{ side, line int }
	var notes []string
	said := map[[16]byte]bool{}
	sources := map[line][][16]byte{}
	for _, s := range streams {
		k := line{int(s.Place.From), int(s.Place.Line)}
		// Every address differs from one of two: further sources add nothing.
		if known := sources[k]; len(known) > 1 || slices.Contains(known, s.Src.Addr) {
			continue
		}
		sources[k] = append(sources[k], s.Src.Addr)
		for _, p := range l.Ports {
			ip := p.Addr.Addr
			if int(p.Side) != k.side || int(p.Line) != k.line || ip == s.Src.Addr || said[ip] || p.Addr.Port == 0 || p.Addr.IP().IsUnspecified() {
				continue
			}
			said[ip] = true
			notes = append(notes, "SDP says "+r.as(Address, p.Addr.IP().String()))
		}
	}
	return notes
}
