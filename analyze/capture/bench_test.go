package capture

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"
)

// benchFile is a capture of n packets of the size that RTP has on an Ethernet.
func benchFile(b *testing.B, n int, format string) string {
	b.Helper()
	data := payload(1, 214)
	var file []byte
	switch format {
	case "pcap":
		recs := make([]rec, n)
		for i := range recs {
			recs[i] = rec{sec: 1_700_000_000 + uint32(i/1000), frac: uint32(i%1000) * 1000, data: data}
		}
		file = pcapBytes(binary.LittleEndian, magicMicro, 262144, 1, recs...)
	case "pcapng":
		w := newNG(binary.LittleEndian).section().iface(1, 262144)
		for i := range n {
			w.enhanced(0, 1_700_000_000_000_000+uint64(i)*1000, data, len(data))
		}
		file = w.b
	}
	path := filepath.Join(b.TempDir(), "a."+format)
	if err := os.WriteFile(path, file, 0o600); err != nil {
		b.Fatal(err)
	}
	return path
}

func benchmarkNext(b *testing.B, format string, limit int64) {
	const packets = 200_000
	opt := Options{Limits: DefaultLimits()}
	opt.Limits.HashLimit = limit
	set, err := OpenSet([]string{benchFile(b, packets, format)}, nil, opt)
	if err != nil {
		b.Fatal(err)
	}
	defer set.Close()
	var batch Batch
	var sum int64
	b.ReportAllocs()
	b.SetBytes(set.Size())
	for b.Loop() {
		set.Files[0].giveBack()
		f, err := set.Files[0].Open()
		if err != nil {
			b.Fatal(err)
		}
		n := 0
		for f.Next(&batch) {
			for i := range batch.Frames {
				sum += batch.Frames[i].Time
			}
			n += len(batch.Frames)
		}
		if n != packets {
			b.Fatal(n)
		}
		f.Close()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/packets, "ns/packet")
}

func BenchmarkPcap(b *testing.B)       { benchmarkNext(b, "pcap", 0) }
func BenchmarkPcapng(b *testing.B)     { benchmarkNext(b, "pcapng", 0) }
func BenchmarkPcapHashed(b *testing.B) { benchmarkNext(b, "pcap", 1<<40) }
