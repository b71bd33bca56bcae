// Package arena hands out values of one type from arrays of them. What lives to the
// end by the hundred thousand need not be rounded up to a size of the allocator's one
// by one, nor looked at one by one by the garbage collector.
package arena

import "reflect"

// Arena hands out values, and takes none back: an array stays as long as any of its
// values. The zero Arena is ready.
type Arena[T any] struct {
	rest []T
	next int // length of the next array
}

// most is how large an array grows, in bytes. The collector of garbage looks up the
// array of each pointer that it meets: of a few hundred of them its records stay in a
// processor's cache, of ten thousand they do not. What it looks through in one go is
// as large, too.
const most = 128 << 10

// One is a new zero value.
func (a *Arena[T]) One() *T { return &a.Some(1)[0] }

// Some are n new zero values in a row, with room for no more.
func (a *Arena[T]) Some(n int) []T {
	if n > len(a.rest) {
		fit := max(most/int(reflect.TypeFor[T]().Size()), 1)
		a.next = min(max(2*a.next, 4), fit)
		a.rest = make([]T, max(a.next, n))
	}
	out := a.rest[:n:n]
	clear(out) // a page of memory that is read before it is written is mapped twice
	a.rest = a.rest[n:]
	return out
}

// List is a list of its own with what another one holds.
func (a *Arena[T]) List(of ...T) []T {
	out := a.Some(len(of))
	copy(out, of)
	return out
}

// Pool is an Arena for what may turn out not to be needed: the place of a value that
// is given back is the next one's. The zero Pool is ready.
type Pool[T any] struct {
	arena Arena[T]
	free  []*T
}

// One is a new zero value.
func (p *Pool[T]) One() *T {
	n := len(p.free)
	if n == 0 {
		return p.arena.One()
	}
	v := p.free[n-1]
	p.free = p.free[:n-1]
	return v
}

// Free takes a value back, to which nothing may lead any more.
func (p *Pool[T]) Free(v *T) {
	var zero T
	*v = zero
	p.free = append(p.free, v)
}
