//go:build linux

package main

import (
	"fmt"
	"hash/fnv"
	"sync/atomic"
	"time"
)

// newID is an identifier that this process gives once.
func newID(prefix string) string {
	return fmt.Sprintf("%x-%d", time.Now().UnixNano()&0xffffffffff, idCounter.Add(1)) + prefix
}

var idCounter atomic.Int64

// ssrcOf is the SSRC of an agent's n-th call: the same in every run, so that
// two recordings of a scenario can be laid side by side.
func ssrcOf(name string, n int) uint32 {
	h := fnv.New32a()
	fmt.Fprintf(h, "%s %d", name, n)
	return h.Sum32()
}
