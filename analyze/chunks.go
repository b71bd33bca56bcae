package analyze

import (
	"cmp"
	"slices"

	"github.com/latchscope/latchscope/analyze/capture"
)

// chunk is a stretch of a file and the time that its packets span, by the
// file's clock.
type chunk struct {
	at       capture.Place
	from, to int64
}

// chunks is a sparse index of a file by time: what the first pass came by, so
// that the second look need not read everything again.
type chunks struct {
	list  []chunk
	holes bool // a stretch without a place: the index does not cover the file
}

// maxChunks bounds the index of one file. Beyond it neighbours are merged: the
// index of a longer file is a coarser one.
const maxChunks = 4096

func (c *chunks) add(ch chunk, placed bool) {
	if !placed {
		c.holes = true
		return
	}
	c.list = append(c.list, ch)
	if len(c.list) == maxChunks {
		half := c.list[:0]
		for i := 0; i+1 < len(c.list); i += 2 {
			a, b := c.list[i], c.list[i+1]
			half = append(half, chunk{a.at, min(a.from, b.from), max(a.to, b.to)})
		}
		c.list = half
	}
}

// stretch is a run of chunks that are read without a stop.
type stretch struct {
	from  capture.Place
	until capture.Place
	last  bool // to the end of the file
}

// covering are the stretches that hold all packets of some windows, which are
// in order, and of a little before each. ok is false where the index does not
// tell.
func (c *chunks) covering(windows []Window) (out []stretch, ok bool) {
	if c.holes || len(c.list) == 0 {
		return nil, false
	}
	wanted := func(ch chunk) bool {
		i, _ := slices.BinarySearchFunc(windows, ch.from, func(w Window, at int64) int { return cmp.Compare(w.To, at) })
		return i < len(windows) && ch.to >= windows[i].From-runUp
	}
	open := false
	for _, ch := range c.list {
		switch want := wanted(ch); {
		case want && !open:
			out = append(out, stretch{from: ch.at, last: true})
			open = true
		case !want && open:
			out[len(out)-1].until, out[len(out)-1].last = ch.at, false
			open = false
		}
	}
	return out, true
}

// runUp is how long before a window reading begins, so that fragments are put
// together and packets recorded twice are known as such.
const runUp = 200 * millisecond
