package capture

import (
	"math"
	"math/bits"
)

const second = 1_000_000_000

// clock turns an interface's 64-bit timestamps into nanoseconds since the
// epoch, exactly, rounding down, and clamping what int64 cannot hold
// (draft-ietf-opsawg-pcapng, sections 4.2 if_tsresol and if_tsoffset, and 4.3).
type clock struct {
	mul   uint64 // fast road: ns = t*mul for t < limit
	limit uint64
	res   Resolution
	shift int64 // if_tsoffset, seconds
}

func newClock(res Resolution, offset int64) clock {
	c := clock{res: res, shift: offset}
	if res.Base == 10 && res.Exponent <= 9 && offset == 0 {
		c.mul = pow10(9 - res.Exponent)
		c.limit = math.MaxInt64/c.mul + 1
	}
	return c
}

// ns is the time t; inside is false where it had to be clamped.
func (c *clock) ns(t uint64) (ns int64, inside bool) {
	if t < c.limit {
		return int64(t * c.mul), true
	}
	return c.slow(t)
}

func (c *clock) slow(t uint64) (int64, bool) {
	sec, frac := c.split(t)
	sum, carry := bits.Add64(sec, uint64(c.shift), 0)
	if c.shift >= 0 && carry == 1 {
		return math.MaxInt64, false
	}
	negative := c.shift < 0 && carry == 0
	const most = math.MaxInt64 / second
	if !negative {
		if sum > most || sum == most && frac > math.MaxInt64%second {
			return math.MaxInt64, false
		}
		return int64(sum)*second + frac, true
	}
	// The product of the earliest second overflows though its last nanoseconds
	// fit: count back from the second after it.
	whole, back := int64(sum)+1, second-frac
	if whole < -most || whole == -most && back > math.MaxInt64%second+1 {
		return math.MinInt64, false
	}
	return whole*second - back, true
}

// split is t in whole seconds and the nanoseconds beyond them.
func (c *clock) split(t uint64) (sec uint64, frac int64) {
	e := uint(c.res.Exponent)
	if c.res.Base == 2 {
		if e < 64 {
			sec = t >> e
			t &= 1<<e - 1
		}
		hi, lo := bits.Mul64(t, second)
		switch {
		case e == 0:
			return sec, 0
		case e < 64:
			return sec, int64(hi<<(64-e) | lo>>e)
		default:
			return sec, int64(hi >> (e - 64))
		}
	}
	switch {
	case e <= 9:
		unit := pow10(uint8(e))
		return t / unit, int64(t % unit * pow10(uint8(9-e)))
	case e <= 19:
		unit := pow10(uint8(e))
		return t / unit, int64(t % unit / pow10(uint8(e-9)))
	case e <= 28: // t is less than two seconds; 10^(e-9) still fits
		return 0, int64(t / pow10(uint8(e-9)))
	}
	return 0, 0
}

func pow10(e uint8) uint64 {
	p := uint64(1)
	for range e {
		p *= 10
	}
	return p
}
