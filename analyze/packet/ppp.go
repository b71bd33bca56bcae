package packet

// PPP protocol numbers (RFC 1332, RFC 5072, RFC 3032).
const (
	pppIPv4 = 0x0021
	pppIPv6 = 0x0057
	pppMPLS = 0x0281
)

// ppp decodes PPP with or without the address and control bytes of HDLC-like
// framing (RFC 1662), the protocol field compressed to one byte or not
// (RFC 1661 section 6.5).
func (d *Decoder) ppp(s span, p place) {
	if !d.deeper(&p) {
		return
	}
	if len(s.b) >= 2 && s.b[0] == 0xff && s.b[1] == 0x03 {
		s, _ = s.skip(2)
	}
	if len(s.b) < 2 {
		d.short(s, 2, p)
		return
	}
	n, protocol := 2, be16(s.b)
	if s.b[0]&1 != 0 {
		n, protocol = 1, uint16(s.b[0])
	}
	s, _ = s.skip(n)
	switch protocol {
	case pppIPv4:
		d.ipv4(s, p)
	case pppIPv6:
		d.ipv6(s, p)
	case pppMPLS:
		d.mpls(s, p)
	}
}

// pppHDLC decodes LINKTYPE_PPP_HDLC: PPP behind FF 03, or Cisco's HDLC behind
// 0F 00 or 8F 00, which carries an EtherType.
func (d *Decoder) pppHDLC(s span, p place) {
	if len(s.b) >= 4 && (s.b[0] == 0x0f || s.b[0] == 0x8f) && s.b[1] == 0 {
		t := be16(s.b[2:4])
		s, _ = s.skip(4)
		d.etherType(t, s, p)
		return
	}
	d.ppp(s, p)
}

// pppoe decodes a PPPoE session packet (RFC 2516 section 4). Discovery packets
// carry no IP.
func (d *Decoder) pppoe(s span, p place) {
	body, ok := s.skip(6)
	if !ok {
		d.short(s, 6, p)
		return
	}
	if s.b[0] != 0x11 || s.b[1] != 0 {
		return
	}
	d.ppp(body.limit(int(be16(s.b[4:6]))), p)
}
