package capture

import (
	"bytes"
	"compress/gzip"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
	"github.com/ulikunitz/xz"
)

// many is a pcap of n packets that do not compress to nothing.
func many(n int) ([]byte, []rec) {
	rng := rand.New(rand.NewPCG(3, 4))
	recs := make([]rec, n)
	for i := range recs {
		data := make([]byte, 100+rng.IntN(200))
		for j := range data {
			data[j] = byte(rng.IntN(16))
		}
		recs[i] = rec{sec: 1_700_000_000 + uint32(i), data: data}
	}
	return pcapBytes(le, magicMicro, 65535, 1, recs...), recs
}

func gzipped(data []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Write(data)
	w.Close()
	return b.Bytes()
}

func zstded(data []byte) []byte {
	w, _ := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
	return w.EncodeAll(data, nil)
}

func xzed(data []byte) []byte {
	var b bytes.Buffer
	w, _ := xz.NewWriter(&b)
	w.Write(data)
	w.Close()
	return b.Bytes()
}

func lz4ed(data []byte) []byte {
	var b bytes.Buffer
	w := lz4.NewWriter(&b)
	w.Apply(lz4.BlockSizeOption(lz4.Block64Kb), lz4.BlockChecksumOption(true))
	w.Write(data)
	w.Close()
	return b.Bytes()
}

func packers() map[string]func([]byte) []byte {
	return map[string]func([]byte) []byte{"gzip": gzipped, "zstd": zstded, "xz": xzed, "lz4": lz4ed}
}

func TestCompressed(t *testing.T) {
	plain, recs := many(3000)
	for kind, pack := range packers() {
		half := len(plain) / 2
		for name, file := range map[string][]byte{
			"one stream":  pack(plain),
			"two streams": append(pack(plain[:half]), pack(plain[half:])...),
			"of nothing":  append(pack(nil), pack(plain)...),
		} {
			t.Run(kind+"/"+name, func(t *testing.T) {
				g := read(t, file, Options{})
				holds(t, g, 1000, recs)
				if g.info.Compression != kind || g.info.Format != "pcap" || g.info.Bytes != int64(len(file)) || g.info.Truncated || len(g.info.Warnings) > 0 {
					t.Errorf("%+v", g.info)
				}
			})
		}
	}
}

func TestCompressedDamage(t *testing.T) {
	plain, recs := many(3000)
	for kind, pack := range packers() {
		whole := pack(plain)
		flipped := bytes.Clone(whole)
		for i := range 64 {
			flipped[len(flipped)*3/4+i] ^= 0x55
		}
		for _, c := range []struct {
			name string
			file []byte
			all  bool
			code string
		}{
			{"cut in half", whole[:len(whole)/2], false, "cut-short"},
			{"cut at the end", whole[:len(whole)-3], kind != "zstd", "cut-short"},
			{"garbage behind", append(bytes.Clone(whole), "no compressed data at all"...), true, "trailing-garbage"},
			{"flipped bits", flipped, false, "bad-compression"},
		} {
			t.Run(kind+"/"+c.name, func(t *testing.T) {
				g := read(t, c.file, Options{})
				if n := len(g.frames); c.all && n != len(recs) || !c.all && (n == 0 || n >= len(recs)) && kind != "zstd" {
					t.Errorf("%d frames of %d", n, len(recs))
				}
				codes := g.codes()
				if kind == "gzip" && c.code == "bad-compression" {
					// What gzip makes of damage is known wrong only at the end of
					// the member: by then a record cannot be, or the sum differs.
					if len(codes) == 0 {
						t.Error("no warning")
					}
					return
				}
				holds(t, g, 1000, recs[:len(g.frames)])
				if !slices.Equal(codes, []string{c.code}) {
					t.Errorf("%+v", g.info.Warnings)
				}
				if g.info.Truncated != (c.code != "trailing-garbage") {
					t.Errorf("truncated %v", g.info.Truncated)
				}
			})
		}
	}
}

// What comes out of a cut file is a prefix of what comes out of the whole.
func TestCompressedCuts(t *testing.T) {
	plain, recs := many(200)
	for kind, pack := range packers() {
		whole := pack(plain)
		most := 0
		for n := 1; n < len(whole); n += 1 + len(whole)/400 {
			g, err := readInput(inMemory(whole[:n], Options{}))
			if err != nil {
				if most > 0 {
					t.Fatalf("%s: cut at %d: %v after %d frames came out of less", kind, n, err, most)
				}
				continue
			}
			if len(g.frames) < most {
				t.Fatalf("%s: cut at %d: %d frames, %d came out of less", kind, n, len(g.frames), most)
			}
			most = len(g.frames)
			holds(t, g, 1000, recs[:most])
			if !g.info.Truncated || !slices.Equal(g.codes(), []string{"cut-short"}) {
				t.Fatalf("%s: cut at %d: %+v", kind, n, g.info)
			}
		}
	}
}

func TestCompressedLimits(t *testing.T) {
	plain, recs := many(3000)
	for kind, pack := range packers() {
		opt := Options{Limits: DefaultLimits()}
		opt.Limits.MaxDecompressed = 100_000
		g := read(t, pack(plain), opt)
		holds(t, g, 1000, recs[:len(g.frames)])
		if len(g.frames) < 300 || len(g.frames) > 700 || !slices.Equal(g.codes(), []string{"limit"}) || !g.info.Truncated {
			t.Errorf("%s: %d frames, %+v", kind, len(g.frames), g.info.Warnings)
		}
	}
	for kind, pack := range map[string]func([]byte) []byte{"zstd": func(b []byte) []byte {
		var out bytes.Buffer
		w, _ := zstd.NewWriter(&out, zstd.WithWindowSize(8<<20))
		io.Copy(w, bytes.NewReader(b))
		w.Close()
		return out.Bytes()
	}, "xz": xzed} {
		opt := Options{Limits: DefaultLimits()}
		opt.Limits.MaxWindow = 1 << 20
		_, err := readInput(inMemory(pack(plain), opt))
		if err == nil || !strings.Contains(err.Error(), "a window of more than 1048576 bytes") {
			t.Errorf("%s: a window beyond the limit: %v", kind, err)
		}
	}
}

// A capture of zeros is the bomb that costs least to make: memory must not
// grow with it.
func TestCompressedBomb(t *testing.T) {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	head := pcapBytes(le, magicMicro, 65535, 1)
	w.Write(head)
	zeros := make([]byte, 1<<20)
	for range 64 {
		w.Write(zeros)
	}
	w.Close()
	in := inMemory(b.Bytes(), Options{})
	f, err := in.Open()
	if err != nil {
		t.Fatal(err)
	}
	var batch Batch
	for f.Next(&batch) {
		t.Fatal("a frame of zeros")
	}
	if cap(batch.buf) > 2*chunkSize || cap(f.carry) > 2*chunkSize {
		t.Errorf("%d bytes of buffer, %d carried", cap(batch.buf), cap(f.carry))
	}
	if f.Info().LastFrame != 64<<20/16 {
		t.Errorf("%+v", f.Info())
	}
}

func TestSniffCompression(t *testing.T) {
	for want, head := range map[string]string{
		"gzip": "\x1f\x8b\x08\x00", "zstd": "\x28\xb5\x2f\xfd\x00", "xz": "\xfd7zXZ\x00\x00",
		"": "\x1f\x8b",
	} {
		if got := compression([]byte(head)); got != want {
			t.Errorf("%q: %q", head, got)
		}
	}
	if got := compression([]byte("\x5a\x2a\x4d\x18")); got != "zstd" {
		t.Errorf("skippable frame: %q", got)
	}
}
