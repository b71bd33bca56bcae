package correlate

import (
	"runtime"
	"sync"
)

// leastPart is how much there has to be for another goroutine to pay.
const leastPart = 1024

// inParts does something to n things that do not know of each other, in as many parts
// as there are processors to be had, and returns what came of the parts in their
// order: no part knows how many there are.
func inParts[T any](n int, do func(from, to int) T) []T {
	parts := min(max(n/leastPart, 1), runtime.GOMAXPROCS(0))
	out := make([]T, parts)
	var wait sync.WaitGroup
	for i := range parts {
		from, to := n*i/parts, n*(i+1)/parts
		if i == parts-1 { // here
			out[i] = do(from, to)
			break
		}
		wait.Go(func() { out[i] = do(from, to) })
	}
	wait.Wait()
	return out
}
