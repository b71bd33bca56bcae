package latch

import (
	"fmt"
	"strings"
)

// A choice is a parameter that takes one of a few words. Its names stand in the
// order of its values, so that the words and the constants cannot drift apart
// in more than one place.
type choice interface {
	~uint8
	names() []string
}

func choiceText[T choice](v T) string {
	if n := v.names(); int(v) < len(n) {
		return n[v]
	}
	return fmt.Sprintf("%T(%d)", v, uint8(v))
}

func parseChoice[T choice](word string) (T, error) {
	var zero T
	for i, n := range zero.names() {
		if n == word {
			return T(i), nil
		}
	}
	return zero, fmt.Errorf("%q is not one of %s", word, strings.Join(zero.names(), ", "))
}

func validChoice[T choice](v T) bool { return int(v) < len(v.names()) }
