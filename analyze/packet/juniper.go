package packet

import "github.com/latchscope/latchscope/analyze/capture"

// juniper decodes what Junos writes: the magic 4D 47 43, flags, where these say
// so extensions with their length in front, and a frame of the link type's kind
// or, without a link layer, four bytes and an IP packet.
func (d *Decoder) juniper(link capture.LinkType, s span, p place, tap Tap) {
	const extended, bare, in = 0x80, 0x02, 0x01
	if len(s.b) < 4 {
		d.short(s, 4, p)
		return
	}
	if s.b[0] != 0x4d || s.b[1] != 0x47 || s.b[2] != 0x43 {
		d.warn.add(warnShort, p.frame)
		return
	}
	flags, n := s.b[3], 4
	tap.Dir = DirOut
	if flags&in != 0 {
		tap.Dir = DirIn
	}
	p.tap = d.tap(tap, p.frame)
	if flags&extended != 0 {
		if len(s.b) < 6 {
			d.short(s, 6, p)
			return
		}
		n = 6 + int(be16(s.b[4:]))
	}
	if flags&bare != 0 {
		n += 4
	}
	body, ok := s.skip(n)
	if !ok {
		d.short(s, n, p)
		return
	}
	switch {
	case flags&bare != 0:
		d.rawIP(body, p)
	case link == capture.JuniperEther, link == capture.JuniperPPPoE:
		d.ethernet(body, p)
	case link == capture.JuniperPPP:
		d.ppp(body, p)
	case link == capture.JuniperCHDLC:
		d.pppHDLC(body, p)
	default:
		d.behindCookie(body, p)
	}
}

// behindCookie looks for the IP packet behind what the cards of a router put in
// front of it, which differs from card to card and is not told: no more than 20
// bytes. An IP header that fits the rest to the last byte is believed.
func (d *Decoder) behindCookie(s span, p place) {
	for n := 0; n <= 20; n++ {
		body, ok := s.skip(n)
		if !ok {
			break
		}
		if exactIP(body) {
			d.rawIP(body, p)
			return
		}
	}
	d.warn.add(warnLinkType, p.frame)
}

// exactIP tells whether s is an IP packet and nothing else: its length, and in
// IPv4 the header's checksum, are right.
func exactIP(s span) bool {
	switch {
	case plausibleIP(s.b, 4):
		n := int(s.b[0]&0xf) * 4
		return int(be16(s.b[2:])) == s.wire && n <= len(s.b) && onesComplement(s.b[:n]) == 0xffff
	case plausibleIP(s.b, 6):
		return len(s.b) >= 40 && 40+int(be16(s.b[4:])) == s.wire
	}
	return false
}

// onesComplement is the sum that an Internet checksum makes 0xffff (RFC 1071).
func onesComplement(b []byte) uint32 {
	var sum uint32
	for ; len(b) >= 2; b = b[2:] {
		sum += uint32(be16(b))
	}
	if len(b) == 1 {
		sum += uint32(b[0]) << 8
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return sum
}
