package redact

import (
	"encoding/binary"
	"hash/crc32"
	"net/netip"
)

// STUN attributes (IANA registry).
const (
	stunUsername    = 0x0006
	stunIntegrity   = 0x0008
	stunErrorCode   = 0x0009
	stunXorMapped   = 0x0020
	stunFingerprint = 0x8028
)

// stun rewrites a STUN message attribute by attribute, each at its length.
// Integrity cannot be right without the password, which is not in a capture; it
// is zero. The fingerprint is computed anew.
func (p *Pseudonyms) stun(b []byte) []byte {
	out := append([]byte{}, b...)
	for at := 20; at+4 <= len(out); {
		kind := binary.BigEndian.Uint16(out[at:])
		size := int(binary.BigEndian.Uint16(out[at+2:]))
		end := at + 4 + size
		if end > len(out) {
			clear(out[at+4:])
			return out
		}
		v := out[at+4 : end]
		switch kind {
		case 0x0001, 0x0002, 0x0004, 0x0005, 0x000b, 0x8023, 0x802b, 0x802c: // addresses in the clear
			p.stunAddress(v, nil)
		case 0x0012, 0x0016, stunXorMapped, 0x8020:
			p.stunAddress(v, out[4:20])
		case stunUsername:
			p.sameLength(v)
		case stunErrorCode:
			if len(v) > 4 {
				p.sameLength(v[4:])
			}
		case 0x0003, 0x000d, 0x0019, 0x0024, 0x0025, 0x8029, 0x802a, 0x000c, 0xc057: // numbers: ICE, lifetimes, channels
		case stunFingerprint:
			if size == 4 {
				sum := crc32.ChecksumIEEE(out[:at]) ^ 0x5354554e
				binary.BigEndian.PutUint32(v, sum)
			}
		default:
			clear(v)
		}
		pad := out[end:min((end+3)&^3, len(out))]
		clear(pad)
		at = (end + 3) &^ 3
	}
	return out
}

// stunAddress rewrites an address attribute: a zero, the family, port and
// address, these two XORed with the cookie and the transaction where mask is
// given (RFC 8489 section 14.2).
func (p *Pseudonyms) stunAddress(v, mask []byte) {
	if len(v) != 8 && len(v) != 20 {
		clear(v)
		return
	}
	bits := v[4:]
	xor := func() {
		for i := range bits {
			if mask != nil {
				bits[i] ^= mask[i]
			}
		}
	}
	xor()
	a, _ := netip.AddrFromSlice(bits)
	copy(bits, p.Addr(a).AsSlice())
	xor()
}
