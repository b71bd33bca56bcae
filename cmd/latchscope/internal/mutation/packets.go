package mutation

import (
	"encoding/binary"
	"math/rand/v2"
	"slices"
)

// packetWays are what happens to packets, each to some of them.
var packetWays = []func(*rand.Rand, *[]Frame){
	lose, tag, options, fragment, quote, media, headers, duplicate, mix,
}

// ip is where the IP header of a frame begins, -1 where there is none that is
// known here.
func (f *Frame) ip() int {
	at := map[uint32]int{1: 14, 113: 16, 276: 20, 0: 4, 101: 0, 228: 0, 229: 0}
	n, ok := at[f.Link]
	if !ok || len(f.Data) < n+20 {
		return -1
	}
	if v := f.Data[n] >> 4; v != 4 && v != 6 {
		return -1
	}
	return n
}

// udp is where the UDP header of a frame over IPv4 or IPv6 begins, -1 where
// there is none.
func (f *Frame) udp() int {
	at := f.ip()
	if at < 0 {
		return -1
	}
	proto, n := f.Data[at+9], at+int(f.Data[at]&15)*4
	if f.Data[at]>>4 == 6 {
		proto, n = f.Data[at+6], at+40
	}
	if proto != 17 || len(f.Data) < n+8 {
		return -1
	}
	return n
}

// grow puts bytes into a frame.
func (f *Frame) grow(at int, more []byte) {
	f.Data = slices.Insert(f.Data, at, more...)
	f.Len += uint32(len(more))
}

func some(rng *rand.Rand, l []Frame, most int, do func(*Frame)) {
	for range 1 + rng.IntN(most) {
		do(&l[rng.IntN(len(l))])
	}
}

func lose(rng *rand.Rand, l *[]Frame) {
	p := rng.Float64()
	*l = slices.DeleteFunc(*l, func(Frame) bool { return rng.Float64() < p*p })
	if len(*l) > 0 && rng.IntN(2) == 0 {
		at := rng.IntN(len(*l))
		*l = slices.Delete(*l, at, min(len(*l), at+rng.IntN(200)))
	}
}

// tag puts VLAN tags in front of packets, up to too many.
func tag(rng *rand.Rand, l *[]Frame) {
	types := []uint16{0x8100, 0x88a8, 0x9100, 0x8847, 0x8864, 0x6558, 0x86dd}
	some(rng, *l, len(*l), func(f *Frame) {
		if f.Link != 1 || len(f.Data) < 14 {
			return
		}
		for range 1 + rng.IntN(3) {
			f.grow(12, binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(nil, types[rng.IntN(len(types))]), uint16(rng.Uint32())))
		}
	})
}

// options puts options into IPv4 headers, or says that there are some.
func options(rng *rand.Rand, l *[]Frame) {
	some(rng, *l, 40, func(f *Frame) {
		at := f.ip()
		if at < 0 || f.Data[at]>>4 != 4 {
			return
		}
		n := 1 + rng.IntN(10)
		if rng.IntN(3) > 0 && at+20 <= len(f.Data) {
			more := make([]byte, 4*n)
			for i := range more {
				more[i] = byte(rng.Uint32())
			}
			f.grow(at+20, more)
			binary.BigEndian.PutUint16(f.Data[at+2:], binary.BigEndian.Uint16(f.Data[at+2:])+uint16(4*n))
		}
		f.Data[at] = 0x40 | byte(5+n)&15
	})
}

// fragment cuts IPv4 packets into pieces, which overlap, get lost and come in
// any order.
func fragment(rng *rand.Rand, l *[]Frame) {
	var out []Frame
	rate := 1 + rng.IntN(20)
	for _, f := range *l {
		at := f.ip()
		if rng.IntN(rate) > 0 || at < 0 || f.Data[at]>>4 != 4 || len(f.Data) < at+20+16 {
			out = append(out, f)
			continue
		}
		head, body := f.Data[:at+20], f.Data[at+20:]
		size := 8 * (1 + rng.IntN(max(len(body)/16, 1)))
		var pieces []Frame
		for from := 0; from < len(body) && len(pieces) < 64; from += size {
			end := min(len(body), from+size+8*rng.IntN(2)) // some overlap
			p := Frame{Data: slices.Concat(head, body[from:end]), Time: f.Time, Link: f.Link}
			field := uint16(from / 8)
			if end < len(body) {
				field |= 0x2000
			}
			binary.BigEndian.PutUint16(p.Data[at+6:], field)
			binary.BigEndian.PutUint16(p.Data[at+2:], uint16(20+end-from))
			p.Len = uint32(len(p.Data))
			if rng.IntN(12) > 0 {
				pieces = append(pieces, p)
			}
		}
		if rng.IntN(3) == 0 {
			rng.Shuffle(len(pieces), func(i, j int) { pieces[i], pieces[j] = pieces[j], pieces[i] })
		}
		out = append(out, pieces...)
	}
	*l = out
}

// quote turns packets into ICMP errors about themselves or about others, which
// quote as much as they like.
func quote(rng *rand.Rand, l *[]Frame) {
	var out []Frame
	rate := 1 + rng.IntN(30)
	for _, f := range *l {
		out = append(out, f)
		at := f.ip()
		if rng.IntN(rate) > 0 || at < 0 || f.Data[at]>>4 != 4 {
			continue
		}
		about := (*l)[rng.IntN(len(*l))]
		from := about.ip()
		if from < 0 || rng.IntN(3) > 0 {
			about, from = f, at
		}
		quoted := about.Data[from:]
		quoted = quoted[:rng.IntN(len(quoted)+1)]
		head := slices.Clone(f.Data[:at+20])
		head[at], head[at+9] = 0x45, 1
		copy(head[at+12:], f.Data[at+16:at+20])
		copy(head[at+16:], f.Data[at+12:at+16])
		binary.BigEndian.PutUint16(head[at+2:], uint16(28+len(quoted)))
		kind, code := byte(3), []byte{1, 3, 3, 3, 4, 10, 13, 200}[rng.IntN(8)]
		if rng.IntN(8) == 0 {
			kind = byte(rng.Uint32())
		}
		e := Frame{Data: slices.Concat(head, []byte{kind, code, 0, 0, 0, byte(rng.Uint32()), 0, 0}, quoted), Time: f.Time + rng.Int64N(1e8), Link: f.Link}
		e.Len = uint32(len(e.Data))
		out = append(out, e)
	}
	*l = out
}

// media changes RTP: numbers that jump, run backwards or stand still, sources
// that share an SSRC or change it, payload types, padding and extensions.
func media(rng *rand.Rand, l *[]Frame) {
	way, v, rate := rng.IntN(7), rng.Uint32(), 1+rng.IntN(10)
	for i := range *l {
		f := &(*l)[i]
		at := f.udp()
		if at < 0 || len(f.Data) < at+20 || f.Data[at+8]>>6 != 2 || rng.IntN(rate) > 0 {
			continue
		}
		h := f.Data[at+8:]
		switch way {
		case 0:
			binary.BigEndian.PutUint16(h[2:], uint16(rng.Uint32()))
		case 1:
			binary.BigEndian.PutUint16(h[2:], binary.BigEndian.Uint16(h[2:])+uint16(v)*uint16(i))
		case 2:
			binary.BigEndian.PutUint32(h[4:], rng.Uint32()>>rng.IntN(32))
		case 3:
			binary.BigEndian.PutUint32(h[8:], v%3)
		case 4:
			h[1] = byte(rng.Uint32())
		case 5:
			h[0] = 0x80 | byte(rng.Uint32())&0x3f
		case 6:
			binary.BigEndian.PutUint16(f.Data[at+2*rng.IntN(2):], 30000+uint16(rng.IntN(4)))
		}
	}
}

// headers changes any field of the headers, and the lengths most of all.
func headers(rng *rand.Rand, l *[]Frame) {
	some(rng, *l, 60, func(f *Frame) {
		at := f.ip()
		switch u := f.udp(); {
		case u >= 0 && rng.IntN(3) == 0:
			binary.BigEndian.PutUint16(f.Data[u+4:], uint16(rng.IntN(1<<rng.IntN(17))))
		case at >= 0 && rng.IntN(2) == 0:
			binary.BigEndian.PutUint16(f.Data[at+2:], uint16(rng.IntN(1<<rng.IntN(17))))
		case at >= 0 && len(f.Data) > at+40:
			f.Data[at+rng.IntN(40)] = byte(rng.Uint32())
		case len(f.Data) > 0 && rng.IntN(2) == 0:
			f.Data = f.Data[:rng.IntN(len(f.Data))]
		case len(f.Data) > 0:
			f.Data[rng.IntN(len(f.Data))] ^= 1 << rng.IntN(8)
		}
	})
}

func duplicate(rng *rand.Rand, l *[]Frame) {
	later := int64(rng.IntN(3)) * rng.Int64N(1e9)
	var out []Frame
	for _, f := range *l {
		out = append(out, f)
		if rng.IntN(4) == 0 {
			again := f
			again.Data = slices.Clone(f.Data)
			again.Time += later
			out = append(out, again)
		}
	}
	*l = out
}

// mix puts packets into another order, within reach or at all.
func mix(rng *rand.Rand, l *[]Frame) {
	reach := 1 + rng.IntN(20)
	if rng.IntN(8) == 0 {
		reach = len(*l)
	}
	for i := range *l {
		j := min(len(*l)-1, i+rng.IntN(reach))
		(*l)[i], (*l)[j] = (*l)[j], (*l)[i]
	}
}
