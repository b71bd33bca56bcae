// Package inflate undoes deflate (RFC 1951) and gzip (RFC 1952). Captures are
// kept compressed by the gigabyte, and there decompression is most of what an
// analysis costs: this decoder takes eight bytes of input at a time, whole symbols
// out of a table, bytes in pairs, and needs less than half of the processor time of a
// decoder that is written for any reader. What comes out, and up to where of damaged
// data, is what compress/flate makes of it; tests hold that.
package inflate

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
)

// ErrCorrupt says that what was read is no deflate. All before it came out.
var ErrCorrupt = errors.New("damaged deflate data")

const (
	window = 32 << 10  // how far back a copy may reach (RFC 1951, section 2)
	ahead  = 256 << 10 // decoded beyond it before some is handed out
	most   = 258       // the longest copy
	slack  = most + 32 // a copy goes in steps of sixteen bytes, and may write beyond its end
	reads  = 64 << 10
	room   = window + ahead + slack
)

// state is what stands next in the stream.
type state uint8

const (
	header state = iota // of a block
	stored              // bytes as they are
	coded               // symbols
	ended
)

// Reader decompresses one stream of deflate.
type Reader struct {
	in    input
	state state
	final bool // the block is the last
	left  int  // of a stored block
	err   error

	out  []byte // a window, and what follows it
	o    int    // up to where it is decoded
	give int    // from where it is to be handed out
	base int64  // where out begins in all that was decompressed
	from int64  // where the stream begins there

	summed bool
	sum    uint32  // CRC-32 of what was decompressed up to the last call of decode
	points *Points // where decompression can go on; nil where nobody asks
	due    int64   // when the next of them is

	literals *literalTable
	spans    *distanceTable
	own      tables // of blocks that bring their codes
}

type tables struct {
	literals  literalTable
	distances distanceTable
	lengths   [maxLiterals + maxDistances]uint8
	precode   [1 << precodeBits]uint32
	code      code
}

// NewReader reads deflate from r, and of r up to 64 KiB beyond the end of it.
func NewReader(r io.Reader) *Reader {
	z := &Reader{out: make([]byte, room)}
	z.in.r, z.in.buf = r, make([]byte, reads+8)
	return z
}

// again begins another stream where the last has ended.
func (z *Reader) again() {
	z.state, z.final, z.err = header, false, nil
	z.base += int64(z.o)
	z.from = z.base
	z.o, z.give, z.sum = 0, 0, 0
}

// Read gives decompressed bytes. It ends with io.EOF, io.ErrUnexpectedEOF where the
// data is cut off, ErrCorrupt, or what reading gave.
func (z *Reader) Read(p []byte) (int, error) {
	for z.give == z.o {
		if z.err != nil {
			return 0, z.err
		}
		if len(p) == 0 {
			return 0, nil
		}
		z.decode()
	}
	n := copy(p, z.out[z.give:z.o])
	z.give += n
	return n, nil
}

// decode makes room and goes on until that is filled, or nothing follows.
func (z *Reader) decode() {
	if z.o > window {
		copy(z.out, z.out[z.o-window:z.o])
		z.base += int64(z.o - window)
		z.o = window
	}
	z.give = z.o
	for z.err == nil && z.o <= len(z.out)-slack {
		switch z.state {
		case header:
			z.mark()
			z.err = z.block()
		case stored:
			z.err = z.copyStored()
		case coded:
			z.err = z.symbols()
		case ended:
			z.in.align()
			z.err = io.EOF
		}
	}
	if z.summed {
		z.sum = crc32.Update(z.sum, crc32.IEEETable, z.out[z.give:z.o])
	}
}

// next is what follows a block.
func (z *Reader) next() {
	z.state = header
	if z.final {
		z.state = ended
	}
}

// block reads the header of a block.
func (z *Reader) block() error {
	bits, err := z.in.take(3)
	if err != nil {
		return err
	}
	z.final = bits&1 != 0
	switch bits >> 1 {
	case 0:
		z.in.align()
		var head [4]byte
		if err := z.in.full(head[:]); err != nil {
			return err
		}
		n := binary.LittleEndian.Uint16(head[:])
		if binary.LittleEndian.Uint16(head[2:]) != ^n {
			return ErrCorrupt
		}
		z.state, z.left = stored, int(n)
	case 1:
		z.literals, z.spans = &fixed.literals, &fixed.distances
		z.state = coded
	case 2:
		if err := z.codes(); err != nil {
			return err
		}
		z.literals, z.spans = &z.own.literals, &z.own.distances
		z.state = coded
	default:
		return ErrCorrupt
	}
	return nil
}

func (z *Reader) copyStored() error {
	n, err := z.in.some(z.out[z.o:min(len(z.out)-slack+1, z.o+z.left)])
	z.o += n
	if z.left -= n; z.left == 0 {
		z.next()
		return nil
	}
	return err
}
