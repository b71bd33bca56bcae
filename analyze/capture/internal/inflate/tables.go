package inflate

import "math/bits"

const (
	maxLiterals  = 288 // 286 and 287 take part in the fixed code alone
	maxDistances = 32  // and so do 30 and 31
	longest      = 15  // bits of a code
	literalBits  = 11  // looked up at once
	distanceBits = 8
	precodeBits  = 7
)

// A table says what the next bits mean, by the first few of them: literalBits, or
// distanceBits. For codes that are longer it leads on to a second table by the
// rest, all of one size. A code is complete, so at least two symbols share what
// leads to a second table: there are no more than half as many as symbols, and the
// sizes hold all (2048 + 144 tables of 16; 256 + 16 of 128).
type (
	literalTable  [8192]uint32
	distanceTable [4096]uint32
)

// An entry says in its lowest six bits how many bits it takes, with those behind
// the code; in five from the eighth on how many the code alone takes; and from the
// sixteenth on what it means: a byte, the least length or distance, or where
// a second table begins (then the five are the bits that it is looked up by). An entry
// of a byte may count another byte in that is behind it: see pair.
const (
	isByte   uint32 = 1 << 7
	isEnd    uint32 = 1 << 13 // of isOther
	isSecond uint32 = 1 << 14 // of isOther
	isOther  uint32 = 1 << 15 // the end of the block, a second table, or nothing

	valueShift = 16
	bytesShift = 24 // of a byte: two where the six bits are those of two, else one
	codeShift  = 8
	takes      = 63
	codeTakes  = 31
)

// spread is a least length or distance, and how many bits follow that are added.
type spread struct {
	least uint16
	more  uint8
}

// What symbols mean, by RFC 1951, section 3.2.5, and in the precode themselves.
var (
	literalEntries  = literalsOf()
	distanceEntries = distancesOf()
	precodeEntries  = precodeOf()
	fixed           = fixedTables()
)

func (s spread) entry() uint32 { return uint32(s.least)<<valueShift | uint32(s.more) }

func literalsOf() (list [maxLiterals]uint32) {
	least := uint16(3)
	for i := range list {
		switch n := i - 257; {
		case n < -1:
			list[i] = isByte | uint32(i)<<valueShift | 1<<bytesShift
		case n == -1:
			list[i] = isOther | isEnd
		case n < 28:
			more := uint8(max(0, n/4-1))
			list[i] = spread{least, more}.entry()
			least += 1 << more
		case n == 28:
			list[i] = spread{most, 0}.entry()
		default:
			list[i] = isOther
		}
	}
	return list
}

func distancesOf() (list [maxDistances]uint32) {
	least := uint16(1)
	for i := range list {
		if i >= 30 {
			list[i] = isOther
			continue
		}
		more := uint8(max(0, i/2-1))
		list[i] = spread{least, more}.entry()
		least += 1 << more
	}
	return list
}

func precodeOf() (list [len(order)]uint32) {
	for i := range list {
		list[i] = uint32(i) << valueShift
	}
	list[16] += 2 // bits behind the code
	list[17] += 3
	list[18] += 7
	return list
}

// fixedTables are the codes of RFC 1951, section 3.2.6.
func fixedTables() *tables {
	t := &tables{}
	lengths := t.lengths[:maxLiterals]
	for i := range lengths {
		switch {
		case i < 144:
			lengths[i] = 8
		case i < 256:
			lengths[i] = 9
		case i < 280:
			lengths[i] = 7
		default:
			lengths[i] = 8
		}
	}
	t.code.build(t.literals[:], literalBits, lengths, literalEntries[:])
	t.literals.pair(&t.code)
	distances := t.lengths[:maxDistances]
	for i := range distances {
		distances[i] = 5
	}
	t.code.build(t.distances[:], distanceBits, distances, distanceEntries[:])
	return t
}

// A code is what a table was made of. Its symbols are in the order of their codes.
type code struct {
	count   [longest + 1]int // by the length of the codes
	symbols [maxLiterals]uint16
	bits    [maxLiterals]uint16 // of their codes, the first the lowest; up to those of one look-up
}

// build fills a table for a code that is given by the lengths of its symbols (RFC
// 1951, section 3.2.2). It is false for lengths that make no code: one that is
// neither complete, nor empty, nor of a single symbol of one bit.
//
// The codes of one length after the other are put into the table, which is doubled
// in between: what codes of n bits mean does not depend on the bit behind them.
func (c *code) build(table []uint32, first uint, lengths []uint8, entries []uint32) bool {
	var place [longest + 2]int
	c.count = [longest + 1]int{}
	count := &c.count
	for _, n := range lengths {
		count[n&longest]++
	}
	count[0] = 0
	used, last := 0, uint(0)
	for n := 1; n <= longest; n++ {
		place[n+1] = place[n] + count[n]
		used = used<<1 + count[n]
		if used > 1<<n {
			return false
		}
		if count[n] > 0 {
			last = uint(n)
		}
	}
	if used < 1<<longest {
		if last > 1 {
			return false
		}
		for i := range table[:1<<first] {
			table[i] = isOther
		}
	}
	sorted := &c.symbols
	for symbol, n := range lengths {
		if n > 0 {
			sorted[place[n]] = uint16(symbol)
			place[n]++
		}
	}
	next, code := 0, uint(0) // the lowest bit of code is its first
	for n := uint(1); n <= first; n++ {
		for range count[n] {
			table[code] = entries[sorted[next]] + uint32(n) + uint32(n)<<codeShift
			c.bits[next] = uint16(code)
			next++
			code = after(code, n)
		}
		if n < first && (last > 1 || used == 1<<longest) {
			copy(table[1<<n:2<<n], table[:1<<n])
		}
	}
	if last <= first {
		if last == 1 && count[1] == 1 {
			for i := 2; i < 1<<first; i += 2 {
				table[i] = table[0]
			}
		}
		return true
	}
	second := last - first // bits that all second tables are looked up by
	lead, end := -1, 1<<first
	for n := first + 1; n <= last; n++ {
		for range count[n] {
			if at := int(code & (1<<first - 1)); at != lead {
				lead = at
				table[at] = isOther | isSecond | uint32(end)<<valueShift | uint32(second)<<codeShift | uint32(first)
				end += 1 << second
			}
			e := entries[sorted[next]] + uint32(n-first) + uint32(n-first)<<codeShift
			begin := end - 1<<second
			for i := code >> first; i < 1<<second; i += 1 << (n - first) {
				table[begin+int(i)] = e
			}
			next++
			code = after(code, n)
		}
	}
	return true
}

// after is the code behind one of n bits, its first bit the lowest. Behind the last
// it is 0.
func after(code, n uint) uint {
	zeros := code ^ (1<<n - 1)
	if zeros == 0 {
		return 0
	}
	bit := uint(1) << (bits.Len(zeros) - 1)
	return code&(bit-1) | bit
}

// order is that of the lengths of the precode (RFC 1951, section 3.2.7).
var order = [19]uint8{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}

// codes reads the codes that a block brings.
func (z *Reader) codes() error {
	head, err := z.in.take(14)
	if err != nil {
		return err
	}
	literals, distances, n := int(head&31)+257, int(head>>5&31)+1, int(head>>10)+4
	if literals > 286 || distances > 30 {
		return ErrCorrupt
	}
	var precode [len(order)]uint8
	for _, i := range order[:n] {
		v, err := z.in.take(3)
		if err != nil {
			return err
		}
		precode[i] = uint8(v)
	}
	if !z.own.code.build(z.own.precode[:], precodeBits, precode[:], precodeEntries[:]) {
		return ErrCorrupt
	}
	lengths := z.own.lengths[:literals+distances]
	in := &z.in
	for i := 0; i < len(lengths); {
		if in.count < precodeBits+7 {
			in.load()
		}
		e := z.own.precode[in.bits&(1<<precodeBits-1)]
		symbol, n, all := uint8(e>>valueShift), uint(e>>codeShift&codeTakes), uint(e&takes)
		switch {
		case e&isOther != 0:
			return ErrCorrupt
		case in.count < n:
			return in.end()
		case symbol == 16 && i == 0:
			return ErrCorrupt
		case in.count < all:
			return in.end()
		}
		more := int(in.bits & (1<<all - 1) >> n)
		in.bits >>= all
		in.count -= all
		if symbol < 16 {
			lengths[i] = symbol
			i++
			continue
		}
		value, least := uint8(0), 3
		switch symbol {
		case 16:
			value = lengths[i-1]
		case 18:
			least = 11
		}
		end := i + least + more
		if end > len(lengths) {
			return ErrCorrupt
		}
		for ; i < end; i++ {
			lengths[i] = value
		}
	}
	if !z.own.code.build(z.own.literals[:], literalBits, lengths[:literals], literalEntries[:]) {
		return ErrCorrupt
	}
	z.own.literals.pair(&z.own.code)
	if !z.own.code.build(z.own.distances[:], distanceBits, lengths[literals:], distanceEntries[:]) {
		return ErrCorrupt
	}
	return nil
}
