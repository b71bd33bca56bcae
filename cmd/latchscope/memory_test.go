package main

import (
	"runtime"
	"testing"
)

func TestMemoryLimit(t *testing.T) {
	for _, tt := range []struct {
		live, beside, want int64 // MiB
	}{
		{0, 0, 24}, {10, 3, 24}, {20, 3, 28}, {48, 6, 66}, {100, 10, 126}, {1000, 50, 1066},
	} {
		if got := memoryLimit(tt.live<<20, tt.beside<<20); got != tt.want<<20 {
			t.Errorf("%d MiB alive and %d beside: %d MiB, want %d", tt.live, tt.beside, got>>20, tt.want)
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
