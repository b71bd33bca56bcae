package detect_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/latchscope/latchscope/analyze"
	"github.com/latchscope/latchscope/analyze/capture"
	"github.com/latchscope/latchscope/analyze/scenetest/trunk"
	"github.com/latchscope/latchscope/detect"
)

// BenchmarkDetect runs the detectors over traces in which every call has
// something to find, and over such in which none has, ten times as many in the
// second: the cost of a call must not grow with their number.
func BenchmarkDetect(b *testing.B) {
	for name, shape := range map[string]trunk.Shape{
		"200 calls":          {Calls: 200, AtOnce: 100, Packets: 200, Flips: 200},
		"2000 calls":         {Calls: 2000, AtOnce: 100, Packets: 200, Flips: 2000},
		"2000 sound calls":   {Calls: 2000, AtOnce: 400, Packets: 20, Pace: 200 * time.Millisecond},
		"20000 sound calls":  {Calls: 20_000, AtOnce: 4000, Packets: 20, Pace: 200 * time.Millisecond},
		"500 flips refused":  {Calls: 1, Packets: 500, Flood: trunk.NewSource, Rate: 5},
		"5000 flips refused": {Calls: 1, Packets: 500, Flood: trunk.NewSource, Rate: 50},
	} {
		b.Run(name, func(b *testing.B) { benchDetect(b, shape) })
	}
}

func benchDetect(b *testing.B, shape trunk.Shape) {
	path := filepath.Join(b.TempDir(), "bench.pcap")
	file, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	totals, err := shape.Write(file)
	if err != nil {
		b.Fatal(err)
	}
	file.Close()
	set, err := capture.OpenSet([]string{path}, nil, capture.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer set.Close()
	tr, err := analyze.Run(context.Background(), set, analyze.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		detect.Run(tr, detect.Detectors())
	}
	spent := float64(b.Elapsed().Nanoseconds()) / float64(b.N)
	b.ReportMetric(spent/float64(shape.Calls), "ns/call")
	b.ReportMetric(spent/float64(totals.Packets), "ns/packet")
}
