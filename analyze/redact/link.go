package redact

import (
	"encoding/binary"

	"github.com/latchscope/latchscope/analyze/capture"
	"github.com/latchscope/latchscope/analyze/packet"
)

// linkHead is what stands in front of the IP header, up to VLAN tags: link
// layers that cannot be rewritten have none, and their packets are written as
// raw IP.
type linkHead struct {
	link capture.LinkType
	head []byte
}

// written is the link type under which packets of one are written redacted.
func written(link capture.LinkType) capture.LinkType {
	switch link {
	case capture.Ethernet, capture.LinuxSLL, capture.LinuxSLL2, capture.Null, capture.Loop:
		return link
	}
	return capture.Raw
}

// EtherTypes (IEEE 802 numbers).
const (
	etherIPv4 = 0x0800
	etherIPv6 = 0x86dd
)

// linkOf takes the link header off a frame and redacts it. Where something else
// than IP follows (a tunnel, PPPoE, MPLS) it is left out.
func (p *Pseudonyms) linkOf(f *capture.Frame) linkHead {
	h := linkHead{link: written(f.Link)}
	n, ok := packet.IPOffset(f.Link, f.Data)
	if h.link == capture.Raw {
		return h
	}
	base := map[capture.LinkType]int{capture.Ethernet: 14, capture.LinuxSLL: 16, capture.LinuxSLL2: 20, capture.Null: 4, capture.Loop: 4}[h.link]
	if !ok {
		n = base
	}
	h.head = make([]byte, n)
	copy(h.head, f.Data)
	switch h.link {
	case capture.Ethernet:
		p.MAC(h.head[0:6])
		p.MAC(h.head[6:12])
	case capture.LinuxSLL:
		p.cookedAddress(h.head[6:14], int(binary.BigEndian.Uint16(h.head[4:])))
	case capture.LinuxSLL2:
		p.cookedAddress(h.head[12:20], int(h.head[11]))
	}
	return h
}

// cookedAddress redacts the address of a cooked header; those that are no
// Ethernet address are wiped.
func (p *Pseudonyms) cookedAddress(b []byte, n int) {
	if n == 6 {
		p.MAC(b[:6])
		clear(b[6:])
		return
	}
	clear(b)
}

// carry puts a packet behind the link header.
func (h linkHead) carry(packet []byte) []byte {
	out := append(append(make([]byte, 0, len(h.head)+len(packet)), h.head...), packet...)
	v6 := packet[0]>>4 == 6
	t := uint16(etherIPv4)
	if v6 {
		t = etherIPv6
	}
	switch h.link {
	case capture.Ethernet, capture.LinuxSLL:
		binary.BigEndian.PutUint16(out[len(h.head)-2:], t)
	case capture.LinuxSLL2:
		at := 0
		if len(h.head) > 20 {
			at = len(h.head) - 2 // behind a tag
		}
		binary.BigEndian.PutUint16(out[at:], t)
	case capture.Null, capture.Loop:
		h.loopback(out, v6)
	}
	return out
}

// loopback keeps the family's byte order, and its number where it is right.
func (h linkHead) loopback(b []byte, v6 bool) {
	little := b[0] != 0 && b[3] == 0
	family := byte(2)
	if v6 {
		family = 24
		for _, c := range []byte{b[0], b[3]} {
			switch c {
			case 10, 23, 24, 28, 30:
				family = c
			}
		}
	}
	clear(b[:4])
	if little {
		b[0] = family
	} else {
		b[3] = family
	}
}

// fieldsOf are the IP fields of a frame's own packet, where it is the one that
// the datagram came in, and ordinary ones where it is not.
func fieldsOf(f *capture.Frame, d *packet.Datagram) ipFields {
	out := ipFields{id: uint16(d.IPID), ttl: 64}
	n, ok := packet.IPOffset(f.Link, f.Data)
	if !ok {
		return out
	}
	b := f.Data[n:]
	switch {
	case len(b) >= 20 && b[0]>>4 == 4 && d.Src.IP().Is4() && [4]byte(b[12:16]) == [4]byte(d.Src.Addr[12:]):
		out.tos, out.ttl, out.noFrag = b[1], b[8], b[6]&0x40 != 0
	case len(b) >= 40 && b[0]>>4 == 6 && [16]byte(b[8:24]) == d.Src.Addr:
		out.tos, out.ttl = b[0]<<4|b[1]>>4, b[7]
	}
	return out
}
