package packet

// loopback decodes BSD loopback: a protocol family in four bytes, in the byte
// order of the machine that captured (NULL) or the network's (LOOP). Both
// orders are tried on both. AF_INET is 2 everywhere; AF_INET6 is 24 on NetBSD
// and OpenBSD, 28 on FreeBSD, 30 on Darwin, 23 on Windows, 10 on Linux.
func (d *Decoder) loopback(s span, p place) {
	body, ok := s.skip(4)
	if !ok {
		d.short(s, 4, p)
		return
	}
	family := be32(s.b)
	if family > 0xffff {
		family = uint32(s.b[0]) | uint32(s.b[1])<<8 | uint32(s.b[2])<<16 | uint32(s.b[3])<<24
	}
	switch family {
	case 2:
		d.ipv4(body, p)
	case 10, 23, 24, 28, 30:
		d.ipv6(body, p)
	default:
		// Some Windows adapters leave an EtherType in the last two bytes.
		d.etherType(be16(s.b[2:4]), body, p)
	}
}

// rawIP decodes IP of either version without anything in front.
func (d *Decoder) rawIP(s span, p place) {
	if len(s.b) == 0 {
		d.short(s, 20, p)
		return
	}
	if s.b[0]>>4 == 6 {
		d.ipv6(s, p)
	} else {
		d.ipv4(s, p)
	}
}
