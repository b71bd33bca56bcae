package inflate

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
)

var (
	ErrHeader   = errors.New("damaged gzip header")
	ErrChecksum = errors.New("gzip data that its checksum does not fit")

	// ErrGarbage says that something that is no gzip follows the last member.
	ErrGarbage = errors.New("no gzip member")
)

// Gzip decompresses the members of a gzip file one after another (RFC 1952, section
// 2.2), as if they were one.
type Gzip struct {
	z   *Reader
	err error
}

// NewGzip reads the header of the first member. Points, where not nil, is told where
// one can go on. The error is io.EOF where there is nothing, io.ErrUnexpectedEOF where
// it is cut off, ErrHeader, or what reading gave.
func NewGzip(r io.Reader, points *Points) (*Gzip, error) {
	g := &Gzip{z: NewReader(r)}
	g.z.summed = true
	if points != nil && points.most > 0 {
		g.z.points, g.z.due = points, points.apart
	}
	if len(g.z.in.peek()) == 0 && g.z.in.err == io.EOF {
		return nil, io.EOF
	}
	if err := g.header(); err != nil {
		return nil, err
	}
	return g, nil
}

// Read gives decompressed bytes. It ends with io.EOF behind the last member, and
// with ErrGarbage where something else follows that.
func (g *Gzip) Read(p []byte) (int, error) {
	for g.err == nil {
		n, err := g.z.Read(p)
		if n > 0 || err == nil {
			return n, nil
		}
		if g.err = err; err == io.EOF {
			g.err = g.trailer()
		}
	}
	return 0, g.err
}

// trailer compares what came out of a member with its sum and length, and goes on
// to the next member.
func (g *Gzip) trailer() error {
	in := &g.z.in
	var b [8]byte
	if err := in.full(b[:]); err != nil {
		return err
	}
	if z := g.z; binary.LittleEndian.Uint32(b[:]) != z.sum || binary.LittleEndian.Uint32(b[4:]) != uint32(z.base+int64(z.o)-z.from) {
		return ErrChecksum
	}
	switch magic := in.peek(); {
	case len(magic) == 0:
		return in.err
	case len(magic) < 2 || magic[0] != 0x1f || magic[1] != 0x8b:
		return ErrGarbage
	}
	g.z.again()
	return g.header()
}

// Flags of a member's header (RFC 1952, section 2.3.1).
const (
	hasSum     = 1 << 1
	hasExtra   = 1 << 2
	hasName    = 1 << 3
	hasComment = 1 << 4
	reserved   = 7 << 5
)

// header passes over the header of a member. Its own sum is of two bytes, and few
// write it: it is compared.
func (g *Gzip) header() error {
	in := &g.z.in
	var b [10]byte
	if err := in.full(b[:]); err != nil {
		return err
	}
	flags := b[3]
	if b[0] != 0x1f || b[1] != 0x8b || b[2] != 8 {
		return ErrHeader
	}
	sum := crc32.ChecksumIEEE(b[:])
	bytes := func(n int) error {
		if err := in.full(b[:n]); err != nil {
			return err
		}
		sum = crc32.Update(sum, crc32.IEEETable, b[:n])
		return nil
	}
	if flags&hasExtra != 0 {
		if err := bytes(2); err != nil {
			return err
		}
		for n := int(binary.LittleEndian.Uint16(b[:])); n > 0; {
			step := min(n, len(b))
			if err := bytes(step); err != nil {
				return err
			}
			n -= step
		}
	}
	for _, flag := range [2]byte{hasName, hasComment} {
		for n := 0; flags&flag != 0; n++ {
			if n == longestText {
				return ErrHeader
			}
			if err := bytes(1); err != nil {
				return err
			}
			if b[0] == 0 {
				break
			}
		}
	}
	if flags&hasSum != 0 {
		if err := in.full(b[:2]); err != nil {
			return err
		}
		if binary.LittleEndian.Uint16(b[:]) != uint16(sum) {
			return ErrHeader
		}
	}
	if flags&reserved != 0 {
		return ErrHeader
	}
	return nil
}

// longestText bounds the name and the comment, as other readers do.
const longestText = 512
