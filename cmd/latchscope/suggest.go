package main

import (
	"strconv"
	"strings"
)

func quoted(s string) string { return strconv.Quote(s) }

// didYouMean suggests the nearest of some names, or says otherwise.
func didYouMean(got string, names []string, otherwise string) string {
	best, least := "", 1+max(len(got)/3, 1) // one letter in three may be wrong
	for _, n := range names {
		d := distance(strings.ToLower(got), n)
		if len(got) >= 3 && strings.HasPrefix(n, strings.ToLower(got)) {
			d = min(d, 1)
		}
		if d < least {
			best, least = n, d
		}
	}
	if best == "" || least > 3 {
		return otherwise
	}
	return "did you mean " + best + "?"
}

// distance is how many insertions, deletions, exchanges and swaps of
// neighbours turn a into b (optimal string alignment).
func distance(a, b string) int {
	row := func() []int { return make([]int, len(b)+1) }
	before, last, this := row(), row(), row()
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		this[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			this[j] = min(last[j]+1, this[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				this[j] = min(this[j], before[j-2]+1)
			}
		}
		before, last, this = last, this, before
	}
	return last[len(b)]
}
