package analyze

import (
	"cmp"
	"slices"
	"sort"
)

// throng is how many of those that share an address at one time are looked at:
// the newest. No port is used by so many calls at once, no pair of addresses by
// so many streams; a capture made to hurt has as many as one likes.
const throng = 256

// lives is a list of things that last, in order of their beginning, so that
// those of a time are found without looking at all the others: a load generator
// uses one port for every call of the day.
type lives[T any] struct {
	list  []T
	from  []int64
	until []int64 // the latest end of those up to each
}

func livesOf[T any](list []T, life func(T) (from, until int64)) lives[T] {
	if len(list) <= few {
		return lives[T]{list: list}
	}
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

// few are looked at one by one. Most addresses have one port.
const few = 4

// during are those that may have lasted at some time of a stretch, in order of
// their beginning; some of them may not.
func (l lives[T]) during(from, to int64) []T {
	if l.from == nil {
		return l.list
	}
	lo := sort.Search(len(l.until), func(i int) bool { return l.until[i] >= from })
	hi := sort.Search(len(l.from), func(i int) bool { return l.from[i] > to })
	if hi <= lo {
		return nil
	}
	return l.list[max(lo, hi-throng):hi]
}
