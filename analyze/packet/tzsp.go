package packet

import "github.com/latchscope/latchscope/analyze/capture"

// tzsp decodes TaZmen Sniffer Protocol, in which MikroTik's routers and wireless
// sensors send what they captured: version 1, a type, the protocol of what is
// inside, tagged fields up to tag 1.
func (d *Decoder) tzsp(s span, p place) bool {
	const received, transmitted = 0, 1
	b := s.b
	if len(b) < 5 || b[0] != 1 || b[1] != received && b[1] != transmitted {
		return false
	}
	n := 4
	for {
		if n >= len(b) {
			return false
		}
		tag := b[n]
		n++
		switch tag {
		case 0: // padding, no length
			continue
		case 1: // the end
		default:
			if n >= len(b) {
				return false
			}
			n += 1 + int(b[n])
			continue
		}
		break
	}
	inner, ok := s.skip(n)
	if !ok {
		return false
	}
	switch be16(b[2:4]) {
	case 1:
		return d.innerEthernet(inner, p)
	case 18, 119, 127: // 802.11, behind Prism's or AVS' header
		if d.tunnelled(&p) {
			d.wireless(map[uint16]capture.LinkType{
				18: capture.WiFi, 119: capture.WiFiPrism, 127: capture.WiFiAVS}[be16(b[2:4])], inner, p)
		}
		return true
	}
	return false
}
