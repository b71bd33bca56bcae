package capture

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/bits"
)

// The classic format: draft-ietf-opsawg-pcap. A file header of 24 bytes, then
// records with a header of 16, both in the byte order of the machine that
// wrote them.
const (
	magicMicro    = 0xa1b2c3d4
	magicNano     = 0xa1b23c4d
	magicModified = 0xa1b2cd34 // Kuznetzov's patches of 1999: longer record headers
	magicIxiaHW   = 0x1c0001ac // Ixia lcap, hardware times in ns; 4 more bytes of file header
	magicIxiaSW   = 0x1c0001ab // the same in µs

	pcapHeader = 24
	// commonRecord is the largest record that every reader believes, whatever
	// the file's snap length: Wireshark's and libpcap's bound.
	commonRecord = 256 << 10
)

// pcapFile walks a pcap.
type pcapFile struct {
	swap    bool // the file is big-endian
	header  int  // bytes of a record header: 16, 20, 24 or 28
	unit    int64
	lengths lengthOrder
	link    LinkType
	largest uint32 // record believed
}

// lengthOrder says which of a record's two lengths comes first: before version
// 2.3 it was that on the wire, and some writers of 2.3 did not know.
type lengthOrder uint8

const (
	capturedFirst lengthOrder = iota
	wireFirst
	smallerIsCaptured
)

// pcapMagic tells whether head begins like a pcap, and in which byte order.
func pcapMagic(head []byte) (magic uint32, swap, ok bool) {
	if len(head) < 4 {
		return 0, false, false
	}
	magic = binary.LittleEndian.Uint32(head)
	for _, swap := range []bool{false, true} {
		switch magic {
		case magicMicro, magicNano, magicModified, magicIxiaHW, magicIxiaSW:
			return magic, swap, true
		}
		magic = bits.ReverseBytes32(magic)
	}
	return 0, false, false
}

// newPcap reads the file header at the start of head, which must hold as much
// of the file as there is up to a few records, and returns the header's length.
func newPcap(f *File, head []byte, magic uint32, swap bool) (*pcapFile, int, error) {
	size := pcapHeader
	if magic == magicIxiaHW || magic == magicIxiaSW {
		size += 4
	}
	if len(head) < size {
		return nil, 0, &FormatError{
			Path: f.in.path, Broken: true, Looks: fmt.Sprintf("a pcap that was cut short inside its file header, after %d bytes", len(head)),
		}
	}
	order := binary.ByteOrder(binary.LittleEndian)
	if swap {
		order = binary.BigEndian
	}
	major, minor := order.Uint16(head[4:]), order.Uint16(head[6:])
	if major < 2 {
		return nil, 0, &FormatError{
			Path: f.in.path, Broken: true, Looks: fmt.Sprintf("a pcap of the unknown version %d.%d", major, minor),
		}
	}
	snaplen, network := order.Uint32(head[16:]), order.Uint32(head[20:])
	p := &pcapFile{swap: swap, header: 16, unit: 1000, link: LinkType(network & 0x03ffffff)}
	res := Resolution{10, 6}
	if magic == magicNano || magic == magicIxiaHW {
		p.unit, res.Exponent = 1, 9
	}
	switch {
	case major == 543, major == 2 && minor < 3: // 543.0 is DG/UX
		p.lengths = wireFirst
	case major == 2 && minor == 3:
		p.lengths = smallerIsCaptured
	}
	p.largest = uint32(min(int64(max(snaplen, commonRecord)), f.in.set.opt.Limits.MaxRecord, math.MaxUint32))
	p.header = recordHeader(head[size:], p, magic)
	iface := Interface{Link: p.link, Snaplen: snaplen, Resolution: res}
	if network&0x04000000 != 0 { // P: the top four bits are the length of the FCS, in 16-bit units
		iface.FCSLen = int(network>>28) * 2
	}
	f.info.Interfaces = []Interface{iface}
	f.info.Format = "pcap"
	return p, size, nil
}

func (p *pcapFile) walk(f *File, b *Batch, buf []byte) int {
	var (
		frames = b.Frames
		track  = f.track
		no     = f.no
		pos    = 0
		header = p.header
	)
	for len(frames) < f.most {
		rest := buf[pos:]
		if len(rest) < header {
			f.need = header
			break
		}
		sec, frac := binary.LittleEndian.Uint32(rest), binary.LittleEndian.Uint32(rest[4:])
		got, size := binary.LittleEndian.Uint32(rest[8:]), binary.LittleEndian.Uint32(rest[12:16])
		if p.swap {
			sec, frac = bits.ReverseBytes32(sec), bits.ReverseBytes32(frac)
			got, size = bits.ReverseBytes32(got), bits.ReverseBytes32(size)
		}
		if p.lengths != capturedFirst && (p.lengths == wireFirst || got > size) {
			got, size = size, got
		}
		if got > p.largest {
			f.no = no
			f.stop("bad-record", no+1, fmt.Sprintf(
				"record %d, at byte %d of the capture, claims %d bytes of data; nothing after it can be trusted, everything before it was read",
				no+1, f.offset+int64(pos), got))
			break
		}
		end := header + int(got)
		if end > len(rest) {
			f.need = end
			break
		}
		t := int64(sec)*second + int64(frac)*p.unit
		empty := got == 0 && size == 0 && sec == 0 && frac == 0
		if want, yes := track.questionable(t); yes && !empty {
			ahead, more := p.ahead(rest[end:], want)
			if more > 0 && !f.eof {
				f.need = end + more
				break
			}
			t = track.believe(t, no+1, ahead)
		}
		pos += end
		no++
		if empty {
			// The zeros of a file that was laid out but not written. Wireshark
			// counts them, so the numbers go on.
			f.warn.add("empty-record", no, 1, "records that are all zero, as in a file whose end was never written")
			continue
		}
		track.time(t, no)
		if size != got {
			if size > got {
				track.shortened(no)
			} else {
				track.oddLength(no)
				size = got
			}
		}
		frames = room(frames)
		frames[len(frames)-1].set(rest[header:end:end], t, no, size, p.link, 0)
	}
	b.Frames, f.track, f.no = frames, track, no
	return pos
}

// ahead are the times of the next want records in buf, as far as aheadWindow
// reaches. more is how many bytes of buf there would have to be to see further.
func (p *pcapFile) ahead(buf []byte, want int) (list times, more int) {
	field := func(at int) uint32 {
		v := binary.LittleEndian.Uint32(buf[at:])
		if p.swap {
			v = bits.ReverseBytes32(v)
		}
		return v
	}
	for at := 0; !list.full(want) && at+p.header <= aheadWindow; {
		if at+p.header > len(buf) {
			return list, at + p.header
		}
		sec, frac, got := field(at), field(at+4), field(at+8)
		if p.lengths == wireFirst || p.lengths == smallerIsCaptured {
			got = min(got, field(at+12))
		}
		if got > p.largest {
			break
		}
		if sec != 0 || frac != 0 || got != 0 {
			list.add(int64(sec)*second + int64(frac)*p.unit)
		}
		at += p.header + int(got)
	}
	return list, 0
}

func (p *pcapFile) where(f *File) string {
	if len(f.carry) < p.header {
		return fmt.Sprintf("the header of record %d, at byte %d of the capture", f.no+1, f.offset)
	}
	return fmt.Sprintf("record %d, at byte %d of the capture", f.no+1, f.offset)
}

func (p *pcapFile) finish(f *File) {
	f.info.Interfaces[0].Packets = f.track.packets
}
