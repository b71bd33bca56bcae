package capture

import "encoding/binary"

// run walks the blocks that nearly all of a pcapng consists of, and stops in
// front of any other: Enhanced Packet Blocks in little-endian order that are
// whole, without options, of a known interface, at a time that is not far from
// the one before. What it does not take, walk does; where it takes a block, walk
// would give the same frame.
func (p *pcapngFile) run(f *File, b *Batch, buf []byte, pos int) int {
	const header = 28 // to the packet's data
	if p.big || p.trailer != 0 {
		return pos
	}
	var (
		frames  = b.Frames
		track   = f.track
		no      = f.no
		ifaces  = p.ifaces[p.base : p.base+p.kept]
		largest = uint64(min(f.in.set.opt.Limits.MaxRecord, f.in.set.opt.Limits.MaxBlock))
	)
	for len(frames) < f.most {
		rest := buf[pos:]
		if len(rest) < header+4 {
			break
		}
		head := rest[:header]
		kind, total, id := binary.LittleEndian.Uint32(head), uint64(binary.LittleEndian.Uint32(head[4:])), binary.LittleEndian.Uint32(head[8:])
		high, low := binary.LittleEndian.Uint32(head[12:]), binary.LittleEndian.Uint32(head[16:])
		got, size := binary.LittleEndian.Uint32(head[20:]), binary.LittleEndian.Uint32(head[24:])
		if kind != blockEnhanced || total != header+(uint64(got)+3)&^3+4 || total > uint64(len(rest)) || total > largest ||
			uint64(binary.LittleEndian.Uint32(rest[total-4:])) != total || uint64(id) >= uint64(len(ifaces)) {
			break
		}
		port := &ifaces[id]
		stamp := uint64(high)<<32 | uint64(low)
		if stamp >= port.clock.limit || size < got {
			break
		}
		t := int64(stamp * port.clock.mul)
		if (track.far(t) || track.packets == 0) && !track.recorded {
			break
		}
		no++
		track.time(t, no)
		if size > got {
			track.shortened(no)
		}
		port.packets++
		end := header + int(got)
		frames = room(frames)
		frames[len(frames)-1].set(rest[header:end:end], t, no, size, port.link, int32(p.base)+int32(id))
		pos += int(total)
	}
	b.Frames, f.track, f.no = frames, track, no
	return pos
}
