package correlate

import (
	"slices"

	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/internal/collect"
	"github.com/latchscope/latchscope/analyze/trace"
)

// TURN channels whose binding is not in the capture: their streams go between a
// client and a TURN server, and SDP speaks of the relayed address and the peer.
// Where SDP names exactly one address on the server for the client, with one
// address of the other party, the streams are theirs.

// maxTURNPaths is how many clients are looked for in SDP: for each all of it is
// gone through.
const maxTURNPaths = 256

// turnPath is a client at a TURN server.
type turnPath struct{ client, server endpoint.Endpoint }

// unboundChannels gives the streams of such channels the addresses of SDP, and
// tells the second look.
func (t *correlation) unboundChannels(h *collect.Harvest, legs []*trace.Leg) {
	var streams []*trace.Stream
	for _, s := range h.Streams {
		if taps := h.Captures[s.First.File].Taps; int(s.Tap) < len(taps) && taps[s.Tap].Relayed {
			streams = append(streams, s)
		}
	}
	if len(streams) == 0 {
		return
	}
	known := map[turnPath][2]endpoint.Endpoint{} // relayed address and peer
	mapped := int64(0)
	var first trace.Moment
	for _, s := range streams {
		for _, path := range [2]turnPath{{s.Src, s.Dst}, {s.Dst, s.Src}} {
			ends, ok := known[path]
			if !ok && len(known) < maxTURNPaths {
				ends = bySDP(path, legs, s.First.Time, s.Last.Time)
				known[path] = ends
			}
			if ends[0].IsZero() {
				continue
			}
			for i := range h.Captures {
				if c := &h.Captures[i]; c.Point == int(s.Point) && c.Relays != nil {
					c.Relays.Assume(path.client, path.server, ends[0], ends[1])
				}
			}
			if s.Src == path.client {
				s.Src, s.Dst = ends[0], ends[1]
			} else {
				s.Src, s.Dst = ends[1], ends[0]
			}
			if mapped += int64(s.Stats.Packets); first.IsZero() || s.Start().Compare(first) < 0 {
				first = s.Start()
			}
			break
		}
	}
	if mapped > 0 {
		t.Warnings = append(t.Warnings, trace.Warning{
			Code: "turn-by-sdp", File: first.File, Frame: int64(first.Frame), Count: mapped,
			Text: "packets in TURN channels whose binding is not in the capture: relayed address and peer are those that SDP names",
		})
	}
}

// bySDP finds the relayed address that SDP names on a TURN server for a client,
// and that of the other party; zero where there is none, or not just one.
func bySDP(path turnPath, legs []*trace.Leg, from, to int64) (ends [2]endpoint.Endpoint) {
	var near, all [][2]endpoint.Endpoint
	for _, l := range legs {
		for _, p := range l.Ports {
			for _, relayed := range append([]endpoint.Endpoint{p.Addr}, p.Candidates...) {
				if relayed.Addr != path.server.Addr || relayed.Port == 0 || overlap(p, from, to) < 0 {
					continue
				}
				i := slices.IndexFunc(l.Ports, func(o *trace.Port) bool {
					return o.Side != p.Side && o.Line == p.Line && o.Addr.Port != 0 && overlap(o, from, to) >= 0
				})
				if i < 0 {
					continue
				}
				pair := [2]endpoint.Endpoint{relayed, l.Ports[i].Addr}
				if !slices.Contains(all, pair) {
					all = append(all, pair)
				}
				if hasAddress(&l.Parties[p.Side], path.client) && !slices.Contains(near, pair) {
					near = append(near, pair)
				}
			}
		}
	}
	switch {
	case len(near) == 1:
		return near[0]
	case len(near) == 0 && len(all) == 1:
		return all[0]
	}
	return ends
}
