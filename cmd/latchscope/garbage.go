package main

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// heapAim is what the heap should stay below, garbage included, with the calls
// of a busy day in it.
const heapAim = 128 << 20

// How much garbage may gather before it is collected, in percent of what lives.
const (
	newGarbage  = 200 // before the first collection, which comes at 8 MiB: small captures need none
	farGarbage  = 50  // while the heap is far from its aim
	nearGarbage = 3   // where looking for the last of it keeps the aim, or nearly
	pastGarbage = 25  // where no looking would
)

// limitGarbage keeps the heap small. Nearly all that is allocated stays to the
// end: a collector of garbage that waits for the heap to double asks for twice
// the memory and finds nothing. A limit of the runtime's own (GOMEMLIMIT) would
// do, if it did not collect without end where more lives than it allows. Whoever
// sets GOGC has it his way.
func limitGarbage() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(newGarbage)
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
			debug.SetGCPercent(garbageAllowed(int64(v.Uint64())))
		}
		afterCollection()
	}, 0)
}

// garbageAllowed beside so many bytes that live. A quarter above the aim is
// still near it.
func garbageAllowed(live int64) int {
	if past := (live - heapAim*5/4) * 100 / live; past > 0 {
		return int(min(max(past, nearGarbage), pastGarbage))
	}
	return int(min(max((heapAim-live)*100/live, nearGarbage), farGarbage))
}
