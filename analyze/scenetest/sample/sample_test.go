package sample

import (
	"slices"
	"testing"
)

func TestEvery(t *testing.T) {
	all := []string{"a", "b", "c", "d", "e", "f", "g"}
	for _, c := range []struct {
		long  string
		want  []string
		least int
	}{{"", []string{"a", "d", "g"}, 10}, {"0", []string{"a", "d", "g"}, 10}, {"1", all, 60}} {
		t.Setenv("LATCHSCOPE_LONG", c.long)
		if got := Every(t, 3, all); !slices.Equal(got, c.want) {
			t.Errorf("LATCHSCOPE_LONG=%q: %v", c.long, got)
		}
		if got := Least(3, 60); got != c.least {
			t.Errorf("LATCHSCOPE_LONG=%q: %d of 60", c.long, got)
		}
	}
}
