package capture

import "encoding/binary"

// enhanced takes an Enhanced Packet Block (section 4.3).
func (p *pcapngFile) enhanced(f *File, b *Batch, body []byte) bool {
	if len(body) < 20 {
		return false
	}
	_ = body[19]
	id, high, low, got, size := binary.LittleEndian.Uint32(body), binary.LittleEndian.Uint32(body[4:]),
		binary.LittleEndian.Uint32(body[8:]), binary.LittleEndian.Uint32(body[12:]), binary.LittleEndian.Uint32(body[16:])
	if p.big {
		id, high, low, got, size = p.u32(body), p.u32(body[4:]), p.u32(body[8:]), p.u32(body[12:]), p.u32(body[16:])
	}
	p.deliver(f, b, id, uint64(high)<<32|uint64(low), got, size, body[20:])
	return true
}

// packet takes an obsolete Packet Block (appendix A): it differs in its
// 16-bit interface and a count of packets lost before it.
func (p *pcapngFile) packet(f *File, b *Batch, body []byte) bool {
	if len(body) < 20 {
		return false
	}
	if lost := p.u16(body[2:]); lost != 0xffff { // 0xffff: not known
		p.drops += int64(lost)
	}
	t := uint64(p.u32(body[4:]))<<32 | uint64(p.u32(body[8:]))
	p.deliver(f, b, uint32(p.u16(body)), t, p.u32(body[12:]), p.u32(body[16:]), body[20:])
	return true
}

// simple takes a Simple Packet Block (section 4.4), which has neither a time
// nor an interface but the section's first, nor the length of what it holds.
func (p *pcapngFile) simple(f *File, b *Batch, body []byte) bool {
	if len(body) < 4 {
		return false
	}
	f.no++
	at := p.local(f, 0)
	if at == noInterface {
		return true
	}
	port := &p.ifaces[at]
	size, data := p.u32(body), body[4:]
	got := min(size, uint32(len(data)))
	if port.snaplen != 0 {
		got = min(got, port.snaplen)
	}
	f.warn.add("no-time", f.no, 1, "packets recorded without a time; they were given that of the packet before")
	p.frame(f, b, at, f.track.prev, size, data[:got:got])
	return true
}

// deliver makes the frame of a packet block. rest is the block's data with the
// options behind it.
func (p *pcapngFile) deliver(f *File, b *Batch, id uint32, t uint64, got, size uint32, rest []byte) {
	f.no++
	if uint64(got) > uint64(len(rest)) {
		f.warn.add("bad-packet", f.no, 1, "packets that claim more data than their block holds; they were kept as far as they go")
		got = uint32(len(rest))
	} else if end := (int(got) + 3) &^ 3; end < len(rest) {
		p.packetOptions(f, rest[end:])
	}
	at := int(id) + p.base
	if id >= uint32(p.kept) {
		if at = p.local(f, id); at == noInterface {
			return
		}
	}
	ns, inside := p.ifaces[at].clock.ns(t)
	if !inside && f.track.recorded {
		f.track.clamped(f.no)
	}
	if _, yes := f.track.questionable(ns); yes {
		ns = f.track.believe(ns, f.no, p.next)
	}
	p.frame(f, b, at, ns, size, rest[:got:got])
}

func (p *pcapngFile) frame(f *File, b *Batch, at int, ns int64, size uint32, data []byte) {
	f.track.time(ns, f.no)
	if got := uint32(len(data)); size != got {
		if size > got {
			f.track.shortened(f.no)
		} else {
			f.track.oddLength(f.no)
			size = got
		}
	}
	port := &p.ifaces[at]
	port.packets++
	b.Frames = room(b.Frames)
	b.Frames[len(b.Frames)-1].set(data, ns, f.no, size, port.link, int32(at))
}

// local is the index of the section's interface id, or noInterface.
func (p *pcapngFile) local(f *File, id uint32) int {
	switch {
	case uint64(id) < uint64(p.kept):
		return p.base + int(id)
	case uint64(id) < uint64(p.seen):
		f.warn.add("limit", f.no, 1, "packets of interfaces beyond the number that is kept were passed over")
	default:
		f.warn.add("unknown-interface", f.no, 1, "packets of an interface that the file does not describe were passed over")
	}
	return noInterface
}

// packetOptions reads the options of a packet block: comments are counted,
// and so are losses (epb_dropcount).
func (p *pcapngFile) packetOptions(f *File, b []byte) {
	o := options{b: b, big: p.big}
	for o.next() {
		switch o.code {
		case optComment:
			f.info.Comments++
		case 4:
			if n, ok := o.u64(); ok {
				p.drops += int64(min(n, 1<<31))
			}
		}
	}
	p.overrun(f, o)
}
