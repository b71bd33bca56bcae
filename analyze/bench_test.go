package analyze_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/latchscope/latchscope/analyze"
	"github.com/latchscope/latchscope/analyze/capture"
	"github.com/latchscope/latchscope/analyze/internal/collect"
	"github.com/latchscope/latchscope/analyze/internal/correlate"
	"github.com/latchscope/latchscope/analyze/packet"
	"github.com/latchscope/latchscope/analyze/scenetest/trunk"
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
		if _, err := collect.Collect(context.Background(), set, collect.Options{Limits: analyze.DefaultLimits(), Serial: serial}); err != nil {
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

func benchCorrelate(b *testing.B, s trunk.Shape, what string, count func(trunk.Totals) int) {
	set, totals := benchCapture(b, s)
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		h, err := collect.Collect(context.Background(), set, collect.Options{Limits: analyze.DefaultLimits()})
		if err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		correlate.Correlate(h)
	}
	each(b, count(totals), what)
}

// BenchmarkCorrelate puts in relation what has something in common, little of
// it and ten times as much: what one of them costs must not grow.
func BenchmarkCorrelate(b *testing.B) {
	streams := func(t trunk.Totals) int { return t.Streams }
	packets := func(t trunk.Totals) int { return t.Packets }
	for _, size := range []struct {
		name  string
		times int
	}{{"", 1}, {", ten times", 10}} {
		n := size.times
		b.Run("calls"+size.name, func(b *testing.B) {
			benchCorrelate(b, trunk.Shape{Calls: 500 * n, AtOnce: 100 * n, Packets: 20, Flips: 25 * n}, "stream", streams)
		})
		b.Run("signalling"+size.name, func(b *testing.B) {
			benchCorrelate(b, trunk.Shape{Calls: 1000 * n, AtOnce: 500, Packets: 1}, "stream", streams)
		})
		b.Run("one name at new hosts"+size.name, func(b *testing.B) {
			benchCorrelate(b, trunk.Shape{Flood: trunk.NewHosts, Rate: 10 * n, Steps: 100}, "INVITE", packets)
		})
		b.Run("one talker from new sources"+size.name, func(b *testing.B) {
			benchCorrelate(b, trunk.Shape{Calls: 1, Packets: 500, Flood: trunk.NewSource, Rate: 2 * n}, "packet", packets)
		})
	}
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
