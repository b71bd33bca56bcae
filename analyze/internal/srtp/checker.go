package srtp

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/binary"
	"hash"
)

// Labels of the keys that are derived for RTP (RFC 3711 section 4.3.2).
const (
	labelCipher = 0
	labelAuth   = 1
	labelSalt   = 2
)

// Checker holds tags against one key. It is not safe for use by several
// goroutines.
type Checker struct {
	suite *Suite
	mki   []byte
	mac   hash.Hash   // HMAC-SHA1 with the session's authentication key
	aead  cipher.AEAD // in its place, with the session's cipher key,
	salt  []byte      // and salt
	room  []byte      // what an AEAD opens, which is wiped at once
	sum   [sha1.Size]byte
}

// NewChecker makes a key ready; s is the suite of its Crypto, or one with keys of
// the same length.
func NewChecker(s *Suite, k Key) *Checker {
	if len(k.secret) != s.Key+s.Salt {
		return nil
	}
	c := &Checker{suite: s, mki: k.mki}
	master, salt := k.secret[:s.Key], k.secret[s.Key:]
	if !s.AEAD {
		auth := derive(master, salt, labelAuth, sha1.Size)
		c.mac = hmac.New(sha1.New, auth)
		clear(auth)
		return c
	}
	key := derive(master, salt, labelCipher, s.Key)
	block, err := aes.NewCipher(key)
	clear(key)
	if err != nil {
		return nil
	}
	if c.aead, err = cipher.NewGCM(block); err != nil {
		return nil
	}
	c.salt = derive(master, salt, labelSalt, s.Salt)
	return c
}

// derive makes n bytes of session key by AES in counter mode (RFC 3711 section
// 4.3.3), at a key derivation rate of 0. Of a salt of 96 bits the label stands in
// the same place (RFC 7714 section 11).
func derive(master, salt []byte, label byte, n int) []byte {
	block, err := aes.NewCipher(master)
	if err != nil {
		return make([]byte, n)
	}
	var iv [aes.BlockSize]byte
	copy(iv[:], salt)
	iv[7] ^= label
	out := make([]byte, n)
	cipher.NewCTR(block, iv[:]).XORKeyStream(out, out)
	clear(iv[:])
	return out
}

// Passes reports whether the tag of a packet is right, if the packet's rollover
// counter is roc. header is how long its RTP header is.
func (c *Checker) Passes(packet []byte, header int, roc uint32) bool {
	end := len(packet) - c.trailer()
	if end < header || header < 12 {
		return false
	}
	if c.aead != nil {
		// The MKI follows the tag (RFC 7714 section 9.3).
		if !equal(packet[len(packet)-len(c.mki):], c.mki) {
			return false
		}
		return c.opens(packet[:len(packet)-len(c.mki)], header, roc)
	}
	if !equal(packet[end:end+len(c.mki)], c.mki) {
		return false
	}
	var counter [4]byte
	binary.BigEndian.PutUint32(counter[:], roc)
	c.mac.Reset()
	c.mac.Write(packet[:end])
	c.mac.Write(counter[:])
	return equal(c.mac.Sum(c.sum[:0])[:c.suite.Tag], packet[end+len(c.mki):])
}

// trailer is how many bytes follow the payload.
func (c *Checker) trailer() int { return c.suite.Tag + len(c.mki) }

// opens holds the tag of an AEAD (RFC 7714 section 8) against the packet. Go's
// AEADs open what they check: that is wiped before anybody has read it.
func (c *Checker) opens(packet []byte, header int, roc uint32) bool {
	var iv [12]byte
	copy(iv[2:], packet[8:12]) // SSRC
	binary.BigEndian.PutUint32(iv[6:], roc)
	copy(iv[10:], packet[2:4]) // sequence number
	subtle.XORBytes(iv[:], iv[:], c.salt)
	out, err := c.aead.Open(c.room[:0], iv[:], packet[header:], packet[:header])
	clear(out)
	if cap(out) > cap(c.room) {
		c.room = out[:0]
	}
	return err == nil
}

func equal(a, b []byte) bool { return subtle.ConstantTimeCompare(a, b) == 1 }
