package packet

// l2tp decodes the data messages of L2TP over UDP: version 2 with PPP inside
// (RFC 2661 section 3.1), version 3 with a frame (RFC 3931 section 4.1.2.1).
func (d *Decoder) l2tp(s span, p place) bool {
	const control, length, sequence, offset = 0x80, 0x40, 0x08, 0x02
	b := s.b
	if len(b) < 8 || b[0]&control != 0 {
		return false
	}
	switch b[1] & 0x0f {
	case 3:
		body, _ := s.skip(4)
		return d.pseudowire(body, p)
	case 2:
	default:
		return false
	}
	n := 6
	if b[0]&length != 0 {
		if int(be16(b[2:4])) > s.wire {
			return false
		}
		s = s.limit(int(be16(b[2:4])))
		n += 2
	}
	if b[0]&sequence != 0 {
		n += 4
	}
	if b[0]&offset != 0 {
		if len(b) < n+2 {
			return false
		}
		n += 2 + int(be16(b[n:]))
	}
	body, ok := s.skip(n)
	if !ok || !holdsPPP(body.b) {
		return false
	}
	if d.tunnelled(&p) {
		d.ppp(body, p)
	}
	return true
}

// pseudowire decodes an L2TP version 3 session (RFC 3931 section 4.1.1): a
// session number, a cookie of 0, 4 or 8 bytes and a sublayer of 0 or 4, which
// nothing in the packet tells, and then an Ethernet or a PPP frame. Session 0 is
// control.
func (d *Decoder) pseudowire(s span, p place) bool {
	if len(s.b) < 4 || be32(s.b) == 0 {
		return false
	}
	for n := 4; n <= 16; n += 4 {
		body, ok := s.skip(n)
		if !ok {
			return false
		}
		ethernet := holdsIP(body.b)
		if !ethernet && !holdsPPP(body.b) {
			continue
		}
		switch {
		case !d.tunnelled(&p):
		case ethernet:
			d.ethernet(body, p)
		default:
			d.ppp(body, p)
		}
		return true
	}
	return false
}

// holdsPPP tells whether b is a PPP frame with IP in it.
func holdsPPP(b []byte) bool {
	if len(b) >= 2 && b[0] == 0xff && b[1] == 0x03 {
		b = b[2:]
	}
	if len(b) == 0 {
		return false
	}
	n, protocol := 1, uint16(b[0])
	if b[0]&1 == 0 {
		if len(b) < 2 {
			return false
		}
		n, protocol = 2, be16(b)
	}
	switch protocol {
	case pppIPv4:
		return plausibleIP(b[n:], 4)
	case pppIPv6:
		return plausibleIP(b[n:], 6)
	}
	return false
}
