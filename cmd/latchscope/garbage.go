package main

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

const (
	garbageShare = 50       // percent of what lives
	garbageMost  = 16 << 20 // bytes
	garbageLeast = 10       // percent, lest a huge heap is looked through all the time
)

// limitGarbage bounds how much garbage may gather before it is collected. Nearly
// all that is allocated stays to the end: a collector that waits for the heap to
// double asks for twice the memory and finds nothing. While little lives, half as
// much again is soon looked through; of a large heap a share would be a lot, and
// a fixed amount is enough. Whoever sets GOGC has it his way.
func limitGarbage() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(garbageShare)
		afterCollection()
	}
}

// afterCollection sets the pace anew after each collection: the value that it
// leaves behind is what the next one finds.
func afterCollection() {
	runtime.AddCleanup(new([16]byte), func(int) {
		live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
		metrics.Read(live)
		if n := live[0].Value; n.Kind() == metrics.KindUint64 && n.Uint64() > 0 {
			debug.SetGCPercent(min(max(garbageMost*100/int(n.Uint64()), garbageLeast), garbageShare))
		}
		afterCollection()
	}, 0)
}
