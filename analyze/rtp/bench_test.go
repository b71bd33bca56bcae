package rtp

import (
	"math/rand/v2"
	"testing"
)

var sink struct {
	n    int
	hash uint64
	ext  int64
}

func voice() []byte {
	b := make([]byte, 172)
	r := rand.New(rand.NewPCG(1, 1))
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	b[0], b[1] = 0x80, 0
	return b
}

func BenchmarkClassifyRTP(b *testing.B) {
	p := voice()
	for b.Loop() {
		sink.n += int(Classify(p))
	}
}

func BenchmarkParse(b *testing.B) {
	p := voice()
	var h Header
	for b.Loop() {
		Parse(p, &h)
		sink.n += h.PayloadLen
	}
}

func BenchmarkUpdate(b *testing.B) {
	var s Stats
	var h Header
	var at int64
	for b.Loop() {
		h.Seq++
		h.TS += 160
		at += 20_000_000
		sink.ext = s.Update(at, h.Stamp, 8000).Ext
	}
}

func BenchmarkUpdateReordered(b *testing.B) {
	var s Stats
	var h Header
	var at int64
	var i uint16
	for b.Loop() {
		i++
		h.Seq = i ^ 1
		h.TS = 160 * uint32(i^1)
		at += 20_000_000
		sink.ext = s.Update(at, h.Stamp, 8000).Ext
	}
}

func BenchmarkFingerprint(b *testing.B) {
	p := voice()[12:]
	for b.Loop() {
		h, _ := Fingerprint(p)
		sink.hash ^= h
	}
}

func BenchmarkSketchAdd(b *testing.B) {
	hashes := talkHashes(1, 4096)
	var s Sketch
	i := 0
	for b.Loop() {
		s.Add(hashes[i&4095])
		i++
	}
	sink.n += s.Len()
}

func BenchmarkShared(b *testing.B) {
	x, y := sketchOf(talkHashes(1, 1000)), sketchOf(talkHashes(2, 1000))
	for b.Loop() {
		n, _ := Shared(x, y)
		sink.n += n
	}
}

func BenchmarkWalkRTCP(b *testing.B) {
	p := marshal(b, senderReport, sdes)
	for b.Loop() {
		WalkRTCP(p, func(p RTCPPacket) bool {
			for r := range p.Reports() {
				sink.n += int(r.Jitter)
			}
			return true
		})
	}
}

func BenchmarkParseSTUN(b *testing.B) {
	p := unhex(b, "0101 000c 2112a442 0102030405060708090a0b0c 0020 0008 0001 8055 cb007109")
	var s STUNMessage
	for b.Loop() {
		ParseSTUN(p, &s)
		sink.n += int(s.Class)
	}
}

// BenchmarkAll is what one voice packet costs here.
func BenchmarkAll(b *testing.B) {
	p := voice()
	var s Stats
	var k Sketch
	var h Header
	var at int64
	for b.Loop() {
		p[3]++
		p[20]++
		at += 20_000_000
		if Classify(p) != RTP || !Parse(p, &h) {
			b.Fatal("no RTP")
		}
		s.Update(at, h.Stamp, ClockOf(h.PT))
		if f, ok := Fingerprint(h.Payload(p)); ok {
			k.Add(f)
		}
	}
}
