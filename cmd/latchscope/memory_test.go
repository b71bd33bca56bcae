package main

import (
	"runtime"
	"testing"
)

// The heap may grow to least, or by a tenth, before garbage is looked for, and the
// limit leaves it room for that.
func TestPacing(t *testing.T) {
	for _, tt := range []struct {
		live, beside  int64 // MiB
		percent, heap int64 // heap: up to where it grows, MiB
	}{
		{0, 0, 450, 18}, {2, 1, 400, 18}, {10, 3, 80, 18}, {16, 3, 25, 20}, {30, 4, 13, 34}, {100, 10, 10, 110}, {1000, 50, 10, 1100},
	} {
		p := pacingOf(tt.live<<20, tt.beside<<20)
		if int64(p.percent) != tt.percent {
			t.Errorf("%d MiB alive and %d beside: %d %%, want %d", tt.live, tt.beside, p.percent, tt.percent)
		}
		if free := p.limit*97/100 - (tt.heap+tt.beside)<<20; free < spare-8 || free > spare+8 {
			t.Errorf("%d MiB alive and %d beside: the limit leaves %d bytes above a heap of %d MiB", tt.live, tt.beside, free, tt.heap)
		}
	}
}

// TestMemoryInUse holds that the runtime knows the figures by these names.
func TestMemoryInUse(t *testing.T) {
	keep := make([]byte, 8<<20)
	runtime.GC()
	if live, beside := memoryInUse(); live < 8<<20 || beside <= 0 || beside > 1<<30 {
		t.Errorf("%d bytes alive, %d beside the heap", live, beside)
	}
	runtime.KeepAlive(keep)
}
