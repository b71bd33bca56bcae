package main

import (
	"runtime"
	"testing"
)

// The heap may grow to least, or by a seventh or so, before garbage is looked for, and by
// more where there was next to none; the limit leaves it room for that, and for the next
// time.
func TestPacing(t *testing.T) {
	for _, tt := range []struct {
		live, beside  int64 // MiB
		vain          bool
		percent, heap int64 // heap: up to where it grows, MiB
	}{
		{0, 0, false, 300, 12}, {2, 1, false, 250, 12}, {10, 3, false, 40, 14}, {16, 3, false, 25, 20}, {40, 4, false, 15, 46},
		{60, 4, false, 15, 69}, {100, 10, false, 60, 160}, {1000, 50, false, 15, 1150},
		{10, 3, true, 150, 25}, {20, 3, true, 150, 50}, {60, 4, true, 150, 150}, {100, 10, true, 60, 160}, {120, 10, true, 33, 160}, {130, 10, true, 25, 162}, {160, 10, true, 25, 200}, {1000, 50, true, 25, 1250},
	} {
		p := pacingOf(heap{live: tt.live << 20, beside: tt.beside << 20}, tt.vain)
		if int64(p.percent) != tt.percent {
			t.Errorf("%d MiB alive and %d beside: %d %%, want %d", tt.live, tt.beside, p.percent, tt.percent)
		}
		const rounded = 1 << 20    // of heap
		if p.limit == leastLimit { // a small heap is left alone
			if (tt.heap*115/100+tt.beside)<<20+spare > leastLimit {
				t.Errorf("%d MiB alive and %d beside: the least limit, where a heap of %d MiB may grow beyond it", tt.live, tt.beside, tt.heap)
			}
			continue
		}
		if free := p.limit*97/100 - (tt.heap*115/100+tt.beside)<<20; free < spare-rounded || free > spare+rounded {
			t.Errorf("%d MiB alive and %d beside: the limit leaves %d bytes above a heap of %d MiB and a seventh", tt.live, tt.beside, free, tt.heap)
		}
	}
}

// TestMemoryInUse holds that the runtime knows the figures by these names.
func TestMemoryInUse(t *testing.T) {
	keep := make([]byte, 8<<20)
	runtime.GC()
	if h := memoryInUse(); h.live < 8<<20 || h.grown < 8<<20 || h.beside <= 0 || h.beside > 1<<30 {
		t.Errorf("%+v", h)
	}
	runtime.KeepAlive(keep)
}
