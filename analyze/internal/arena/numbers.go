package arena

import (
	"hash/maphash"
	"math/bits"
)

// Numbers gives each of many different keys a number, in order of their first
// appearance, from 0 on. It takes half of a map's memory, and holds nothing for a
// collector of garbage unless the keys do. The seed is secret, so that nobody can make
// keys that meet. The zero Numbers is ready.
type Numbers[K comparable] struct {
	seed  maphash.Seed
	slots Slots // of a key's number, plus one
	keys  Table[K]
}

// NumbersFor has room for about so many keys; there may be more.
func NumbersFor[K comparable](about int) Numbers[K] {
	return Numbers[K]{seed: maphash.MakeSeed(), slots: slotsFor(about)}
}

// slotsFor are so many slots that a fifth of them stays empty.
func slotsFor(keys int) Slots { return NewSlots(1 << bits.Len(uint(keys+keys/4+8))) }

// Of is the number of a key, if it has one.
func (n *Numbers[K]) Of(k K) (number int32, ok bool) {
	if len(n.slots) == 0 {
		return 0, false
	}
	s := n.slots[n.find(k, n.tag(k))]
	return int32(s.Number) - 1, s.Number != 0
}

// Add is the number of a key, which it gets if it has none yet.
func (n *Numbers[K]) Add(k K) (number int32) {
	if len(n.slots) == 0 {
		*n = NumbersFor[K](0)
	}
	tag := n.tag(k)
	s := &n.slots[n.find(k, tag)]
	if s.Number != 0 {
		return int32(s.Number) - 1
	}
	*s = Slot{tag, n.keys.Add(k)}
	if n.Len()*5 > len(n.slots)*4 {
		n.slots = n.slots.Grown()
	}
	return int32(n.Len() - 1)
}

func (n *Numbers[K]) tag(k K) uint32 { return uint32(maphash.Comparable(n.seed, k)) }

// find is the slot where the number of a key stands, or belongs.
func (n *Numbers[K]) find(k K, tag uint32) int {
	mask := len(n.slots) - 1
	for at := int(tag) & mask; ; at = (at + 1) & mask {
		if s := n.slots[at]; s.Number == 0 || s.Tag == tag && *n.keys.At(s.Number) == k {
			return at
		}
	}
}

// Len is how many keys have numbers.
func (n *Numbers[K]) Len() int { return n.keys.Len() }

// Key is the one with a number.
func (n *Numbers[K]) Key(number int32) K { return *n.keys.At(uint32(number) + 1) }

// Clear lets go of all keys and keeps the room.
func (n *Numbers[K]) Clear() {
	clear(n.slots)
	n.keys.Clear()
}
