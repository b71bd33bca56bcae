package packet

// chain is the end of a walk along IPv6 extension headers.
type chain struct {
	proto  uint8 // of body; in a fragment, what the first fragment begins with
	body   span
	frag   bool // a fragment header with an offset or more to come: the walk stops behind it
	offset int
	more   bool
	id     uint32 // of the fragment header, also where the packet is whole (RFC 6946)
	short  int    // not 0: a header of so many bytes is not all in body
}

// walk follows extension headers from the one numbered next. Hop-by-hop,
// routing and destination options (RFC 8200 section 4), AH (RFC 4302) and
// fragment headers are passed; everything else ends the walk.
func walk(next uint8, s span) chain {
	c := chain{proto: next, body: s}
	for {
		var n int
		switch c.proto {
		case protoHopByHop, protoRouting, protoDestOpts:
			n = 8
			if len(c.body.b) >= 2 {
				n = (int(c.body.b[1]) + 1) * 8
			}
		case protoAH:
			n = 8
			if len(c.body.b) >= 2 {
				n = (int(c.body.b[1]) + 2) * 4
			}
		case protoFragment:
			n = 8
		default:
			return c
		}
		b := c.body.b
		rest, ok := c.body.skip(n)
		if !ok {
			c.short = n
			return c
		}
		if c.proto == protoFragment {
			field := be16(b[2:4])
			c.offset, c.more, c.id = int(field&^7), field&1 != 0, be32(b[4:8])
			c.frag = c.offset != 0 || c.more
		}
		c.proto, c.body = b[0], rest
		if c.frag {
			return c
		}
	}
}

// ipv6 decodes an IPv6 packet (RFC 8200). gopacket has no decoder that keeps
// fragments and extension headers apart, so this is ours.
func (d *Decoder) ipv6(s span, p place) {
	if !d.deeper(&p) {
		return
	}
	body, ok := s.skip(40)
	if !ok {
		d.short(s, 40, p)
		return
	}
	if s.b[0]>>4 != 6 {
		d.warn.add(warnIP, p.frame)
		return
	}
	length := int(be16(s.b[4:6]))
	if length == 0 && s.b[6] != 59 {
		// A jumbogram (RFC 2675) or segmentation offload: all there is.
		length = body.wire
	}
	if length > body.wire {
		d.warn.add(warnIP, p.frame)
	}
	p.ttl = s.b[7]
	h := header{src: [16]byte(s.b[8:24]), dst: [16]byte(s.b[24:40]), v6: true}
	d.ipv6Payload(s.b[6], h, body.claim(length), p)
}

// ipv6Payload follows the extension headers to the transport, or to the place
// where fragments are put together.
func (d *Decoder) ipv6Payload(next uint8, h header, s span, p place) {
	if !d.deeper(&p) {
		return
	}
	c := walk(next, s)
	if c.short != 0 {
		d.short(c.body, c.short, p)
		return
	}
	if c.id != 0 {
		h.id = c.id
	}
	if c.frag {
		d.fragment(h, c.proto, c.offset, c.more, c.body, p)
		return
	}
	d.transport(c.proto, h, c.body, p)
}
