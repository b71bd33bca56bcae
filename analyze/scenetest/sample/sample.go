// Package sample says how many of its cases a test tries. `go test ./...` is a matter of
// minutes: what every scene or capture is put through beside the tests that hold its findings
// is tried with a spread sample, the same one each time. `make long` tries all cases, and CI does.
package sample

import (
	"os"
	"testing"
)

// Long says that everything is tried: LATCHSCOPE_LONG=1, which `make long` sets.
func Long() bool { return os.Getenv("LATCHSCOPE_LONG") == "1" }

// Every is each nth of some cases, from the first on, or all of them in the long run.
func Every[T any](t testing.TB, n int, all []T) []T {
	t.Helper()
	var some []T
	for _, i := range Indices(t, n, len(all)) {
		some = append(some, all[i])
	}
	return some
}

// Indices are those of the cases that Every picks of so many. How many are left to the
// long run is logged.
func Indices(t testing.TB, n, cases int) (some []int) {
	t.Helper()
	if Long() {
		n = 1
	}
	for i := 0; i < cases; i += n {
		some = append(some, i)
	}
	if left := cases - len(some); left > 0 {
		t.Logf("%d of %d cases are left to make long", left, cases)
	}
	return some
}

// Least is what each nth case comes to, where all come to a number at least: half of its
// share, for no sample is quite even.
func Least(n, all int) int {
	if Long() {
		return all
	}
	return all / n / 2
}
