package rtp

import (
	"encoding/binary"
	"iter"
)

// RTCP packet types (RFC 3550 section 12.1, RFC 4585, RFC 3611).
const (
	SenderReport       = 200
	ReceiverReport     = 201
	SourceDescription  = 202
	Goodbye            = 203
	ApplicationDefined = 204
	TransportFeedback  = 205
	PayloadFeedback    = 206
	ExtendedReport     = 207
)

// RTCPPacket is one packet of a compound.
type RTCPPacket struct {
	Type  uint8
	Count uint8  // reports, chunks, sources, or a feedback format, as the type has it
	SSRC  uint32 // of the sender; in SDES and BYE the first one named

	HasSender   bool // a sender report with its sender information
	NTP         uint64
	RTPTime     uint32
	PacketCount uint32
	OctetCount  uint32

	CNAME []byte // SDES, of the first chunk; part of the bytes walked

	reports []byte
}

// Report is one reception report (RFC 3550 section 6.4.1).
type Report struct {
	SSRC         uint32 // whom it is about
	FractionLost uint8  // in 1/256 since the last report
	TotalLost    int32  // 24 bits, signed: duplicates make it negative
	HighestSeq   uint32 // with the cycles that the reporter counted
	Jitter       uint32 // in timestamp units
	LSR, DLSR    uint32 // 1/65536 s
}

const reportLen = 24

// NumReports is how many reports are whole; a cut packet may have fewer than
// Count says.
func (p *RTCPPacket) NumReports() int { return len(p.reports) / reportLen }

// Report is the i-th of them.
func (p *RTCPPacket) Report(i int) Report {
	b := p.reports[i*reportLen:][:reportLen]
	return Report{
		SSRC:         binary.BigEndian.Uint32(b),
		FractionLost: b[4],
		TotalLost:    int32(binary.BigEndian.Uint32(b[4:])<<8) >> 8,
		HighestSeq:   binary.BigEndian.Uint32(b[8:]),
		Jitter:       binary.BigEndian.Uint32(b[12:]),
		LSR:          binary.BigEndian.Uint32(b[16:]),
		DLSR:         binary.BigEndian.Uint32(b[20:]),
	}
}

// Reports are the reception reports of an SR or RR.
func (p *RTCPPacket) Reports() iter.Seq[Report] {
	return func(yield func(Report) bool) {
		for i := range p.NumReports() {
			if !yield(p.Report(i)) {
				return
			}
		}
	}
}

// WalkRTCP yields the packets of a compound (RFC 3550 section 6.1), as far as
// they are sound; a last one that is cut is yielded with what is there of it. It
// does not insist on a report at the head (RFC 5506). complete is false where
// bytes were left that make no packet, or yield stopped the walk.
//
// Of SRTCP only the first header is in the clear (RFC 3711 section 3.4): its
// sender is good, its numbers are not, and the walk mostly ends incomplete.
func WalkRTCP(b []byte, yield func(p RTCPPacket) bool) (complete bool) {
	for len(b) > 0 {
		if len(b) < 4 || b[0]>>6 != 2 || b[1] < 192 || b[1] > 223 {
			return false
		}
		size := 4 * (int(binary.BigEndian.Uint16(b[2:])) + 1)
		whole := size <= len(b)
		if !whole {
			size = len(b)
		}
		p, sound := readRTCP(b[:size], whole)
		if !yield(p) || !whole || !sound {
			return false
		}
		b = b[size:]
	}
	return true
}

// readRTCP reads one packet. It is not sound where the contents do not fit into
// its length.
func readRTCP(b []byte, whole bool) (p RTCPPacket, sound bool) {
	p = RTCPPacket{Type: b[1], Count: b[0] & 0x1f}
	body := b[4:]
	if whole && b[0]&0x20 != 0 && len(body) > 0 {
		if pad := int(b[len(b)-1]); pad > 0 && pad <= len(body) {
			body = body[:len(body)-pad]
		}
	}
	if len(body) < 4 {
		return p, p.Count == 0 && (p.Type == Goodbye || p.Type == SourceDescription)
	}
	p.SSRC = binary.BigEndian.Uint32(body)
	switch p.Type {
	case SenderReport:
		if len(body) < 24 {
			return p, false
		}
		p.HasSender = true
		p.NTP = binary.BigEndian.Uint64(body[4:])
		p.RTPTime = binary.BigEndian.Uint32(body[12:])
		p.PacketCount = binary.BigEndian.Uint32(body[16:])
		p.OctetCount = binary.BigEndian.Uint32(body[20:])
		return p, p.takeReports(body[24:])
	case ReceiverReport:
		return p, p.takeReports(body[4:])
	case Goodbye:
		return p, 4*int(p.Count) <= len(body)
	case SourceDescription:
		if p.Count == 0 {
			p.SSRC = 0
			return p, true
		}
		p.CNAME, sound = cname(body[4:])
		return p, sound
	}
	return p, true
}

// takeReports keeps the whole reports that stand in b; what follows them is a
// profile's extension.
func (p *RTCPPacket) takeReports(b []byte) bool {
	want := int(p.Count) * reportLen
	have := min(want, len(b)-len(b)%reportLen)
	p.reports = b[:have]
	return have == want
}

// cname finds the canonical name among the items of an SDES chunk (RFC 3550
// section 6.5.1).
func cname(b []byte) (name []byte, sound bool) {
	for len(b) > 0 && b[0] != 0 {
		if len(b) < 2 || 2+int(b[1]) > len(b) {
			return name, false
		}
		if b[0] == 1 && name == nil {
			name = b[2 : 2+int(b[1])]
		}
		b = b[2+int(b[1]):]
	}
	return name, true
}
