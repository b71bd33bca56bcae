package capture

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"testing/iotest"
)

// mixture is a pcapng with everything in it, of about n packets.
func mixture(n int, seed uint64) []byte { return mixtureIn(n, seed, le, be) }

// mixtureIn is the same with sections in these byte orders.
func mixtureIn(n int, seed uint64, orders ...binary.AppendByteOrder) []byte {
	rng := rand.New(rand.NewPCG(seed, 1))
	w := newNG(le)
	ifaces := 0
	begin := func() {
		w.order = orders[rng.IntN(2)%len(orders)]
		w.section(w.option(optComment, payload(1, rng.IntN(20))))
		ifaces = 0
	}
	begin()
	for i := range n {
		switch k := rng.IntN(100); {
		case k == 0:
			begin()
		case k < 3 || ifaces == 0:
			var clock [][]byte // half of the interfaces have an ordinary one
			if rng.IntN(2) == 0 {
				clock = [][]byte{w.option(9, []byte{byte(rng.IntN(256))}), w.option(14, w.u64(uint64(rng.IntN(1e9))))}
			}
			w.iface(uint16(rng.IntN(3)*50), uint32(rng.IntN(3)*64), clock...)
			ifaces++
		case k < 5:
			w.block([]uint32{blockNames, blockJournal, blockCustom, 0x999}[rng.IntN(4)], payload(i, rng.IntN(5000)))
		case k < 6:
			w.stats(uint32(rng.IntN(ifaces+1)), w.option(4, w.u64(uint64(i))))
		case k < 10:
			data := payload(i, rng.IntN(300))
			w.simple(data, uint32(len(data)))
		case k < 15:
			w.packet(uint16(rng.IntN(ifaces)), uint16(rng.IntN(2)), µs2023+uint64(i), payload(i, rng.IntN(300)))
		default:
			data := payload(i, rng.IntN(600))
			opts := [][]byte{}
			if rng.IntN(10) == 0 {
				opts = append(opts, w.option(optComment, []byte("here")))
			}
			w.enhanced(uint32(rng.IntN(ifaces+rng.IntN(2))), µs2023+uint64(i), data, len(data)+rng.IntN(2)*100, opts...)
		}
	}
	return w.b
}

func samples() map[string][]byte {
	plain, _ := many(600)
	return map[string][]byte{
		"pcap":          plain,
		"pcap, cut":     plain[:len(plain)-5],
		"pcap, damaged": append(bytes.Clone(plain), bytes.Repeat([]byte{0xee}, 5000)...),
		"pcapng":        mixture(800, 1),
		"pcapng, cut":   mixture(800, 2)[:90_001],
		"gzip":          gzipped(plain),
		"zstd":          zstded(mixture(800, 3)),
		"xz":            xzed(plain),
	}
}

// How the bytes arrive and how large batches are changes nothing.
func TestBatchesDoNotMatter(t *testing.T) {
	for name, file := range samples() {
		want := read(t, file, Options{})
		if len(want.frames) < 100 {
			t.Fatalf("%s: %d frames", name, len(want.frames))
		}
		for what, opt := range map[string]Options{
			"chunks of 1 byte":     {chunk: 1},
			"chunks of 100 bytes":  {chunk: 100},
			"chunks of 4099 bytes": {chunk: 4099},
			"one frame a batch":    {frames: 1},
			"seven frames a batch": {frames: 7, chunk: 3000},
			"one byte a read":      {wrap: iotest.OneByteReader},
			"half reads":           {wrap: iotest.HalfReader},
			"data with the end":    {wrap: iotest.DataErrReader},
		} {
			got := read(t, file, opt)
			if !slices.EqualFunc(got.frames, want.frames, sameFrame) {
				t.Errorf("%s, %s: %d frames differ from %d", name, what, len(got.frames), len(want.frames))
			}
			if !reflect.DeepEqual(got.info, want.info) {
				t.Errorf("%s, %s:\n%+v\n%+v", name, what, got.info, want.info)
			}
		}
	}
}

// The byte order changes nothing. In one of the two, runs of ordinary packets go
// a road of their own: this holds it to the other.
func TestByteOrders(t *testing.T) {
	for seed := range uint64(20) {
		little, big := read(t, mixtureIn(500, seed, le), Options{}), read(t, mixtureIn(500, seed, be), Options{})
		if len(little.frames) < 100 || !slices.EqualFunc(little.frames, big.frames, sameFrame) {
			t.Errorf("seed %d: %d frames and %d", seed, len(little.frames), len(big.frames))
		}
		little.info.SHA256, big.info.SHA256 = "", ""
		if !reflect.DeepEqual(little.info, big.info) {
			t.Fatalf("seed %d:\n%+v\n%+v", seed, little.info, big.info)
		}
	}
}

// A Batch is good until it is used again, whatever other Batches are filled in
// between; and frames cannot be appended into their neighbours.
func TestBatchesAreIndependent(t *testing.T) {
	for name, file := range samples() {
		want := read(t, file, Options{})
		f, err := inMemory(file, Options{chunk: 5000}).Open()
		if err != nil {
			t.Fatal(err)
		}
		var batches []*Batch
		for b := new(Batch); f.Next(b); b = new(Batch) {
			batches = append(batches, b)
		}
		n := 0
		for _, b := range batches {
			for _, fr := range b.Frames {
				if !sameFrame(fr, want.frames[n]) || cap(fr.Data) != len(fr.Data) {
					t.Fatalf("%s: frame %d", name, fr.No)
				}
				n++
			}
		}
		if n != len(want.frames) {
			t.Errorf("%s: %d frames of %d", name, n, len(want.frames))
		}
	}
}

// The same packets as pcap and as pcapng, of every precision, are the same frames.
func TestTwins(t *testing.T) {
	_, recs := many(500)
	recs[7].size = 2000
	for _, nano := range []bool{false, true} {
		for i := range recs {
			recs[i].frac = uint32(i * 1999)
		}
		magic, unit, exponent := uint32(magicMicro), int64(1000), byte(6)
		if nano {
			magic, unit, exponent = magicNano, 1, 9
		}
		for _, order := range []binary.AppendByteOrder{le, be} {
			classic := read(t, pcapBytes(order, magic, 3000, 113, recs...), Options{})
			w := newNG(order)
			w.section().iface(113, 3000, w.option(9, []byte{exponent}))
			for _, r := range recs {
				w.enhanced(0, uint64(int64(r.sec)*second/unit+int64(r.frac)), r.data, int(r.wire()))
			}
			next := read(t, w.b, Options{})
			if !slices.EqualFunc(classic.frames, next.frames, sameFrame) {
				t.Errorf("nano %v %v: the twins differ", nano, order)
			}
			if classic.info.First != next.info.First || classic.info.Last != next.info.Last || !slices.Equal(classic.info.Interfaces, next.info.Interfaces) {
				t.Errorf("\n%+v\n%+v", classic.info, next.info)
			}
		}
	}
}

func prefix(n int) []byte {
	plain, _ := many(100)
	return plain[:n]
}

// A file that is cut gives a prefix of its frames, and says that it was cut
// unless nothing is missing of the last record. That goes for what was recorded:
// whether a time is believed may depend on the packet behind it.
func TestPrefixes(t *testing.T) {
	for name, file := range map[string][]byte{"pcap": prefix(8000), "pcapng": mixture(60, 5)} {
		want := read(t, file, Options{RecordedTimes: true})
		for n := 0; n < len(file); n += 1 + n/1000 {
			got, err := readInput(inMemory(file[:n], Options{RecordedTimes: true}))
			if err != nil {
				if n >= sectionMin {
					t.Fatalf("%s cut at %d: %v", name, n, err)
				}
				continue
			}
			if len(got.frames) > len(want.frames) || !slices.EqualFunc(got.frames, want.frames[:len(got.frames)], sameFrame) {
				t.Fatalf("%s cut at %d: no prefix", name, n)
			}
			if got.info.Truncated != (got.warning("cut-short").Count == 1) {
				t.Fatalf("%s cut at %d: %+v", name, n, got.info)
			}
		}
	}
}

// Memory is flat in the length of a file, and small for a small one.
func TestMemoryIsFlat(t *testing.T) {
	plain, _ := many(20_000)
	f, err := inMemory(plain, Options{}).Open()
	if err != nil {
		t.Fatal(err)
	}
	var b Batch
	for f.Next(&b) {
		if len(b.Frames) > batchFrames {
			t.Fatal(len(b.Frames))
		}
	}
	if cap(b.buf) != chunkSize || cap(f.carry) > 2*headSize {
		t.Errorf("%d bytes of buffer, %d carried", cap(b.buf), cap(f.carry))
	}
	if n := testing.AllocsPerRun(5, func() {
		f, err := inMemory(plain, Options{}).Open()
		if err != nil {
			t.Fatal(err)
		}
		for f.Next(&b) {
		}
	}); n > 100 {
		t.Errorf("%v allocations for 20000 packets", n)
	}
	small := Batch{}
	f, err = inMemory(at(1), Options{}).Open()
	if err != nil {
		t.Fatal(err)
	}
	for f.Next(&small) {
	}
	if cap(small.buf) > 1000 {
		t.Errorf("%d bytes of buffer for a file of %d", cap(small.buf), len(at(1)))
	}
}
