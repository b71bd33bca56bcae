// Package parts does work of one kind on all processors.
package parts

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
)

// least is how much there has to be for another goroutine to pay.
const least = 1024

// Of does something to n things that do not know of each other, in as many parts
// as there are processors to be had, and returns what came of the parts in their
// order: no part knows how many there are. A part that panics has Of panic.
func Of[T any](n int, do func(from, to int) T) []T {
	parts := min(max(n/least, 1), runtime.GOMAXPROCS(0))
	out := make([]T, parts)
	var wait sync.WaitGroup
	var failed atomic.Value
	for i := range parts {
		from, to := n*i/parts, n*(i+1)/parts
		if i == parts-1 { // here
			out[i] = do(from, to)
			break
		}
		wait.Go(func() {
			defer func() {
				if p := recover(); p != nil {
					failed.Store(fmt.Sprintf("%v\n%s", p, debug.Stack()))
				}
			}()
			out[i] = do(from, to)
		})
	}
	wait.Wait()
	if p := failed.Load(); p != nil {
		panic(p)
	}
	return out
}
