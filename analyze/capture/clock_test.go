package capture

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// exact is the time t by arithmetic that cannot overflow.
func exact(res Resolution, offset int64, t uint64) (int64, bool) {
	units := new(big.Int).Exp(big.NewInt(int64(res.Base)), big.NewInt(int64(res.Exponent)), nil)
	ns := new(big.Int).SetUint64(t)
	ns.Mul(ns, big.NewInt(second))
	ns.Div(ns, units)
	ns.Add(ns, new(big.Int).Mul(big.NewInt(offset), big.NewInt(second)))
	switch {
	case ns.IsInt64():
		return ns.Int64(), true
	case ns.Sign() < 0:
		return math.MinInt64, false
	}
	return math.MaxInt64, false
}

func TestClock(t *testing.T) {
	offsets := []int64{0, 1, -1, 1_700_000_000, -1_700_000_000, math.MaxInt64, math.MinInt64, math.MinInt64 + 1,
		9223372036, 9223372037, -9223372036, -9223372037, -9223372038}
	times := []uint64{0, 1, 999_999, 1_000_000, 145_224_191, 145_224_192, 854_775_807, 854_775_808, µs2023, µs2023 * 1000,
		9223372036854775807, 9223372036854775808, 9223372036, 9223372037, 1 << 32, math.MaxUint64, math.MaxUint64 - 1}
	rng := rand.New(rand.NewPCG(1, 2))
	for range 40 {
		times = append(times, rng.Uint64()>>rng.UintN(64))
		offsets = append(offsets, int64(rng.Uint64())>>rng.UintN(64))
	}
	for _, base := range []uint8{10, 2} {
		for e := range uint8(128) {
			for _, offset := range offsets {
				res := Resolution{base, e}
				c := newClock(res, offset)
				for _, u := range times {
					want, fits := exact(res, offset, u)
					got, inside := c.ns(u)
					if got != want || inside != fits {
						t.Fatalf("%v%+d: %d is %d %v, want %d %v", res, offset, u, got, inside, want, fits)
					}
					// The times that an offset brings back into range.
					if offset < 0 && base == 10 && e == 0 {
						u += uint64(-offset)
						want, fits := exact(res, offset, u)
						if got, inside := c.ns(u); got != want || inside != fits {
							t.Fatalf("%v%+d: %d is %d %v, want %d %v", res, offset, u, got, inside, want, fits)
						}
					}
				}
			}
		}
	}
}
