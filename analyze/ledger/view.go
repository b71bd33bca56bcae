package ledger

import (
	"github.com/latchscope/latchscope/analyze/trace"
)

// view is what the captures are seen to see: between which hosts media passes
// at each point, and in which directions.
type view struct {
	trace  *trace.Trace
	flows  map[way]int8      // whether media or RTCP passed: 1, and both ways: 3 (flows) or more
	signal map[way]bool      // whether SIP passed
	peers  map[[16]byte]peer // whom a host exchanges media with
	halved []bool            // by point: it shows some directions of equal flows and not others
	bare   bool              // RTP was left out of the recording: none is there, and reports say that it arrived
}

// way is from one host to another at a capture point.
type way struct {
	pair
	point uint16
}

// peer is one of those a host exchanges media with, on one leg, and whether
// there are others on others.
type peer struct {
	host  [16]byte
	leg   *trace.Leg
	other bool
}

func viewOf(t *trace.Trace) *view {
	v := &view{trace: t, flows: map[way]int8{}, signal: map[way]bool{}, peers: map[[16]byte]peer{},
		bare: len(t.Streams) == 0 && len(t.Reports) > 0}
	relays := map[[16]byte]bool{}
	for _, s := range t.Streams {
		if s.RelayOf != nil && s.RelayOf.Dst.Addr != s.Dst.Addr {
			relays[s.Src.Addr] = true
			relays[s.RelayOf.Dst.Addr] = true
		}
	}
	var last way
	var leg *trace.Leg
	for _, s := range t.Streams {
		w := way{pair{s.Src.Addr, s.Dst.Addr}, s.Point}
		if (w != last || s.Place.Leg != leg) && s.CopyOf == nil { // on the other side of a NAT it is no other host
			// Whoever has a relay for a peer may have several, and is an end itself.
			if !relays[s.Dst.Addr] {
				v.meet(s.Src.Addr, s.Dst.Addr, s.Place.Leg)
			}
			if !relays[s.Src.Addr] {
				v.meet(s.Dst.Addr, s.Src.Addr, s.Place.Leg)
			}
			last, leg = w, s.Place.Leg
		}
		if v.flows[w] < 100 {
			v.flows[w]++
		}
	}
	for _, f := range t.Flows {
		w := way{pair{f.Src.Addr, f.Dst.Addr}, uint16(t.Captures[f.File].Point)}
		if v.flows[w] < 100 {
			v.flows[w]++
		}
	}
	v.signalled()
	v.findHalved()
	return v
}

// signalled notes where SIP passed.
func (v *view) signalled() {
	type passage struct {
		number uint32
		file   int32
	}
	for _, l := range v.trace.Legs {
		var last [2]passage
		for i := range l.Messages.Len() {
			m := l.Messages.Record(i)
			p := passage{m.Passage, m.File}
			if p == last[0] || p == last[1] {
				continue // there and back, as nearly all goes
			}
			last[i%2] = p
			by := l.Messages.Passages.At(m.Passage)
			v.signal[way{pair{by.Src.Addr, by.Dst.Addr}, uint16(v.trace.Captures[m.File].Point)}] = true
		}
	}
}

func (v *view) meet(a, b [16]byte, leg *trace.Leg) {
	p, known := v.peers[a]
	switch {
	case !known:
		v.peers[a] = peer{host: b, leg: leg}
	case p.host != b && p.leg != leg && !p.other:
		p.other = true
		v.peers[a] = p
	}
}

// middle reports whether a host exchanges media with several others here, as
// what stands in the middle of calls does.
func (v *view) middle(host [16]byte) bool { return v.peers[host].other }

// halves counts, at a point, the legs of which media shows in both directions and
// those of which it shows in one: from the caller, or from the callee.
type halves struct {
	whole int
	half  [2]int
}

// few is how many legs must show one direction only before that is taken for
// what the tap sees, not for what their parties do.
const few = 3

// findHalved finds the points that show some directions of equal flows and not
// others: a member of an aggregated link, which gets half of all flows whichever
// way they go, or a mirror of one direction, which shows no flow whole. What such
// a point does not show may well have passed.
func (v *view) findHalved() {
	points := 1
	for i := range v.trace.Captures {
		points = max(points, v.trace.Captures[i].Point+1)
	}
	v.halved = make([]bool, points)
	type use struct {
		leg   *trace.Leg
		point uint16
	}
	seen := map[use][2]bool{}
	for _, s := range v.trace.Streams {
		l := s.Place.Leg
		if l == nil || l.Answer.IsZero() || s.Stats.Packets < 50 || s.Last.Time < l.Answer.Time+second {
			continue
		}
		both := seen[use{l, s.Point}]
		both[s.Place.From] = true
		seen[use{l, s.Point}] = both
	}
	count := make([]halves, points)
	for u, both := range seen {
		h := &count[u.point]
		switch {
		case both[0] && both[1]:
			h.whole++
		case both[0]:
			h.half[0]++
		default:
			h.half[1]++
		}
	}
	for i, h := range count {
		half := h.half[0] + h.half[1]
		mixed := min(h.half[0], h.half[1]) >= 2 && half*4 >= h.whole
		v.halved[i] = half >= few && (mixed || h.whole == 0 && !v.hearsBoth(i))
	}
}

// hearsBoth reports whether SIP passes a point both ways between two hosts.
func (v *view) hearsBoth(point int) bool {
	for w := range v.signal {
		if int(w.point) == point && v.signal[way{pair{w.to, w.from}, w.point}] {
			return true
		}
	}
	return false
}

// Halved reports whether a capture point shows some directions of equal flows
// and not others, so that what is missing there may have passed elsewhere.
func (l *Ledger) Halved(point int) bool { return point < len(l.view.halved) && l.view.halved[point] }

// shows says how surely the capture would have shown packets from one host to
// another at a point: 0 where nothing proves it.
func (v *view) shows(p pair, point int) Confidence {
	if v.bare || point < len(v.halved) && v.halved[point] {
		return 0
	}
	w := way{p, uint16(point)}
	back := way{pair{p.to, p.from}, uint16(point)}
	switch {
	case v.flows[w] > 0:
		return Confirmed
	case len(v.trace.Streams) == 0:
		// No media at all: what was recorded is signalling only.
	case v.signal[w] && v.signal[back]:
		return Likely
	}
	return 0
}
