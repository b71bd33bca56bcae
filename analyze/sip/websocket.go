package sip

import "encoding/binary"

// socketHeader is the header of a WebSocket frame (RFC 6455 section 5.2).
type socketHeader struct {
	size   int // of the header
	length int // of the payload
	opcode byte
	final  bool
	packed bool // RSV1: permessage-deflate (RFC 7692)
	masked bool
	key    [4]byte
}

const (
	opContinuation = 0
	opText         = 1
	opBinary       = 2
	opClose        = 8
	opPing         = 9
	opPong         = 10
)

// readSocketHeader is perhaps where more bytes are needed, and no where no such
// frame exists, or it is longer than max.
func readSocketHeader(b []byte, max int) (h socketHeader, v verdict) {
	if len(b) < 2 {
		return h, perhaps
	}
	h.final, h.packed, h.opcode = b[0]&0x80 != 0, b[0]&0x40 != 0, b[0]&0x0f
	h.masked = b[1]&0x80 != 0
	h.size, h.length = 2, int(b[1]&0x7f)
	switch h.opcode {
	case opContinuation, opText, opBinary:
	case opClose, opPing, opPong:
		if h.length > 125 || !h.final {
			return h, no
		}
	default:
		return h, no
	}
	if b[0]&0x30 != 0 {
		return h, no
	}
	switch h.length {
	case 126:
		if h.size = 4; len(b) < h.size {
			return h, perhaps
		}
		h.length = int(binary.BigEndian.Uint16(b[2:]))
	case 127:
		if h.size = 10; len(b) < h.size {
			return h, perhaps
		}
		n := binary.BigEndian.Uint64(b[2:])
		if n > uint64(max) {
			return h, no
		}
		h.length = int(n)
	}
	if h.length > max {
		return h, no
	}
	if h.masked {
		if len(b) < h.size+4 {
			return h, perhaps
		}
		copy(h.key[:], b[h.size:])
		h.size += 4
	}
	return h, yes
}

// payload appends the frame's payload, as far as b holds it, to dst.
func (h *socketHeader) payload(dst, b []byte) []byte {
	n := len(dst)
	dst = append(dst, b[h.size:min(len(b), h.size+h.length)]...)
	if h.masked {
		for i := range dst[n:] {
			dst[n+i] ^= h.key[i&3]
		}
	}
	return dst
}

// judgeSocket tells whether a WebSocket frame begins here with a SIP message
// in it. That is how the end of the HTTP upgrade is found, and how a stream
// that begins in the middle is entered.
func (fr *Framer) judgeSocket(b []byte) verdict {
	h, v := readSocketHeader(b, fr.max())
	if v != yes {
		return v
	}
	if h.packed {
		return no
	}
	// Most candidates are chance, and fail within a few bytes.
	var few [32]byte
	all := min(h.length, maxLine)
	part := few[:0]
	part = h.payload(part, b[:min(len(b), h.size+len(few))])
	if v = judge(part); v == perhaps && len(part) < min(all, len(b)-h.size) {
		fr.socket = h.payload(fr.socket[:0], b[:min(len(b), h.size+maxLine)])
		part = fr.socket
		v = judge(part)
		fr.socket = fr.socket[:0]
	}
	if v == perhaps && len(part) == all {
		return no
	}
	return v
}

// socketFrame takes the frame at the head of in, and yields the message that it
// completes: each WebSocket message is one SIP message (RFC 7118 section 4.2).
// It returns 0 where it needs more bytes, or has become lost.
func (fr *Framer) socketFrame(in []byte, yield func(msg []byte)) int {
	h, v := readSocketHeader(in, fr.max())
	if v == no {
		fr.lose()
		return 0
	}
	n := h.size + h.length
	if v == perhaps || n > len(in) {
		return 0
	}
	switch h.opcode {
	case opText, opBinary:
		fr.socket, fr.partial, fr.deflate = fr.socket[:0], false, h.packed
		switch {
		case h.packed && fr.packed == nil:
			fr.skipped += int64(n)
			return n
		case h.final && !h.masked && !h.packed: // as it lies
			fr.yieldSocket(in[h.size:n], yield)
			return n
		}
		fr.partial = true
	case opContinuation:
		if !fr.partial {
			return n
		}
		if len(fr.socket)+h.length > fr.max() {
			fr.partial = false
			return n
		}
	default:
		return n
	}
	fr.socket = h.payload(fr.socket, in[:n])
	if h.final {
		fr.partial = false
		whole := fr.socket
		if fr.deflate {
			var ok bool
			if whole, ok = fr.packed.inflate(nil, whole, fr.max()); !ok {
				fr.packed = nil // what follows may refer to this
			}
		}
		fr.yieldSocket(whole, yield)
		if fr.socket = fr.socket[:0]; cap(fr.socket) > 4<<10 {
			fr.socket = nil
		}
	}
	return n
}

// yieldSocket passes a message on; keepalives (RFC 7118 section 6) are not.
func (fr *Framer) yieldSocket(b []byte, yield func(msg []byte)) {
	b = b[leading(b):]
	if Looks(b) {
		fr.skipped = 0
		yield(b)
	} else {
		fr.skipped += int64(len(b))
	}
}
