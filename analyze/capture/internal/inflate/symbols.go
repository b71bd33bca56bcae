package inflate

// symbols decodes a block until it ends or the room for output is filled: fast in
// the middle of the input, one symbol at a time where that ends.
func (z *Reader) symbols() error {
	for z.state == coded && z.o <= len(z.out)-slack {
		if z.in.n-z.in.i >= fastInput {
			if err := z.fast(); err != nil || z.state != coded {
				return err
			}
			continue
		}
		if err := z.symbol(); err != nil {
			return err
		}
	}
	return nil
}

// fastInput is what the fast road takes in before it looks how much there is: two
// loads of eight bytes each.
const fastInput = 16

// fast is where the time goes. Bits are taken in by whole words: what stands in
// bits above count are the bits to come, and putting them there again changes
// nothing. 56 bits are there after a load: enough for four look-ups of bytes, or
// three and a length (3*11 + 15 + 5), or a distance (15 + 13). Of n the lowest six
// bits count: taking whole entries off it leaves nonsense above them.
func (z *Reader) fast() error {
	in, out, o := z.in.buf[:z.in.n], z.out, z.o
	i, b, n := z.in.i, z.in.bits, z.in.count
	literals, distances := z.literals, z.spans
	lastIn, lastOut := len(in)-fastInput, len(out)-slack
	var err error
	for i <= lastIn && o <= lastOut {
		b |= word(in[i:]) << (n & 63)
		i += int(^n & 63 >> 3)
		n |= 56
		e := literals[b&(1<<literalBits-1)]
		if e&isByte != 0 {
			b >>= e & takes
			n -= uint(e)
			out[o] = byte(e >> valueShift)
			o++
			e = literals[b&(1<<literalBits-1)]
			if e&isByte != 0 {
				b >>= e & takes
				n -= uint(e)
				out[o] = byte(e >> valueShift)
				o++
				e = literals[b&(1<<literalBits-1)]
				if e&isByte != 0 {
					b >>= e & takes
					n -= uint(e)
					out[o] = byte(e >> valueShift)
					o++
					e = literals[b&(1<<literalBits-1)]
					if e&isByte != 0 {
						b >>= e & takes
						n -= uint(e)
						out[o] = byte(e >> valueShift)
						o++
						continue
					}
				}
			}

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
			b |= word(in[i:]) << (n & 63)
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
		repeat(out, o, distance, length)
		o += length
	}
	n &= 63
	z.in.i, z.in.bits, z.in.count, z.o = i, b&(1<<n-1), n, o
	return err
}

// repeat copies what stands distance before o, which may go on into the copy. It may
// write up to seven bytes beyond the end.
func repeat(out []byte, o, distance, length int) {
	end := o + length
	from := o - distance
	switch {
	case distance >= 8:
		for o < end {
			put(out[o:], word(out[from:]))
			o += 8
			from += 8
		}
	case distance == 1:
		v := uint64(out[from]) * 0x0101010101010101
		for o < end {
			put(out[o:], v)
			o += 8
		}
	default:
		for o < end {
			out[o] = out[from]
			o++
			from++
		}
	}
}

// symbol decodes one symbol, and the distance behind a length, wherever the input
// ends.
func (z *Reader) symbol() error {
	in := &z.in
	in.load() // enough for both, unless the input ends
	e, err := in.entry(z.literals[:], literalBits)
	if err != nil {
		return err
	}
	if e&isByte != 0 {
		z.out[z.o] = byte(e >> valueShift)
		z.o++
		return nil
	}
	if e&isEnd != 0 && e&isOther != 0 {
		z.next()
		return nil
	}
	length, err := in.value(e)
	if err != nil {
		return err
	}
	e, err = in.entry(z.spans[:], distanceBits)
	if err != nil {
		return err
	}
	distance, err := in.value(e)
	if err != nil {
		return err
	}
	if distance > z.o {
		return ErrCorrupt
	}
	repeat(z.out, z.o, distance, length)
	z.o += length
	return nil
}

// entry finds what the next bits mean, and takes those of the code.
func (in *input) entry(table []uint32, first uint) (uint32, error) {
	e := table[in.bits&(1<<first-1)]
	if e&isOther != 0 && e&isSecond != 0 {
		if _, err := in.take(first); err != nil {
			return 0, err
		}
		e = table[uint64(e>>valueShift)+in.bits&(1<<(e>>codeShift&codeTakes)-1)]
	}
	if _, err := in.take(uint(e >> codeShift & codeTakes)); err != nil {
		return 0, err
	}
	if e&isOther != 0 && e&isEnd == 0 {
		return 0, ErrCorrupt
	}
	return e, nil
}

// value is a length or a distance, with the bits behind its code.
func (in *input) value(e uint32) (int, error) {
	more, err := in.take(uint(e&takes - e>>codeShift&codeTakes))
	return int(e>>valueShift) + int(more), err
}
