// Package interval finds things that last by what they have in common and by
// time, without looking at all of them.
package interval

import (
	"cmp"
	"iter"
	"slices"
	"sort"
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
	Number map[K]int32
	Until  []int32           // where the things of each key end in list; they begin where those of the key before end
	List   []T               // by key, in the order in which they came
	long   map[int32]List[T] // of the keys with more than a few things
}

// IndexOf puts things together that have the same key. Without their lives
// they are not found by time.
func IndexOf[K comparable, T any](things iter.Seq2[K, T], life func(T) (from, until int64)) *Index[K, T] {
	count := 0
	for range things {
		count++
	}
	t := &Index[K, T]{Number: make(map[K]int32, count/few)}
	of := make([]int32, 0, count) // the number of each thing's key
	for k := range things {
		n, ok := t.Number[k]
		if !ok {
			n = int32(len(t.Until))
			t.Number[k] = n
			t.Until = append(t.Until, 0)
		}
		of = append(of, n)
		t.Until[n]++
	}
	sum := int32(0)
	for n, count := range t.Until {
		t.Until[n] = sum // where the next one is put
		sum += count
	}
	t.List = make([]T, sum)
	i := 0
	for _, v := range things {
		t.List[t.Until[of[i]]] = v
		t.Until[of[i]]++
		i++
	}
	for n := range t.Until {
		if list := t.Of(int32(n)); len(list) > few && life != nil {
			if t.long == nil {
				t.long = map[int32]List[T]{}
			}
			t.long[int32(n)] = ListOf(slices.Clone(list), life)
		}
	}
	return t
}

// Of a key with this number are these things.
func (t *Index[K, T]) Of(n int32) []T { return t.List[t.Start(n):t.Until[n]] }

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
	n, ok := t.Number[k]
	if !ok {
		return nil
	}
	if l, ok := t.long[n]; ok {
		return l.During(from, to)
	}
	return t.Of(n)
}

// List is a list of things that last, in order of their beginning, so that
// those of a time are found without looking at all the others.
type List[T any] struct {
	list  []T
	from  []int64
	until []int64 // the latest end of those up to each
}

func ListOf[T any](list []T, life func(T) (from, until int64)) List[T] {
	l := List[T]{list: list, from: make([]int64, len(list)), until: make([]int64, len(list))}
	slices.SortStableFunc(list, func(a, b T) int {
		x, _ := life(a)
		y, _ := life(b)
		return cmp.Compare(x, y)
	})
	for i, v := range list {
		l.from[i], l.until[i] = life(v)
		if i > 0 {
			l.until[i] = max(l.until[i], l.until[i-1])
		}
	}
	return l
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
