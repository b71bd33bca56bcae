package packet

import (
	"bytes"

	"github.com/latchscope/latchscope/analyze/endpoint"
)

// icmp decodes the errors among ICMP messages (RFC 792, RFC 4443): those that
// quote the packet they are about. Everything else says nothing about a
// datagram.
func (d *Decoder) icmp(h header, s span, p place) {
	if len(s.b) < 2 {
		d.short(s, 8, p)
		return
	}
	q := Quote{V6: h.v6}
	if h.v6 {
		_ = decodeLayer(&d.icmp6L, s.b) // short ones are caught below
		q.Type, q.Code = s.b[0], s.b[1]
		if q.Type < 1 || q.Type > 4 {
			return // not destination unreachable, packet too big, time exceeded, parameter problem
		}
	} else {
		_ = decodeLayer(&d.icmp4L, s.b)
		q.Type, q.Code = s.b[0], s.b[1]
		if q.Type != 3 && q.Type != 11 && q.Type != 12 {
			return // not destination unreachable, time exceeded, parameter problem
		}
	}
	body, ok := s.skip(8)
	if !ok {
		d.short(s, 8, p)
		return
	}
	if !q.read(original(s.b, body, q.V6), d.lim.QuoteBytes) {
		d.warn.add(warnQuote, p.frame)
		return
	}
	if q.Src.Port == 0 && q.Dst.Port == 0 {
		return // not a protocol with ports, or a later fragment: nobody can say whose packet it was
	}
	d.unwrap(&q, p.time)
	dg := Datagram{
		Quote: &q, Time: p.time, Frame: p.frame, Len: uint32(s.wire), Tap: p.tap, IPID: h.id, TTL: p.ttl,
		Src: endpoint.Endpoint{Addr: h.src}, Dst: endpoint.Endpoint{Addr: h.dst}, Kind: ICMP, Flags: p.flags,
	}
	if len(s.b) < s.wire || p.partial {
		dg.Flags |= Truncated
	}
	d.emit(dg)
}

// original is the quoted packet without the extensions that may follow it
// (RFC 4884): the message's sixth byte (fifth in ICMPv6) tells its padded
// length in words of 4 (8) bytes. Older routers append extensions behind 128
// bytes without telling; they are known by their version and checksum
// (RFC 4884 section 5.5).
func original(msg []byte, body span, v6 bool) span {
	const least = 128
	n := int(msg[5]) * 4
	if v6 {
		n = int(msg[4]) * 8
		if msg[0] != 1 && msg[0] != 3 {
			n = 0 // there the field is an MTU or a pointer
		}
	}
	switch {
	case n >= least:
		return body.limit(n)
	case n == 0 && !v6 && len(body.b) >= least+4 && len(body.b) == body.wire && extensions(body.b[least:]):
		return body.limit(least)
	}
	return body
}

// extensions tells whether b is an ICMP extension structure (RFC 4884 section
// 7): version 2 and a checksum over all of it.
func extensions(b []byte) bool {
	if b[0] != 0x20 || b[1] != 0 || be16(b[2:4]) == 0 {
		return false
	}
	return onesComplement(b) == 0xffff
}

// read fills the quote from the quoted packet. It fails where not even the IP
// header is there.
func (q *Quote) read(s span, keep int) bool {
	var h header
	var ok, first bool
	if q.V6 {
		h, q.Proto, s, first, ok = quotedIPv6(s)
	} else {
		h, q.Proto, s, first, ok = quotedIPv4(s)
	}
	if !ok {
		return false
	}
	q.IPID = h.id
	q.Src.Addr, q.Dst.Addr = h.src, h.dst
	if !first {
		return true
	}
	switch q.Proto {
	case protoUDP, protoTCP, protoSCTP:
	default:
		return true
	}
	if len(s.b) < 4 {
		return false
	}
	q.Src.Port, q.Dst.Port = be16(s.b[0:2]), be16(s.b[2:4])
	if q.Proto != protoUDP || len(s.b) < 8 {
		return true
	}
	length := int(be16(s.b[4:6]))
	if length < 8 {
		return true
	}
	q.Len = uint32(length - 8)
	q.Payload = bytes.Clone(cut(s.limit(length).b, 8, 8+keep))
	return true
}

// quotedIPv4 reads a quoted IPv4 header. Some systems quote the total length in
// the wrong byte order or without the header: one that cannot be right is not
// used.
func quotedIPv4(s span) (h header, proto uint8, body span, first, ok bool) {
	b := s.b
	if len(b) < 20 || b[0]>>4 != 4 || b[0]&0xf < 5 {
		return h, 0, s, false, false
	}
	n, total := int(b[0]&0xf)*4, int(be16(b[2:4]))
	h = header{src: mapped(b[12:16]), dst: mapped(b[16:20]), id: uint32(be16(b[4:6]))}
	if total >= n+8 {
		s = s.limit(total)
	}
	body, ok = s.skip(n)
	return h, b[9], body, be16(b[6:8])&0x1fff == 0, ok
}

func quotedIPv6(s span) (h header, proto uint8, body span, first, ok bool) {
	b := s.b
	if len(b) < 40 || b[0]>>4 != 6 {
		return h, 0, s, false, false
	}
	h = header{src: [16]byte(b[8:24]), dst: [16]byte(b[24:40]), v6: true}
	body, _ = s.skip(40)
	if length := int(be16(b[4:6])); length > 0 {
		body = body.limit(length)
	}
	c := walk(b[6], body)
	first = c.offset == 0
	if c.frag && first {
		h.id = c.id
		id := c.id
		c = walk(c.proto, c.body)
		c.id = id
		first = c.offset == 0
	}
	h.id = c.id
	return h, c.proto, c.body, first, c.short == 0
}
