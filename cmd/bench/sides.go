package main

import (
	"fmt"
	"os"
	"time"

	"github.com/latchscope/latchscope/analyze/scenetest/trunk"
)

// sideBySide runs the tools in turns on the same captures.
func (b *bench) sideBySide() error {
	fmt.Printf("%s; medians of %d runs in turns, whole processes, page cache warm; × is latchscope against the tool\n", machine(), b.runs)
	for _, name := range []string{"trunk.pcap", "trunk.pcapng", "wide.pcap", "sip.pcap", "sip-only.pcap"} {
		path, totals, err := b.capture(name, trunk.Standard()[name])
		if err != nil {
			return err
		}
		if err := b.compare(name, path, totals); err != nil {
			return err
		}
		os.Remove(path)
	}
	return nil
}

func (b *bench) compare(name, path string, totals trunk.Totals) error {
	commands := []command{
		b.analysis(path),
		{"latchscope, one processor", append([]string{"env", "GOMAXPROCS=1"}, b.analysis(path).args...)},
		{"capinfos -c", []string{"capinfos", "-c", path}},
		{"tcpdump -nn icmp", []string{"tcpdump", "-nn", "-r", path, "icmp"}},
	}
	slow := []command{
		{"tshark -z rtp,streams", []string{"tshark", "-q", "-z", "rtp,streams", "-r", path}},
		{"sngrep -N -q", []string{"sngrep", "-N", "-q", "-r", "-I", path}},
	}
	slowOn := "trunk.pcap" // on the others they take many minutes
	if name == "sip.pcap" || name == "sip-only.pcap" {
		slow = []command{
			{"tshark -z sip,stat", []string{"tshark", "-q", "-z", "sip,stat", "-r", path}},
			{"sipgrep -C -g", []string{"sipgrep", "-C", "-g", "-I", path}},
			slow[1],
		}
		slowOn = name
	}
	all := make([]figures, len(commands), len(commands)+len(slow))
	for range b.runs {
		for i, c := range commands {
			if c.installed() {
				if err := all[i].run(c); err != nil {
					return fmt.Errorf("%s: %w", c.name, err)
				}
			}
		}
	}
	if b.slow && name == slowOn {
		for _, c := range slow {
			var f figures
			if c.installed() {
				f.run(c) // sngrep minds the missing terminal at the end
			}
			commands, all = append(commands, c), append(all, f)
		}
	}
	fmt.Printf("\n%s: %d packets, %d RTP streams, %d SIP messages\n\n| tool | cpu s | × | wall s | × | peak MiB |\n| --- | --- | --- | --- | --- | --- |\n",
		name, totals.Packets, totals.Streams, totals.SIP)
	ours := all[0]
	for i, c := range commands {
		if len(all[i].cpu) == 0 {
			continue
		}
		cpu, wall := median(all[i].cpu), median(all[i].wall)
		fmt.Printf("| `%s` | %.3f | %.2f | %.3f | %.2f | %.0f |\n", c.name,
			cpu.Seconds(), ratio(median(ours.cpu), cpu), wall.Seconds(), ratio(median(ours.wall), wall), float64(median(all[i].peak))/(1<<20))
	}
	allocs, err := countAllocations(path)
	if err != nil {
		return err
	}
	fmt.Printf("\n%.4f allocations a packet, %.0f ns of cpu a packet\n", float64(allocs)/float64(totals.Packets), float64(median(ours.cpu).Nanoseconds())/float64(totals.Packets))
	return nil
}

func ratio(a, b time.Duration) float64 { return float64(a) / float64(max(b, 1)) }
