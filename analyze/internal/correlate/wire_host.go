package correlate

import (
	"cmp"
	"slices"

	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/trace"
)

// A server in a cloud or a container announces a public address, and its packets
// bear a private one where the capture is taken: whatever stands before it
// translates both ways and keeps the ports. Such an announced host shows in no
// media stream, and streams that no SDP names use its ports at another host.

// aliases are the hosts that SDP names, by those that stand in packets instead.
type aliases map[[16]byte][16]byte

// mostAbsent is how many announced ports of hosts that no stream shows are
// looked at.
const mostAbsent = 1 << 16

// fewByChance is how many ports must speak for a host on the wire for each one that speaks
// for another announced host, which may be by chance.
const fewByChance = 4

// wireHostsOf finds them for each capture point: another one may show the announced
// address, as a phone does.
func wireHostsOf(streams []*trace.Stream, legs []*trace.Leg) map[uint16]aliases {
	by := map[uint16][]*trace.Stream{}
	for _, s := range streams {
		by[s.Point] = append(by[s.Point], s)
	}
	out := make(map[uint16]aliases, len(by))
	for p, list := range by {
		out[p] = wireHosts(list, legs)
	}
	return out
}

// wireHosts finds the hosts that bear another address on the wire than in SDP.
// Two ports at least must speak for it, and no other host as many. Nor must several
// announced hosts stand behind the one: that is a NAT, whose ports tell nobody's host.
func wireHosts(streams []*trace.Stream, legs []*trace.Leg) aliases {
	shown := map[[16]byte]bool{}
	for _, s := range streams {
		shown[s.Src.Addr], shown[s.Dst.Addr] = true, true
	}
	absent := map[uint16][]*trace.Port{} // announced ports of hosts that no stream shows
	n := 0
	for _, l := range legs {
		for _, p := range l.Ports {
			if p.Addr.Port != 0 && !p.Addr.IP().IsUnspecified() && !shown[p.Addr.Addr] && n < mostAbsent {
				absent[p.Addr.Port] = append(absent[p.Addr.Port], p)
				n++
			}
		}
	}
	if n == 0 {
		return nil
	}
	type match struct{ said, wire [16]byte }
	ports := map[match][]uint16{}
	for _, s := range streams {
		for _, ep := range []endpoint.Endpoint{s.Src, s.Dst} {
			for _, p := range absent[ep.Port][:min(len(absent[ep.Port]), maxAtOnce)] {
				m := match{p.Addr.Addr, ep.Addr}
				if overlap(p, s.First.Time, s.Last.Time) >= 0 && !slices.Contains(ports[m], ep.Port) && len(ports[m]) < maxAtOnce {
					ports[m] = append(ports[m], ep.Port)
				}
			}
		}
	}
	var matches []match
	for m := range ports {
		matches = append(matches, m)
	}
	slices.SortFunc(matches, func(a, b match) int {
		return cmp.Or(cmp.Compare(len(ports[b]), len(ports[a])), slices.Compare(a.said[:], b.said[:]), slices.Compare(a.wire[:], b.wire[:]))
	})
	shared := map[[16]byte]int{} // by host on the wire, for how many ports the second of those behind it speaks
	behind := map[[16]byte]bool{}
	for _, m := range matches {
		if behind[m.wire] {
			shared[m.wire] = max(shared[m.wire], len(ports[m]))
		}
		behind[m.wire] = true
	}
	out, taken := aliases{}, map[[16]byte]int{}
	for _, m := range matches {
		votes := len(ports[m])
		if shared[m.wire]*fewByChance >= votes {
			continue
		}
		if votes < 2 || taken[m.said] >= votes {
			if taken[m.said] == votes && votes > 0 {
				for wire, said := range out { // two hosts are as likely: nothing follows
					if said == m.said {
						delete(out, wire)
					}
				}
			}
			continue
		}
		if _, known := out[m.wire]; !known && taken[m.said] == 0 {
			out[m.wire] = m.said
			taken[m.said] = votes
		}
	}
	return out
}

// of is the endpoint that SDP names instead of one on the wire.
func (a aliases) of(ep endpoint.Endpoint) endpoint.Endpoint {
	if said, ok := a[ep.Addr]; ok {
		ep.Addr = said
	}
	return ep
}

// announced is a stream with the ends that SDP names, and its time.
func (a aliases) announced(s *trace.Stream) *trace.Stream {
	return &trace.Stream{Src: a.of(s.Src), Dst: a.of(s.Dst), First: s.First, Last: s.Last}
}
