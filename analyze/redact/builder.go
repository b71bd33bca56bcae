package redact

import (
	"encoding/binary"
	"slices"

	"github.com/latchscope/latchscope/analyze/capture"
	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/ng"
	"github.com/latchscope/latchscope/analyze/packet"
)

// maxSegment is what a redacted TCP segment holds at most. Segments of this size
// are what captures of machines with offloading show.
const maxSegment = 32 << 10

// Builder builds the packets of one capture file anew, under pseudonyms. Make
// one with NewBuilder; it is not for concurrent use.
type Builder struct {
	names   *Pseudonyms
	changes *Changes
	heads   map[flowKey]linkHead // of the last frame between two addresses, for what comes late
	next    map[flowKey]uint32   // the next sequence number (TCP) or TSN (SCTP)
}

// Packet is a packet that was built.
type Packet struct {
	Data  []byte
	Len   uint32 // on the wire: more than Data has where the capture cut the original
	Link  capture.LinkType
	Iface int32 // where the original was seen
}

// flowKey is one direction of a connection, or of all traffic between two
// addresses where the ports are zero.
type flowKey struct {
	src, dst endpoint.Endpoint
	tap      uint32
}

// NewBuilder writes under names and counts in changes what will not be as it was.
func NewBuilder(names *Pseudonyms, changes *Changes) *Builder {
	return &Builder{names: names, changes: changes, heads: map[flowKey]linkHead{}, next: map[flowKey]uint32{}}
}

// Packets are those that stand for a datagram of a frame: none where its
// content is nothing known, several where a message over TCP is very long. msg
// is the SIP message that the datagram holds or completes, nil for all else.
// The frame's data may be missing where a datagram came late.
func (b *Builder) Packets(f *capture.Frame, d *packet.Datagram, tap packet.Tap, msg []byte, types *PayloadTypes) []Packet {
	head := b.head(f, d)
	if _, ok := packet.IPOffset(f.Link, f.Data); !ok && f.Data != nil || tap.Tunnel {
		b.changes.tunnels++
	} else if head.link != f.Link && !isRaw(f.Link) {
		b.changes.links++
	}
	var out []Packet
	for _, ip := range b.build(f, d, msg, types) {
		out = append(out, Packet{
			Data: head.carry(ip.data), Len: uint32(len(head.head) + len(ip.data) + ip.missing), Link: head.link, Iface: tap.Iface,
		})
	}
	return out
}

// head is the link header for a datagram: its own frame's, or that of the last
// frame between its two addresses.
func (b *Builder) head(f *capture.Frame, d *packet.Datagram) linkHead {
	key := flowKey{endpoint.Endpoint{Addr: d.Src.Addr}, endpoint.Endpoint{Addr: d.Dst.Addr}, d.Tap}
	if d.Frame == f.No {
		h := b.names.linkOf(f)
		if len(b.heads) > 4096 {
			clear(b.heads)
		}
		b.heads[key] = h
		return h
	}
	if h, ok := b.heads[key]; ok {
		return h
	}
	return b.names.linkOf(&capture.Frame{Link: f.Link})
}

// isRaw reports whether frames of a link type begin with the IP header.
func isRaw(link capture.LinkType) bool {
	switch link {
	case capture.Raw, capture.RawBSD, capture.RawOpen, capture.IPv4, capture.IPv6:
		return true
	}
	return false
}

// built is a new IP packet, and how many bytes its end was cut by the capture.
type built struct {
	data    []byte
	missing int
}

func (b *Builder) build(f *capture.Frame, d *packet.Datagram, msg []byte, types *PayloadTypes) []built {
	p := b.names
	fields := fieldsOf(f, d)
	src, dst := p.Endpoint(d.Src), p.Endpoint(d.Dst)
	missing := 0
	if d.Flags&packet.Truncated != 0 {
		missing = max(int(d.Len)-len(d.Payload), 0)
		b.changes.cut++
	}
	if d.Flags&packet.Fragmented != 0 {
		b.changes.fragments++
		fields.noFrag = false
	}
	switch d.Kind {
	case packet.UDP:
		payload := p.SIP(msg)
		switch {
		case msg != nil:
		case ng.Looks(d.Payload):
			payload = p.control(d.Payload)
		default:
			payload = p.media(d.Payload, types)
		}
		if payload == nil {
			b.changes.unknown++
			return nil
		}
		return []built{{ip(fields, protoUDP, src, dst, udp(src, dst, payload, missing), missing), missing}}
	case packet.ICMP:
		src, dst, body := p.icmp(d, extraOf(f), types)
		proto := uint8(protoICMP)
		if d.Quote.V6 {
			proto = protoICMPv6
		}
		return []built{{ip(fields, proto, src, dst, body, 0), 0}}
	case packet.SCTP:
		if payload := p.control(d.Payload); msg == nil && payload != nil { // inside HEP, which came over TCP
			return []built{{ip(fields, protoUDP, src, dst, udp(src, dst, payload, 0), 0), 0}}
		}
		if msg == nil {
			return nil
		}
		key := flowKey{d.Src, d.Dst, d.Tap}
		b.next[key] = b.sequence(key) + 1
		return []built{{ip(fields, protoSCTP, src, dst, sctp(src, dst, b.next[key], p.SIP(msg)), 0), 0}}
	case packet.Stream:
		return b.segments(fields, d, p.message(msg, true))
	}
	return nil
}

// sequence is the next number of a flow; each begins with one.
func (b *Builder) sequence(key flowKey) uint32 {
	if n, ok := b.next[key]; ok {
		return n
	}
	return 1
}

// segments writes a message as TCP segments of its own, numbered from one on:
// the other messages of the connection are not there, and this one has another
// length.
func (b *Builder) segments(fields ipFields, d *packet.Datagram, msg []byte) []built {
	b.changes.tcp++
	src, dst := b.names.Endpoint(d.Src), b.names.Endpoint(d.Dst)
	here := flowKey{d.Src, d.Dst, d.Tap}
	seq, ack := b.sequence(here), b.sequence(flowKey{d.Dst, d.Src, d.Tap})
	var out []built
	for piece := range slices.Chunk(msg, maxSegment) {
		out = append(out, built{ip(fields, protoTCP, src, dst, tcp(src, dst, seq, ack, piece), 0), 0})
		seq += uint32(len(piece))
	}
	b.next[here] = seq
	return out
}

// extraOf are the four bytes of an ICMP header that hold an MTU.
func extraOf(f *capture.Frame) uint32 {
	n, ok := packet.IPOffset(f.Link, f.Data)
	if !ok {
		return 0
	}
	b := f.Data[n:]
	switch {
	case len(b) >= 28 && b[0]>>4 == 4:
		if n := int(b[0]&15) * 4; len(b) >= n+8 {
			return binary.BigEndian.Uint32(b[n+4:])
		}
	case len(b) >= 48 && b[0]>>4 == 6:
		return binary.BigEndian.Uint32(b[44:])
	}
	return 0
}
