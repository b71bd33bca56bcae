package packet

import "github.com/latchscope/latchscope/analyze/capture"

// IPOffset is where the IP header of a frame begins, if nothing but the link
// header and VLAN tags stands in front of it. Behind a tunnel, PPPoE or labels,
// and where the frame ends before an IP header could begin, ok is false.
func IPOffset(link capture.LinkType, frame []byte) (n int, ok bool) {
	var at int // of the EtherType
	switch link {
	case capture.Ethernet:
		at, n = 12, 14
	case capture.LinuxSLL:
		at, n = 14, 16
	case capture.LinuxSLL2:
		at, n = 0, 20
	case capture.Null, capture.Loop:
		return 4, len(frame) > 4
	case capture.Raw, capture.RawBSD, capture.RawOpen, capture.IPv4, capture.IPv6:
		return 0, len(frame) > 0
	default:
		return 0, false
	}
	for len(frame) >= n && len(frame) >= at+2 {
		switch be16(frame[at:]) {
		case etherIPv4, etherIPv6:
			return n, len(frame) > n
		case etherVLAN, etherQinQ, etherQinQOld:
			at, n = n+2, n+4
		default:
			return 0, false
		}
	}
	return 0, false
}
