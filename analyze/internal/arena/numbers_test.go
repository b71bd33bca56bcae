package arena

import (
	"math/rand/v2"
	"testing"
)

// Numbers are what a map would say, whatever the order of the questions.
func TestNumbers(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, n := range []Numbers[[3]byte]{{}, NumbersFor[[3]byte](1), NumbersFor[[3]byte](5000)} {
		for range 2 {
			want := map[[3]byte]int32{}
			for range 20_000 {
				k := [3]byte{byte(rng.IntN(20)), byte(rng.IntN(20)), byte(rng.IntN(20))}
				number, known := want[k]
				if got, ok := n.Of(k); ok != known || known && got != number {
					t.Fatalf("%v has number %d, %v; want %d, %v", k, got, ok, number, known)
				}
				if rng.IntN(2) == 0 {
					continue
				}
				if !known {
					number = int32(len(want))
					want[k] = number
				}
				if got := n.Add(k); got != number {
					t.Fatalf("%v gets number %d, want %d", k, got, number)
				}
			}
			if n.Len() != len(want) {
				t.Fatalf("%d keys, want %d", n.Len(), len(want))
			}
			for k, number := range want {
				if got := n.Key(number); got != k {
					t.Fatalf("key %d is %v, want %v", number, got, k)
				}
			}
			n.Clear()
			if _, ok := n.Of([3]byte{1, 2, 3}); ok || n.Len() > 0 {
				t.Fatal("a key is left when all were let go of")
			}
		}
	}
}

// Of so many keys some have the same tag, and numbers of their own all the same.
func TestNumbersOfOneTag(t *testing.T) {
	var n Numbers[int]
	for k := range 400_000 {
		if got := n.Add(k); got != int32(k) {
			t.Fatalf("key %d gets number %d", k, got)
		}
	}
	for k := range 400_000 {
		if got, ok := n.Of(k); !ok || got != int32(k) || n.Key(got) != k {
			t.Fatalf("key %d has number %d, %v", k, got, ok)
		}
	}
}
