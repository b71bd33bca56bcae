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
