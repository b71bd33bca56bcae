package correlate

import (
	"cmp"
	"slices"

	"github.com/latchscope/latchscope/analyze/trace"
)

// sortMoments sorts things by their moments, and by tie, if there is one, where
// these are the same; the order of those that are equal stays. What was
// collected from one file mostly is in order, and looking costs little. Else
// only keys are moved about while sorting: the things lie all over the memory.
func sortMoments[T any](list []T, at func(T) trace.Moment, tie func(a, b T) int) {
	type key struct {
		trace.Moment
		of int
	}
	compare := func(a, b key) int {
		c := a.Compare(b.Moment)
		if c == 0 && tie != nil {
			c = tie(list[a.of], list[b.of])
		}
		return cmp.Or(c, cmp.Compare(a.of, b.of))
	}
	sorted := true
	var last key
	for i, v := range list {
		k := key{at(v), i}
		if i > 0 && compare(last, k) > 0 {
			sorted = false
			break
		}
		last = k
	}
	if sorted {
		return
	}
	keys := make([]key, len(list))
	for i, v := range list {
		keys[i] = key{at(v), i}
	}
	slices.SortFunc(keys, compare)
	was := slices.Clone(list)
	for i, k := range keys {
		list[i] = was[k.of]
	}
}
