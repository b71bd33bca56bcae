package rtp

import (
	"encoding/binary"
	"net/netip"
)

const (
	stunHeaderLen = 20
	stunCookie    = 0x2112a442
)

// STUNClass is the class of a STUN message (RFC 8489 section 5).
type STUNClass uint8

const (
	STUNRequest STUNClass = iota
	STUNIndication
	STUNSuccess
	STUNError
)

// STUNBinding is the only method that ICE needs (RFC 8489 section 18.1).
const STUNBinding = 1

// STUNMessage is what a STUN message says about the path it travels. Its
// integrity is not checked: the keys are not in a capture.
type STUNMessage struct {
	Method        uint16
	Class         STUNClass
	Classic       bool // RFC 3489: no cookie, the transaction is the last 12 of its 16 bytes
	TransactionID [12]byte

	Mapped    netip.AddrPort // XOR-MAPPED-ADDRESS, else MAPPED-ADDRESS
	ErrorCode uint16         // 300 to 699 in an error response
	Priority  uint32         // ICE

	Username     bool // present: a check of ICE (RFC 8445 section 7.2.2)
	UseCandidate bool // the controlling side nominates this pair
	Controlling  bool
	Controlled   bool
	Cut          bool // damaged, or longer than the captured bytes: attributes may be missing
}

// STUN attributes (RFC 8489 section 18.3, RFC 8445 section 16.1).
const (
	attrMapped       = 0x0001
	attrUsername     = 0x0006
	attrErrorCode    = 0x0009
	attrXORMapped    = 0x0020
	attrPriority     = 0x0024
	attrUseCandidate = 0x0025
	attrXORMappedOld = 0x8020 // drafts before RFC 5389, still sent
	attrControlled   = 0x8029
	attrControlling  = 0x802a
)

// ParseSTUN reads a STUN message. It is false where b is none.
func ParseSTUN(b []byte, s *STUNMessage) bool {
	if len(b) < stunHeaderLen || b[0] > 3 || !isSTUN(b) {
		return false
	}
	t := binary.BigEndian.Uint16(b)
	*s = STUNMessage{
		// The class's two bits stand between those of the method.
		Method:  t&0x000f | t>>1&0x0070 | t>>2&0x0f80,
		Class:   STUNClass(t>>4&1 | t>>7&2),
		Classic: binary.BigEndian.Uint32(b[4:]) != stunCookie,
	}
	copy(s.TransactionID[:], b[8:])
	attrs := b[stunHeaderLen:]
	if size := int(binary.BigEndian.Uint16(b[2:])); size <= len(attrs) {
		attrs = attrs[:size]
	} else {
		s.Cut = true
	}
	s.attributes(attrs, b[4:20])
	return true
}

// attributes reads the attributes; mask is cookie and transaction, which the
// address is XORed with.
func (s *STUNMessage) attributes(b, mask []byte) {
	for len(b) >= 4 {
		t, n := binary.BigEndian.Uint16(b), int(binary.BigEndian.Uint16(b[2:]))
		b = b[4:]
		if n > len(b) {
			s.Cut = true
			return
		}
		s.attribute(t, b[:n], mask)
		b = b[min(len(b), (n+3)&^3):]
	}
	if len(b) > 0 {
		s.Cut = true
	}
}

func (s *STUNMessage) attribute(t uint16, v, mask []byte) {
	switch t {
	case attrMapped:
		if ap, ok := stunAddress(v, nil); ok && !s.Mapped.IsValid() {
			s.Mapped = ap
		}
	case attrXORMapped, attrXORMappedOld:
		if ap, ok := stunAddress(v, mask); ok {
			s.Mapped = ap
		}
	case attrUsername:
		s.Username = true
	case attrErrorCode:
		if len(v) >= 4 {
			s.ErrorCode = uint16(v[2]&7)*100 + uint16(v[3])
		}
	case attrPriority:
		if len(v) >= 4 {
			s.Priority = binary.BigEndian.Uint32(v)
		}
	case attrUseCandidate:
		s.UseCandidate = true
	case attrControlled:
		s.Controlled = true
	case attrControlling:
		s.Controlling = true
	}
}

// stunAddress reads a (XOR-)MAPPED-ADDRESS (RFC 8489 sections 14.1 and 14.2).
func stunAddress(v, mask []byte) (netip.AddrPort, bool) {
	if len(v) < 8 {
		return netip.AddrPort{}, false
	}
	port := binary.BigEndian.Uint16(v[2:])
	var a [16]byte
	n := copy(a[:], v[4:])
	if mask != nil {
		port ^= binary.BigEndian.Uint16(mask)
		for i := range n {
			a[i] ^= mask[i]
		}
	}
	switch {
	case v[1] == 1:
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte(a[:4])), port), true
	case v[1] == 2 && n == 16:
		return netip.AddrPortFrom(netip.AddrFrom16(a), port), true
	}
	return netip.AddrPort{}, false
}
