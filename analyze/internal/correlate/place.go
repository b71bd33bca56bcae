package correlate

import (
	"cmp"
	"maps"
	"math"
	"slices"

	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/internal/interval"
	"github.com/latchscope/latchscope/analyze/internal/parts"
	"github.com/latchscope/latchscope/analyze/trace"
)

// maxAtOnce is how many of those that have something in common are compared with
// one more: the newest. Nobody who means well has as many at one time.
const maxAtOnce = 256

// grace is how long after a session has moved or ended its packets may still
// arrive: a round trip, and a sender's buffer.
const grace = 2 * second

// lead is how long before its announcement a port may already be in use at
// this capture point: the message that announced it may have been lost or
// taken another way.
const lead = second / 2

// portIndex finds what SDP says of an endpoint.
type portIndex struct {
	*interval.Index[endpoint.Endpoint, *trace.Port]
}

// indexPorts finds the ports of all endpoints or, if asked is not nil, of those.
func indexPorts(legs []*trace.Leg, asked map[endpoint.Endpoint]bool) portIndex {
	wanted := func(ep endpoint.Endpoint) bool { return asked == nil || asked[ep] }
	about := len(asked)
	if asked == nil {
		for _, l := range legs {
			about += len(l.Ports)
		}
	}
	return portIndex{interval.IndexOf(about, about, func(yield func(endpoint.Endpoint, *trace.Port) bool) {
		for _, l := range legs {
			for _, p := range l.Ports {
				if p.Addr.Port == 0 || p.Addr.IP().IsUnspecified() {
					continue
				}
				if wanted(p.Addr) && !yield(p.Addr, p) {
					return
				}
				for _, c := range p.Candidates {
					if c != p.Addr && wanted(c) && !yield(c, p) {
						return
					}
				}
			}
		}
	}, portLife)}
}

// life of the port with a little before and after.
func portLife(p *trace.Port) (from, until int64) {
	until = math.MaxInt64
	if !p.Until.IsZero() {
		until = p.Until.Time + grace
	}
	return p.From().Time - lead, until
}

// best is the port of an endpoint whose announcement fits a stretch of time
// best: the one that was in force for most of it, the newest at equal terms.
func (ix portIndex) best(ep endpoint.Endpoint, from, to int64) *trace.Port {
	var best *trace.Port
	most := int64(-1)
	for _, p := range ix.During(ep, from, to) {
		if w := overlap(p, from, to); w >= 0 && w >= most {
			if best != nil && w == most && p.Leg != best.Leg && p.From().Time <= best.From().Time {
				continue
			}
			best, most = p, w
		}
	}
	return best
}

// overlap of the port's life, with a little before and after, and a stretch of
// time, in nanoseconds; -1 if there is none.
func overlap(p *trace.Port, from, to int64) int64 {
	lo, hi := portLife(p)
	lo, hi = max(from, lo), min(to, hi)
	if hi < lo {
		return -1
	}
	return hi - lo
}

// placeStreams ties streams to the legs whose SDP names an end of theirs, or
// whose talkers they answer.
func placeStreams(streams []*trace.Stream, legs []*trace.Leg, ix portIndex) {
	lost := map[endpoint.Endpoint]bool{} // where streams go of which SDP names no end
	for _, some := range parts.Of(len(streams), func(from, to int) map[endpoint.Endpoint]bool {
		lost := map[endpoint.Endpoint]bool{}
		for _, s := range streams[from:to] {
			if s.Place = ix.place(s); !s.Place.Known() {
				lost[s.Dst] = true
			}
		}
		return lost
	}) {
		maps.Copy(lost, some)
	}
	if len(lost) == 0 {
		return
	}
	wire := wireHostsOf(streams, legs)
	for _, s := range streams {
		w := wire[s.Point]
		switch {
		case len(w) == 0:
		case !s.Place.Known():
			s.Place = ix.place(w.announced(s))
		case s.Place.Port == nil: // its source alone told
			if p := ix.place(w.announced(s)); p.Leg == s.Place.Leg && p.From == s.Place.From {
				s.Place.Port = p.Port
			}
		}
	}
	talking := interval.IndexOf(0, 0, func(yield func(endpoint.Endpoint, *trace.Stream) bool) {
		for _, s := range streams {
			if s.Place.Port != nil && lost[s.Src] && !yield(s.Src, s) {
				return
			}
		}
	}, func(h *trace.Stream) (int64, int64) { return h.First.Time - lead, h.Last.Time + grace })
	hosts := hosts{}
	for _, s := range streams {
		if s.Place.Known() {
			continue
		}
		// Towards a source that talks to the call, from a host of the call.
		for _, h := range talking.During(s.Dst, s.First.Time, s.Last.Time) {
			l := h.Place.Leg
			if s.Last.Time < h.First.Time-lead || s.First.Time > h.Last.Time+grace || !hosts.has(l, s.Src) && !hosts.has(l, wire[s.Point].of(s.Src)) {
				continue
			}
			s.Place = trace.Place{Leg: l, From: 1 - h.Place.From, Line: h.Place.Line}
			break
		}
	}
}

// hosts are the addresses of legs that have many.
type hosts map[*trace.Leg]map[[16]byte]bool

// has reports whether an address takes part in a leg: it signals, or a party of
// the leg listens there.
func (h hosts) has(l *trace.Leg, ep endpoint.Endpoint) bool {
	if hasAddress(&l.Parties[trace.Caller], ep) || hasAddress(&l.Parties[trace.Callee], ep) {
		return true
	}
	if len(l.Ports) <= maxAtOnce {
		return slices.ContainsFunc(l.Ports, func(p *trace.Port) bool { return p.Addr.Addr == ep.Addr })
	}
	if h[l] == nil {
		h[l] = map[[16]byte]bool{}
		for _, p := range l.Ports {
			h[l][p.Addr.Addr] = true
		}
	}
	return h[l][ep.Addr]
}

func (ix portIndex) place(s *trace.Stream) trace.Place {
	to := ix.best(s.Dst, s.First.Time, s.Last.Time)
	from := ix.best(s.Src, s.First.Time, s.Last.Time)
	if to != nil && from != nil && (to.Leg != from.Leg || to.Side == from.Side) {
		// Two legs announce the two ends (media goes past a proxy): take the
		// leg that knows both, if one does.
		if a, b := ix.bothEnds(s); a != nil {
			to, from = a, b
		} else {
			from = nil
		}
	}
	switch {
	case to != nil:
		return trace.Place{Leg: to.Leg, From: 1 - to.Side, Port: to, Own: from, Line: to.Line}
	case from != nil:
		return trace.Place{Leg: from.Leg, From: from.Side, Own: from, Line: from.Line}
	}
	return trace.Place{From: -1}
}

func (ix portIndex) bothEnds(s *trace.Stream) (to, from *trace.Port) {
	there := map[*trace.Leg][]*trace.Port{}
	for _, b := range ix.During(s.Src, s.First.Time, s.Last.Time) {
		if overlap(b, s.First.Time, s.Last.Time) >= 0 {
			there[b.Leg] = append(there[b.Leg], b)
		}
	}
	for _, a := range ix.During(s.Dst, s.First.Time, s.Last.Time) {
		if overlap(a, s.First.Time, s.Last.Time) < 0 {
			continue
		}
		for _, b := range there[a.Leg] {
			if a.Side != b.Side {
				return a, b
			}
		}
	}
	return nil, nil
}

// believable tells RTP from what merely looks like it where nothing announced
// it: a run of sequence numbers, a payload type that means something.
func believable(s *trace.Stream) bool {
	if s.Place.Known() {
		return true
	}
	n, expected := int64(s.Stats.Packets), int64(s.Stats.Expected())
	if n < 8 && !flawless(s) || s.Stats.Restarts > 2 && int64(s.Stats.Restarts)*20 > n {
		return false
	}
	if expected > 4*n || int64(s.Stats.Duplicates)*2 > n || int64(s.Stats.Reordered)*2 > n {
		return false
	}
	if s.SSRC == 0 && s.Last.TS == s.First.TS {
		return false
	}
	if likeRTCP(s.PT) {
		return false
	}
	types := 1
	for _, t := range s.Tracked.Types {
		if t == 0 {
			break
		}
		types++
		if likeRTCP(t &^ 128) {
			return false
		}
	}
	return types <= 6
}

// likeRTCP tells the payload types that RTCP packets seem to have (RFC 5761
// section 4).
func likeRTCP(pt uint8) bool { return pt >= 72 && pt <= 76 }

// flawless tells a short run that can hardly be chance: every number there, and
// a timestamp that steps evenly.
func flawless(s *trace.Stream) bool {
	n := int64(s.Stats.Packets)
	ticks := s.Last.TS - s.First.TS
	return n >= 5 && int64(s.Stats.Expected()) == n && ticks > 0 && ticks%(n-1) == 0
}

func sortStreams(list []*trace.Stream) {
	sortMoments(list, (*trace.Stream).Start, func(a, b *trace.Stream) int {
		return cmp.Or(cmp.Compare(a.Tap, b.Tap), cmp.Compare(a.SSRC, b.SSRC), cmp.Compare(a.Src.String(), b.Src.String()))
	})
}
