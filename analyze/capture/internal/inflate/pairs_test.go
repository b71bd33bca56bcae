package inflate

import (
	"math/rand/v2"
	"testing"
)

// anyCode are the lengths of a complete code of some symbols, of which every has a code
// of longest bits at most.
func anyCode(rng *rand.Rand, symbols int, flat bool) []uint8 {
	leaves := []uint8{1, 1}
	for len(leaves) < symbols {
		at := rng.IntN(len(leaves))
		if flat {
			for i, n := range leaves {
				if n < leaves[at] {
					at = i
				}
			}
		}
		if leaves[at] == longest {
			continue
		}
		leaves[at]++
		leaves = append(leaves, leaves[at])
	}
	lengths := make([]uint8, 286)
	for i, symbol := range rng.Perm(len(lengths))[:symbols] {
		lengths[symbol] = leaves[i]
	}
	return lengths
}

// An entry says two bytes just where all that may follow the first is a byte whose code
// has one and the same length.
func TestPairs(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	codes := [][]uint8{append(make([]uint8, 255), 1, 0), append(make([]uint8, 255), 1, 1)}
	for i := range 60 {
		codes = append(codes, anyCode(rng, 2+rng.IntN(285), i%3 == 0))
	}
	found := 0
	for number, lengths := range codes {
		var c code
		var plain, paired literalTable
		if !c.build(plain[:], literalBits, lengths, literalEntries[:]) {
			t.Fatal("no code")
		}
		paired = plain
		paired.pair(&c)
		for i := range uint32(1 << literalBits) {
			e := plain[i]
			n := e & takes
			want := e
			if e&isByte != 0 && n < literalBits {
				r := min(literalBits-n, known)
				rest := i >> n & (1<<r - 1)
				first := plain[rest]
				same := first&isByte != 0 && n+first&takes <= mostPair
				for x := rest; x < 1<<literalBits; x += 1 << r {
					same = same && plain[x]&isByte != 0 && plain[x]&takes == first&takes
				}
				if same {
					want += first&takes + 1<<bytesShift
					found++
				}
			}
			if paired[i] != want {
				t.Fatalf("code %d, bits %0*b: %#x, want %#x", number, literalBits, i, paired[i], want)
			}
		}
		for i := 1 << literalBits; i < len(plain); i++ {
			if plain[i] != paired[i] {
				t.Fatalf("code %d: entry %d of a second table was changed", number, i)
			}
		}
	}
	if found < 10_000 {
		t.Errorf("%d pairs", found)
	}
}

// Of bytes that are all as frequent, as those of most codecs and of SRTP are, nearly all
// are found in pairs.
func TestPairsOfMedia(t *testing.T) {
	lengths := make([]uint8, 257)
	for i := range lengths {
		lengths[i] = 8
	}
	lengths[255], lengths[256] = 9, 9
	var c code
	var table literalTable
	if !c.build(table[:], literalBits, lengths, literalEntries[:]) {
		t.Fatal("no code")
	}
	table.pair(&c)
	pairs := map[uint32]int{} // by the bits of both
	for _, e := range table[:1<<literalBits] {
		if e&isByte != 0 && e>>bytesShift == 2 {
			pairs[e&takes]++
		}
	}
	// Three bits are known behind a code of eight, and two behind the one of nine: all
	// but the last eighth, and the last fourth, say that another code of eight follows.
	if pairs[16] != 255*7 || pairs[17] != 3 || len(pairs) != 2 {
		t.Errorf("%v", pairs)
	}
}
