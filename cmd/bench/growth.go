package main

import (
	"fmt"
	"os"
	"time"

	"github.com/latchscope/latchscope/analyze/scenetest/trunk"
)

// growth shows how cost grows with one thing at a time. In a column of linear
// growth the last figure stays what it is.
func (b *bench) growth() error {
	fmt.Printf("%s; medians of %d runs\n", machine(), b.runs)
	fmt.Print("\n| packets | cpu s | peak MiB | ns a packet | allocations for each packet more |\n| --- | --- | --- | --- | --- |\n")
	var packets, before float64
	for _, n := range []int{500_000, 1_000_000, 2_000_000, 4_000_000, 8_000_000} {
		path, t, err := b.capture("growth.pcap", trunk.Trunk(n))
		if err != nil {
			return err
		}
		f, err := b.measure(b.analysis(path))
		if err != nil {
			return err
		}
		allocs, err := countAllocations(path)
		if err != nil {
			return err
		}
		more := "-"
		if packets > 0 {
			more = fmt.Sprintf("%.5f", (float64(allocs)-before)/(float64(t.Packets)-packets))
		}
		fmt.Printf("| %d | %.3f | %.0f | %.0f | %s |\n", t.Packets, median(f.cpu).Seconds(), mib(f), each(f, t.Packets), more)
		packets, before = float64(t.Packets), float64(allocs)
		os.Remove(path)
	}
	fmt.Print("\n| streams | dialogs | packets | cpu s | peak MiB | µs a stream |\n| --- | --- | --- | --- | --- | --- |\n")
	for _, calls := range []int{250, 2500, 12_500, 25_000} {
		s := trunk.Standard()["wide.pcap"]
		s.Calls, s.AtOnce = calls, calls/5
		err := b.grown(s, func(t trunk.Totals, f figures) {
			fmt.Printf("| %d | %d | %d | %.3f | %.0f | %.1f |\n", t.Streams, 2*calls, t.Packets, median(f.cpu).Seconds(), mib(f), each(f, t.Streams)/1000)
		})
		if err != nil {
			return err
		}
	}
	return b.manyFiles()
}

func (b *bench) grown(s trunk.Shape, tell func(trunk.Totals, figures)) error {
	path, totals, err := b.capture("growth.pcap", s)
	if err != nil {
		return err
	}
	defer os.Remove(path)
	f, err := b.measure(b.analysis(path))
	if err != nil {
		return err
	}
	tell(totals, f)
	return nil
}

func (b *bench) measure(c command) (f figures, err error) {
	for range b.runs {
		if err = f.run(c); err != nil {
			return f, fmt.Errorf("%s: %w", c.name, err)
		}
	}
	return f, nil
}

func mib(f figures) float64 { return float64(median(f.peak)) / (1 << 20) }

func each(f figures, n int) float64 {
	return float64(median(f.cpu)) / float64(time.Nanosecond) / float64(n)
}

// manyFiles compares a ring buffer of small files with one large file that
// holds the same.
func (b *bench) manyFiles() error {
	path, totals, err := b.capture("one.pcap", trunk.Trunk(1_000_000))
	if err != nil {
		return err
	}
	ring, err := split(path, b.dir, totals.Packets/200)
	if err != nil {
		return err
	}
	fmt.Print("\n| files | packets | cpu s | peak MiB |\n| --- | --- | --- | --- |\n")
	for _, files := range [][]string{{path}, ring} {
		f, err := b.measure(b.analysis(files...))
		if err != nil {
			return err
		}
		fmt.Printf("| %d | %d | %.3f | %.0f |\n", len(files), totals.Packets, median(f.cpu).Seconds(), mib(f))
	}
	return nil
}
