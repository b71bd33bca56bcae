package detect_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/latchscope/latchscope/analyze"
	"github.com/latchscope/latchscope/analyze/capture"
	"github.com/latchscope/latchscope/analyze/scene/trunk"
	"github.com/latchscope/latchscope/detect"
)

// BenchmarkDetect runs the detectors over traces in which every call has
// something to find, ten times as many in the second: the cost of a call must
// not grow with their number.
func BenchmarkDetect(b *testing.B) {
	for name, calls := range map[string]int{"200 calls": 200, "2000 calls": 2000} {
		b.Run(name, func(b *testing.B) {
			var file bytes.Buffer
			if _, err := (trunk.Shape{Calls: calls, AtOnce: 100, Packets: 200, Flips: calls}).Write(&file); err != nil {
				b.Fatal(err)
			}
			path := filepath.Join(b.TempDir(), "bench.pcap")
			if err := os.WriteFile(path, file.Bytes(), 0o600); err != nil {
				b.Fatal(err)
			}
			set, err := capture.OpenSet([]string{path}, nil, capture.Options{})
			if err != nil {
				b.Fatal(err)
			}
			defer set.Close()
			trace, err := analyze.Run(context.Background(), set, analyze.Options{})
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				detect.Run(trace, detect.Detectors())
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(calls), "ns/call")
		})
	}
}
