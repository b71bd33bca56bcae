package capture

import (
	"encoding/binary"
	"math/bits"
)

// recordHeader is the length of the record headers that records begins with. Nokia's IPSO
// and the libpcap patches of 1999 made them longer, some without a magic number of their own.
// As Wireshark does, the first three records are tried on. The standard reading
// wins unless it contradicts itself and another one does not; that records ends
// in the middle of one contradicts the others, but not the standard.
func recordHeader(records []byte, p *pcapFile, magic uint32) int {
	standard, others := 16, []int{24, 20}
	switch magic {
	case magicMicro:
		if p.lengths != capturedFirst {
			return standard // older than any variant
		}
	case magicModified:
		standard, others = 24, []int{28}
	default:
		return standard
	}
	if fits(records, p, standard, true) {
		return standard
	}
	for _, n := range others {
		if fits(records, p, n, false) {
			return n
		}
	}
	return standard
}

// fits tells whether the first three records make sense with headers of size
// bytes, and may be cut.
func fits(records []byte, p *pcapFile, size int, cut bool) bool {
	field := func(at int) uint32 {
		v := binary.LittleEndian.Uint32(records[at:])
		if p.swap {
			v = bits.ReverseBytes32(v)
		}
		return v
	}
	for n := 0; n < 3 && len(records) > 0; n++ {
		if len(records) < size {
			return cut
		}
		got := field(8)
		if field(4) >= 1_000_000 || got > p.largest || got > field(12) {
			return false
		}
		switch size {
		case 20: // Nokia: values seen, and what editcap writes
			if v := field(16); v != 0 && v&0x0fff00f0 != 0x0fbf0000 {
				return false
			}
		case 24, 28: // interface index, protocol (an Ethertype or one of Linux's own), packet type
			protocol := binary.LittleEndian.Uint16(records[20:])
			if p.swap {
				protocol = bits.ReverseBytes16(protocol)
			}
			known := protocol >= 0x600 || protocol <= 0x17 || protocol == 0x60 || protocol == 0x200 || protocol == 0x400
			if field(16) > 10_000 || !known || records[22] > 4 {
				return false
			}
		}
		if len(records)-size < int(got) {
			return cut
		}
		records = records[size+int(got):]
	}
	return true
}
