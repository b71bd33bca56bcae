package rates

import (
	"cmp"
	"slices"
)

// Level is the share of comparisons, of all that are made at once, in which chance
// alone may pass for a difference.
const Level = 0.05

// holm is the level at which each of several rows is tested, so that with Level
// none of them is taken for a difference by chance (Holm 1979): the one that is
// least like chance at Level through the number of rows, the next at Level through
// one less, and so on; from the first that chance explains, all that follow at
// that one's.
func holm(p []float64) []float64 {
	order := make([]int, len(p))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(p[a], p[b]) })
	out := make([]float64, len(p))
	level, stopped := 0.0, false
	for i, at := range order {
		if !stopped && (i == 0 || p[at] > p[order[i-1]]) {
			level = Level / float64(len(p)-i)
			stopped = p[at] > level
		}
		out[at] = level
	}
	return out
}
