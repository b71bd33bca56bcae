package main

import "testing"

func TestGarbageAllowed(t *testing.T) {
	for _, tt := range []struct {
		live int64 // MiB
		want int
	}{{1, farGarbage}, {80, farGarbage}, {100, 28}, {120, 6}, {128, nearGarbage}, {135, nearGarbage}, {150, nearGarbage}, {200, 20}, {400, pastGarbage}, {4000, pastGarbage}} {
		if got := garbageAllowed(tt.live << 20); got != tt.want {
			t.Errorf("%d MiB alive: %d %%, want %d", tt.live, got, tt.want)
		}
	}
}
