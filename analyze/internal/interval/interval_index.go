// Package interval finds things that last by what they have in common and by
// time, without looking at all of them.
package interval

import (
	"cmp"
	"iter"
	"slices"
	"sort"

	"github.com/latchscope/latchscope/analyze/internal/arena"
)

// maxAtOnce is how many of those that share a key at one time are looked at: the
// newest. No port is used by so many calls at once, no pair of addresses by so
// many streams; a capture made to hurt has as many as one likes.
const maxAtOnce = 256

// few are looked at one by one. Most addresses have one port.
const few = 4

// Index finds things that last by what they have in common, and by time: a
// load generator uses one port for every call of the day.
type Index[K comparable, T any] struct {
	arena.Numbers[K]                   // of the keys
	Until            []int32           // where the things of each key end in List; they begin where those of the key before end
	List             []T               // by key, in the order in which they came
	long             map[int32]List[T] // of the keys with more than a few things
}

// IndexOf puts things together that have the same key; there are about so many of both.
// Without their lives they are not found by time.
func IndexOf[K comparable, T any](keys, about int, things iter.Seq2[K, T], life func(T) (from, until int64)) *Index[K, T] {
	t := &Index[K, T]{Numbers: arena.NumbersFor[K](keys), Until: make([]int32, 0, keys)}
	all, of := make([]T, 0, about), make([]int32, 0, about) // of each the number of its key
	for k, v := range things {
		n := t.Add(k)
		if int(n) == len(t.Until) {
			t.Until = append(t.Until, 0)
		}
		t.Until[n]++
		all, of = append(all, v), append(of, n)
	}
	sum := int32(0)
	for n, count := range t.Until {
		t.Until[n] = sum // where the next one is put
		sum += count
	}
	t.List = make([]T, sum)
	for i, n := range of {
		t.List[t.Until[n]] = all[i]
		t.Until[n]++
	}
	for n := range t.Until {
		if list := t.ByNumber(int32(n)); len(list) > few && life != nil {
			if t.long == nil {
				t.long = map[int32]List[T]{}
			}
			t.long[int32(n)] = ListOf(list, life)
		}
	}
	return t
}

// ByNumber are the things of the key with a number.
func (t *Index[K, T]) ByNumber(n int32) []T { return t.List[t.Start(n):t.Until[n]] }

// Start is where they begin.
func (t *Index[K, T]) Start(n int32) int32 {
	if n == 0 {
		return 0
	}
	return t.Until[n-1]
}

// During are the things of a key that may have lasted at some time of a
// stretch; some of them may not.
func (t *Index[K, T]) During(k K, from, to int64) []T {
	n, ok := t.Of(k)
	if !ok {
		return nil
	}
	if l, ok := t.long[n]; ok {
		return l.During(from, to)
	}
	return t.ByNumber(n)
}

// List is a list of things that last, in order of their beginning, so that
// those of a time are found without looking at all the others.
type List[T any] struct {
	list  []T
	from  []int64
	until []int64 // the latest end of those up to each
}

// ListOf is such a list of some things, which mostly are in that order.
func ListOf[T any](list []T, life func(T) (from, until int64)) List[T] {
	l := List[T]{list: list, from: make([]int64, len(list)), until: make([]int64, len(list))}
	l.measure(life)
	if !slices.IsSorted(l.from) {
		l.list = slices.Clone(list)
		slices.SortStableFunc(l.list, func(a, b T) int {
			x, _ := life(a)
			y, _ := life(b)
			return cmp.Compare(x, y)
		})
		l.measure(life)
	}
	for i := 1; i < len(list); i++ {
		l.until[i] = max(l.until[i], l.until[i-1])
	}
	return l
}

// measure notes each one's life.
func (l List[T]) measure(life func(T) (from, until int64)) {
	for i, v := range l.list {
		l.from[i], l.until[i] = life(v)
	}
}

// During are those that may have lasted at some time of a stretch, in order of
// their beginning; some of them may not.
func (l List[T]) During(from, to int64) []T {
	lo, hi := l.between(from, to)
	return l.list[max(lo, hi-maxAtOnce):hi]
}

func (l List[T]) between(from, to int64) (lo, hi int) {
	lo = sort.Search(len(l.until), func(i int) bool { return l.until[i] >= from })
	hi = sort.Search(len(l.from), func(i int) bool { return l.from[i] > to })
	return min(lo, hi), hi
}
