package detect

import (
	"fmt"
	"net/netip"
	"sort"

	"github.com/latchscope/latchscope/analyze"
	"github.com/latchscope/latchscope/analyze/packet"
)

var competingSource = Detector{
	Code:  "competing-source",
	Title: "another talker sends to a media port in use",
	Doc: `RTP of another talker, from an address that takes no part in the call, arrives at a
media port while the call's own talker is sending to it: injection, spraying ("RTP
bleed"), or a crossed call. A latch that is learning may take it for the party.

Quiet for early media of forks, stragglers around a re-INVITE or transfer, a new SSRC
from the same source, and the last packets of a call whose port is used again.`,
	Run: findCompeting,
}

type rivalry struct {
	source netip.Addr
	target packet.Endpoint
}

func findCompeting(t *analyze.Trace) []Finding {
	var out []Finding
	for _, c := range t.Calls {
		if c.State == analyze.MediaOnly {
			continue
		}
		rivals := map[rivalry][]*analyze.Stream{}
		var order []rivalry
		p := partiesOf(c)
		for _, s := range c.Streams {
			if s.CopyOf != nil || !p.rival(s) {
				continue
			}
			r := rivalry{s.Src.IP(), s.Dst}
			if rivals[r] == nil {
				order = append(order, r)
			}
			rivals[r] = append(rivals[r], s)
		}
		for _, r := range order {
			out = append(out, compete(c, rivals[r]))
		}
	}
	return out
}

// parties is what tells the call's own media from foreign media.
type parties struct {
	call  *analyze.Call
	hosts map[netip.Addr]bool                   // that signal in the call or were named by SDP
	to    map[packet.Endpoint][]*analyze.Stream // the call's streams by destination, copies left out
}

func partiesOf(c *analyze.Call) parties {
	p := parties{c, map[netip.Addr]bool{}, map[packet.Endpoint][]*analyze.Stream{}}
	for _, l := range c.Legs {
		for side := range l.Parties {
			for _, h := range l.Parties[side].Hosts {
				p.hosts[h.IP()] = true
			}
		}
		for _, port := range l.Ports {
			p.hosts[port.Addr.IP()] = true
		}
	}
	for _, s := range c.Streams {
		if s.CopyOf == nil {
			p.to[s.Dst] = append(p.to[s.Dst], s)
		}
	}
	return p
}

// rival tells whether a stream is foreign to its port and comes while the
// call's own talker uses it.
func (p parties) rival(s *analyze.Stream) bool {
	pl := s.Place
	if pl.Port == nil || pl.Own != nil || s.Prev != nil || s.Next != nil || s.RelayOf != nil {
		return false
	}
	if s.Talker != nil && len(s.Talker.Streams) > 1 {
		return false
	}
	if p.hosts[s.Src.IP()] || s.First.Time < pl.Port.From.Time {
		return false
	}
	answer := pl.Leg.Answer
	if answer.IsZero() || s.Last.Time < answer.Time+int64(2e9) && s.First.Time < answer.Time+int64(1e9) {
		return false
	}
	if s.Last.Time-s.First.Time < int64(4e9) {
		for _, l := range p.call.Legs {
			// Refreshes are in order of time: the first that may be near tells.
			i := sort.Search(len(l.Refresh), func(i int) bool { return s.First.Time < l.Refresh[i].Time+int64(2e9) })
			if i < len(l.Refresh) && s.Last.Time > l.Refresh[i].Time-int64(2e9) {
				return false
			}
		}
	}
	for _, o := range p.to[s.Dst] {
		if o == s || o.Src.IP() == s.Src.IP() || o.SSRC == s.SSRC {
			continue
		}
		owner := p.hosts[o.Src.IP()] || o.Stats.Packets > s.Stats.Packets || o.First.Time < s.First.Time
		if owner && o.First.Time < s.Last.Time && s.First.Time < o.Last.Time {
			return true
		}
	}
	return false
}

func compete(c *analyze.Call, list []*analyze.Stream) Finding {
	first := list[0]
	var n int64
	last := first
	for _, s := range list {
		n += int64(s.Stats.Packets)
		if s.Last.Time > last.Last.Time {
			last = s
		}
	}
	f := Finding{
		Severity: Warn, Confidence: Confirmed, Call: c, Leg: first.Place.Leg, Start: first.Start(), End: last.End(), Streams: list,
		Data:     Competing{Source: first.Src.String(), Target: first.Dst.String(), Packets: n},
		Summary:  fmt.Sprintf("%s from %s, which takes no part in the call, to its media port %s", plural(n, "RTP packet"), first.Src, first.Dst),
		Evidence: []Evidence{{first.Start(), "first packet of the foreign source"}},
		Filter:   fmt.Sprintf("%s && %s && udp.dstport == %d", addrFilter("src", first.Src.IP().String()), addrFilter("dst", first.Dst.IP().String()), first.Dst.Port),
	}
	if n > 1 {
		f.Evidence = append(f.Evidence, Evidence{last.End(), "its last packet"})
	}
	f.Detail = fmt.Sprintf("The address %s neither signals in this call nor stands in its SDP; its packets (SSRC 0x%08x) reach the port while the call's own talker uses it.", first.Src.IP(), first.SSRC)
	f.Advice = "Find out whose address it is. A latch should hold against it: keep the lock, restrict sources where parties are known (strict source), and consider SRTP (RFC 3711); a short latch timeout widens the opening. If it is another customer's party, look for a call that crossed over."
	return f
}
