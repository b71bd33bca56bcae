package mutation

import (
	"encoding/binary"
	"math/rand/v2"
)

// written is a list of frames as a pcap or a pcapng, in most cases with faults.
func written(rng *rand.Rand, list []Frame) []byte {
	w := writer{rng: rng, order: binary.LittleEndian, faults: rng.IntN(3)}
	if rng.IntN(4) == 0 {
		w.order = binary.BigEndian
	}
	if rng.IntN(2) == 0 {
		w.pcap(list)
	} else {
		w.pcapng(list)
	}
	if rng.IntN(10) == 0 {
		w.b = w.b[:rng.IntN(len(w.b)+1)]
	}
	return w.b
}

// Plain is a list of frames as a pcap without a fault.
func Plain(list []Frame) []byte {
	w := writer{rng: rand.New(rand.NewPCG(1, 1)), order: binary.LittleEndian}
	w.pcap(list)
	return w.b
}

type writer struct {
	rng    *rand.Rand
	order  binary.AppendByteOrder
	b      []byte
	faults int // how many are still to be made
}

func (w *writer) u16(b []byte, v int) []byte    { return w.order.AppendUint16(b, uint16(v)) }
func (w *writer) u32(b []byte, v uint32) []byte { return w.order.AppendUint32(b, v) }

// fault reports whether something is to go wrong here.
func (w *writer) fault(among int) bool {
	if w.faults == 0 || w.rng.IntN(max(among, 1)) > 0 {
		return false
	}
	w.faults--
	return true
}

// odd is a number that something may say and not mean.
func (w *writer) odd(v uint32) uint32 {
	return []uint32{0, 1, v - 1, v + 1, v * 2, 1 << 31, 1<<32 - 1, w.rng.Uint32(), w.rng.Uint32() >> w.rng.IntN(32)}[w.rng.IntN(9)]
}

func (w *writer) pcap(list []Frame) {
	magic, unit := uint32(0xa1b2c3d4), int64(1000)
	if w.rng.IntN(3) == 0 {
		magic, unit = 0xa1b23c4d, 1
	}
	if w.fault(60) {
		magic = []uint32{0xa1b2cd34, 0x1c0001ac, 0xa1b2c3d4}[w.rng.IntN(3)]
	}
	link := uint32(1)
	if len(list) > 0 {
		link = list[0].Link
	}
	snap := uint32(262144)
	if w.fault(30) {
		snap = w.odd(snap)
	}
	if w.fault(60) {
		link = w.odd(link)
	}
	w.b = w.u32(w.b, magic)
	w.b = w.u16(w.u16(w.b, 2), 4)
	w.b = append(w.b, make([]byte, 8)...)
	w.b = w.u32(w.u32(w.b, snap), link)
	for _, f := range list {
		sec, frac := uint32(f.Time/1e9), uint32(f.Time%1e9/unit)
		got, size := uint32(len(f.Data)), f.Len
		switch {
		case w.fault(len(list)):
			got = w.odd(got)
		case w.fault(len(list)):
			size = w.odd(size)
		case w.fault(len(list)):
			sec, frac = w.odd(sec), w.odd(frac)
		}
		w.b = w.u32(w.u32(w.u32(w.u32(w.b, sec), frac), got), size)
		w.b = append(w.b, f.Data...)
	}
}

func (w *writer) option(b []byte, code int, value []byte) []byte {
	size := len(value)
	if w.fault(20) {
		size = int(w.odd(uint32(size)))
	}
	b = append(w.u16(w.u16(b, code), size), value...)
	return append(b, make([]byte, -len(value)&3)...)
}

func (w *writer) block(kind uint32, body []byte) {
	body = append(body, make([]byte, -len(body)&3)...)
	first, last := uint32(len(body)+12), uint32(len(body)+12)
	if w.fault(100) {
		first = w.odd(first)
	}
	if w.fault(100) {
		last = w.odd(last)
	}
	if w.fault(100) {
		kind = []uint32{2, 3, 4, 5, 6, 9, 10, 0xbad, w.rng.Uint32()}[w.rng.IntN(9)]
	}
	w.b = w.u32(append(w.u32(w.u32(w.b, kind), first), body...), last)
}

func (w *writer) pcapng(list []Frame) {
	unit := w.section(list)
	for _, f := range list {
		if w.fault(2 * len(list)) {
			unit = w.section(list) // anew, in the middle
		}
		stamp := uint64(f.Time) / unit
		if f.Time < 0 {
			stamp = uint64(f.Time)
		}
		id, got, size := uint32(0), uint32(len(f.Data)), f.Len
		switch {
		case w.fault(len(list)):
			id = w.odd(1)
		case w.fault(len(list)):
			got = w.odd(got)
		case w.fault(len(list)):
			size = w.odd(size)
		case w.fault(len(list)):
			stamp = []uint64{0, 1<<64 - 1, 1 << 63, w.rng.Uint64(), w.rng.Uint64() >> w.rng.IntN(64)}[w.rng.IntN(5)]
		}
		body := w.u32(w.u32(w.u32(nil, id), uint32(stamp>>32)), uint32(stamp))
		body = append(w.u32(w.u32(body, got), size), f.Data...)
		if w.rng.IntN(20) == 0 {
			body = append(body, make([]byte, -len(body)&3)...)
			body = w.option(body, []int{1, 2, 4, 5, 2988, 0}[w.rng.IntN(6)], f.Data[:min(len(f.Data), w.rng.IntN(20))])
		}
		kind := uint32(6)
		if w.rng.IntN(200) == 0 {
			kind, body = 3, append(w.u32(nil, size), f.Data...)
		}
		w.block(kind, body)
		if w.rng.IntN(100) == 0 {
			w.block([]uint32{4, 5, 10, 0xbad, 0x77}[w.rng.IntN(5)], make([]byte, w.rng.IntN(60)))
		}
	}
}

// section writes the head of a section, and returns the nanoseconds of its unit
// of time.
func (w *writer) section(list []Frame) (unit uint64) {
	body := w.u16(w.u16(w.u32(nil, 0x1a2b3c4d), 1), 0)
	body = append(body, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff)
	w.block(0x0a0d0d0a, w.option(body, 4, []byte("mutation")))
	link := uint32(1)
	if len(list) > 0 {
		link = list[0].Link
	}
	if w.fault(60) {
		link = w.odd(link)
	}
	face := w.u32(w.u16(w.u16(nil, int(link)), 0), 0)
	unit = 1000
	switch w.rng.IntN(4) {
	case 0:
		unit = 1
		face = w.option(face, 9, []byte{9})
	case 1:
		if w.fault(4) {
			face = w.option(face, 9, []byte{byte(w.rng.Uint32())})
		}
	}
	if w.fault(10) {
		face = w.option(face, 14, w.order.AppendUint64(nil, w.rng.Uint64()>>w.rng.IntN(64)))
	}
	if w.fault(20) {
		face = w.option(face, 13, []byte{byte(w.rng.Uint32())})
	}
	w.block(1, face)
	return unit
}
