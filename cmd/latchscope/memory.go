package main

import (
	"os"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

const (
	leastHeap   = 12 << 20 // what a small capture may take without a look for garbage
	roomPercent = 15       // of what lives, for garbage beside it
	leastRoom   = 4 << 20
	nearlyAll   = 93        // percent of a heap: so much of it lived, and the next look finds as little
	vainPercent = 25        // of what lives, where nearly all of it did
	farPercent  = 150       // of what lives, until that look
	farHeap     = 160 << 20 // up to which a heap may grow so; a larger one is dear
	largeHeap   = 64 << 20  // from where a look costs so much that a heap may grow so at any rate
	spare       = 4 << 20   // of the limit, see pacing
	leastLimit  = 56 << 20  // below which no limit is of use: a heap grows faster then than a pace is set
	paceEvery   = 10 * time.Millisecond
)

// paceMemory keeps the program small. Nearly all that an analysis allocates
// stays to the end: a collector of garbage that waits for the heap to double asks
// for twice the memory and finds nothing. Up to farHeap that is less dear than to look
// in vain again and again.
//
// This is for main to do and for nobody's library. Whoever sets GOGC or
// GOMEMLIMIT has it his way.
func paceMemory() {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	p := pacingOf(heap{}, false)
	p.set()
	go func() {
		var before heap
		vain := false
		for range time.Tick(paceEvery) {
			h := memoryInUse()
			if h.live != before.live {
				vain = h.live*100 >= before.grown*nearlyAll
			}
			before = h
			if n := pacingOf(h, vain); n != p {
				p = n
				p.set()
			}
		}
	}()
}

// pacing says when to look for garbage: when the heap has grown by so many percent
// since the last look. The runtime's limit stands above what it has by then: it is
// there so that memory that is free goes back to the system at once, and not to have
// garbage looked for before, which costs as much every time as all that lives. A limit
// that stood still would have it looked for without end where more lives; and one that
// stood close would have it looked for twice in a row, before the next pace is set.
type pacing struct {
	percent int
	limit   int64
}

func (p pacing) set() {
	debug.SetGCPercent(p.percent)
	debug.SetMemoryLimit(p.limit)
}

// heap is what the runtime has, in bytes.
type heap struct {
	live   int64 // when garbage was collected last
	grown  int64 // since then, all in all
	beside int64 // stacks, and the runtime's own records
}

// pacingOf is the pace for a heap, of which the last look for garbage found next to
// none or did find some.
func pacingOf(h heap, vain bool) pacing {
	live, beside := h.live, h.beside
	room := max(leastHeap-live, live*roomPercent/100, leastRoom)
	if vain || live >= largeHeap {
		room = max(room, min(live*farPercent/100, farHeap-live))
	}
	if vain {
		room = max(room, live*vainPercent/100)
	}
	return pacing{
		// The runtime counts a heap of less than 4 MiB as one of 4 MiB.
		percent: int(room * 100 / max(live, 4<<20)),
		// It keeps 3 % of a limit to itself.
		limit: max(leastLimit, ((live+room)*(100+roomPercent)/100+beside+spare)*100/97),
	}
}

func memoryInUse() heap {
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
	return heap{of(0), of(3), max(0, of(1)-of(2)-of(3)-of(4)-of(5))}
}
