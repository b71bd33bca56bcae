//go:build !linux

// Lab is the laboratory. It needs Linux: network namespaces and nftables.
package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Fprintln(os.Stderr, "lab: needs Linux")
	os.Exit(1)
}
