package rtp

import (
	"math/rand/v2"
	"slices"
	"testing"
)

func sketchOf(hashes []uint64) *Sketch {
	s := new(Sketch)
	for _, h := range hashes {
		s.Add(h)
	}
	return s
}

// talkHashes are the fingerprints of a stream of n packets.
func talkHashes(seed uint64, n int) []uint64 {
	r := rand.New(rand.NewPCG(seed, 1))
	hashes := make([]uint64, n)
	for i := range hashes {
		hashes[i] = r.Uint64()
	}
	return hashes
}

func TestShared(t *testing.T) {
	one := talkHashes(1, 2000)
	for _, tt := range []struct {
		name                      string
		a, b                      []uint64
		sharedLow, sharedHigh     int
		comparableLo, comparableH int
	}{
		{"nothing", nil, nil, 0, 0, 0, 0},
		{"nothing against something", nil, one, 0, 0, 0, 0},
		{"the same", one, one, 32, 32, 32, 32},
		{"the same, backwards", one, reversed(one), 32, 32, 32, 32},
		{"the same, twice", one, slices.Concat(one, one), 32, 32, 32, 32},
		{"a hole of a quarter", one, slices.Concat(one[:500], one[1000:]), 20, 32, 20, 32},
		{"starts later", one, one[700:], 15, 32, 15, 32},
		{"ten packets", one[:10], one[:10], 10, 10, 10, 10},
		{"ten packets of many", one[:10], one, 0, 3, 0, 3},
		{"strangers", one, talkHashes(2, 2000), 0, 0, 16, 32},
		{"short strangers", one[:20], talkHashes(2, 25), 0, 0, 20, 20},
		{"half of another talker", one, slices.Concat(one[:1000], talkHashes(3, 1000)), 10, 22, 28, 32},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a, b := sketchOf(tt.a), sketchOf(tt.b)
			shared, of := Shared(a, b)
			if shared < tt.sharedLow || shared > tt.sharedHigh || of < tt.comparableLo || of > tt.comparableH {
				t.Errorf("%d of %d, want %d-%d of %d-%d", shared, of, tt.sharedLow, tt.sharedHigh, tt.comparableLo, tt.comparableH)
			}
			if s2, of2 := Shared(b, a); s2 != shared || of2 != of {
				t.Errorf("%d of %d, the other way round %d of %d", shared, of, s2, of2)
			}
		})
	}
}

// keys are what a sketch keeps of fingerprints.
func keys(hashes []uint64) []uint32 {
	out := make([]uint32, len(hashes))
	for i, h := range hashes {
		out[i] = key(h)
	}
	return out
}

func reversed(h []uint64) []uint64 {
	h = slices.Clone(h)
	slices.Reverse(h)
	return h
}

func TestSketchKeepsTheSmallest(t *testing.T) {
	for n := range 100 {
		hashes := talkHashes(uint64(n), n)
		twice := slices.Concat(hashes, hashes)
		rand.New(rand.NewPCG(9, 9)).Shuffle(len(twice), func(i, j int) { twice[i], twice[j] = twice[j], twice[i] })
		s := sketchOf(twice)
		slices.Sort(hashes)
		want := hashes[:min(n, sketchSize)]
		if got := s.kept[:s.Len()]; !slices.Equal(got, keys(want)) {
			t.Fatalf("%d hashes: %x, want %x", n, got, keys(want))
		}
	}
}

func TestDistinct(t *testing.T) {
	for _, n := range []int{0, 1, 31, 32} {
		if got := sketchOf(talkHashes(1, n)).Distinct(); n < sketchSize && got != n {
			t.Errorf("%d of %d", got, n)
		}
	}
	for _, n := range []int{500, 50_000} {
		// 31 degrees of freedom: within half to double with room to spare.
		if got := sketchOf(talkHashes(7, n)).Distinct(); got < n/2 || got > 2*n {
			t.Errorf("%d of %d", got, n)
		}
	}
}

func TestSmallest(t *testing.T) {
	hashes := talkHashes(1, 100)
	s := sketchOf(hashes)
	slices.Sort(hashes)
	for _, n := range []int{0, 1, 8, sketchSize, sketchSize + 1} {
		if got := s.Smallest(n); !slices.Equal(got, keys(hashes[:min(n, sketchSize)])) {
			t.Errorf("%d smallest: %x", n, got)
		}
	}
	if got := sketchOf(hashes[:3]).Smallest(8); len(got) != 3 {
		t.Errorf("%d of 3", len(got))
	}
}
