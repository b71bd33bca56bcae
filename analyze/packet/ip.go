package packet

import (
	"slices"

	"github.com/latchscope/latchscope/analyze/endpoint"
)

// IP protocol numbers (IANA).
const (
	protoHopByHop = 0
	protoICMP     = 1
	protoIPIP     = 4
	protoTCP      = 6
	protoUDP      = 17
	protoIPv6     = 41
	protoRouting  = 43
	protoFragment = 44
	protoGRE      = 47
	protoESP      = 50
	protoAH       = 51
	protoICMPv6   = 58
	protoNone     = 59
	protoDestOpts = 60
	protoL2TP     = 115
	protoSCTP     = 132
)

// header is what the layers above need of an IP header.
type header struct {
	src, dst [16]byte
	id       uint32
	v6       bool
}

// ipv4 decodes an IPv4 packet (RFC 791).
func (d *Decoder) ipv4(s span, p place) {
	if !d.deeper(&p) {
		return
	}
	if len(s.b) < 20 {
		d.short(s, 20, p)
		return
	}
	// gopacket refuses packets whose options are damaged, which does not
	// matter here: its fields are set by then.
	_ = decodeLayer(&d.ip4, s.b)
	if d.ip4.Version != 4 {
		if d.ip4.Version == 6 { // tshark, too, believes the version rather than the layer below
			d.ipv6(s, p)
			return
		}
		d.warn.add(warnIP, p.frame)
		return
	}
	n, total := int(d.ip4.IHL)*4, int(be16(s.b[2:4]))
	if total == 0 {
		total = s.wire // segmentation offload: the length was not known yet
	}
	if n < 20 || total < n {
		d.warn.add(warnIP, p.frame)
		return
	}
	if total > s.wire {
		d.warn.add(warnIP, p.frame)
	}
	p.ttl = s.b[8]
	h := header{
		src: mapped(s.b[12:16]),
		dst: mapped(s.b[16:20]),
		id:  uint32(d.ip4.Id),
	}
	proto := uint8(d.ip4.Protocol)
	offset, more := int(d.ip4.FragOffset)*8, be16(s.b[6:8])&0x2000 != 0
	body, ok := s.claim(total).skip(n)
	if !ok {
		d.short(s, n, p)
		return
	}
	if offset != 0 || more {
		d.fragment(h, proto, offset, more, body, p)
		return
	}
	d.transport(proto, h, body, p)
}

// transport decodes what is above IP: a whole datagram's payload, or the
// recorded head of one.
func (d *Decoder) transport(proto uint8, h header, s span, p place) {
	if !d.deeper(&p) {
		return
	}
	switch proto {
	case protoUDP:
		d.udp(h, s, p)
	case protoTCP:
		d.segment(h, s, p)
	case protoSCTP:
		d.sctpPacket(h, s, p)
	case protoICMP:
		if !h.v6 {
			d.icmp(h, s, p)
		}
	case protoICMPv6:
		if h.v6 {
			d.icmp(h, s, p)
		}
	case protoIPIP:
		if d.tunnelled(&p) {
			d.ipv4(s, p)
		}
	case protoIPv6:
		if d.tunnelled(&p) {
			d.ipv6(s, p)
		}
	case protoGRE:
		d.gre(s, p)
	case protoESP:
		if !d.esp(h, s, p) && !p.partial && len(s.b) == s.wire {
			d.warn.add(warnESP, p.frame)
		}
	case protoL2TP:
		d.pseudowire(s, p)
	case protoAH: // RFC 4302: authenticates, does not hide
		if len(s.b) < 2 {
			d.short(s, 2, p)
			return
		}
		n := (int(s.b[1]) + 2) * 4
		body, ok := s.skip(n)
		if !ok {
			d.short(s, n, p)
			return
		}
		d.transport(s.b[0], h, body, p)
	}
}

// udp decodes a UDP datagram (RFC 768).
func (d *Decoder) udp(h header, s span, p place) {
	body, ok := s.skip(8)
	if !ok {
		d.short(s, 8, p)
		return
	}
	err := decodeLayer(&d.udpL, s.b)
	length := int(d.udpL.Length)
	if length == 0 && h.v6 {
		length, err = s.wire, nil // RFC 2675 section 4: a jumbogram
	}
	if err != nil || length < 8 {
		d.warn.add(warnUDPLength, p.frame)
		return
	}
	lies := length > s.wire && !p.partial
	if lies {
		d.warn.add(warnUDPLength, p.frame)
	}
	p.partial = p.partial || lies
	d.payload(
		endpoint.Endpoint{Addr: h.src, Port: uint16(d.udpL.SrcPort)},
		endpoint.Endpoint{Addr: h.dst, Port: uint16(d.udpL.DstPort)},
		h.id, body.claim(length-8), p)
}

// payload takes what a UDP datagram carries: another packet, or what it is for.
func (d *Decoder) payload(src, dst endpoint.Endpoint, id uint32, s span, p place) {
	if d.udpTunnel(src, dst, id, s, p) {
		return
	}
	if code := foreignDatagram(src.Port, dst.Port, s.b); code != 0 {
		d.warn.add(code, p.frame)
	}
	dg := Datagram{
		Payload: slices.Clip(s.b), Time: p.time, Frame: p.frame, Len: uint32(s.wire),
		Tap: p.tap, IPID: id, Src: src, Dst: dst, Kind: UDP, Flags: p.flags,
		TTL: p.ttl, VLAN: p.vlan,
	}
	if len(s.b) < s.wire {
		dg.Flags |= Truncated
		if !p.partial {
			d.warn.add(warnCutPayload, p.frame)
		}
	}
	d.emit(dg)
}
