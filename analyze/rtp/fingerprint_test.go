package rtp

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// speech is a payload that is like no other.
func speech(r *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

func TestFingerprintDistinctive(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	dither := func(values ...byte) []byte {
		b := make([]byte, 160)
		for i := range b {
			b[i] = values[r.IntN(len(values))]
		}
		return b
	}
	for _, tt := range []struct {
		name string
		in   []byte
		want bool
	}{
		{"nothing", nil, false},
		{"telephone event", []byte{5, 10, 0, 160}, false},
		{"15 bytes", speech(r, 15), false},
		{"16 bytes", speech(r, 16), true},
		{"G.729", speech(r, 20), true},
		{"G.711", speech(r, 160), true},
		{"odd length", speech(r, 37), true},
		{"digital silence, PCMU", bytes.Repeat([]byte{0xff}, 160), false},
		{"digital silence, PCMA", bytes.Repeat([]byte{0xd5}, 160), false},
		{"silence with dither, PCMU", dither(0xff, 0x7f, 0xfe, 0x7e), false},
		{"silence with dither, PCMA", dither(0xd5, 0x55, 0xd4, 0x54), false},
		{"zeros", make([]byte, 160), false},
		{"a tone", bytes.Repeat([]byte{0x34, 0x21, 0x21, 0x34, 0xb4, 0xa1, 0xa1, 0xb4}, 20), true},
	} {
		if _, ok := Fingerprint(tt.in); ok != tt.want {
			t.Errorf("%s: distinctive %v", tt.name, ok)
		}
	}
}

// TestFingerprintStays holds the values: reports of two machines, or of two
// versions, must pair the same streams.
func TestFingerprintStays(t *testing.T) {
	for _, tt := range []struct {
		n    int
		want uint64
	}{{16, 0x9338fe55d4bd4087}, {20, 0x04909b0318ada42f}, {160, 0x555694889dbebc6d}} {
		b := make([]byte, tt.n)
		for i := range b {
			b[i] = byte(i * 7)
		}
		if got, ok := Fingerprint(b); !ok || got != tt.want {
			t.Errorf("%d bytes: %#x, %v", tt.n, got, ok)
		}
	}
}

func TestFingerprintTellsApart(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	seen := make(map[uint64]bool)
	const rounds = 20_000
	var bits [64]int
	for range rounds {
		b := speech(r, 20+r.IntN(200))
		h, ok := Fingerprint(b)
		if !ok || seen[h] {
			t.Fatalf("distinctive %v, seen %v", ok, seen[h])
		}
		seen[h] = true
		if again, _ := Fingerprint(bytes.Clone(b)); again != h {
			t.Fatal("equal payloads, other fingerprints")
		}
		if longer, _ := Fingerprint(append(b, b[len(b)-1])); longer == h {
			t.Fatal("a byte more makes no difference")
		}
		for i := range bits {
			bits[i] += int(h >> i & 1)
		}
	}
	// The sketch takes the smallest ones, so they must be spread evenly.
	for i, n := range bits {
		if n < rounds*45/100 || n > rounds*55/100 {
			t.Errorf("bit %d is set in %d of %d", i, n, rounds)
		}
	}
}
