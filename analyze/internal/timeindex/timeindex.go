// Package timeindex finds the stretches of a capture file that hold the packets
// of some time, so that whoever wants those need not read the file again from
// its beginning.
package timeindex

import "github.com/latchscope/latchscope/analyze/capture"

// Chunk is a stretch of a file and the time that its packets span, in
// nanoseconds by the file's clock.
type Chunk struct {
	At       capture.Place
	From, To int64
}

// Index is a sparse index of a file by time. The zero value is the index of a
// file of which nothing was read.
type Index struct {
	list  []Chunk
	holes bool // a stretch without a place: the index does not cover the file
}

// maxChunks bounds the index of one file. Beyond it neighbours are merged: the
// index of a longer file is a coarser one.
const maxChunks = 4096

// Add appends a chunk. placed reports whether reading can begin where it does;
// where it cannot, the index is of no use.
func (x *Index) Add(c Chunk, placed bool) {
	if !placed {
		x.holes = true
		return
	}
	x.list = append(x.list, c)
	if len(x.list) == maxChunks {
		half := x.list[:0]
		for i := 0; i+1 < len(x.list); i += 2 {
			a, b := x.list[i], x.list[i+1]
			half = append(half, Chunk{a.At, min(a.From, b.From), max(a.To, b.To)})
		}
		x.list = half
	}
}

// Stretch is a run of chunks that are read without a stop.
type Stretch struct {
	From  capture.Place
	Until capture.Place
	Last  bool // to the end of the file
}

// Covering are the stretches that hold the chunks which are wanted. ok is false
// where the index does not tell.
func (x *Index) Covering(wanted func(Chunk) bool) (out []Stretch, ok bool) {
	if x.holes || len(x.list) == 0 {
		return nil, false
	}
	open := false
	for _, c := range x.list {
		switch want := wanted(c); {
		case want && !open:
			out = append(out, Stretch{From: c.At, Last: true})
			open = true
		case !want && open:
			out[len(out)-1].Until, out[len(out)-1].Last = c.At, false
			open = false
		}
	}
	return out, true
}
