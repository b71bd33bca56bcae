package inflate

import (
	"encoding/binary"
	"io"
)

// input is the compressed bytes, and the bits that were taken out of them and not
// used yet.
type input struct {
	r    io.Reader
	buf  []byte
	i, n int   // buf[i:n] is to come
	base int64 // where buf begins in the compressed data
	err  error // what r gave in the end

	bits  uint64 // the next is the lowest
	count uint   // of the bits that are there; above them are zeros
}

// fill reads more behind what is left, and behind what stands among the bits: align
// may give that back.
func (in *input) fill() bool {
	kept := min(in.i, 8)
	in.base += int64(in.i - kept)
	in.n = copy(in.buf, in.buf[in.i-kept:in.n])
	in.i = kept
	for tries := 0; in.err == nil && in.n < len(in.buf); tries++ {
		n, err := in.r.Read(in.buf[in.n:])
		in.n += n
		if in.err = err; n > 0 {
			return true
		}
		if tries == 100 && err == nil {
			in.err = io.ErrNoProgress
		}
	}
	return false
}

// load takes in 56 bits at least, 63 at most, or all that there are.
func (in *input) load() {
	if in.n-in.i >= 8 {
		more := (63 - in.count) >> 3
		in.bits |= binary.LittleEndian.Uint64(in.buf[in.i:]) << in.count
		in.i += int(more)
		in.count += more * 8
		in.bits &= 1<<in.count - 1
		return
	}
	for in.count < 56 {
		if in.i == in.n && !in.fill() {
			return
		}
		in.bits |= uint64(in.buf[in.i]) << in.count
		in.i++
		in.count += 8
	}
}

// end is why there is no more: io.ErrUnexpectedEOF, or the reader's own error.
func (in *input) end() error {
	if in.err == nil || in.err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return in.err
}

// take is the next few bits.
func (in *input) take(n uint) (uint64, error) {
	if in.count < n {
		if in.load(); in.count < n {
			return 0, in.end()
		}
	}
	v := in.bits & (1<<n - 1)
	in.bits >>= n
	in.count -= n
	return v, nil
}

// align passes over the bits up to the next byte and gives whole bytes back.
func (in *input) align() {
	in.i -= int(in.count / 8)
	in.bits, in.count = 0, 0
}

// some reads bytes; align comes before it.
func (in *input) some(p []byte) (int, error) {
	if in.i == in.n && len(p) > 0 && !in.fill() {
		return 0, in.end()
	}
	n := copy(p, in.buf[in.i:in.n])
	in.i += n
	return n, nil
}

func (in *input) full(p []byte) error {
	for n := 0; n < len(p); {
		m, err := in.some(p[n:])
		if n += m; err != nil {
			return err
		}
	}
	return nil
}

// peek is the next two bytes, fewer at the end; align comes before it.
func (in *input) peek() []byte {
	for in.n-in.i < 2 && in.fill() {
	}
	return in.buf[in.i:min(in.i+2, in.n)]
}

// word is the eight bytes from i on, where i is less than reads.
func word(b *[reads + 8]byte, i int) uint64 {
	i &= reads - 1 // says so to the compiler
	return uint64(b[i]) | uint64(b[i+1])<<8 | uint64(b[i+2])<<16 | uint64(b[i+3])<<24 | uint64(b[i+4])<<32 | uint64(b[i+5])<<40 | uint64(b[i+6])<<48 | uint64(b[i+7])<<56
}

func put(b []byte, v uint64) { binary.LittleEndian.PutUint64(b, v) }
