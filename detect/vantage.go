package detect

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"

	"github.com/latchscope/latchscope/analyze/trace"
)

// vantage says where the capture was taken, as far as it shows: the machine
// that all packets come from or go to, and whether it sees a NAT from both
// sides. Nothing is said where nothing follows.
func vantage(t *trace.Trace) string {
	points := map[int]bool{}
	for _, c := range t.Captures {
		points[c.Point] = true
	}
	if len(points) > 1 {
		return fmt.Sprintf("Seen from %d capture points", len(points))
	}
	for _, k := range t.Talkers {
		if k.Inside != nil {
			return fmt.Sprintf("Seen from both sides of a NAT (%s is %s outside)",
				k.Inside.Src.IP(), k.Streams[0].Src.IP())
		}
	}
	hosts, both := endsOfAll(t)
	switch {
	case len(hosts) == 1 && both[hosts[0]]:
		return fmt.Sprintf("Seen from the media server (both sides of %s)", hosts[0])
	case len(hosts) == 1:
		return fmt.Sprintf("Seen from %s, or close to it", hosts[0])
	case len(hosts) == 2 && both[hosts[0]] && both[hosts[1]]:
		return fmt.Sprintf("Seen from the media server (both sides: %s and %s)", hosts[0], hosts[1])
	case len(hosts) == 2:
		// One of two hosts: the one with the private address has it nearer.
		for i, h := range hosts {
			if o := hosts[1-i]; h.IsPrivate() && !o.IsPrivate() {
				return fmt.Sprintf("Seen from the side of %s, inside its NAT", h)
			}
		}
		return fmt.Sprintf("Seen somewhere between %s and %s", hosts[0], hosts[1])
	}
	return ""
}

// endsOfAll are the hosts that are the source or the destination of every
// media stream, and which of them pass media on. The two addresses of a media
// server that stands between two networks count as one host.
func endsOfAll(t *trace.Trace) (hosts []netip.Addr, relays map[netip.Addr]bool) {
	relays = map[netip.Addr]bool{}
	same := map[netip.Addr]netip.Addr{}
	for _, s := range t.Streams {
		if s.RelayOf == nil {
			continue
		}
		a, b := s.Src.IP(), s.RelayOf.Dst.IP()
		relays[a], relays[b] = true, true
		if a != b {
			a, b = min2(a, b)
			same[b] = a
		}
	}
	one := func(a netip.Addr) netip.Addr {
		if b, ok := same[a]; ok {
			return b
		}
		return a
	}
	var common map[netip.Addr]bool
	for _, s := range t.Streams {
		src, dst := one(s.Src.IP()), one(s.Dst.IP())
		if common == nil {
			common = map[netip.Addr]bool{src: true, dst: true}
		}
		if len(common) == 0 {
			break
		}
		maps.DeleteFunc(common, func(a netip.Addr, _ bool) bool { return a != src && a != dst })
	}
	hosts = slices.SortedFunc(maps.Keys(common), netip.Addr.Compare)
	for b, a := range same {
		if len(hosts) == 1 && hosts[0] == a {
			hosts = append(hosts, b)
			slices.SortFunc(hosts, netip.Addr.Compare)
			break
		}
	}
	return hosts, relays
}

func min2(a, b netip.Addr) (netip.Addr, netip.Addr) {
	if b.Less(a) {
		return b, a
	}
	return a, b
}
