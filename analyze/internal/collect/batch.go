package collect

import (
	"context"
	"math"
	"slices"

	"github.com/latchscope/latchscope/analyze/capture"
	"github.com/latchscope/latchscope/analyze/internal/timeindex"
	"github.com/latchscope/latchscope/analyze/packet"
	"github.com/latchscope/latchscope/analyze/tls"
)

// batch is what a few thousand frames said, on its way from the goroutine that
// reads to the one that collects. Nearly all of it is RTP.
type batch struct {
	packets []rtpPacket
	others  []packet.Datagram // what is not RTP
	before  []int32           // how many of the packets each of them comes behind
	ahead   []readMessage     // SIP messages among the others
	number  []int32           // of each of the others among these, from 1; 0: it was not read
	bytes   []byte            // payloads of the others
	awaited bool              // whoever takes the batches had to wait for the one before
}

// A load is handed over when it has so many packets that handing it over costs
// little, and so few that several of them fit into a processor's cache.
const (
	batchPackets = 2048
	batchBytes   = 128 << 10
)

// reading fills batches from a file. It reads into one buffer over and over, which
// stays in the cache of the processor that it runs on.
type reading struct {
	ctx   context.Context
	file  *capture.File
	dec   *packet.Decoder
	taps  tapMap
	keys  *tls.Secrets     // where those in the file go; nil where nobody needs them
	index *timeindex.Index // of what was read; nil where none is wanted
	ahead *readAhead       // nil where nobody needs messages
	until *capture.Place   // where to stop; nil: at the end
	only  *likelyPorts     // where what is wanted goes; nil: anywhere
	batch capture.Batch
}

// fill reads and decodes until the batch is full. It is false at the end.
func (r *reading) fill(l *batch) bool {
	l.packets, l.others, l.before, l.bytes, l.ahead, l.number = l.packets[:0], l.others[:0], l.before[:0], l.bytes[:0], l.ahead[:0], l.number[:0]
	r.ahead.share(l.awaited)
	for len(l.packets)+len(l.others) < batchPackets && len(l.bytes) < batchBytes {
		at, placed := r.file.Place()
		if r.ctx.Err() != nil || r.until != nil && !at.Before(*r.until) || !r.file.Next(&r.batch) {
			break
		}
		if log := r.file.Secrets(); log != nil && r.keys != nil {
			r.keys.Add(log)
		}
		l.room(len(r.batch.Frames))
		c := timeindex.Chunk{At: at, From: math.MaxInt64, To: math.MinInt64}
		for i := range r.batch.Frames {
			frame := &r.batch.Frames[i]
			c.From, c.To = min(c.From, frame.Time), max(c.To, frame.Time)
			if d, ok := r.dec.Plain(frame); ok {
				if r.only != nil && !r.only.has(&d.Dst) {
					continue
				}
				d.Tap = r.taps.of(d.Tap)
				if !l.addRTP(d) {
					l.other(d, r.ahead)
				}
				continue
			}
			n := len(l.others)
			l.others = r.dec.Decode(frame, l.others)
			l.sort(n, &r.taps, r.ahead)
		}
		if r.index != nil {
			r.index.Add(c, placed)
		}
	}
	return len(l.packets)+len(l.others) > 0
}

// flush is the batch of what the decoder held back to the end.
func (r *reading) flush() (l batch) {
	l.others = r.dec.Flush(nil)
	l.sort(0, &r.taps, r.ahead)
	return l
}

// sort takes the RTP packets out of the others, from the n-th on.
func (l *batch) sort(n int, taps *tapMap, ahead *readAhead) {
	list := l.others[n:]
	l.others = l.others[:n]
	for i := range list {
		d := &list[i]
		d.Tap = taps.of(d.Tap)
		if !l.addRTP(d) {
			l.other(d, ahead)
		}
	}
}

// other takes what is not RTP, with a payload that outlives its batch.
func (l *batch) other(d *packet.Datagram, ahead *readAhead) {
	l.others = append(l.others, *d)
	l.before = append(l.before, int32(len(l.packets)))
	kept := &l.others[len(l.others)-1]
	l.keep(kept)
	l.number = append(l.number, ahead.read(l, kept))
}

// room makes room for n more packets: for a small file no more than it has,
// and for a large one all at once.
func (l *batch) room(n int) {
	if have := len(l.packets); have+n > cap(l.packets) {
		if have > 0 {
			n += batchPackets
		}
		l.packets = slices.Grow(l.packets, n)
	}
}

// keep copies the payload of a datagram, which its batch will not keep.
func (l *batch) keep(d *packet.Datagram) {
	at := len(l.bytes)
	if at+len(d.Payload) > cap(l.bytes) {
		// What is in use stays where it is. In the end there is room for a
		// whole batch of nothing else.
		l.bytes, at = make([]byte, 0, max(len(d.Payload), min(2*cap(l.bytes), 3*batchBytes), 4<<10)), 0
	}
	l.bytes = append(l.bytes, d.Payload...)
	d.Payload = l.bytes[at:len(l.bytes):len(l.bytes)]
}

// tapMap turns the tap numbers of one file into those of its capture point.
type tapMap struct {
	dec *packet.Decoder
	all *[]packet.Tap // of the capture point
	to  []uint32
}

// of is small enough to stand where it is called, as long as grow does not stand in it.
func (m *tapMap) of(tap uint32) uint32 {
	if int(tap) < len(m.to) {
		return m.to[tap]
	}
	return m.grow(tap)
}

//go:noinline
func (m *tapMap) grow(tap uint32) uint32 {
	for _, own := range m.dec.Taps()[len(m.to):] {
		at := slices.Index(*m.all, own)
		if at < 0 {
			at = len(*m.all)
			*m.all = append(*m.all, own)
		}
		m.to = append(m.to, uint32(at))
	}
	return m.to[tap]
}
