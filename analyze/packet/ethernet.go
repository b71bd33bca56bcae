package packet

// EtherTypes (IEEE 802 numbers, as IANA lists them).
const (
	etherIPv4      = 0x0800
	etherTEB       = 0x6558 // transparent Ethernet bridging, in tunnels
	etherVLAN      = 0x8100
	etherIPv6      = 0x86dd
	etherPPP       = 0x880b
	etherMPLS      = 0x8847
	etherMPLSMulti = 0x8848
	etherPPPoE     = 0x8864 // session stage
	etherQinQ      = 0x88a8
	etherERSPAN2   = 0x88be // and type I
	etherVNTag     = 0x8926 // Cisco's VN-Tag, in mirrors of UCS servers
	etherQinQOld   = 0x9100
	etherERSPAN3   = 0x22eb
)

func (d *Decoder) ethernet(s span, p place) {
	if !d.deeper(&p) {
		return
	}
	body, ok := s.skip(14)
	if !ok || decodeLayer(&d.eth, s.b) != nil {
		d.short(s, 14, p)
		return
	}
	if length := int(d.eth.Length); be16(s.b[12:14]) < 0x0600 {
		// 802.3: the field is a length, and LLC says what follows.
		d.logicalLink(body.limit(length), p)
		return
	}
	d.etherType(uint16(d.eth.EthernetType), body, p)
}

// etherType decodes what an EtherType announces. What is not on the way to IP
// is not damage, only not ours.
func (d *Decoder) etherType(t uint16, s span, p place) {
	if !d.deeper(&p) {
		return
	}
	switch t {
	case etherIPv4:
		d.ipv4(s, p)
	case etherIPv6:
		d.ipv6(s, p)
	case etherVLAN, etherQinQ, etherQinQOld:
		d.vlan(s, p)
	case etherVNTag: // four bytes and an EtherType
		if body, ok := s.skip(6); ok {
			d.etherType(be16(s.b[4:6]), body, p)
		}
	case etherPPPoE:
		d.pppoe(s, p)
	case etherMPLS, etherMPLSMulti:
		d.mpls(s, p)
	}
}

// vlan decodes one 802.1Q tag. After a tag there may be an 802.3 length, too.
func (d *Decoder) vlan(s span, p place) {
	body, ok := s.skip(4)
	if !ok || decodeLayer(&d.dot1q, s.b) != nil {
		d.short(s, 4, p)
		return
	}
	p.vlan = d.dot1q.VLANIdentifier
	if t := uint16(d.dot1q.Type); t < 0x0600 {
		d.logicalLink(body.limit(int(t)), p)
	} else {
		d.etherType(t, body, p)
	}
}

// logicalLink decodes 802.2 LLC: IP comes either by its own SAP (6) or, as
// RFC 1042 has it, behind SNAP with organisation 0 and an EtherType.
func (d *Decoder) logicalLink(s span, p place) {
	if decodeLayer(&d.llc, s.b) != nil || d.llc.Control != 3 {
		return
	}
	body, ok := s.skip(3)
	if !ok {
		return
	}
	switch {
	case d.llc.DSAP == 6 && d.llc.SSAP == 6:
		d.ipv4(body, p)
	case d.llc.DSAP == 0xaa && d.llc.SSAP == 0xaa && decodeLayer(&d.snap, body.b) == nil:
		org := d.snap.OrganizationalCode
		rest, ok := body.skip(5)
		if ok && org[0]|org[1]|org[2] == 0 {
			d.etherType(uint16(d.snap.Type), rest, p)
		}
	}
}

// mpls walks a label stack (RFC 3032). Nothing says what is below it: a first
// nibble of 4 or 6 is IP, 0 the control word of an Ethernet pseudowire
// (RFC 4448 section 4.6).
func (d *Decoder) mpls(s span, p place) {
	for {
		if len(s.b) < 4 {
			d.short(s, 4, p)
			return
		}
		bottom := s.b[2]&1 != 0
		s, _ = s.skip(4)
		if bottom {
			break
		}
	}
	if len(s.b) == 0 {
		return
	}
	switch s.b[0] >> 4 {
	case 4:
		d.ipv4(s, p)
	case 6:
		d.ipv6(s, p)
	case 0:
		if frame, ok := s.skip(4); ok && holdsIP(frame.b) {
			d.ethernet(frame, p)
		}
	}
}

// holdsIP tells whether b is plausibly an Ethernet frame with IP in it: guessed
// tunnels are only believed when they are.
func holdsIP(b []byte) bool {
	for off := 12; off+2 <= len(b) && off <= 20; off += 4 {
		switch be16(b[off:]) {
		case etherVLAN, etherQinQ, etherQinQOld:
			continue
		case etherIPv4:
			return plausibleIP(b[off+2:], 4)
		case etherIPv6:
			return plausibleIP(b[off+2:], 6)
		}
		return false
	}
	return false
}

// plausibleIP tells whether b begins with a sane IP header of that version.
func plausibleIP(b []byte, version byte) bool {
	if len(b) < 20 || b[0]>>4 != version {
		return false
	}
	return version == 6 || b[0]&0xf >= 5 && int(be16(b[2:4])) >= int(b[0]&0xf)*4
}
