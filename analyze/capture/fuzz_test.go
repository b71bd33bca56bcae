package capture

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// tight are limits that a fuzzer can hit.
func tight() Options {
	l := DefaultLimits()
	l.MaxRecord, l.MaxBlock, l.MaxInterfaces, l.MaxText = 300_000, 400_000, 3, 16
	l.MaxDecompressed, l.MaxWindow = 1<<20, 1<<20
	return Options{Limits: l}
}

// sound reads data and fails where a promise of the package is broken. It
// returns what was read, and false where data is no capture.
func sound(t *testing.T, data []byte, opt Options) (got, bool) {
	t.Helper()
	in := inMemory(data, opt)
	f, err := in.Open()
	if err != nil {
		if _, ok := err.(*FormatError); !ok {
			t.Fatalf("%T: %v", err, err)
		}
		if f != nil || err.Error() == "" || bytes.ContainsAny([]byte(err.Error()), "\n\r") {
			t.Fatalf("%q", err)
		}
		return got{}, false
	}
	var b Batch
	var g got
	last, bytesOf := int64(0), 0
	first, latest := int64(math.MaxInt64), int64(math.MinInt64)
	for f.Next(&b) {
		if len(b.Frames) == 0 || len(b.Frames) > f.most {
			t.Fatalf("a batch of %d frames", len(b.Frames))
		}
		for _, fr := range b.Frames {
			if fr.No <= last {
				t.Fatalf("frame %d behind frame %d", fr.No, last)
			}
			last = fr.No
			if int64(len(fr.Data)) > opt.Limits.MaxRecord || uint64(len(fr.Data)) > uint64(fr.Len) || cap(fr.Data) != len(fr.Data) {
				t.Fatalf("frame %d: %d bytes, capacity %d, of %d", fr.No, len(fr.Data), cap(fr.Data), fr.Len)
			}
			bytesOf += len(fr.Data)
			first, latest = min(first, fr.Time), max(latest, fr.Time)
			fr.Data = bytes.Clone(fr.Data)
			g.frames = append(g.frames, fr)
		}
	}
	if f.Next(&b) || f.Err() != nil {
		t.Fatalf("goes on behind its end, or %v", f.Err())
	}
	if most := max(int64(f.chunk), opt.Limits.MaxBlock) + 64; int64(cap(b.buf)) > most || int64(cap(f.carry)) > 2*most {
		t.Fatalf("%d bytes of buffer, %d carried", cap(b.buf), cap(f.carry))
	}
	if p, ok := f.format.(*pcapFile); ok {
		g.header = p.header
	}
	g.info = f.Info()
	i := g.info
	if i.Packets != int64(len(g.frames)) || i.LastFrame < last || i.Bytes != int64(len(data)) || i.SHA256 != sum(data) {
		t.Fatalf("%+v", i)
	}
	if len(g.frames) > 0 && (i.First != first || i.Last != latest) || len(g.frames) == 0 && (i.First != 0 || i.Last != 0) {
		t.Fatalf("%+v, times are %d to %d", i, first, latest)
	}
	if i.Compression == "" && bytesOf > len(data) {
		t.Fatalf("%d bytes of packets in a file of %d", bytesOf, len(data))
	}
	if len(i.Interfaces) > opt.Limits.MaxInterfaces {
		t.Fatalf("%d interfaces", len(i.Interfaces))
	}
	packets := make([]int64, len(i.Interfaces))
	for _, fr := range g.frames {
		packets[fr.Iface]++
		if fr.Link != i.Interfaces[fr.Iface].Link || !slices.Contains(i.LinkTypes, fr.Link) {
			t.Fatalf("frame %d of link type %v", fr.No, fr.Link)
		}
	}
	for n, in := range i.Interfaces {
		if in.Packets != packets[n] || len(in.Name)+len(in.Description)+len(in.Filter) > 3*opt.Limits.MaxText {
			t.Fatalf("%+v, has %d packets", in, packets[n])
		}
	}
	codes := g.codes()
	slices.Sort(codes)
	if len(slices.Compact(codes)) != len(i.Warnings) {
		t.Fatalf("%+v", i.Warnings)
	}
	for _, w := range i.Warnings {
		if w.Code == "" || w.Text == "" || w.Count < 1 || w.Frame < 0 || w.Frame > i.LastFrame+1 {
			t.Fatalf("%+v", w)
		}
	}
	// Numbers have no holes but those that a warning or the format explains.
	if i.Format == "pcap" && i.LastFrame != i.Packets+g.warning("empty-record").Count {
		t.Fatalf("%d packets, the last is %d: %+v", i.Packets, i.LastFrame, i.Warnings)
	}
	return g, true
}

// prefixOf fails unless cutting data at the place that cut says gives a prefix
// of whole's frames.
func prefixOf(t *testing.T, whole got, isCapture bool, data []byte, cut uint16, opt Options) {
	t.Helper()
	if len(data) == 0 {
		return
	}
	n := int(cut) % len(data)
	part, ok := sound(t, data[:n], opt)
	switch {
	case !ok, part.header != whole.header:
		// The variants of pcap that have no mark are guessed from the first
		// records, which the cut may have taken away.
		return
	case !isCapture && len(part.frames) > 0:
		t.Fatalf("cut at %d: frames where the whole has none", n)
	case !isCapture:
		return
	}
	if len(part.frames) > len(whole.frames) || !slices.EqualFunc(part.frames, whole.frames[:len(part.frames)], sameFrame) {
		t.Fatalf("cut at %d: %d frames, no prefix of %d", n, len(part.frames), len(whole.frames))
	}
}

func check(t *testing.T, data []byte, cut uint16) {
	opt := tight()
	whole, ok := sound(t, data, opt)
	if ok {
		small := opt
		small.chunk, small.frames = 1+int(cut)%300, 1+int(cut)%7
		again, _ := sound(t, data, small)
		if !slices.EqualFunc(again.frames, whole.frames, sameFrame) || !reflect.DeepEqual(again.info, whole.info) {
			t.Fatalf("small batches differ:\n%+v\n%+v", again.info, whole.info)
		}
	}
	// Whether a time is believed may depend on the packet behind it; what was
	// recorded does not.
	opt.RecordedTimes = true
	whole, ok = sound(t, data, opt)
	prefixOf(t, whole, ok, data, cut, opt)
}

func FuzzPcap(f *testing.F) {
	plain, _ := many(5)
	for _, order := range []binary.AppendByteOrder{le, be} {
		for _, magic := range []uint32{magicMicro, magicNano, magicIxiaSW} {
			f.Add(pcapBytes(order, magic, 65535, 1, three()...), uint16(100))
		}
	}
	f.Add(plain, uint16(500))
	f.Add(append(plain[:200:200], make([]byte, 400)...), uint16(300))
	f.Add(pcapBytes(le, magicMicro, 500_000, 1, rec{sec: 1, data: payload(1, 20), size: 10}), uint16(9))
	for _, magic := range []uint32{magicMicro, magicModified} {
		for _, extra := range [][]byte{{0, 0, 0, 0}, {2, 0, 0, 0, 0, 8, 0, 0}, {2, 0, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0}} {
			f.Add(appendRecords(pcapBytes(le, magic, 65535, 1), le, extra, three()...), uint16(250))
		}
	}
	f.Fuzz(func(t *testing.T, data []byte, cut uint16) { check(t, data, cut) })
}

func FuzzPcapng(f *testing.F) {
	for seed := range uint64(6) {
		f.Add(mixture(8+int(seed)*3, seed), uint16(seed*100))
	}
	w := newNG(le).section(le.AppendUint32(nil, 0)).iface(1, 0, []byte{9, 0, 1, 0, 0x92, 0, 0, 0}).enhanced(0, 1<<63, payload(1, 9), 9)
	f.Add(w.block(0x777, make([]byte, 3000)).simple(payload(2, 7), 9).stats(0, w.option(5, w.u64(1<<63))).b, uint16(77))
	f.Fuzz(func(t *testing.T, data []byte, cut uint16) { check(t, data, cut) })
}

func FuzzCompressed(f *testing.F) {
	plain := pcapBytes(le, magicNano, 65535, 1, three()...)
	next := mixture(20, 9)
	for _, pack := range packers() {
		f.Add(pack(plain), uint16(60))
		f.Add(append(pack(next[:300]), pack(next[300:])...), uint16(700))
		f.Add(append(pack(plain), "garbage"...), uint16(1))
	}
	f.Fuzz(func(t *testing.T, data []byte, cut uint16) { check(t, data, cut) })
}

// What is not a capture is told in one line, whatever it is.
func FuzzForeign(f *testing.F) {
	for _, s := range []string{"hello", "PK\x03\x04", "\x0a\x0d\x0d\x0a", "(1.5) can0 1#2", "\x00\x00\x00\x0d\x00\x00\x00\x00\x00\x00\x00\x00\x01"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		e := foreign("a", "", data)
		if e.Looks == "" || e.Looks != foreign("a", "", data).Looks {
			t.Fatal(e)
		}
	})
}

// FuzzZip holds that a capture in an archive is read as it is read without, and
// that an archive that is damaged, at a place of the fuzzer's choice, costs no more
// than an error or the packets behind the damage.
func FuzzZip(f *testing.F) {
	plain := pcapBytes(le, magicNano, 65535, 1, three()...)
	f.Add(plain, true, uint16(0), byte(0))
	f.Add(mixture(12, 3), false, uint16(40), byte(1))
	f.Add(plain, true, uint16(9), byte(0xff))
	f.Fuzz(func(t *testing.T, data []byte, pack bool, at uint16, flip byte) {
		opt := tight()
		method := zip.Store
		if pack {
			method = zip.Deflate
		}
		archive := zipped(t, method, "notes.txt", []byte("hello"), "a.pcap", data)
		read := func(b []byte) (all []got, err error) {
			s, err := OpenSet([]string{"-"}, bytes.NewReader(b), opt)
			if err != nil {
				return nil, err
			}
			defer s.Close()
			for _, in := range s.Files {
				g, err := readInput(in)
				if err != nil {
					return nil, err
				}
				all = append(all, g)
			}
			return all, nil
		}
		outside, direct := sound(t, data, opt)
		inside, err := read(archive)
		if !direct || isZip(data) || len(outside.frames) == 0 {
			return // an archive in an archive is not looked into
		}
		if err != nil || len(inside) != 1 {
			t.Fatalf("%d captures, %v", len(inside), err)
		}
		if !slices.EqualFunc(inside[0].frames, outside.frames, sameFrame) {
			t.Fatalf("%d frames inside, %d outside", len(inside[0].frames), len(outside.frames))
		}
		archive[int(at)%len(archive)] ^= flip
		if _, err := read(archive); err != nil && strings.ContainsAny(err.Error(), "\n\r") {
			t.Fatalf("%q", err)
		}
	})
}
