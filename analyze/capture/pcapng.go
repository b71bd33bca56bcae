package capture

import (
	"encoding/binary"
	"fmt"
	"math/bits"
)

// The next generation: draft-ietf-opsawg-pcapng. A file is a run of blocks:
// type, total length, body, total length again, all multiples of four bytes.
// A section header starts anew, with a byte order and interfaces of its own.
const (
	blockSection   = 0x0a0d0d0a // reads the same in either order
	blockInterface = 1
	blockPacket    = 2 // obsolete
	blockSimple    = 3
	blockNames     = 4
	blockStats     = 5
	blockEnhanced  = 6
	blockJournal   = 9 // systemd
	blockSecrets   = 10
	blockCustom    = 0xbad      // may be copied
	blockCustomNo  = 0x40000bad // may not

	orderMagic  = 0x1a2b3c4d
	blockFrame  = 12 // type and both lengths
	sectionMin  = 28
	noInterface = -1
)

// pcapngFile walks a pcapng.
type pcapngFile struct {
	big    bool
	base   int    // index of the section's first interface
	kept   int    // interfaces of the section that were kept
	seen   int    // interfaces of the section
	ifaces []port // parallel to Info.Interfaces

	trailer uint32 // rounded length of a block passed over, which must follow; 0: none
	drops   int64  // as the packet blocks tell
	next    times  // of the packets behind a questionable one
}

// port is what walking needs to know of an interface.
type port struct {
	clock   clock
	link    LinkType
	snaplen uint32
	packets int64
}

// isPcapng tells whether head begins like a pcapng, and in which byte order.
func isPcapng(head []byte) (big, ok bool) {
	if len(head) < 12 || binary.BigEndian.Uint32(head) != blockSection {
		return false, false
	}
	switch uint32(orderMagic) {
	case binary.LittleEndian.Uint32(head[8:]):
		return false, true
	case binary.BigEndian.Uint32(head[8:]):
		return true, true
	}
	return false, false
}

// newPcapng looks at the first block, whose damage makes a file no capture.
func newPcapng(f *File, head []byte, big bool) (*pcapngFile, error) {
	looks := ""
	p := &pcapngFile{big: big}
	if len(head) < sectionMin {
		looks = fmt.Sprintf("a pcapng that was cut short inside its first block, after %d bytes", len(head))
	} else if total := roundUp(p.u32(head[4:])); total < sectionMin || int64(total) > f.in.set.opt.Limits.MaxRecord {
		looks = fmt.Sprintf("a pcapng whose first block claims %d bytes", total)
	} else if major, minor := p.u16(head[12:]), p.u16(head[14:]); major != 1 {
		looks = fmt.Sprintf("a pcapng of the unknown version %d.%d", major, minor)
	} else if int(total) <= len(head) && roundUp(p.u32(head[total-4:])) != total {
		looks = "a pcapng whose first block is damaged"
	}
	if looks != "" {
		return nil, &FormatError{Path: f.in.path, Broken: true, Looks: looks}
	}
	f.info.Format = "pcapng"
	return p, nil
}

func (p *pcapngFile) u16(b []byte) uint16 {
	v := binary.LittleEndian.Uint16(b)
	if p.big {
		v = bits.ReverseBytes16(v)
	}
	return v
}

func (p *pcapngFile) u32(b []byte) uint32 {
	v := binary.LittleEndian.Uint32(b)
	if p.big {
		v = bits.ReverseBytes32(v)
	}
	return v
}

// walk goes from block to block. Lengths that are no multiple of four are
// rounded up, as Wireshark does; a block whose two lengths differ ends the
// reading, because nothing says where the next one is.
func (p *pcapngFile) walk(f *File, b *Batch, buf []byte) int {
	pos, limits := 0, &f.in.set.opt.Limits
	for !f.done {
		pos = p.run(f, b, buf, pos)
		if len(b.Frames) >= f.most {
			break
		}
		rest := buf[pos:]
		if p.trailer != 0 {
			if len(rest) < 4 {
				f.need = 4
				break
			}
			if got := roundUp(p.u32(rest)); got != p.trailer {
				p.mismatch(f, pos, p.trailer, got)
				break
			}
			p.trailer, f.inside = 0, false
			pos += 4
			continue
		}
		if len(rest) < blockFrame {
			f.need = blockFrame
			break
		}
		kind := p.u32(rest)
		if kind == blockSection && !p.order(f, rest, pos) {
			break
		}
		total := roundUp(p.u32(rest[4:]))
		if total < blockFrame || int64(total) > limits.MaxBlock || kind == blockSection && int64(total) > limits.MaxRecord {
			f.stop("bad-block", f.no+1, fmt.Sprintf("the block at byte %d, behind frame %d, claims %d bytes; reading stopped there",
				f.offset+int64(pos), f.no, p.u32(rest[4:])))
			break
		}
		whole := p.wanted(kind)
		if whole && int64(total) > limits.MaxRecord {
			f.warn.add("limit", f.no+1, 1, fmt.Sprintf("blocks of more than %d bytes were passed over", limits.MaxRecord))
			p.number(f, kind)
			whole, kind = false, 0
		}
		if int64(total) > int64(len(rest)) {
			if whole || int64(total)-int64(len(rest)) <= 4 {
				f.need = int(total)
				break
			}
			// Nothing of it is wanted: pass over it without holding it.
			f.skip = int64(total) - 4 - int64(len(rest))
			p.trailer, f.inside = total, true
			p.passOver(f, kind)
			pos = len(buf)
			continue
		}
		block := rest[:total:total]
		if last := roundUp(p.u32(block[total-4:])); last != total {
			p.mismatch(f, pos, total, last)
			break
		}
		body := block[8 : total-4 : total-4]
		if more := p.look(f, kind, body, rest[total:]); more > 0 && !f.eof {
			f.need = int(total) + more
			break
		}
		ok := true
		switch kind {
		case blockEnhanced:
			ok = p.enhanced(f, b, body)
		case blockPacket:
			ok = p.packet(f, b, body)
		case blockSimple:
			ok = p.simple(f, b, body)
		case blockSection:
			ok = p.section(f, body, pos)
		case blockInterface:
			ok = p.iface(f, body)
		case blockStats:
			ok = p.stats(f, body)
		case blockSecrets:
			p.secrets(f, body)
		default:
			p.passOver(f, kind)
		}
		if !ok {
			f.stop("bad-block", f.no+1, fmt.Sprintf("the block at byte %d, behind frame %d, is too short for what it is (type %d, %d bytes); reading stopped there",
				f.offset+int64(pos), f.no, kind, total))
			break
		}
		pos += int(total)
	}
	return pos
}

// roundUp is n rounded up to a multiple of four, or the largest such.
func roundUp(n uint32) uint32 {
	if n > 1<<32-4 {
		return 1<<32 - 4
	}
	return (n + 3) &^ 3
}

// order takes the byte order of the section that starts at rest.
func (p *pcapngFile) order(f *File, rest []byte, pos int) bool {
	big, ok := isPcapng(rest)
	if !ok {
		f.stop("bad-block", f.no+1, fmt.Sprintf("the section at byte %d, behind frame %d, is in no known byte order; reading stopped there",
			f.offset+int64(pos), f.no))
		return false
	}
	p.big = big
	return true
}

func (p *pcapngFile) mismatch(f *File, pos int, first, last uint32) {
	f.stop("bad-block", f.no+1, fmt.Sprintf("the two lengths of the block at byte %d, behind frame %d, differ (%d and %d); reading stopped there",
		f.offset+int64(pos), f.no, first, last))
}

// wanted tells whether something is read from blocks of this type.
func (p *pcapngFile) wanted(kind uint32) bool {
	switch kind {
	case blockSection, blockInterface, blockStats, blockSecrets:
		return true
	}
	return isPacket(kind)
}

func isPacket(kind uint32) bool {
	return kind == blockEnhanced || kind == blockSimple || kind == blockPacket
}

// passOver counts a block of which nothing is read.
func (p *pcapngFile) passOver(f *File, kind uint32) {
	switch kind {
	case 0, blockNames, blockSecrets:
	case blockJournal, blockCustom, blockCustomNo, 0x204, 0x208, 0x216, 0x217, 0x221, 0x222:
		// Events of other kinds (systemd's journal, private ones, sysdig's), to
		// which Wireshark gives frame numbers.
		f.no++
	default:
		if !f.warn.has("unknown-block") {
			f.warn.add("unknown-block", 0, 1, fmt.Sprintf("blocks of unknown types were passed over, the first of type 0x%x behind frame %d", kind, f.no))
			return
		}
		f.warn.add("unknown-block", 0, 1, "")
	}
}

// number counts a packet block that cannot be delivered.
func (p *pcapngFile) number(f *File, kind uint32) {
	if isPacket(kind) {
		f.no++
	}
}

func (p *pcapngFile) where(f *File) string {
	return fmt.Sprintf("the block at byte %d of the capture", f.offset)
}

func (p *pcapngFile) finish(f *File) {
	var lost uint64
	for i, port := range p.ifaces {
		in := &f.info.Interfaces[i]
		in.Packets = port.packets
		for _, n := range []uint64{in.Dropped.N, in.OSDropped.N} {
			lost += min(n, 1<<62/uint64(len(p.ifaces))/2) // no overflow, whatever the file says
		}
	}
	lost = max(lost, uint64(min(p.drops, 1<<62)))
	if lost > 0 {
		f.warn.add("interface-drops", 0, int64(lost),
			"packets were lost while recording, by the recorder's own count: gaps need not be the network's")
	}
}
