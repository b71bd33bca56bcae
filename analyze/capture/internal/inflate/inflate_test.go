package inflate

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"
)

// samples are bytes of several kinds: what does not compress, what compresses to
// nothing, text, records that repeat with small changes, and long distances.
func samples() map[string][]byte {
	rng := rand.New(rand.NewPCG(1, 2))
	random := make([]byte, 300_000)
	for i := range random {
		random[i] = byte(rng.Uint32())
	}
	few := make([]byte, 200_000)
	for i := range few {
		few[i] = byte(rng.ExpFloat64() * 9)
	}
	var records bytes.Buffer
	for i := range 4000 {
		fmt.Fprintf(&records, "INVITE sip:%d@example.org SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.%d:5060;branch=z9hG4bK%x\r\n", rng.Uint32(), i%250, rng.Uint64())
		records.Write(random[i : i+rng.IntN(40)])
	}
	far := append(bytes.Clone(random[:window]), random[:window]...)
	return map[string][]byte{
		"nothing": nil, "one": {7}, "random": random, "skewed": few, "zeros": make([]byte, 500_000),
		"period":  bytes.Repeat([]byte("abcdefg"), 30_000),
		"records": records.Bytes(), "far": far, "mixed": bytes.Join([][]byte{few, random, records.Bytes()}, nil),
	}
}

func deflated(data []byte, level int) []byte {
	var b bytes.Buffer
	w, _ := flate.NewWriter(&b, level)
	w.Write(data)
	w.Close()
	return b.Bytes()
}

// levels are those of compress/flate: stored, Huffman codes alone, fast, small.
var levels = []int{flate.NoCompression, flate.HuffmanOnly, 1, 6, 9}

// readers give the same bytes in other portions.
var readers = map[string]func([]byte) io.Reader{
	"at once":    func(b []byte) io.Reader { return bytes.NewReader(b) },
	"by bytes":   func(b []byte) io.Reader { return iotest.OneByteReader(bytes.NewReader(b)) },
	"with error": func(b []byte) io.Reader { return iotest.DataErrReader(bytes.NewReader(b)) },
}

func TestReader(t *testing.T) {
	for name, data := range samples() {
		for _, level := range levels {
			packed := deflated(data, level)
			for how, reader := range readers {
				got, err := io.ReadAll(NewReader(reader(packed)))
				if err != nil || !bytes.Equal(got, data) {
					t.Errorf("%s, level %d, %s: %d bytes of %d, %v", name, level, how, len(got), len(data), err)
				}
			}
		}
	}
}

// kind is what an error says, in words that both decoders share.
func kind(err error) string {
	_, corrupt := errors.AsType[flate.CorruptInputError](err)
	switch {
	case err == nil:
		return "none"
	case corrupt || err == ErrCorrupt:
		return "corrupt"
	}
	return err.Error()
}

// same compares with compress/flate: what comes out, and why no more does. Of data
// that are cut off, that one leaves the last few symbols where less is left than the
// end of the block takes.
func same(t *testing.T, packed []byte) {
	t.Helper()
	want, wantErr := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(packed)), 4<<20))
	for how, reader := range readers {
		if how == "by bytes" && len(packed) > 1<<12 {
			continue
		}
		got, err := io.ReadAll(io.LimitReader(NewReader(reader(packed)), 4<<20))
		want, wantErr := want, wantErr
		if err == ErrCorrupt && wantErr == io.ErrUnexpectedEOF {
			// It does not look at the last few bits. With more behind them it does.
			more := append(bytes.Clone(packed), make([]byte, 8)...)
			want, wantErr = io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(more)), 4<<20))
		}
		if cut := err == io.ErrUnexpectedEOF; cut && bytes.HasPrefix(got, want) {
			got = got[:max(len(want), len(got)-longest*most)]
		}
		if !bytes.Equal(got, want) || kind(err) != kind(wantErr) {
			t.Fatalf("%s: %d bytes and %v, compress/flate has %d and %v", how, len(got), err, len(want), wantErr)
		}
	}
}

func TestDamage(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for _, data := range samples() {
		data = data[:min(len(data), 20_000)]
		for _, level := range levels {
			packed := deflated(data, level)
			for range 60 {
				broken := bytes.Clone(packed)
				switch rng.IntN(3) {
				case 0:
					broken = broken[:rng.IntN(len(broken))]
				case 1:
					broken[rng.IntN(len(broken))] ^= 1 << rng.IntN(8)
				default:
					broken[rng.IntN(min(len(broken), 90))] = byte(rng.Uint32()) // the codes stand in front
				}
				same(t, broken)
			}
		}
	}
}

func FuzzInflate(f *testing.F) {
	for _, data := range samples() {
		for _, level := range levels {
			f.Add(deflated(data[:min(len(data), 3000)], level))
		}
	}
	f.Fuzz(func(t *testing.T, packed []byte) { same(t, packed) })
}

func TestGzip(t *testing.T) {
	data := samples()["records"]
	member := func(h gzip.Header) []byte {
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		w.Header = h
		w.Write(data)
		w.Close()
		return b.Bytes()
	}
	plain := member(gzip.Header{})
	wrong := bytes.Clone(plain)
	wrong[len(wrong)-1] ^= 1
	summed := bytes.Clone(plain) // with a sum of the header that does not fit
	summed[3] |= hasSum
	for _, c := range []struct {
		name string
		file []byte
		n    int
		err  error
	}{
		{"one", plain, 1, nil},
		{"two", append(bytes.Clone(plain), plain...), 2, nil},
		{"named", member(gzip.Header{Name: "ring.pcap", Comment: "of a probe", Extra: []byte("extra field of some length")}), 1, nil},
		{"cut in the sum", plain[:len(plain)-3], 1, io.ErrUnexpectedEOF},
		{"cut before the sum", plain[:len(plain)-8], 1, io.ErrUnexpectedEOF},
		{"wrong length", wrong, 1, ErrChecksum},
		{"garbage", append(bytes.Clone(plain), "garbage"...), 1, ErrGarbage},
		{"one byte more", append(bytes.Clone(plain), 0x1f), 1, ErrGarbage},
		{"a header more", append(bytes.Clone(plain), plain[:9]...), 1, io.ErrUnexpectedEOF},
		{"another method", append(append(bytes.Clone(plain), 0x1f, 0x8b, 9), plain[3:]...), 1, ErrHeader},
		{"nothing", nil, 0, io.EOF},
		{"half a header", plain[:7], 0, io.ErrUnexpectedEOF},
		{"no header", []byte("PK\x03\x04 and some more"), 0, ErrHeader},
		{"endless name", append([]byte{0x1f, 0x8b, 8, hasName, 0, 0, 0, 0, 0, 0}, strings.Repeat("x", 4000)...), 0, ErrHeader},
		{"sum of the header", summed, 0, ErrHeader},
	} {
		for how, reader := range readers {
			var got []byte
			g, err := NewGzip(reader(c.file), nil)
			if err == nil {
				got, err = io.ReadAll(g)
			}
			if err != c.err || !bytes.Equal(got, bytes.Repeat(data, c.n)) {
				t.Errorf("%s, %s: %d bytes of %d, %v, want %v", c.name, how, len(got), c.n*len(data), err, c.err)
			}
		}
	}
}

// An error of the disk is no damage, and what came before it comes out.
func TestReadError(t *testing.T) {
	data := samples()["records"]
	packed := deflated(data, 6)
	disk := errors.New("input/output error")
	got, err := io.ReadAll(NewReader(io.MultiReader(bytes.NewReader(packed[:len(packed)/2]), iotest.ErrReader(disk))))
	if err != disk || len(got) == 0 || !bytes.HasPrefix(data, got) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}

func BenchmarkReader(b *testing.B) {
	for name, data := range samples() {
		if len(data) < 1000 {
			continue
		}
		packed := deflated(data, 6)
		z := NewReader(nil)
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				z.again()
				z.in = input{r: bytes.NewReader(packed), buf: z.in.buf}
				io.Copy(io.Discard, z)
			}
		})
	}
}

// What is damaged close to where it is cut off is damaged.
func TestDamageBeforeCut(t *testing.T) {
	same(t, []byte("\xec\xc5\x37\x01\x00\x30\x08\x00\x30\xad\x2d\xcb\xbf\x03\x64\xf0\xe4\xca\xfb\x91\xd5\x03\x00\x00\x00\x00\x00\x00\x40"))
}
