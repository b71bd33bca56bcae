package srtp

import (
	"bytes"
	"encoding/base64"
)

// Bounds on what is read of one attribute.
const (
	maxKeys = 4    // of which an MKI chooses
	maxMKI  = 128  // bytes (RFC 4568 section 9.1)
	maxTag  = 1e9  // of an attribute: one to nine digits
	maxText = 4096 // bytes of an attribute
)

// Crypto is an a=crypto attribute (RFC 4568 section 9.1): the suite and the keys
// that its writer protects with what it sends.
type Crypto struct {
	Tag   uint32 // by which an answer says which one it accepts
	Suite *Suite
	Keys  []Key

	// Opaque: its parameters (RFC 4568 section 6.3) make the tags something else
	// than the key and the packet: no tags at all, or session keys that change.
	Opaque bool
}

// Key is a master key with its salt.
type Key struct {
	secret []byte // key, then salt
	mki    []byte // precedes the tag of every packet (RFC 3711 section 3.1); mostly empty
}

// ParseCrypto reads what stands behind "a=crypto:", such as
//
//	1 AES_CM_128_HMAC_SHA1_80 inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj|2^20|1:4
//
// It is false where the suite is not known or no key of the right length is there.
func ParseCrypto(v []byte) (c Crypto, ok bool) {
	if len(v) > maxText {
		return c, false
	}
	words := bytes.Fields(v)
	if len(words) < 3 {
		return c, false
	}
	n, ok := decimal(words[0])
	if !ok || n >= maxTag {
		return c, false
	}
	c.Tag = uint32(n)
	if c.Suite = suiteOf(words[1]); c.Suite == nil {
		return c, false
	}
	for _, p := range bytes.Split(words[2], []byte(";")) {
		if k, ok := parseKey(p, c.Suite); ok && len(c.Keys) < maxKeys {
			c.Keys = append(c.Keys, k)
		}
	}
	for _, w := range words[3:] {
		name, value, _ := bytes.Cut(w, []byte("="))
		switch {
		case bytes.EqualFold(name, []byte("UNAUTHENTICATED_SRTP")):
			c.Opaque = true
		case bytes.EqualFold(name, []byte("KDR")):
			c.Opaque = c.Opaque || !bytes.Equal(value, []byte("0"))
		}
	}
	return c, len(c.Keys) > 0
}

// parseKey reads "inline:KEY|LIFETIME|MKI:LENGTH", of which the last two may be
// missing.
func parseKey(v []byte, s *Suite) (k Key, ok bool) {
	const inline = "inline:"
	if len(v) < len(inline) || !bytes.EqualFold(v[:len(inline)], []byte(inline)) {
		return k, false
	}
	parts := bytes.Split(v[len(inline):], []byte("|"))
	text := bytes.TrimRight(parts[0], "=") // some leave the padding out, some add too much
	k.secret = make([]byte, base64.RawStdEncoding.DecodedLen(len(text)))
	n, err := base64.RawStdEncoding.Decode(k.secret, text)
	if err != nil || n != s.Key+s.Salt || blank(k.secret) {
		clear(k.secret)
		return Key{}, false
	}
	for _, p := range parts[1:] {
		value, length, is := bytes.Cut(p, []byte(":"))
		if !is {
			continue // the lifetime, which shows in no packet
		}
		x, ok := decimal(value)
		size, fine := decimal(length)
		if !ok || !fine || size == 0 || size > maxMKI {
			return Key{}, false
		}
		k.mki = make([]byte, size)
		for i := len(k.mki) - 1; i >= 0 && x > 0; i-- {
			k.mki[i], x = byte(x), x>>8
		}
	}
	return k, true
}

// blank reports whether a key is nothing but zeros, as a redaction leaves it: the
// packets were protected with another one.
func blank(b []byte) bool {
	for _, x := range b {
		if x != 0 {
			return false
		}
	}
	return true
}

// decimal reads up to 18 digits.
func decimal(b []byte) (n uint64, ok bool) {
	if len(b) == 0 || len(b) > 18 {
		return 0, false
	}
	for _, d := range b {
		if d < '0' || d > '9' {
			return 0, false
		}
		n = n*10 + uint64(d-'0')
	}
	return n, true
}

// wipe overwrites the keys.
func (c *Crypto) wipe() {
	for i := range c.Keys {
		clear(c.Keys[i].secret)
	}
	c.Keys = nil
}

// String hides the keys from whoever prints the attribute.
func (c Crypto) String() string { return "a=crypto" }

// GoString hides them, too.
func (c Crypto) GoString() string { return c.String() }

// String hides the key.
func (k Key) String() string { return "key" }

// GoString hides it, too.
func (k Key) GoString() string { return k.String() }

// Equal reports whether two attributes have the same suite and keys.
func (c *Crypto) Equal(o *Crypto) bool {
	if c.Suite != o.Suite || len(c.Keys) != len(o.Keys) {
		return false
	}
	for i := range c.Keys {
		if !equal(c.Keys[i].secret, o.Keys[i].secret) || !equal(c.Keys[i].mki, o.Keys[i].mki) {
			return false
		}
	}
	return true
}
