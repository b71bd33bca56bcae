// Package rtp reads media packets: RTP, RTCP, STUN and what else shares their
// ports. It unwraps sequence numbers, keeps the statistics RFC 3550 defines and
// recognises the same audio under another name. It knows no addresses: who sent
// a packet to whom is its caller's business.
//
// Nothing here keeps or copies the bytes it is given, and nothing allocates.
package rtp

import "encoding/binary"

// HeaderLen is the length of the fixed part of an RTP header.
const HeaderLen = 12

// Stamp is what an RTP header says of the packet's place in its stream: what
// the statistics need. It is eight bytes, so that it travels in a register.
type Stamp struct {
	TS     uint32
	Seq    uint16
	PT     uint8
	Marker bool
}

// Header is an RTP header (RFC 3550 section 5.1).
type Header struct {
	Stamp
	SSRC uint32

	// PayloadOffset and PayloadLen say where the payload stands among the
	// captured bytes; padding is not counted where the packet is whole and its
	// last byte makes sense.
	PayloadOffset, PayloadLen int

	CSRCs              uint8
	Padding, Extension bool

	// Cut: the header goes on behind the captured bytes. The fixed part is
	// good, the payload is unknown (PayloadLen 0).
	Cut bool
}

// Parse reads the header of an RTP packet. It is false where b is not version 2
// or is shorter than the fixed header; nothing else is refused, since a capture
// may cut packets anywhere.
func Parse(b []byte, h *Header) bool {
	if len(b) < HeaderLen || b[0]>>6 != 2 {
		return false
	}
	first := b[0]
	h.Padding = first&0x20 != 0
	h.Extension = first&0x10 != 0
	h.CSRCs = first & 0x0f
	h.Marker = b[1]&0x80 != 0
	h.PT = b[1] & 0x7f
	h.Seq = binary.BigEndian.Uint16(b[2:])
	h.TS = binary.BigEndian.Uint32(b[4:])
	h.SSRC = binary.BigEndian.Uint32(b[8:])
	h.Cut = false
	h.PayloadOffset = HeaderLen
	h.PayloadLen = len(b) - HeaderLen
	if first != 0x80 {
		h.variable(b)
	}
	return true
}

// Plain reads a packet that is RTP beyond doubt, has nothing in its header but
// the fixed part and carries something: nearly all voice. Of these it says what
// Classify and Parse say, in a third of the time; of any other it says no.
func Plain(b []byte) (s Stamp, ssrc uint32, ok bool) {
	if len(b) <= HeaderLen || b[0] != 0x80 || b[1]-192 <= 223-192 {
		return s, 0, false
	}
	s.TS, s.Seq = binary.BigEndian.Uint32(b[4:]), binary.BigEndian.Uint16(b[2:])
	s.PT, s.Marker = b[1]&0x7f, b[1]&0x80 != 0
	return s, binary.BigEndian.Uint32(b[8:]), true
}

// variable accounts for CSRCs, extension and padding, which most voice packets
// do without.
func (h *Header) variable(b []byte) {
	off := HeaderLen + 4*int(h.CSRCs)
	if h.Extension {
		if off+4 > len(b) {
			h.cut(b)
			return
		}
		off += 4 + 4*int(binary.BigEndian.Uint16(b[off+2:]))
	}
	if off > len(b) {
		h.cut(b)
		return
	}
	n := len(b) - off
	if h.Padding && n > 0 {
		// The count includes itself. In a packet that was cut the last byte is
		// audio, and mostly claims more than there is.
		if pad := int(b[len(b)-1]); pad > 0 && pad <= n {
			n -= pad
		}
	}
	h.PayloadOffset, h.PayloadLen = off, n
}

func (h *Header) cut(b []byte) {
	h.Cut = true
	h.PayloadOffset, h.PayloadLen = len(b), 0
}

// Payload is the payload among the bytes that h was parsed from.
func (h *Header) Payload(b []byte) []byte {
	return b[h.PayloadOffset : h.PayloadOffset+h.PayloadLen]
}
