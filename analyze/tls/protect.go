package tls

import (
	"crypto/cipher"
	"crypto/hmac"
	"crypto/subtle"
	"encoding/binary"
	"hash"
)

// protection undoes what one direction does to its records.
type protection struct {
	version uint16
	seq     uint64
	aead    cipher.AEAD
	iv      []byte // fixed part of the nonce; in CBC of TLS 1.0 the last block seen
	block   cipher.Block
	mac     func() hash.Hash
	macKey  []byte
	etm     bool // encrypt-then-MAC, RFC 7366
	mode    mode
}

// protect takes a direction's share of the key block (RFC 5246 section 6.3).
func protect(version uint16, s suite, key, iv, macKey []byte, etm bool) (*protection, bool) {
	p := &protection{version: version, iv: append([]byte(nil), iv...), mode: s.mode, mac: s.mac, macKey: macKey, etm: etm}
	var err error
	if s.mode == cbc {
		p.block, err = s.block(key)
	} else {
		p.aead, err = s.aead(key)
	}
	return p, err == nil
}

// traffic makes the protection that a TLS 1.3 traffic secret stands for (RFC
// 8446 section 7.3).
func traffic(s suite, secret []byte) (*protection, bool) {
	s.iv = 12
	return protect(tls13, s, expandLabel(s.prf, secret, "key", s.key), expandLabel(s.prf, secret, "iv", s.iv), nil, false)
}

// open decrypts a record as the seq-th, and tells whether it is right. It appends
// to dst; in TLS 1.3 kind becomes the inner one.
func (p *protection) open(dst []byte, kind byte, header, body []byte, seq uint64) (plain []byte, inner byte, ok bool) {
	if p.mode == cbc {
		plain, ok = p.openCBC(dst, kind, header, body, seq)
		return plain, kind, ok
	}
	nonce := make([]byte, 12)
	var extra []byte
	switch {
	case p.version == tls13 || p.mode == chacha:
		binary.BigEndian.PutUint64(nonce[4:], seq)
		for i, c := range p.iv {
			nonce[i] ^= c
		}
	default:
		if len(body) < 8 {
			return dst, kind, false
		}
		copy(nonce, p.iv)
		copy(nonce[4:], body[:8])
		body = body[8:]
	}
	if len(body) < p.aead.Overhead() {
		return dst, kind, false
	}
	if p.version == tls13 {
		extra = header
	} else {
		extra = p.additional(kind, header, len(body)-p.aead.Overhead(), seq)
	}
	at := len(dst)
	plain, err := p.aead.Open(dst, nonce, body, extra)
	if err != nil {
		return dst, kind, false
	}
	if p.version == tls13 { // RFC 8446 section 5.2: content, type, zeros
		n := len(plain)
		for n > at && plain[n-1] == 0 {
			n--
		}
		if n == at {
			return dst, kind, false
		}
		return plain[:n-1], plain[n-1], true
	}
	return plain, kind, true
}

// additional is what TLS 1.2 authenticates beside a record's content.
func (p *protection) additional(kind byte, header []byte, n int, seq uint64) []byte {
	b := binary.BigEndian.AppendUint64(nil, seq)
	b = append(b, kind, header[1], header[2])
	return binary.BigEndian.AppendUint16(b, uint16(n))
}

// openCBC decrypts a record in CBC mode (RFC 5246 section 6.2.3.2). Who listens
// need not hide how long that takes.
func (p *protection) openCBC(dst []byte, kind byte, header, body []byte, seq uint64) ([]byte, bool) {
	size, macSize := p.block.BlockSize(), p.mac().Size()
	if p.etm {
		if len(body) < macSize {
			return dst, false
		}
		at := len(body) - macSize
		if !p.authentic(kind, header, body[:at], body[at:], seq) {
			return dst, false
		}
		body = body[:at]
	}
	iv, sent := p.iv, body
	if p.version > tls10 {
		if len(body) < size {
			return dst, false
		}
		iv, body = body[:size], body[size:]
	}
	if len(body) == 0 || len(body)%size != 0 {
		return dst, false
	}
	plain := make([]byte, len(body))
	cipher.NewCBCDecrypter(p.block, iv).CryptBlocks(plain, body)
	n := len(plain) - 1 - int(plain[len(plain)-1])
	if !p.etm {
		n -= macSize
	}
	if n < 0 {
		return dst, false
	}
	if !p.etm && !p.authentic(kind, header, plain[:n], plain[n:n+macSize], seq) {
		return dst, false
	}
	if p.version == tls10 {
		p.passed(sent)
	}
	return append(dst, plain[:n]...), true
}

// passed tells that a record could not be opened: in CBC of TLS 1.0 its last block
// is what the next one needs.
func (p *protection) passed(body []byte) {
	if p.mode == cbc && p.version == tls10 && len(body) >= p.block.BlockSize() {
		p.iv = append(p.iv[:0], body[len(body)-p.block.BlockSize():]...)
	}
}

func (p *protection) authentic(kind byte, header, content, mac []byte, seq uint64) bool {
	m := hmac.New(p.mac, p.macKey)
	m.Write(p.additional(kind, header, len(content), seq))
	m.Write(content)
	return subtle.ConstantTimeCompare(m.Sum(nil), mac) == 1
}
