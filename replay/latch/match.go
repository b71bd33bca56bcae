package latch

import (
	"encoding/binary"

	"github.com/latchscope/latchscope/analyze/endpoint"
)

// matches tells whether b is the source a, as closely as the policy asks.
func (p *Policy) matches(a, b endpoint.Endpoint) bool {
	if a == b {
		return true
	}
	switch p.Match {
	case MatchAddress:
		return a.Addr == b.Addr
	case MatchPrefix:
		return samePrefix(&a.Addr, &b.Addr, p.PrefixBits)
	}
	return false
}

// samePrefix compares the leading bits of two IPv4 addresses, or the /64 of
// two IPv6 ones: hosts there change the lower half at will (RFC 8981).
func samePrefix(a, b *[16]byte, bits uint8) bool {
	if binary.BigEndian.Uint64(a[:8]) != binary.BigEndian.Uint64(b[:8]) {
		return false
	}
	if !mapped(a) || !mapped(b) {
		return mapped(a) == mapped(b)
	}
	shift := 32 - min(bits, 32)
	return binary.BigEndian.Uint32(a[12:])>>shift == binary.BigEndian.Uint32(b[12:])>>shift
}

// mapped tells whether an address is IPv4 in its mapped form.
func mapped(a *[16]byte) bool {
	return binary.BigEndian.Uint64(a[:8]) == 0 && binary.BigEndian.Uint32(a[8:12]) == 0xffff
}
