package analyze

import (
	"cmp"
	"iter"
	"slices"
	"sort"
)

// throng is how many of those that share an address at one time are looked at:
// the newest. No port is used by so many calls at once, no pair of addresses by
// so many streams; a capture made to hurt has as many as one likes.
const throng = 256

// few are looked at one by one. Most addresses have one port.
const few = 4

// timetable finds things that last by what they have in common, and by time: a
// load generator uses one port for every call of the day.
type timetable[K comparable, T any] struct {
	number map[K]int32
	until  []int32            // where the things of each key end in list; they begin where those of the key before end
	list   []T                // by key, in the order in which they came
	long   map[int32]lives[T] // of the keys with more than a few things
}

// timetableOf puts things together that have the same key. Without their lives
// they are not found by time.
func timetableOf[K comparable, T any](things iter.Seq2[K, T], life func(T) (from, until int64)) *timetable[K, T] {
	t := &timetable[K, T]{number: map[K]int32{}}
	var of []int32 // the number of each thing's key
	for k := range things {
		n, ok := t.number[k]
		if !ok {
			n = int32(len(t.until))
			t.number[k] = n
			t.until = append(t.until, 0)
		}
		of = append(of, n)
		t.until[n]++
	}
	sum := int32(0)
	for n, count := range t.until {
		t.until[n] = sum // where the next one is put
		sum += count
	}
	t.list = make([]T, sum)
	i := 0
	for _, v := range things {
		t.list[t.until[of[i]]] = v
		t.until[of[i]]++
		i++
	}
	for n := range t.until {
		if list := t.of(int32(n)); len(list) > few && life != nil {
			if t.long == nil {
				t.long = map[int32]lives[T]{}
			}
			t.long[int32(n)] = livesOf(slices.Clone(list), life)
		}
	}
	return t
}

// of a key with this number are these things.
func (t *timetable[K, T]) of(n int32) []T { return t.list[t.start(n):t.until[n]] }

// start is where they begin.
func (t *timetable[K, T]) start(n int32) int32 {
	if n == 0 {
		return 0
	}
	return t.until[n-1]
}

// during are the things of a key that may have lasted at some time of a
// stretch; some of them may not.
func (t *timetable[K, T]) during(k K, from, to int64) []T {
	n, ok := t.number[k]
	if !ok {
		return nil
	}
	if l, ok := t.long[n]; ok {
		return l.during(from, to)
	}
	return t.of(n)
}

// lives is a list of things that last, in order of their beginning, so that
// those of a time are found without looking at all the others.
type lives[T any] struct {
	list  []T
	from  []int64
	until []int64 // the latest end of those up to each
}

func livesOf[T any](list []T, life func(T) (from, until int64)) lives[T] {
	l := lives[T]{list: list, from: make([]int64, len(list)), until: make([]int64, len(list))}
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

// during are those that may have lasted at some time of a stretch, in order of
// their beginning; some of them may not.
func (l lives[T]) during(from, to int64) []T {
	lo, hi := l.between(from, to)
	return l.list[max(lo, hi-throng):hi]
}

// all are those that lasted at some time of a stretch, without a bound.
func (l lives[T]) all(from, to int64) iter.Seq[T] {
	return func(yield func(T) bool) {
		for lo, hi := l.between(from, to); lo < hi; lo++ {
			if !yield(l.list[lo]) {
				return
			}
		}
	}
}

func (l lives[T]) between(from, to int64) (lo, hi int) {
	lo = sort.Search(len(l.until), func(i int) bool { return l.until[i] >= from })
	hi = sort.Search(len(l.from), func(i int) bool { return l.from[i] > to })
	return min(lo, hi), hi
}
