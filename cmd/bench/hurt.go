package main

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/latchscope/latchscope/analyze/scenetest/trunk"
)

// hurt measures the captures whose every packet is something new.
func (b *bench) hurt() error {
	fmt.Printf("%s; medians of %d runs\n\n| capture | packets | cpu s | peak MiB | ns a packet |\n| --- | --- | --- | --- | --- |\n", machine(), b.runs)
	var names []string
	for name := range trunk.Standard() {
		if strings.HasPrefix(name, "new-") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		path, totals, err := b.capture(name, trunk.Standard()[name])
		if err != nil {
			return err
		}
		f, err := b.measure(b.analysis(path))
		os.Remove(path)
		if err != nil {
			return err
		}
		fmt.Printf("| %s | %d | %.3f | %.0f | %.0f |\n", name, totals.Packets, median(f.cpu).Seconds(), mib(f), each(f, totals.Packets))
	}
	return nil
}
