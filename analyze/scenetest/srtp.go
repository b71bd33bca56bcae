package scenetest

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"
	"math/rand/v2"
	"strings"
)

// suite is an SRTP crypto suite as SDP names it (RFC 4568, RFC 6188, RFC 7714).
type suite struct {
	name           string
	key, salt, tag int // bytes
	gcm            bool
}

var srtpSuites = [...]suite{
	{"AES_CM_128_HMAC_SHA1_80", 16, 14, 10, false},
	{"AES_CM_128_HMAC_SHA1_32", 16, 14, 4, false},
	{"AES_256_CM_HMAC_SHA1_80", 32, 14, 10, false},
	{"AEAD_AES_128_GCM", 16, 12, 16, true},
	{"AEAD_AES_256_GCM", 32, 12, 16, true},
}

// secret is the master key and salt of that name, the same in every run.
func (s suite) secret(name string) []byte {
	dice := rand.New(rand.NewPCG(uint64(crc32.ChecksumIEEE([]byte(name))), 0x4568))
	b := make([]byte, s.key+s.salt)
	for i := range b {
		b[i] = byte(dice.Uint32())
	}
	return b
}

// inline is a secret as a=crypto has it.
func (s suite) inline(name string) string {
	return base64.StdEncoding.EncodeToString(s.secret(name))
}

// session derives n bytes of a session key (RFC 3711 section 4.3).
func (s suite) session(secret []byte, label byte, n int) []byte {
	block, err := aes.NewCipher(secret[:s.key])
	if err != nil {
		panic(err) // the table has no other lengths
	}
	iv := make([]byte, 16)
	copy(iv, secret[s.key:])
	iv[7] ^= label
	out := make([]byte, n)
	cipher.NewCTR(block, iv).XORKeyStream(out, out)
	return out
}

// protect makes an SRTP packet of an RTP packet with a header of twelve bytes.
func (s suite) protect(b, secret []byte, roc uint32) []byte {
	b = append([]byte(nil), b...)
	key, salt := s.session(secret, 0, s.key), s.session(secret, 2, s.salt)
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(err)
	}
	seq := binary.BigEndian.Uint16(b[2:])
	if s.gcm {
		iv := make([]byte, 12)
		copy(iv[2:], b[8:12])
		binary.BigEndian.PutUint32(iv[6:], roc)
		binary.BigEndian.PutUint16(iv[10:], seq)
		for i := range iv {
			iv[i] ^= salt[i]
		}
		aead, err := cipher.NewGCM(block)
		if err != nil {
			panic(err)
		}
		return aead.Seal(b[:12:12], iv, b[12:], b[:12])
	}
	// RFC 3711 section 4.1.1: salt * 2^16 XOR SSRC * 2^64 XOR index * 2^16.
	iv := make([]byte, 16)
	copy(iv, salt)
	for i, x := range b[8:12] {
		iv[4+i] ^= x
	}
	var index [6]byte
	binary.BigEndian.PutUint32(index[:], roc)
	binary.BigEndian.PutUint16(index[4:], seq)
	for i, x := range index {
		iv[8+i] ^= x
	}
	cipher.NewCTR(block, iv).XORKeyStream(b[12:], b[12:])
	mac := hmac.New(sha1.New, s.session(secret, 1, 20))
	mac.Write(b)
	mac.Write(binary.BigEndian.AppendUint32(nil, roc))
	return append(b, mac.Sum(nil)[:s.tag]...)
}

// protection is how a party protects what it sends.
type protection struct {
	manner string // "": with the key that it announced; see protectManners
	skew   uint32 // added to the rollover counter
}

// protectManners are the ways in which a party can get it wrong.
var protectManners = [...]string{"agreed", "old", "other", "wrong", "tag", "nothing"}

// keyName is the name of a party's n-th key.
func (p *party) keyName(n int) string {
	return p.call.name + "/" + p.node.name + strings.Repeat("+", n)
}

// protected is a packet of a party's talker as it leaves the party.
func (p *party) protected(b []byte, roc uint32) []byte {
	s, key := p.call.suite, p.keyName(p.key)
	switch p.guards.manner {
	case "nothing":
		return b
	case "old":
		key = p.keyName(max(0, p.key-1))
	case "other":
		o := p.call.parties[1-p.i]
		key = o.keyName(o.key)
		if s := p.call.sides[p.i]; s != nil && s.opens() {
			key = s.serverKey()
		}
	case "wrong":
		key = "nobody's"
	case "tag":
		s.tag = map[int]int{10: 4, 4: 10, 16: 16}[s.tag]
	}
	return s.protect(b, s.secret(key), roc+p.guards.skew)
}

// serverKey is the name of the server's key on one of its sides.
func (s *side) serverKey() string {
	return s.call.name + "/server/" + s.call.parties[s.party].node.name
}

// receiver is what a server that takes SRTP apart remembers of one SSRC.
type receiver struct {
	begun   bool
	highest int64 // index (RFC 3711 section 3.3.1)
}

// authentic reports whether a server accepts a party's packet: its tag is of the
// key that the party announced, at the rollover counter that the numbers so far let
// one expect, and it is no older than a replay window of 64.
func (s *side) authentic(b []byte) bool {
	p := s.call.parties[s.party]
	suite := s.call.suite
	if len(b) < 12+suite.tag {
		return false
	}
	ssrc := binary.BigEndian.Uint32(b[8:])
	if s.heardSRTP == nil {
		s.heardSRTP = map[uint32]*receiver{}
	}
	r := s.heardSRTP[ssrc]
	if r == nil {
		r = &receiver{}
		s.heardSRTP[ssrc] = r
	}
	index := int64(binary.BigEndian.Uint16(b[2:]))
	if r.begun {
		index = r.highest + int64(int16(uint16(index)-uint16(r.highest)))
		if index <= r.highest-64 || index < 0 {
			return false
		}
	}
	for _, n := range []int{p.key, p.newKey} { // a new one may be in use a moment before its answer
		if suite.fits(b, suite.secret(p.keyName(n)), uint32(index>>16)) {
			r.begun, r.highest = true, max(r.highest, index)
			return true
		}
	}
	return false
}

// fits reports whether the tag of a packet is that of a key and a rollover counter.
func (s suite) fits(b, secret []byte, roc uint32) bool {
	end := len(b) - s.tag
	if s.gcm {
		// Counter mode: sealing what is sealed opens it.
		plain := s.protect(b[:end], secret, roc)[:end]
		return bytes.Equal(s.protect(plain, secret, roc), b)
	}
	mac := hmac.New(sha1.New, s.session(secret, 1, 20))
	mac.Write(b[:end])
	mac.Write(binary.BigEndian.AppendUint32(nil, roc))
	return bytes.Equal(mac.Sum(nil)[:s.tag], b[end:])
}
