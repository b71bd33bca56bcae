package parts

import (
	"runtime"
	"strings"
	"testing"
)

// TestOf: the parts come to all things, each once and in order, and are no more than pay.
func TestOf(t *testing.T) {
	for _, n := range []int{0, 1, least - 1, 2 * least, 2*least + 1, 100*least + 7} {
		next := 0
		list := Of(n, func(from, to int) [2]int { return [2]int{from, to} })
		if most := min(max(n/least, 1), runtime.GOMAXPROCS(0)); len(list) != most {
			t.Errorf("%d things: %d parts, want %d", n, len(list), most)
		}
		for _, p := range list {
			if p[0] != next || p[1] < p[0] {
				t.Errorf("%d things: a part from %d to %d after %d", n, p[0], p[1], next)
			}
			next = p[1]
		}
		if next != n {
			t.Errorf("%d things: the parts end at %d", n, next)
		}
	}
}

// TestPanics: what goes wrong in a part goes wrong for who asked, with where it was.
func TestPanics(t *testing.T) {
	if runtime.GOMAXPROCS(0) == 1 {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2))
	}
	defer func() {
		p := recover()
		if text, ok := p.(string); !ok || !strings.HasPrefix(text, "first part\n") || !strings.Contains(text, "parts_test.go") {
			t.Errorf("%v", p)
		}
	}()
	Of(2*least, func(from, to int) int {
		if from == 0 {
			panic("first part")
		}
		return to
	})
	t.Error("went on")
}
