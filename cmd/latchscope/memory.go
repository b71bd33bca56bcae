package main

import (
	"os"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

const (
	leastMemory = 24 << 20 // what a small capture may take without a look for garbage
	roomPercent = 25       // of what lives, for garbage beside it
	leastRoom   = 4 << 20
	mostRoom    = 16 << 20
	paceEvery   = 10 * time.Millisecond
)

// paceMemory keeps the program small. Nearly all that an analysis allocates
// stays to the end: a collector of garbage that waits for the heap to double asks
// for twice the memory and finds nothing. So the runtime's own limit stays a
// little above what lives, and rises with it: below the limit the runtime has its
// usual pace, at the limit it looks for garbage and gives back what is free. A
// limit that stood still would make it look without end where more lives.
//
// This is for main to do and for nobody's library. Whoever sets GOGC or
// GOMEMLIMIT has it his way.
func paceMemory() {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	limit := int64(leastMemory)
	debug.SetMemoryLimit(limit)
	go func() {
		for range time.Tick(paceEvery) {
			if l := memoryLimit(memoryInUse()); l != limit {
				limit = l
				debug.SetMemoryLimit(l)
			}
		}
	}()
}

// memoryLimit is the limit for so many bytes that live on the heap, and so many
// of the runtime's memory beside the heap.
func memoryLimit(live, beside int64) int64 {
	return max(leastMemory, live+min(max(live*roomPercent/100, leastRoom), mostRoom)+beside)
}

// memoryInUse is what lived on the heap when garbage was collected last, and what
// the runtime takes beside the heap: stacks, and its own records.
func memoryInUse() (live, beside int64) {
	s := []metrics.Sample{
		{Name: "/gc/heap/live:bytes"},
		{Name: "/memory/classes/total:bytes"},
		{Name: "/memory/classes/heap/released:bytes"},
		{Name: "/memory/classes/heap/objects:bytes"},
		{Name: "/memory/classes/heap/unused:bytes"},
		{Name: "/memory/classes/heap/free:bytes"},
	}
	metrics.Read(s)
	of := func(i int) int64 {
		if s[i].Value.Kind() != metrics.KindUint64 {
			return 0 // a runtime that does not know it
		}
		return int64(s[i].Value.Uint64())
	}
	return of(0), max(0, of(1)-of(2)-of(3)-of(4)-of(5))
}
