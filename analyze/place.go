package analyze

import (
	"cmp"
	"math"
	"slices"

	"github.com/latchscope/latchscope/analyze/packet"
)

// grace is how long after a session has moved or ended its packets may still
// arrive: a round trip, and a sender's buffer.
const grace = 2 * second

// lead is how long before its announcement a port may already be in use at
// this capture point: the message that announced it may have been lost or
// taken another way.
const lead = second / 2

// portIndex finds what SDP says of an endpoint.
type portIndex map[packet.Endpoint]lives[*Port]

func indexPorts(legs []*Leg) portIndex {
	ix := map[packet.Endpoint][]*Port{}
	for _, l := range legs {
		for _, p := range l.Ports {
			if p.Addr.Port == 0 || p.Addr.IP().IsUnspecified() {
				continue
			}
			ix[p.Addr] = append(ix[p.Addr], p)
			for _, c := range p.Candidates {
				if c != p.Addr {
					ix[c] = append(ix[c], p)
				}
			}
		}
	}
	return inOrder(ix)
}

// indexRTCP finds the port that an RTCP endpoint belongs to.
func indexRTCP(legs []*Leg) portIndex {
	ix := map[packet.Endpoint][]*Port{}
	for _, l := range legs {
		for _, p := range l.Ports {
			if p.Addr.Port != 0 {
				ix[p.RTCPAddr()] = append(ix[p.RTCPAddr()], p)
			}
		}
	}
	return inOrder(ix)
}

func inOrder(ix map[packet.Endpoint][]*Port) portIndex {
	out := make(portIndex, len(ix))
	for ep, list := range ix {
		out[ep] = livesOf(list, (*Port).life)
	}
	return out
}

// life of the port with a little before and after.
func (p *Port) life() (from, until int64) {
	until = math.MaxInt64
	if !p.Until.IsZero() {
		until = p.Until.Time + grace
	}
	return p.From.Time - lead, until
}

// best is the port of an endpoint whose announcement fits a stretch of time
// best: the one that was in force for most of it, the newest at equal terms.
func (ix portIndex) best(ep packet.Endpoint, from, to int64) *Port {
	var best *Port
	most := int64(-1)
	for _, p := range ix[ep].during(from, to) {
		if w := p.overlap(from, to); w >= 0 && w >= most {
			if best != nil && w == most && p.Leg != best.Leg && p.From.Time <= best.From.Time {
				continue
			}
			best, most = p, w
		}
	}
	return best
}

// overlap of the port's life, with a little before and after, and a stretch of
// time, in nanoseconds; -1 if there is none.
func (p *Port) overlap(from, to int64) int64 {
	lo, hi := p.life()
	lo, hi = max(from, lo), min(to, hi)
	if hi < lo {
		return -1
	}
	return hi - lo
}

// placeStreams ties streams to the legs whose SDP names an end of theirs, or
// whose talkers they answer.
func placeStreams(streams []*Stream, legs []*Leg) {
	ix := indexPorts(legs)
	heard := map[packet.Endpoint][]*Stream{} // sources that talk to announced ports
	for _, s := range streams {
		s.Place = ix.place(s)
		if p := s.Place.Port; p != nil {
			heard[s.Src] = append(heard[s.Src], s)
		}
	}
	talking := map[packet.Endpoint]lives[*Stream]{}
	for ep, list := range heard {
		talking[ep] = livesOf(list, func(h *Stream) (int64, int64) { return h.First.Time - lead, h.Last.Time + grace })
	}
	for _, s := range streams {
		if s.Place.Known() {
			continue
		}
		// Towards a source that talks to the call, from a host of the call.
		for _, h := range talking[s.Dst].during(s.First.Time, s.Last.Time) {
			l := h.Place.Leg
			if !l.HasHost(s.Src) || s.Last.Time < h.First.Time-lead || s.First.Time > h.Last.Time+grace {
				continue
			}
			s.Place = Place{Leg: l, From: 1 - h.Place.From, Line: h.Place.Line}
			break
		}
	}
}

func (ix portIndex) place(s *Stream) Place {
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
		return Place{Leg: to.Leg, From: 1 - to.Side, Port: to, Own: from, Line: to.Line}
	case from != nil:
		return Place{Leg: from.Leg, From: from.Side, Own: from, Line: from.Line}
	}
	return Place{From: -1}
}

func (ix portIndex) bothEnds(s *Stream) (to, from *Port) {
	there := map[*Leg][]*Port{}
	for _, b := range ix[s.Src].during(s.First.Time, s.Last.Time) {
		if b.overlap(s.First.Time, s.Last.Time) >= 0 {
			there[b.Leg] = append(there[b.Leg], b)
		}
	}
	for _, a := range ix[s.Dst].during(s.First.Time, s.Last.Time) {
		if a.overlap(s.First.Time, s.Last.Time) < 0 {
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

// HasHost tells whether an address takes part in the leg: it signals, or a
// party of the leg listens there.
func (l *Leg) HasHost(ep packet.Endpoint) bool {
	if l.Parties[Caller].has(ep) || l.Parties[Callee].has(ep) {
		return true
	}
	for _, p := range l.Ports {
		if p.Addr.IP() == ep.IP() {
			return true
		}
	}
	return false
}

// believable tells RTP from what merely looks like it where nothing announced
// it: a run of sequence numbers, a payload type that means something.
func (s *Stream) believable() bool {
	if s.Place.Known() {
		return true
	}
	n, expected := int64(s.Stats.Packets), int64(s.Stats.Expected())
	if n < 8 && !s.flawless() || s.Stats.Restarts > 2 && int64(s.Stats.Restarts)*20 > n {
		return false
	}
	if expected > 4*n || int64(s.Stats.Duplicates)*2 > n || int64(s.Stats.Reordered)*2 > n {
		return false
	}
	if s.SSRC == 0 && s.Last.TS == s.First.TS {
		return false
	}
	types := 0
	for pt := range 128 {
		if s.HasPT(uint8(pt)) {
			types++
			if pt >= 72 && pt <= 76 {
				return false
			}
		}
	}
	return types <= 6
}

// flawless tells a short run that can hardly be chance: every number there, and
// a timestamp that steps evenly.
func (s *Stream) flawless() bool {
	n := int64(s.Stats.Packets)
	ticks := s.Last.TS - s.First.TS
	return n >= 5 && int64(s.Stats.Expected()) == n && ticks > 0 && ticks%(n-1) == 0
}

// nameCodecs reads each stream's payload type by the SDP of its time.
func nameCodecs(streams []*Stream) {
	for _, s := range streams {
		var formats []Format
		if s.Place.Port != nil {
			formats = s.Place.Port.Media.Formats
		}
		s.Codec, s.Clock = codecOf(s.PT, formats)
		if s.Codec == "" && s.Place.Own != nil {
			s.Codec, s.Clock = codecOf(s.PT, s.Place.Own.Media.Formats)
		}
		if s.Codec == "" && s.Place.Leg != nil {
			for _, p := range s.Place.Leg.Ports {
				if s.Codec, s.Clock = codecOf(s.PT, p.Media.Formats); s.Codec != "" {
					break
				}
			}
		}
	}
}

func sortStreams(list []*Stream) {
	slices.SortStableFunc(list, func(a, b *Stream) int {
		return cmp.Or(a.Start().Compare(b.Start()), cmp.Compare(a.Tap, b.Tap), cmp.Compare(a.SSRC, b.SSRC),
			cmp.Compare(a.Src.String(), b.Src.String()))
	})
}
