package packet

import (
	"container/list"
	"slices"

	"github.com/latchscope/latchscope/analyze/endpoint"
)

// sctpKey tells user messages that are being put together apart: RFC 9260
// allows one at a time per stream and kind of delivery.
type sctpKey struct {
	src, dst  endpoint.Endpoint
	tap       uint32
	stream    uint16
	unordered bool
}

type sctpTable struct {
	open   map[sctpKey]*list.Element // of *sctpMessage
	oldest list.List
	bytes  int
}

type sctpMessage struct {
	key   sctpKey
	next  uint32 // transmission sequence number to come
	b     []byte
	wire  int
	flags Flag
	frame int64
}

// sctpPacket decodes the DATA chunks of an SCTP packet (RFC 9260 section
// 3.3.1). Each complete user message is a datagram; retransmitted ones come
// again.
func (d *Decoder) sctpPacket(h header, s span, p place) {
	body, ok := s.skip(12)
	if !ok || decodeLayer(&d.sctpL, s.b) != nil {
		d.short(s, 12, p)
		return
	}
	src := endpoint.Endpoint{Addr: h.src, Port: uint16(d.sctpL.SrcPort)}
	dst := endpoint.Endpoint{Addr: h.dst, Port: uint16(d.sctpL.DstPort)}
	for len(body.b) >= 4 {
		length := int(be16(body.b[2:4]))
		if length < 4 {
			d.warn.add(warnShort, p.frame)
			return
		}
		if body.b[0] == 0 && length > 16 {
			d.sctpData(h, src, dst, body.limit(length), p)
		}
		if body, ok = body.skip((length + 3) &^ 3); !ok {
			return
		}
	}
}

// sctpInUDP decodes SCTP behind a NAT (RFC 6951), where the packet begins with
// ports, and a chunk that fits.
func (d *Decoder) sctpInUDP(h header, s span, p place) bool {
	b := s.b
	if len(b) < 16 || be16(b) == 0 || be16(b[2:]) == 0 {
		return false
	}
	if n := int(be16(b[14:])); n < 4 || 12+n > s.wire || b[12] > 14 && b[12] != 64 {
		return false
	}
	d.sctpPacket(h, s, p)
	return true
}

// sctpData takes one DATA chunk. Its flags: 1 ends a message, 2 begins one, 4
// is unordered.
func (d *Decoder) sctpData(h header, src, dst endpoint.Endpoint, chunk span, p place) {
	body, ok := chunk.skip(16)
	if !ok {
		d.short(chunk, 16, p)
		return
	}
	flags, tsn := chunk.b[1], be32(chunk.b[4:8])
	dg := Datagram{
		Time: p.time, Frame: p.frame, Tap: p.tap, IPID: h.id,
		Src: src, Dst: dst, Kind: SCTP, Flags: p.flags,
	}
	if flags&3 == 3 {
		d.sctpEmit(dg, body)
		return
	}

	t := &d.sctp
	key := sctpKey{src, dst, p.tap, be16(chunk.b[8:10]), flags&4 != 0}
	e, open := t.open[key]
	if flags&2 != 0 {
		if open {
			if m := e.Value.(*sctpMessage); m.next == tsn+1 {
				return // the same again
			}
			d.sctpDrop(e)
		}
		for t.oldest.Len() >= d.lim.SCTPMessages {
			d.sctpDrop(t.oldest.Front())
		}
		if t.open == nil {
			t.open = make(map[sctpKey]*list.Element)
		}
		e = t.oldest.PushBack(&sctpMessage{key: key, next: tsn, frame: p.frame})
		t.open[key] = e
	} else if !open {
		return
	}
	m := e.Value.(*sctpMessage)
	switch gap := int32(tsn - m.next); {
	case gap < 0:
		return // retransmitted
	case gap > 0:
		d.sctpDrop(e)
		return
	}
	m.next++
	if len(m.b) == m.wire { // nothing was cut before this
		m.b = append(m.b, body.b...)
		t.bytes += len(body.b)
	}
	m.wire += body.wire
	m.flags |= p.flags
	if flags&1 != 0 {
		t.oldest.Remove(e)
		delete(t.open, key)
		t.bytes -= len(m.b)
		dg.Flags |= m.flags
		d.sctpEmit(dg, span{m.b, m.wire})
		return
	}
	for t.bytes > d.lim.SCTPBytes {
		d.sctpDrop(t.oldest.Front())
	}
}

func (d *Decoder) sctpEmit(dg Datagram, s span) {
	dg.Payload, dg.Len = slices.Clip(s.b), uint32(s.wire)
	if len(s.b) < s.wire {
		dg.Flags |= Truncated
		d.warn.add(warnCutPayload, dg.Frame)
	}
	d.emit(dg)
}

// sctpDrop gives up a message of which a part is missing.
func (d *Decoder) sctpDrop(e *list.Element) {
	t := &d.sctp
	m := t.oldest.Remove(e).(*sctpMessage)
	delete(t.open, m.key)
	t.bytes -= len(m.b)
	d.warn.add(warnSCTP, m.frame)
}

func (d *Decoder) flushSCTP() {
	for e := d.sctp.oldest.Front(); e != nil; e = d.sctp.oldest.Front() {
		d.sctpDrop(e)
	}
}
