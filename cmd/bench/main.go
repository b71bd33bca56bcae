// Command bench measures latchscope against the tools that people use beside
// it, on captures that it writes itself, and prints a table in Markdown.
//
//	go run ./cmd/bench            side by side on the two-million-packet trunk
//	go run ./cmd/bench -growth    how cost grows with packets, calls and files
//	go run ./cmd/bench -hurt      captures built to hurt: memory, and what was found
//	go run ./cmd/bench -write trunk.pcap > trunk.pcap
//
// It compares processor time, because wall clocks of shared machines lie; the
// tools run in turns, so that all of them see the same weather. Tools that are
// not installed are left out.
package main

import (
	"flag"
	"fmt"
	"os"
)

func main() {
	var b bench
	write := flag.String("write", "", "write the capture of this `NAME` to standard output")
	growth := flag.Bool("growth", false, "measure how cost grows")
	count := flag.String("allocations", "", "count the allocations of analysing `FILE`")
	hurt := flag.Bool("hurt", false, "measure the captures built to hurt")
	flag.StringVar(&b.dir, "dir", os.TempDir(), "where to put the captures, 2 GB at most")
	flag.StringVar(&b.binary, "latchscope", "", "the binary to measure (default: build it)")
	flag.IntVar(&b.runs, "runs", 5, "runs of each tool; the median counts")
	flag.BoolVar(&b.slow, "slow", false, "also run tshark and sngrep, which take the better part of a minute")
	flag.Parse()
	if *count != "" {
		if err := allocations(*count); err != nil {
			fail(err)
		}
		return
	}
	if *write != "" {
		if err := generate(*write, os.Stdout); err != nil {
			fail(err)
		}
		return
	}
	err := b.start()
	switch {
	case err != nil:
	case *growth:
		err = b.growth()
	case *hurt:
		err = b.hurt()
	default:
		err = b.sideBySide()
	}
	b.end()
	if err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "bench:", err)
	os.Exit(1)
}
