package main

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// How much garbage may gather before it is collected, in percent of what lives:
// most while the heap is far from its aim, least once it has reached it.
const (
	heapAim      = 128 << 20 // bytes, garbage included
	mostGarbage  = 50
	leastGarbage = 6
)

// limitGarbage keeps the heap small. Nearly all that is allocated stays to the
// end: a collector of garbage that waits for the heap to double asks for twice
// the memory and finds nothing. A limit of the runtime's own (GOMEMLIMIT) would
// do, if it did not collect without end where more lives than it allows. Whoever
// sets GOGC has it his way.
func limitGarbage() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(mostGarbage)
		afterCollection()
	}
}

// afterCollection sets the pace anew after each collection: what it leaves
// behind for the next one to find is told when it is found.
func afterCollection() {
	runtime.AddCleanup(new([16]byte), func(int) {
		live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
		metrics.Read(live)
		if v := live[0].Value; v.Kind() == metrics.KindUint64 && v.Uint64() > 0 {
			n := int64(v.Uint64())
			debug.SetGCPercent(int(min(max((heapAim-n)*100/n, leastGarbage), mostGarbage)))
		}
		afterCollection()
	}, 0)
}
