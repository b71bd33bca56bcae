package rtp

import "encoding/binary"

// Class is what a UDP payload on a media port looks like.
type Class uint8

const (
	Other       Class = iota
	RTP               // version 2 and a whole fixed header
	RTCP              // RFC 5761 section 4
	STUN              // RFC 8489, or RFC 3489 without the cookie
	DTLS              // RFC 6347
	ZRTP              // RFC 6189
	TURNChannel       // RFC 8656 section 12.4
	T38               // UDPTL, ITU-T T.38
	Empty             // no bytes, or only NUL and line ends: a keepalive
)

var classNames = [...]string{"other", "RTP", "RTCP", "STUN", "DTLS", "ZRTP", "TURN channel", "T.38", "empty"}

func (c Class) String() string {
	if int(c) < len(classNames) {
		return classNames[c]
	}
	return "other"
}

// Classify tells the protocols of a media port apart by the first byte (RFC
// 7983 section 7) and believes none of them without a second sign. What is cut
// by the capture is judged by what is there.
//
// UDPTL has no first byte of its own: with a sequence number from 0x8000 it
// passes for RTP. Whoever knows from SDP that a port speaks T.38 must not ask.
func Classify(b []byte) Class {
	if len(b) == 0 {
		return Empty
	}
	switch first := b[0]; {
	case first>>6 == 2:
		return classifyRTP(b)
	case first <= 3 && isSTUN(b):
		return STUN
	case first >= 16 && first <= 19 && isZRTP(b):
		return ZRTP
	case first >= 20 && first <= 63 && isDTLS(b):
		return DTLS
	case first >= 64 && first <= 79 && isChannelData(b):
		return TURNChannel
	}
	if isKeepalive(b) {
		return Empty
	}
	if isUDPTL(b) {
		return T38
	}
	return Other
}

// classifyRTP decides between RTP and RTCP. RTCP's packet types 192 to 223 would
// be payload types 64 to 95 with the marker set, which nobody may use beside
// RTCP (RFC 5761 section 4).
func classifyRTP(b []byte) Class {
	if len(b) < 4 {
		return Other
	}
	if t := b[1]; t >= 192 && t <= 223 {
		size := 4 * (int(binary.BigEndian.Uint16(b[2:])) + 1)
		if size <= len(b) {
			return RTCP
		}
		// Cut, or damaged. No honest compound is longer than a datagram of
		// ordinary size.
		if t >= SenderReport && t <= ExtendedReport {
			if size <= 1500 {
				return RTCP
			}
			return Other
		}
	}
	if len(b) < HeaderLen {
		return Other
	}
	return RTP
}

// isSTUN wants the magic cookie and a length that is a multiple of four (RFC
// 8489 section 5), or one of the message types of RFC 3489 with exactly the
// length it claims.
func isSTUN(b []byte) bool {
	if len(b) < stunHeaderLen {
		return false
	}
	size := int(binary.BigEndian.Uint16(b[2:]))
	if size&3 != 0 {
		return false
	}
	if binary.BigEndian.Uint32(b[4:]) == stunCookie {
		return true
	}
	return isClassicSTUN(b, size)
}

func isClassicSTUN(b []byte, size int) bool {
	switch binary.BigEndian.Uint16(b) {
	case 0x0001, 0x0101, 0x0111, 0x0002, 0x0102, 0x0112: // RFC 3489 section 11.1
		return stunHeaderLen+size == len(b)
	}
	return false
}

// isZRTP looks for the magic cookie "ZRTP" (RFC 6189 section 5).
func isZRTP(b []byte) bool {
	return len(b) >= 12 && binary.BigEndian.Uint32(b[4:]) == 0x5a525450
}

// isDTLS wants a record header with the version of DTLS 1.0 or 1.2 (1.3 says
// 1.2), or the one OpenSSL used before them.
func isDTLS(b []byte) bool {
	if len(b) < 13 {
		return false
	}
	switch binary.BigEndian.Uint16(b[1:]) {
	case 0xfeff, 0xfefd, 0x0100:
		return true
	}
	return false
}

// isChannelData wants a length that fits, but for padding to four bytes. The
// capitals of SIP's methods fall into the same range of first bytes.
func isChannelData(b []byte) bool {
	if len(b) < 4 {
		return false
	}
	rest := len(b) - 4 - int(binary.BigEndian.Uint16(b[2:]))
	return rest >= 0 && rest <= 3
}

func isKeepalive(b []byte) bool {
	for _, c := range b {
		if c != 0 && c != '\r' && c != '\n' {
			return false
		}
	}
	return true
}

// isUDPTL follows the structure of a UDPTL packet (T.38 section 9.1): sequence
// number, one primary IFP packet, and either earlier ones or parity. With
// redundancy the lengths must come out to the last byte.
func isUDPTL(b []byte) bool {
	if len(b) < 6 {
		return false
	}
	n := int(b[2])
	if n == 0 || n >= 128 || 3+n >= len(b) {
		return false
	}
	rest := b[3+n:]
	switch rest[0] {
	case 0x00: // secondary IFP packets
		return udptlSecondary(rest[1:])
	case 0x80: // FEC: a span, then parities
		return len(rest) >= 3 && rest[1] <= 4
	}
	return false
}

func udptlSecondary(b []byte) bool {
	if len(b) == 0 {
		return false
	}
	count := int(b[0])
	b = b[1:]
	for ; count > 0; count-- {
		if len(b) == 0 || b[0] >= 128 || 1+int(b[0]) > len(b) {
			return false
		}
		b = b[1+int(b[0]):]
	}
	return len(b) == 0
}
