package redact

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"net/netip"
)

// Pseudonyms replaces names and addresses, each always by the same other one.
// What a name becomes depends on the key and on nothing else, so that several
// captures and reports redacted with one key fit together. It is not for
// concurrent use.
type Pseudonyms struct {
	// KeepAgents leaves User-Agent and Server as they are: they name programs,
	// and the program is often the fault.
	KeepAgents bool

	// Alone says that nothing else is redacted with this key, as where it was drawn
	// at random: the first public networks then get the ranges for documentation.
	Alone bool

	key      [sha256.Size]byte
	words    map[string]string
	addrs    map[netip.Addr]netip.Addr
	networks map[netip.Prefix]uint32 // what a public network became
	taken    map[network]bool
	hosts    map[string]string
}

// NewPseudonyms draws all pseudonyms from a key. Whoever has the key can find
// out who is behind them.
func NewPseudonyms(key []byte) *Pseudonyms {
	return &Pseudonyms{
		KeepAgents: true,
		key:        sha256.Sum256(append([]byte("latchscope pseudonyms\x00"), key...)),
		words:      map[string]string{},
		addrs:      map[netip.Addr]netip.Addr{},
		hosts:      map[string]string{},
		networks:   map[netip.Prefix]uint32{},
		taken:      map[network]bool{},
	}
}

// RandomKey is a key that nobody else has.
func RandomKey() []byte {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails: crypto/rand
	return key
}

// Names of what a keyed function is used for, so that no two uses share values.
const (
	useBit byte = iota + 1
	useNetwork
	useNumber
	useLetter
	useMAC
	useNoise
)

// digest is the keyed function behind every pseudonym.
func (p *Pseudonyms) digest(use byte, parts ...[]byte) [sha256.Size]byte {
	h := hmac.New(sha256.New, p.key[:])
	h.Write([]byte{use})
	for _, b := range parts {
		h.Write(b)
	}
	return [sha256.Size]byte(h.Sum(nil))
}

func (p *Pseudonyms) number(use byte, parts ...[]byte) uint64 {
	d := p.digest(use, parts...)
	return binary.BigEndian.Uint64(d[:])
}
