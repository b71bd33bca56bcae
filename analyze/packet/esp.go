package packet

// espIntegrity are the lengths of the integrity check value behind an ESP
// packet, those of IMS (TS 33.203 annex H: HMAC-SHA-1-96, HMAC-MD5-96,
// AES-GMAC) first: RFC 2404, RFC 4868, RFC 4543, none at all, and RFC 4106's
// shorter ones.
var espIntegrity = [...]int{12, 16, 24, 32, 0, 8}

// esp decodes ESP that authenticates and does not encrypt (RFC 4303 with RFC
// 2410's NULL, or RFC 4543's GMAC, which has 8 bytes of IV). Nothing in the
// packet says so: it is believed where the trailer is as RFC 4303 section 2.4
// has it and the header inside fits its length to the last byte. Everything else
// is encrypted, and counted.
func (d *Decoder) esp(h header, s span, p place) bool {
	if len(s.b) < s.wire || p.partial {
		d.short(s, s.wire, p) // the trailer was not recorded
		return false
	}
	for _, icv := range espIntegrity {
		for _, iv := range [...]int{0, 8} {
			if iv > 0 && icv != 16 {
				continue
			}
			if next, body, ok := espPlain(s.b, 8+iv, icv); ok {
				if next != protoNone {
					d.transport(next, h, span{body, len(body)}, p)
				}
				return true
			}
		}
	}
	return false
}

// espPlain is the payload between a header of head bytes and an integrity check
// value of icv bytes, and the protocol that it is of.
func espPlain(b []byte, head, icv int) (next byte, body []byte, ok bool) {
	end := len(b) - icv
	if end < head+2 {
		return 0, nil, false
	}
	pad, next := int(b[end-2]), b[end-1]
	last := end - 2 - pad
	if last < head || (end-head)%4 != 0 {
		return 0, nil, false
	}
	for i, c := range b[last : end-2] {
		if int(c) != i+1 {
			return 0, nil, false
		}
	}
	body = b[head:last:last]
	return next, body, espBelieved(next, body)
}

// espBelieved tells whether b is a packet of a protocol, by what of it must be
// right.
func espBelieved(proto byte, b []byte) bool {
	switch proto {
	case protoUDP:
		return len(b) >= 8 && int(be16(b[4:6])) == len(b)
	case protoTCP:
		if len(b) < 20 {
			return false
		}
		n := int(b[12]>>4) * 4
		return n >= 20 && n <= len(b) && b[12]&0x0e == 0 && be16(b) != 0 && be16(b[2:]) != 0
	case protoIPIP:
		return plausibleIP(b, 4) && int(be16(b[2:4])) == len(b)
	case protoIPv6:
		return len(b) >= 40 && plausibleIP(b, 6) && 40+int(be16(b[4:6])) == len(b)
	case protoICMP:
		return len(b) >= 8 && onesComplement(b) == 0xffff
	case protoICMPv6: // an error; its checksum takes the addresses
		return len(b) >= 48 && b[0] >= 1 && b[0] <= 4 && plausibleIP(b[8:], 6)
	case protoNone: // a dummy packet, RFC 4303 section 2.6
		return true
	}
	return false
}

// espInUDP decodes ESP behind a NAT (RFC 3948): a SPI that is not zero; zero is
// IKE's, 0xff alone a keepalive.
func (d *Decoder) espInUDP(h header, s span, p place) bool {
	if len(s.b) < 16 || be32(s.b) == 0 {
		return false
	}
	if !d.deeper(&p) {
		return true
	}
	return d.esp(h, s, p)
}
