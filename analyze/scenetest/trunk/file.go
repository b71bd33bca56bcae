package trunk

import (
	"bufio"
	"encoding/binary"
	"io"
)

// file is the capture being written: pcap or pcapng, little-endian, Ethernet,
// microseconds.
type file struct {
	w       *bufio.Writer
	ng      bool
	head    [32]byte
	packets int
}

func newFile(w io.Writer, ng bool) *file {
	f := &file{w: bufio.NewWriterSize(w, 1<<20), ng: ng}
	var b []byte
	put := func(v ...uint32) {
		for _, x := range v {
			b = binary.LittleEndian.AppendUint32(b, x)
		}
	}
	if ng {
		put(0x0a0d0d0a, 28, 0x1a2b3c4d, 1, 0xffffffff, 0xffffffff, 28) // section, version 1.0, of unknown length
		put(1, 20, 1, 262144, 20)                                      // interface
	} else {
		put(0xa1b2c3d4, 2|4<<16, 0, 0, 262144, 1)
	}
	f.w.Write(b)
	return f
}

// packet writes one frame; us is microseconds since the epoch.
func (f *file) packet(us int64, data []byte) {
	f.packets++
	n := uint32(len(data))
	le := binary.LittleEndian
	if !f.ng {
		b := f.head[:16]
		le.PutUint32(b, uint32(us/1e6))
		le.PutUint32(b[4:], uint32(us%1e6))
		le.PutUint32(b[8:], n)
		le.PutUint32(b[12:], n)
		f.w.Write(b)
		f.w.Write(data)
		return
	}
	padded := (n + 3) &^ 3
	b := f.head[:28]
	le.PutUint32(b, 6)
	le.PutUint32(b[4:], 32+padded)
	le.PutUint32(b[8:], 0)
	le.PutUint32(b[12:], uint32(us>>32))
	le.PutUint32(b[16:], uint32(us))
	le.PutUint32(b[20:], n)
	le.PutUint32(b[24:], n)
	f.w.Write(b)
	f.w.Write(data)
	var tail [8]byte
	le.PutUint32(tail[padded-n:], 32+padded)
	f.w.Write(tail[:padded-n+4])
}
