package arena

import "slices"

// Slots are those of a table that finds what stands elsewhere, under a number, by its hash
// (open addressing): of 8 bytes, and nothing that a collector of garbage follows. Whoever
// has them looks from the slot of the tag on, to the first that is empty. Their length is a
// power of two.
type Slots []Slot

// Slot is one of them.
type Slot struct {
	Tag    uint32 // of the hash, which says where the slot is
	Number uint32 // of what is found; 0: the slot is empty
}

// NewSlots are n empty ones.
func NewSlots(n int) Slots {
	s := make(Slots, n)
	clear(s) // a page of memory that is read before it is written is mapped twice
	return s
}

// Put fills the first empty slot for a tag.
func (s Slots) Put(v Slot) {
	mask := len(s) - 1
	at := int(v.Tag) & mask
	for s[at].Number != 0 {
		at = (at + 1) & mask
	}
	s[at] = v
}

// Grown are twice as many with what these hold. What they lead to is not looked at: it
// lies all over the memory.
func (s Slots) Grown() Slots {
	out := NewSlots(2 * len(s))
	for _, v := range s {
		if v.Number != 0 {
			out.Put(v)
		}
	}
	return out
}

// Doubled is a list with room for one more. One that is full gets twice as long: by less,
// as append has it with long ones, most of what a capture makes would be copies of lists.
func Doubled[T any](list []T) []T {
	if len(list) < cap(list) {
		return list
	}
	return slices.Grow(list, max(len(list), 16))
}
