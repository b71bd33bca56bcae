package inflate

import (
	"bytes"
	"hash/crc32"
	"io"
	"slices"
	"sync"
)

// Point is a place between two blocks of a gzip file where decompression can go on.
// The zero value is the beginning of the file.
type Point struct {
	In  int64 // where reading goes on in the file
	Out int64 // how much comes out before it

	passed uint   // bits of the first byte that belong to what is before
	from   int64  // Out at the beginning of the member
	sum    uint32 // of the member up to here
	window []byte // what comes out just before it
}

// Points are those of one file. A window is all that it takes to go on, but it is 32
// KiB: there are so many and no more, and in a longer file they are further apart.
type Points struct {
	mu    sync.Mutex
	most  int
	list  []Point
	apart int64 // decompressed bytes
}

const leastApart = 1 << 20

// NewPoints has room for less than so many points. Without any there is the beginning
// alone.
func NewPoints(most int) *Points { return &Points{most: most, apart: leastApart} }

// Before is the last point that is no later in what is decompressed than out.
func (l *Points) Before(out int64) Point {
	l.mu.Lock()
	defer l.mu.Unlock()
	i, found := slices.BinarySearchFunc(l.list, out, func(p Point, out int64) int { return int(min(max(p.Out-out, -1), 1)) })
	switch {
	case found:
		return l.list[i]
	case i > 0:
		return l.list[i-1]
	}
	return Point{}
}

// add takes a point behind all others and says from where on the next is wanted.
func (l *Points) add(p Point) (due int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.list = append(l.list, p); len(l.list) >= l.most {
		half := l.list[:0]
		for i := 1; i < len(l.list); i += 2 {
			half = append(half, l.list[i])
		}
		clear(l.list[len(half):])
		l.list = half
		l.apart *= 2
	}
	return p.Out + l.apart
}

// mark makes a point of where a block begins, if it is time for one.
func (z *Reader) mark() {
	out := z.base + int64(z.o)
	if z.points == nil || out < z.due {
		return
	}
	in := &z.in
	at := (in.base+int64(in.i))*8 - int64(in.count)
	z.due = z.points.add(Point{
		In: at / 8, passed: uint(at % 8), Out: out, from: z.from,
		sum:    crc32.Update(z.sum, crc32.IEEETable, z.out[z.give:z.o]),
		window: bytes.Clone(z.out[max(0, z.o-window):z.o]),
	})
}

// GzipAt goes on at a point that is not the beginning; r gives the file from p.In on.
func GzipAt(r io.Reader, p Point) *Gzip {
	z := NewReader(r)
	z.in.base = p.In
	z.o = copy(z.out, p.window)
	z.give, z.base, z.from = z.o, p.Out-int64(z.o), p.from
	z.summed, z.sum = true, p.sum
	_, err := z.in.take(p.passed)
	z.err = err
	return &Gzip{z: z}
}
