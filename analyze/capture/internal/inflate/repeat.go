package inflate

import "encoding/binary"

// repeat copies what stands distance before o, which may go on into the copy. It may
// write up to fifteen bytes beyond the end.
func repeat(out []byte, o, distance, length int) {
	end := o + length
	from := o - distance
	switch {
	case distance >= 16:
		for ; o < end; o, from = o+16, from+16 {
			*(*[16]byte)(out[o:]) = *(*[16]byte)(out[from:])
		}
	case distance >= 8:
		for ; o < end; o, from = o+8, from+8 {
			put(out[o:], binary.LittleEndian.Uint64(out[from:]))
		}
	case distance == 1:
		v := uint64(out[from]) * 0x0101010101010101
		for ; o < end; o += 8 {
			put(out[o:], v)
		}
	default:
		for ; o < end; o, from = o+1, from+1 {
			out[o] = out[from]
		}
	}
}
