package redact

import (
	"encoding/binary"
	"hash/crc32"

	"github.com/latchscope/latchscope/analyze/endpoint"
)

// IP protocol numbers (IANA).
const (
	protoICMP   = 1
	protoTCP    = 6
	protoUDP    = 17
	protoICMPv6 = 58
	protoSCTP   = 132
)

// ipFields are what a new packet takes from the IP header of the old one.
type ipFields struct {
	id       uint16
	tos, ttl uint8
	noFrag   bool
}

// ip builds a packet. missing is how many bytes of the payload the capture did
// not hold; the headers count them.
func ip(f ipFields, proto uint8, src, dst endpoint.Endpoint, payload []byte, missing int) []byte {
	if src.IP().Is4() {
		b := make([]byte, 20, 20+len(payload))
		b[0], b[1], b[8], b[9] = 0x45, f.tos, f.ttl, proto
		binary.BigEndian.PutUint16(b[2:], uint16(min(20+len(payload)+missing, 0xffff)))
		binary.BigEndian.PutUint16(b[4:], f.id)
		if f.noFrag {
			b[6] = 0x40
		}
		copy(b[12:], src.Addr[12:])
		copy(b[16:], dst.Addr[12:])
		binary.BigEndian.PutUint16(b[10:], fold(sum(0, b)))
		return append(b, payload...)
	}
	b := make([]byte, 40, 40+len(payload))
	b[0], b[1] = 0x60|f.tos>>4, f.tos<<4
	binary.BigEndian.PutUint16(b[4:], uint16(min(len(payload)+missing, 0xffff)))
	b[6], b[7] = proto, f.ttl
	copy(b[8:], src.Addr[:])
	copy(b[24:], dst.Addr[:])
	return append(b, payload...)
}

// sum adds up b in 16-bit words (RFC 1071).
func sum(start uint32, b []byte) uint32 {
	for ; len(b) >= 2; b = b[2:] {
		start += uint32(binary.BigEndian.Uint16(b))
	}
	if len(b) == 1 {
		start += uint32(b[0]) << 8
	}
	return start
}

func fold(s uint32) uint16 {
	for s > 0xffff {
		s = s>>16 + s&0xffff
	}
	return ^uint16(s)
}

// checksum of a transport header and its payload with the pseudo header (RFC
// 9293 section 3.1, RFC 8200 section 8.1).
func checksum(proto uint8, src, dst endpoint.Endpoint, b []byte, missing int) uint16 {
	s := uint32(proto) + uint32(len(b)+missing)
	if src.IP().Is4() {
		s = sum(sum(s, src.Addr[12:]), dst.Addr[12:])
	} else {
		s = sum(sum(s, src.Addr[:]), dst.Addr[:])
	}
	return fold(sum(s, b))
}

// udp builds a datagram's UDP part. Nobody can know the checksum of a payload
// that was not recorded whole: it is left out.
func udp(src, dst endpoint.Endpoint, payload []byte, missing int) []byte {
	b := make([]byte, 8, 8+len(payload))
	binary.BigEndian.PutUint16(b, src.Port)
	binary.BigEndian.PutUint16(b[2:], dst.Port)
	binary.BigEndian.PutUint16(b[4:], uint16(min(8+len(payload)+missing, 0xffff)))
	b = append(b, payload...)
	if missing == 0 {
		c := checksum(protoUDP, src, dst, b, 0)
		if c == 0 {
			c = 0xffff // RFC 768
		}
		binary.BigEndian.PutUint16(b[6:], c)
	}
	return b
}

// tcp builds a segment.
func tcp(src, dst endpoint.Endpoint, seq, ack uint32, payload []byte) []byte {
	const push, acknowledge = 0x08, 0x10
	b := make([]byte, 20, 20+len(payload))
	binary.BigEndian.PutUint16(b, src.Port)
	binary.BigEndian.PutUint16(b[2:], dst.Port)
	binary.BigEndian.PutUint32(b[4:], seq)
	binary.BigEndian.PutUint32(b[8:], ack)
	b[12], b[13] = 5<<4, push|acknowledge
	binary.BigEndian.PutUint16(b[14:], 0xffff)
	b = append(b, payload...)
	binary.BigEndian.PutUint16(b[16:], checksum(protoTCP, src, dst, b, 0))
	return b
}

// sctp builds a packet of one DATA chunk that is a whole message (RFC 9260
// sections 3.1 and 3.3.1).
func sctp(src, dst endpoint.Endpoint, tsn uint32, payload []byte) []byte {
	b := make([]byte, 28, 32+len(payload))
	binary.BigEndian.PutUint16(b, src.Port)
	binary.BigEndian.PutUint16(b[2:], dst.Port)
	binary.BigEndian.PutUint32(b[4:], 1) // a verification tag is a secret of the two; any will do
	b[13] = 3                            // begin and end
	binary.BigEndian.PutUint16(b[14:], uint16(16+len(payload)))
	binary.BigEndian.PutUint32(b[16:], tsn)
	b = append(b, payload...)
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	binary.LittleEndian.PutUint32(b[8:], crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)))
	return b
}
