package packet

// nflog decodes packets logged by Linux netfilter
// (https://www.tcpdump.org/linktypes/LINKTYPE_NFLOG.html): four bytes, of which
// the first is the address family, then attributes of length and type in the
// byte order of the machine that captured; number 9 is the packet.
func (d *Decoder) nflog(s span, p place) {
	s, ok := s.skip(4)
	for ok && len(s.b) >= 4 {
		// Lengths of real attributes fit in 16 bits either way round, and
		// types are small: the zero byte tells the order.
		length, kind := int(s.b[0])|int(s.b[1])<<8, int(s.b[2])|int(s.b[3])<<8
		if s.b[2] == 0 && s.b[3] != 0 {
			length, kind = int(be16(s.b[0:2])), int(be16(s.b[2:4]))
		}
		if length < 4 {
			d.warn.add(warnShort, p.frame)
			return
		}
		if kind == 9 {
			body, _ := s.limit(length).skip(4)
			d.rawIP(body, p)
			return
		}
		s, ok = s.skip((length + 3) &^ 3)
	}
}
