package mutation

import (
	"bytes"
	"compress/gzip"
	"io"
	"math/rand/v2"

	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
)

// packed compresses a file now and then: as a whole, in members, cut, damaged,
// with something behind it.
func packed(rng *rand.Rand, data []byte) []byte {
	if rng.IntN(8) > 0 {
		return data
	}
	var b bytes.Buffer
	kind := rng.IntN(3)
	for len(data) > 0 || b.Len() == 0 {
		n := len(data)
		if rng.IntN(2) == 0 {
			n = rng.IntN(len(data) + 1)
		}
		member(&b, kind, data[:n])
		data = data[n:]
		if rng.IntN(30) == 0 {
			kind = rng.IntN(3)
		}
	}
	out := b.Bytes()
	switch rng.IntN(5) {
	case 0:
		out = out[:rng.IntN(len(out))]
	case 1:
		out[rng.IntN(len(out))] ^= 1 << rng.IntN(8)
	case 2:
		out = append(out, "behind it"...)
	}
	return out
}

func member(b *bytes.Buffer, kind int, data []byte) {
	var w io.WriteCloser
	var err error
	switch kind {
	case 0:
		w = gzip.NewWriter(b)
	case 1:
		w, err = zstd.NewWriter(b, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithWindowSize(1<<16))
	default:
		w, err = xz.WriterConfig{DictCap: 1 << 16}.NewWriter(b)
	}
	if err == nil {
		_, err = w.Write(data)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		panic(err) // a buffer takes everything
	}
}
