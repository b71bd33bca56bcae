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
	v := &view{trace: t, flows: map[way]int8{}, signal: map[way]bool{}, peers: map[[16]byte]peer{}}
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
	for _, l := range t.Legs {
		var last [2]way
		for i, m := range l.Messages {
			w := way{pair{m.Src.Addr, m.Dst.Addr}, uint16(t.Captures[m.File].Point)}
			if w != last[0] && w != last[1] {
				v.signal[w] = true
				last[i%2] = w
			}
		}
	}
	return v
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

// shows says how surely the capture would have shown packets from one host to
// another at a point: 0 where nothing proves it.
func (v *view) shows(p pair, point int) Confidence {
	w := way{p, uint16(point)}
	back := way{pair{p.to, p.from}, uint16(point)}
	switch {
	case v.flows[w] > 0:
		return Confirmed
	case v.signal[w] && v.signal[back]:
		return Likely
	}
	return 0
}
