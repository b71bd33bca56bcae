package tls

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"hash"

	"golang.org/x/crypto/chacha20poly1305"
)

// suite is how a cipher suite (IANA's registry) protects records.
type suite struct {
	prf   func() hash.Hash // of key derivation, from TLS 1.2 on
	mac   func() hash.Hash // CBC only
	block func(key []byte) (cipher.Block, error)
	key   int // bytes
	iv    int // bytes that come out of key derivation: the nonce's fixed part
	mode  mode
}

type mode uint8

const (
	cbc    mode = iota
	gcm         // the nonce's other 8 bytes stand in front of the record (RFC 5288)
	chacha      // the nonce is made of the record's number (RFC 7905)
)

func suiteOf(id uint16) (suite, bool) {
	gcmOf := func(key int, h func() hash.Hash) (suite, bool) {
		return suite{prf: h, block: aes.NewCipher, key: key, iv: 4, mode: gcm}, true
	}
	cbcOf := func(key int, mac, prf func() hash.Hash) (suite, bool) {
		return suite{prf: prf, mac: mac, block: aes.NewCipher, key: key, iv: aes.BlockSize, mode: cbc}, true
	}
	switch id {
	case 0x1301, 0x009c, 0x009e, 0x00a0, 0x00a2, 0x00a4, 0x00a8, 0xc02b, 0xc02d, 0xc02f, 0xc031:
		return gcmOf(16, sha256.New)
	case 0x1302, 0x009d, 0x009f, 0x00a1, 0x00a3, 0x00a5, 0x00a9, 0xc02c, 0xc02e, 0xc030, 0xc032:
		return gcmOf(32, sha512.New384)
	case 0x1303, 0xcca8, 0xcca9, 0xccaa, 0xccab, 0xccac:
		return suite{prf: sha256.New, key: chacha20poly1305.KeySize, iv: chacha20poly1305.NonceSize, mode: chacha}, true
	case 0x002f, 0x0032, 0x0033, 0x0034, 0xc004, 0xc009, 0xc00e, 0xc013:
		return cbcOf(16, sha1.New, sha256.New)
	case 0x0035, 0x0038, 0x0039, 0x003a, 0xc005, 0xc00a, 0xc00f, 0xc014:
		return cbcOf(32, sha1.New, sha256.New)
	case 0x003c, 0x0040, 0x0067, 0xc023, 0xc025, 0xc027, 0xc029:
		return cbcOf(16, sha256.New, sha256.New)
	case 0x003d, 0x006a, 0x006b:
		return cbcOf(32, sha256.New, sha256.New)
	case 0xc024, 0xc026, 0xc028, 0xc02a:
		return cbcOf(32, sha512.New384, sha512.New384)
	case 0x000a, 0x0013, 0x0016, 0xc003, 0xc008, 0xc00d, 0xc012:
		return suite{prf: sha256.New, mac: sha1.New, block: des.NewTripleDESCipher, key: 24, iv: des.BlockSize, mode: cbc}, true
	}
	return suite{}, false
}

// aead makes the cipher of a key.
func (s *suite) aead(key []byte) (cipher.AEAD, error) {
	if s.mode == chacha {
		return chacha20poly1305.New(key)
	}
	b, err := s.block(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(b)
}
