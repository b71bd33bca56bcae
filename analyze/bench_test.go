package analyze_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/latchscope/latchscope/analyze"
	"github.com/latchscope/latchscope/analyze/capture"
	"github.com/latchscope/latchscope/analyze/packet"
	"github.com/latchscope/latchscope/analyze/scene/trunk"
	"github.com/latchscope/latchscope/analyze/sip"
)

// The stages of an analysis, one after the other, on one capture: whoever made
// one of them slow finds it here. In the rooms of each stage are benchmarks of
// its parts.

var busy = trunk.Shape{Calls: 100, AtOnce: 100, Packets: 640, Flips: 5, Idle: 100}

func benchCapture(b *testing.B, s trunk.Shape) (*capture.Set, trunk.Totals) {
	b.Helper()
	var file bytes.Buffer
	totals, err := s.Write(&file)
	if err != nil {
		b.Fatal(err)
	}
	path := filepath.Join(b.TempDir(), "bench.pcap")
	if err := os.WriteFile(path, file.Bytes(), 0o600); err != nil {
		b.Fatal(err)
	}
	opt := capture.Options{Limits: capture.DefaultLimits()}
	opt.Limits.HashLimit = 0 // else the hash is what is measured
	set, err := capture.OpenSet([]string{path}, nil, opt)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { set.Close() })
	return set, totals
}

func each(b *testing.B, n int, what string) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/"+what)
}

func BenchmarkRead(b *testing.B) {
	set, totals := benchCapture(b, busy)
	var batch capture.Batch
	b.ReportAllocs()
	for b.Loop() {
		f, err := set.Files[0].Open()
		if err != nil {
			b.Fatal(err)
		}
		for f.Next(&batch) {
		}
		f.Close()
	}
	each(b, totals.Packets, "packet")
}

func BenchmarkReadAndDecode(b *testing.B) {
	set, totals := benchCapture(b, busy)
	var batch capture.Batch
	var out []packet.Datagram
	b.ReportAllocs()
	for b.Loop() {
		f, err := set.Files[0].Open()
		if err != nil {
			b.Fatal(err)
		}
		dec := packet.NewDecoder(packet.Options{WantTCP: sip.Looks})
		for f.Next(&batch) {
			out = out[:0]
			for i := range batch.Frames {
				out = dec.Decode(&batch.Frames[i], out)
			}
		}
		f.Close()
	}
	each(b, totals.Packets, "packet")
}

func benchCollect(b *testing.B, s trunk.Shape, serial bool) {
	set, totals := benchCapture(b, s)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := analyze.Collect(context.Background(), set, analyze.Options{Limits: analyze.DefaultLimits(), Serial: serial}); err != nil {
			b.Fatal(err)
		}
	}
	each(b, totals.Packets, "packet")
}

func BenchmarkCollect(b *testing.B) {
	b.Run("serial", func(b *testing.B) { benchCollect(b, busy, true) })
	b.Run("two goroutines", func(b *testing.B) { benchCollect(b, busy, false) })
	b.Run("SIP", func(b *testing.B) { benchCollect(b, trunk.Shape{Calls: 5000, AtOnce: 1000, Packets: 1}, true) })
	b.Run("many streams", func(b *testing.B) {
		benchCollect(b, trunk.Shape{Calls: 5000, AtOnce: 5000, Packets: 20}, true)
	})
}

func BenchmarkCorrelate(b *testing.B) {
	s := trunk.Shape{Calls: 2000, AtOnce: 400, Packets: 20, Flips: 100}
	set, totals := benchCapture(b, s)
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		h, err := analyze.Collect(context.Background(), set, analyze.Options{Limits: analyze.DefaultLimits()})
		if err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		analyze.Correlate(h)
	}
	each(b, totals.Streams, "stream")
}

// BenchmarkRun is all of it, the second look included.
func BenchmarkRun(b *testing.B) {
	set, totals := benchCapture(b, busy)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := analyze.Run(context.Background(), set, analyze.Options{}); err != nil {
			b.Fatal(err)
		}
	}
	each(b, totals.Packets, "packet")
}
