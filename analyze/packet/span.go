package packet

// span is a stretch of a packet of which the capture may hold only the head:
// b is what was recorded, wire how many bytes there were. wire >= len(b).
type span struct {
	b    []byte
	wire int
}

// skip is what follows the first n bytes. It fails where they were not
// recorded.
func (s span) skip(n int) (span, bool) {
	if n > len(s.b) {
		return span{}, false
	}
	return span{s.b[n:], s.wire - n}, true
}

// limit is the first n bytes: what follows them is padding or a trailer.
func (s span) limit(n int) span {
	if n >= s.wire {
		return s
	}
	if n < len(s.b) {
		s.b = s.b[:n:n]
	}
	s.wire = n
	return s
}

// claim is s at the length that a header inside it gives. A header may claim
// more than the record says was on the wire: some tools rewrite the record's
// length when they cut packets, and then the header is right.
func (s span) claim(n int) span {
	if n > s.wire {
		s.wire = n
		return s
	}
	return s.limit(n)
}

func be16(b []byte) uint16 { return uint16(b[1]) | uint16(b[0])<<8 }

func le16(b []byte) uint16 { return uint16(b[0]) | uint16(b[1])<<8 }

func le32(b []byte) uint32 {
	return uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 | uint32(b[3])<<24
}

func be32(b []byte) uint32 {
	return uint32(b[3]) | uint32(b[2])<<8 | uint32(b[1])<<16 | uint32(b[0])<<24
}
