package rtp

import (
	"encoding/binary"
	"math/bits"
)

// minFingerprint is the shortest payload worth a fingerprint: 20 ms of G.729
// are 20 bytes, comfort noise and telephone events are shorter.
const minFingerprint = 16

// Fingerprint tells payloads apart by a few words of them, for pairing what went
// into a relay with what came out when SSRC, sequence and timestamps were
// rewritten. Equal payloads have equal fingerprints, on every machine.
//
// ok is false where the payload proves nothing: too short, or nothing but
// silence. G.711's silence dithers between the signs and steps next to zero
// (0xff, 0x7f, 0xfe, 0x7e; 0xd5, 0x55, 0xd4, 0x54), so the sign and the lowest
// bit do not count towards variety.
func Fingerprint(payload []byte) (hash uint64, ok bool) {
	n := len(payload)
	if n < minFingerprint {
		return 0, false
	}
	// Five words: both ends and the quarters between. In short payloads they
	// overlap.
	last := n - 8
	w0 := binary.LittleEndian.Uint64(payload)
	w1 := binary.LittleEndian.Uint64(payload[last>>2:])
	w2 := binary.LittleEndian.Uint64(payload[last>>1:])
	w3 := binary.LittleEndian.Uint64(payload[last-last>>2:])
	w4 := binary.LittleEndian.Uint64(payload[last:])

	const loud = 0x7e7e7e7e7e7e7e7e
	flat := w0 & 0xff * 0x0101010101010101
	if (w0^flat|w1^flat|w2^flat|w3^flat|w4^flat)&loud == 0 {
		return 0, false
	}
	// Folded 128-bit products, as in wyhash; the constants are arbitrary odd
	// numbers.
	h := fold(w0^0xa0761d6478bd642f, w1^0xe7037ed1a0b428db)
	h ^= fold(w2^0x8ebc6af09c88c6e3, w3^0x589965cc75374cc3)
	return fold(h^w4, uint64(n)^0x1d8e4e27c47d124f), true
}

func fold(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo
}
