package ledger

import (
	"cmp"
	"slices"

	"github.com/latchscope/latchscope/analyze/trace"
)

// Sight is what the first packets of a hop's streams looked like at a capture
// point, beyond their addresses.
type Sight struct {
	Point int
	TTL   uint8  // time to live as recorded; 0 where the capture holds no IP header
	VLAN  uint16 // 802.1Q identifier; 0 where there was no tag
}

// Initial is the time to live that a packet set out with, by the values that
// systems begin with (RFC 1700: 64; Windows 128; routers 255), 0 where it is not
// known.
func (s Sight) Initial() uint8 {
	switch ttl := s.TTL; {
	case ttl == 0:
		return 0
	case ttl <= 64:
		return 64
	case ttl <= 128:
		return 128
	default:
		return 255
	}
}

// Routers is how many routers a packet has passed before it was recorded, as far
// as its time to live says.
func (s Sight) Routers() int { return int(s.Initial() - s.TTL) }

// mostSights is how many different looks of a hop are kept.
const mostSights = 8

// sightsOf are the different looks of some streams, by point, each once, in the room of
// a list that is empty.
func sightsOf(out []Sight, streams []*trace.Stream) []Sight {
	for _, s := range streams {
		v := Sight{int(s.Point), s.TTL, s.VLAN}
		if len(out) < mostSights && (v.TTL != 0 || v.VLAN != 0) && !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	slices.SortStableFunc(out, func(a, b Sight) int { return cmp.Compare(a.Point, b.Point) })
	return out
}

// besideHost reports whether a capture point stands at a host of the call: what
// it sends has passed no router there, and what others send to it has.
func (d *direction) besideHost(host [16]byte, point int) bool {
	routed := false
	for _, s := range d.call.Streams {
		if int(s.Point) != point || s.TTL == 0 {
			continue
		}
		fresh := Sight{TTL: s.TTL}.Routers() == 0
		switch {
		case s.Src.Addr == host && !fresh:
			return false
		case s.Dst.Addr == host && !fresh:
			routed = true
		}
	}
	return routed
}

// atTalker reports whether a sighting stands at whoever sends there.
func (d *direction) atTalker(v *sighting) bool {
	for _, p := range v.hosts {
		if !d.besideHost(p.from, v.point) {
			return false
		}
	}
	return len(v.hosts) > 0
}

// atListener reports whether a sighting stands at whoever the packets are for:
// hosts that send from there themselves.
func (d *direction) atListener(v *sighting, back []*trace.Stream) bool {
	for _, p := range v.hosts {
		if slices.ContainsFunc(back, func(s *trace.Stream) bool { return s.Src.Addr == p.to && int(s.Point) == v.point }) &&
			d.besideHost(p.to, v.point) {
			return true
		}
	}
	return false
}
