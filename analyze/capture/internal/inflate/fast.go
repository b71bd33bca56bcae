package inflate

// fastInput is what the fast road takes in before it looks how much there is: two
// loads of eight bytes each.
const fastInput = 16

// fast is where the time goes. Each look-up waits for the one before it to say how many
// bits it takes: seven cycles of a processor that could do thirty things meanwhile. So
// an entry of a byte mostly says how many the byte behind takes, too (see pair), and
// what that one is, is looked up beside. Where no second one is known, what is written
// for it is nonsense, and the next byte goes there.
//
// Bits are taken in by whole words: what stands in bits above count are the bits to
// come, and putting them there again changes nothing. 56 bits are there after a load:
// enough for three entries of bytes (3*mostPair), for two and a length (2*mostPair + 15 +
// 5), or for a distance (15 + 13). Of n the lowest six bits count: taking whole entries off it
// leaves nonsense above them. The arrays are of fixed sizes so that the compiler need
// not keep them in registers.
func (z *Reader) fast() error {
	in, out, o := (*[reads + 8]byte)(z.in.buf), (*[room]byte)(z.out), z.o
	i, b, n := z.in.i, z.in.bits, z.in.count
	literals, distances := z.literals, z.spans
	var err error
	lastIn := z.in.n - fastInput
symbols:
	for i <= lastIn && o <= len(out)-slack {
		b |= word(in, i) << (n & 63)
		i += int(^n & 63 >> 3)
		n |= 56
		e := literals[b&(1<<literalBits-1)]
		for pairs := 1; e&isByte != 0; pairs++ {
			second := b >> (e >> codeShift & 63)
			b >>= e & takes
			n -= uint(e)
			out[o] = byte(e >> valueShift)
			out[o+1] = byte(literals[second&(1<<literalBits-1)] >> valueShift)
			o += int(e >> bytesShift)
			if pairs == 3 {
				continue symbols
			}
			e = literals[b&(1<<literalBits-1)]
		}
		if e&isOther != 0 {
			if e&isSecond != 0 {
				b >>= literalBits
				n -= literalBits
				e = literals[(uint64(e>>valueShift)+b&(1<<(e>>codeShift&codeTakes)-1))%uint64(len(literals))]
				if e&isByte != 0 {
					b >>= e & takes
					n -= uint(e)
					out[o] = byte(e >> valueShift)
					o++
					continue
				}
			}
			if e&isOther != 0 {
				if e&isEnd == 0 {
					err = ErrCorrupt
					break
				}
				b >>= e & takes
				n -= uint(e)
				z.next()
				break
			}
		}
		length := int(e>>valueShift) + int(b&(1<<(e&takes)-1)>>(e>>codeShift&codeTakes))
		b >>= e & takes
		n -= uint(e)
		if n&63 < longest+13 {
			b |= word(in, i) << (n & 63)
			i += int(^n & 63 >> 3)
			n |= 56
		}
		e = distances[b&(1<<distanceBits-1)]
		if e&isOther != 0 {
			if e&isSecond == 0 {
				err = ErrCorrupt
				break
			}
			b >>= distanceBits
			n -= distanceBits
			e = distances[(uint64(e>>valueShift)+b&(1<<(e>>codeShift&codeTakes)-1))%uint64(len(distances))]
			if e&isOther != 0 {
				err = ErrCorrupt
				break
			}
		}
		distance := int(e>>valueShift) + int(b&(1<<(e&takes)-1)>>(e>>codeShift&codeTakes))
		b >>= e & takes
		n -= uint(e)
		if distance > o {
			err = ErrCorrupt
			break
		}
		repeat(out[:], o, distance, length)
		o += length
	}
	n &= 63
	z.in.i, z.in.bits, z.in.count, z.o = i, b&(1<<n-1), n, o
	return err
}
