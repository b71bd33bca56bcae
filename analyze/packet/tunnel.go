package packet

import "github.com/latchscope/latchscope/analyze/endpoint"

// UDP ports of tunnels (IANA, but for 8472, which Linux took before there was a
// number, and 37008, which MikroTik's routers send to).
const (
	portL2TP    = 1701
	portGTPU    = 2152
	portNATT    = 4500
	portVXLAN   = 4789
	portGeneve  = 6081
	portOldVX   = 8472
	portTZSP    = 37008
	portSCTPUDP = 9899
)

// tunnelPort tells the ports at which a tunnel, or IAX2, may look like RTP. All
// of them are below portsOfMedia.
func tunnelPort(src, dst uint16) bool {
	switch dst {
	case portGTPU, portVXLAN, portGeneve, portNATT, portIAX2:
		return true
	}
	return src == portNATT || src == portIAX2
}

// portsOfMedia is where the ports begin that most media uses.
const portsOfMedia = 7000

// mayWrap tells whether a UDP payload that is no RTP may have a packet inside
// it, or signalling that is only counted, and so is worth the slow road.
func mayWrap(src, dst uint16, b []byte) bool {
	switch dst {
	case portL2TP, portOldVX, portTZSP, portSCTPUDP:
		return true
	}
	if src == portL2TP || src == portSCTPUDP {
		return true
	}
	return turnMessage(b) || channelData(b) || isHEP3(b) || foreignDatagram(src, dst, b) != 0
}

// udpTunnel decodes what a UDP datagram to a tunnel's port carries, and tells
// whether it was that. RTP may use any port, so whatever is not the tunnel to
// the last reserved bit, with a sane packet inside, is plain UDP.
func (d *Decoder) udpTunnel(src, dst endpoint.Endpoint, id uint32, s span, p place) bool {
	h := header{src: src.Addr, dst: dst.Addr, id: id}
	switch dst.Port {
	case portVXLAN, portOldVX:
		return d.vxlan(s, p)
	case portGTPU:
		return d.gtpu(s, p)
	case portGeneve:
		return d.geneve(s, p)
	case portTZSP:
		return d.tzsp(s, p)
	}
	switch {
	case src.Port == portNATT || dst.Port == portNATT:
		return d.espInUDP(h, s, p)
	case src.Port == portL2TP || dst.Port == portL2TP:
		return d.l2tp(s, p)
	case src.Port == portSCTPUDP || dst.Port == portSCTPUDP:
		return d.sctpInUDP(h, s, p)
	}
	return d.hep(s, p) || d.relayed(src, dst, s, p)
}

// vxlan decodes RFC 7348 section 5, with the group policy extension
// (draft-smith-vxlan-group-policy) that switches add.
func (d *Decoder) vxlan(s span, p place) bool {
	inner, ok := s.skip(8)
	if !ok {
		return false
	}
	b := s.b
	switch {
	case b[0] == 0x08 && b[1]|b[2]|b[3] == 0:
	case b[0] == 0x88 && b[1]&^0x48 == 0:
	default:
		return false
	}
	if b[7] != 0 {
		return false
	}
	return d.innerEthernet(inner, p)
}

// geneve decodes RFC 8926 section 3.4.
func (d *Decoder) geneve(s span, p place) bool {
	if len(s.b) < 8 {
		return false
	}
	b := s.b
	if b[0]>>6 != 0 || b[1]&0xbf != 0 || b[7] != 0 { // version, OAM and reserved bits
		return false
	}
	inner, ok := s.skip(8 + int(b[0]&0x3f)*4)
	if !ok {
		return false
	}
	switch be16(b[2:4]) {
	case etherTEB:
		return d.innerEthernet(inner, p)
	case etherIPv4:
		return d.innerIP(inner, 4, p)
	case etherIPv6:
		return d.innerIP(inner, 6, p)
	}
	return false
}

// gtpu decodes a G-PDU (3GPP TS 29.281 section 5). gopacket's decoder prints
// to standard output and may loop on hostile extension headers.
func (d *Decoder) gtpu(s span, p place) bool {
	b := s.b
	if len(b) < 8 || b[0]&0xf8 != 0x30 || b[1] != 255 || int(be16(b[2:4])) != s.wire-8 {
		return false
	}
	n := 8
	if b[0]&7 != 0 { // sequence number, N-PDU number and next extension come together
		n = 12
		if len(b) < n {
			return false
		}
		if b[0]&4 != 0 {
			for next := b[11]; next != 0; {
				if len(b) <= n || b[n] == 0 || len(b) < n+int(b[n])*4 {
					return false
				}
				n += int(b[n]) * 4
				next = b[n-1]
			}
		}
	}
	inner, _ := s.skip(n)
	if len(inner.b) == 0 {
		return false
	}
	return d.innerIP(inner, inner.b[0]>>4, p)
}

// innerEthernet decodes a tunnelled frame if it is plausible. ARP is, and says
// nothing.
func (d *Decoder) innerEthernet(s span, p place) bool {
	if len(s.b) >= 14 && be16(s.b[12:14]) == 0x0806 {
		return true
	}
	if !holdsIP(s.b) {
		return false
	}
	if d.tunnelled(&p) {
		d.ethernet(s, p)
	}
	return true
}

func (d *Decoder) innerIP(s span, version byte, p place) bool {
	if !plausibleIP(s.b, version) {
		return false
	}
	if d.tunnelled(&p) {
		d.rawIP(s, p)
	}
	return true
}
