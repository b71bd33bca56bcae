package correlate

import "reflect"

// slab hands out values of one type from arrays of them. What lives to the end
// by the hundred thousand need not be rounded up to a size of the allocator's
// one by one, nor looked at one by one by the garbage collector. An array stays
// as long as any of its values.
type arena[T any] struct {
	rest []T
	next int // length of the next array
}

// slabBytes is how large an array grows: a page of the allocator's, less a word
// of its own. What is given back while a capture is analysed are single pages
// among others that stay, and nothing larger fits in there.
const arenaBytes = 8<<10 - 8

// one is a new zero value.
func (s *arena[T]) one() *T { return &s.some(1)[0] }

// some are n new zero values in a row, with room for no more.
func (s *arena[T]) some(n int) []T {
	if n > len(s.rest) {
		most := max(arenaBytes/int(reflect.TypeFor[T]().Size()), 1)
		s.next = min(max(2*s.next, 4), most)
		s.rest = make([]T, max(s.next, n))
	}
	out := s.rest[:n:n]
	s.rest = s.rest[n:]
	return out
}

// list is a list of its own with what another one holds.
func (s *arena[T]) list(of ...T) []T {
	out := s.some(len(of))
	copy(out, of)
	return out
}
