package interval

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// thing lasts from one moment to another.
type thing struct{ n, key, from, until int64 }

// An index finds what a map of lists would, in their order, and of a stretch of time none
// too few.
func TestIndexOf(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	life := func(v thing) (from, until int64) { return v.from, v.until }
	for _, inOrder := range []bool{true, false} {
		for _, count := range []int{0, 1, few, 10, 300} {
			byKey, things := map[int64][]thing{}, []thing{}
			for n := range int64(count) {
				v := thing{n: n, key: rng.Int64N(12), from: rng.Int64N(100)}
				if inOrder {
					v.from = n / 2
				}
				v.until = v.from + rng.Int64N(20)
				things, byKey[v.key] = append(things, v), append(byKey[v.key], v)
			}
			ix := IndexOf(count/50, count/7, func(yield func(int64, thing) bool) {
				for _, v := range things {
					if !yield(v.key, v) {
						return
					}
				}
			}, life)
			if ix.Len() != len(byKey) || len(ix.List) != count {
				t.Fatalf("%d keys and %d things, want %d and %d", ix.Len(), len(ix.List), len(byKey), count)
			}
			for n := range int32(ix.Len()) {
				if got, want := ix.ByNumber(n), byKey[ix.Key(n)]; !slices.Equal(got, want) {
					t.Fatalf("of key %d: %v, want %v", ix.Key(n), got, want)
				}
			}
			for key := range int64(14) {
				for from := int64(0); from < 170; from += 5 {
					to := from + rng.Int64N(10)
					got := ix.During(key, from, to)
					for _, v := range byKey[key] {
						if v.from <= to && v.until >= from && !slices.Contains(got, v) {
							t.Fatalf("from %d to %d of key %d: %v, and not %v", from, to, key, got, v)
						}
					}
					if len(byKey[key]) > few && !slices.IsSortedFunc(got, func(a, b thing) int { return int(a.from - b.from) }) {
						t.Fatalf("%v are not in order of their beginning", got)
					}
				}
			}
		}
	}
}
