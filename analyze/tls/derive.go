package tls

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"encoding/binary"
	"hash"
)

// prf is the pseudorandom function of TLS 1.2 (RFC 5246 section 5) or, before
// that, of 1.0 and 1.1 (RFC 2246 section 5).
func prf(version uint16, h func() hash.Hash, secret []byte, name string, seed []byte, n int) []byte {
	seed = append([]byte(name), seed...)
	if version >= tls12 {
		return expand(h, secret, seed, n)
	}
	half := (len(secret) + 1) / 2
	out := expand(md5.New, secret[:half], seed, n)
	for i, c := range expand(sha1.New, secret[len(secret)-half:], seed, n) {
		out[i] ^= c
	}
	return out
}

// expand is P_hash of the same sections.
func expand(h func() hash.Hash, secret, seed []byte, n int) []byte {
	var out []byte
	m := hmac.New(h, secret)
	m.Write(seed)
	a := m.Sum(nil)
	for len(out) < n {
		m.Reset()
		m.Write(a)
		m.Write(seed)
		out = m.Sum(out)
		m.Reset()
		m.Write(a)
		a = m.Sum(a[:0])
	}
	return out[:n]
}

// expandLabel is HKDF-Expand-Label of TLS 1.3 with an empty context (RFC 8446
// section 7.1).
func expandLabel(h func() hash.Hash, secret []byte, name string, n int) []byte {
	info := binary.BigEndian.AppendUint16(nil, uint16(n))
	info = append(info, byte(len("tls13 ")+len(name)))
	info = append(info, "tls13 "+name...)
	info = append(info, 0)
	out, err := hkdf.Expand(h, secret, string(info), n)
	if err != nil { // n is too large for the hash, which none here is
		return make([]byte, n)
	}
	return out
}
