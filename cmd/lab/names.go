//go:build linux

package main

import (
	"crypto/rand"
	"fmt"
	"hash/fnv"
	"strings"
)

// newID is an identifier that is given once.
func newID(prefix string) string {
	return strings.ToLower(rand.Text()[:12]) + prefix
}

// ssrcOf is the SSRC of an agent's n-th call: the same in every run, so that
// two recordings of a scenario can be laid side by side.
func ssrcOf(name string, n int) uint32 {
	h := fnv.New32a()
	fmt.Fprintf(h, "%s %d", name, n)
	return h.Sum32()
}
