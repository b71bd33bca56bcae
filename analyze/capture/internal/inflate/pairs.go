package inflate

import "math/bits"

const (
	mostPair = 18 // bits of two bytes
	known    = 6  // bits of the second that are looked at, at most
)

// pair makes entries of bytes say how many bits they take together with a byte behind
// them: where the rest of the bits that they are looked up by tells that there is one,
// and how many bits its code has. That is so long before it tells which byte it is:
// codes of one length follow each other, those of bytes first. Which it is takes
// another look-up, but nothing waits for that one.
func (t *literalTable) pair(c *code) {
	// What is added to an entry behind which r bits x are known is second[1<<r|x].
	var second [2 << known]uint32
	first, next := 0, 0 // code of n bits, its first bit the highest, and where it stands in c
	for n := 1; n <= literalBits; n++ {
		next += c.count[n]
		bytes := c.count[n]
		for bytes > 0 && c.symbols[next-1-c.count[n]+bytes] > 255 {
			bytes--
		}
		for r := max(1, n+literalBits-mostPair); r <= known; r++ {
			for x := (first<<r + 1<<n - 1) >> n; x < (first+bytes)<<r>>n; x++ {
				second[1<<r|int(bits.Reverse8(uint8(x))>>(8-r))] = 1<<bytesShift | uint32(n)
			}
		}
		first = (first + c.count[n]) << 1
	}
	next = 0
	for n := 1; n < literalBits; n++ {
		r := min(literalBits-n, known)
		add := second[1<<r:][:1<<r]
		for _, symbol := range c.symbols[next : next+c.count[n]] {
			at := int(c.bits[next])
			next++
			if symbol > 255 {
				continue
			}
			for e := t[at]; at < 1<<literalBits; {
				for _, more := range add {
					t[at&(1<<literalBits-1)] = e + more
					at += 1 << n
				}
			}
		}
	}
}
