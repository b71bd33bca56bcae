package packet

// gre decodes GRE (RFC 2784, RFC 2890), its PPTP variant (RFC 2637 section 4.1)
// and what is known to travel in it.
func (d *Decoder) gre(s span, p place) {
	if err := decodeLayer(&d.greL, s.b); err != nil || d.greL.Version > 1 {
		d.short(s, 4, p)
		return
	}
	body, ok := s.skip(len(d.greL.Contents))
	if !ok || body.wire == 0 { // PPTP acknowledges with an empty packet
		return
	}
	protocol, sequenced := uint16(d.greL.Protocol), d.greL.SeqPresent
	if !d.tunnelled(&p) {
		return
	}
	switch protocol {
	case etherPPP:
		d.ppp(body, p)
	case etherTEB:
		d.ethernet(body, p)
	case etherERSPAN2:
		d.erspan2(body, sequenced, p)
	case etherERSPAN3:
		d.erspan3(body, p)
	default:
		d.etherType(protocol, body, p)
	}
}

// erspan2 decodes ERSPAN types I and II (draft-foschiano-erspan section 4):
// type I has no header of its own, and no GRE sequence number.
func (d *Decoder) erspan2(s span, sequenced bool, p place) {
	if sequenced {
		body, ok := s.skip(8)
		if !ok {
			d.short(s, 8, p)
			return
		}
		s = body
	}
	d.ethernet(s, p)
}

// erspan3 decodes ERSPAN type III: 12 bytes, and 8 more where the O bit is set.
// The frame type says whether an Ethernet frame or an IP packet follows.
func (d *Decoder) erspan3(s span, p place) {
	body, ok := s.skip(12)
	if !ok {
		d.short(s, 12, p)
		return
	}
	if s.b[11]&1 != 0 {
		if body, ok = body.skip(8); !ok {
			d.short(s, 20, p)
			return
		}
	}
	if s.b[10]>>2&0x1f == 2 {
		d.rawIP(body, p)
	} else {
		d.ethernet(body, p)
	}
}
