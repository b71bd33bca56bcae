package capture

// look finds the times of the packets behind a packet block, where that one's
// own time is questionable. It returns how many bytes of rest there would have
// to be to see further.
func (p *pcapngFile) look(f *File, kind uint32, body, rest []byte) (more int) {
	p.next = times{}
	ns, ok := p.time(kind, body)
	if !ok {
		return 0
	}
	want, yes := f.track.questionable(ns)
	if !yes {
		return 0
	}
	for at := 0; !p.next.full(want) && at+blockFrame <= aheadWindow; {
		if at+blockFrame > len(rest) {
			return at + blockFrame
		}
		kind, total := p.u32(rest[at:]), int64(roundUp(p.u32(rest[at+4:])))
		if kind == blockSection || total < blockFrame || int64(at)+total > aheadWindow {
			break
		}
		if at+int(total) > len(rest) {
			return at + int(total)
		}
		if ns, ok := p.time(kind, rest[at+8:at+int(total)-4]); ok {
			p.next.add(ns)
		}
		at += int(total)
	}
	return 0
}

// time is what a packet block of a known interface says, as far as int64 can.
func (p *pcapngFile) time(kind uint32, body []byte) (ns int64, ok bool) {
	if len(body) < 20 {
		return 0, false
	}
	var id uint32
	switch kind {
	case blockEnhanced:
		id = p.u32(body)
	case blockPacket:
		id = uint32(p.u16(body))
	default:
		return 0, false
	}
	if uint64(id) >= uint64(p.kept) {
		return 0, false
	}
	ns, _ = p.ifaces[p.base+int(id)].clock.ns(uint64(p.u32(body[4:]))<<32 | uint64(p.u32(body[8:])))
	return ns, true
}
