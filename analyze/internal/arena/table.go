package arena

import (
	"math/bits"
	"reflect"
)

// Table keeps values of one type in arrays, and gives each a number: half as long as a
// pointer, and nothing that a collector of garbage follows. Numbers begin with 1, so
// that 0 can stand for none. The zero Table is ready.
type Table[T any] struct {
	arrays [][]T // those before the one that is being filled are full, those behind it empty
	filled int   // which that is
	shift  uint8 // each has room for 1 << shift
	free   []uint32
}

// Add keeps a value and returns its number.
func (t *Table[T]) Add(v T) uint32 {
	if n := len(t.free); n > 0 {
		number := t.free[n-1]
		t.free = t.free[:n-1]
		*t.At(number) = v
		return number
	}
	if t.arrays == nil {
		t.shift = uint8(bits.Len(uint(max(most/int(reflect.TypeFor[T]().Size()), 1))) - 1)
		t.arrays = append(t.arrays, make([]T, 1, 4))
	}
	if len(t.arrays[t.filled]) == 1<<t.shift {
		if t.filled++; t.filled == len(t.arrays) {
			t.arrays = append(t.arrays, make([]T, 0, 1<<t.shift))
		}
	}
	t.arrays[t.filled] = append(t.arrays[t.filled], v)
	return uint32(t.filled<<t.shift + len(t.arrays[t.filled]) - 1)
}

// At is the value with a number, where it is kept: until the next one is added.
func (t *Table[T]) At(number uint32) *T {
	return &t.arrays[number>>t.shift][number&(1<<t.shift-1)]
}

// Free lets go of a value. Its number is the next one's.
func (t *Table[T]) Free(number uint32) {
	var zero T
	*t.At(number) = zero
	t.free = append(t.free, number)
}

// Len is how many numbers were given, those of values that were let go of included.
func (t *Table[T]) Len() int {
	if t.arrays == nil {
		return 0
	}
	return t.filled<<t.shift + len(t.arrays[t.filled]) - 1
}

// Clear lets go of all values and keeps the room.
func (t *Table[T]) Clear() {
	if t.arrays == nil {
		return
	}
	for i, a := range t.arrays[:t.filled+1] {
		clear(a)
		t.arrays[i] = a[:0]
	}
	t.arrays[0] = t.arrays[0][:1]
	t.filled, t.free = 0, nil
}

// Join adds what another table holds. What is n there is n more than it returns here.
func (t *Table[T]) Join(o *Table[T]) uint32 {
	t.free = nil
	before := uint32(t.Len())
	for n := range uint32(o.Len()) {
		t.Add(*o.At(n + 1))
	}
	return before
}

// Sweep lets go of all values but those whose numbers are marked.
func (t *Table[T]) Sweep(marked []bool) {
	t.free = t.free[:0]
	for n := uint32(t.Len()); n > 0; n-- {
		if !marked[n] {
			t.Free(n)
		}
	}
}
