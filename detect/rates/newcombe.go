package rates

import "math"

// Count is how many of some calls have something.
type Count struct {
	Calls int `json:"calls"` // in which it was visible
	With  int `json:"with"`  // of these, that have it
}

// Share is the proportion, 0 where there are no calls.
func (c Count) Share() float64 {
	if c.Calls == 0 {
		return 0
	}
	return float64(c.With) / float64(c.Calls)
}

// Interval is a range of a proportion, or of the difference of two.
type Interval struct{ Low, High float64 }

// excludes reports whether zero is not in the interval.
func (i Interval) excludes() bool { return i.Low > 0 || i.High < 0 }

// normal is how many standard deviations from the mean hold all but a share of a
// normal distribution, half of it on either side: 1.96 for 0.05.
func normal(level float64) float64 { return math.Sqrt2 * math.Erfinv(1-level) }

// Wilson is the score interval of a proportion (Wilson 1927), in which all but a
// share of level lies.
func (c Count) Wilson(level float64) Interval {
	return wilson(float64(c.With), float64(c.Calls), normal(level))
}

func wilson(with, calls, z float64) Interval {
	if calls == 0 {
		return Interval{0, 1}
	}
	mid := with + z*z/2
	half := z * math.Sqrt(max(with*(calls-with)/calls+z*z/4, 0))
	return Interval{max((mid-half)/(calls+z*z), 0), min((mid+half)/(calls+z*z), 1)}
}

// Newcombe is the interval of the difference of two proportions, after less
// before, that combines their score intervals (Newcombe 1998, Statistics in
// Medicine 17:873, method 10). It holds for few calls, and where none or all
// have it, too.
func Newcombe(before, after Count, level float64) Interval {
	return newcombe(before.floats(), after.floats(), normal(level))
}

// sample is a Count whose number of calls need not be whole.
type sample struct{ with, calls float64 }

func (c Count) floats() sample { return sample{float64(c.With), float64(c.Calls)} }

func (s sample) share() float64 {
	if s.calls == 0 {
		return 0
	}
	return s.with / s.calls
}

func newcombe(before, after sample, z float64) Interval {
	b, a := wilson(before.with, before.calls, z), wilson(after.with, after.calls, z)
	p, q := before.share(), after.share()
	return Interval{
		max(q-p-math.Hypot(q-a.Low, b.High-p), -1),
		min(q-p+math.Hypot(a.High-q, p-b.Low), 1),
	}
}

// pValue is the level at which Newcombe's interval begins to hold zero: how
// easily chance alone makes such a difference. It is 1 where there is none.
func pValue(before, after Count) float64 {
	if before.Calls == 0 || after.Calls == 0 || before.Share() == after.Share() {
		return 1
	}
	// The interval grows with z, and from some z on holds zero.
	low, high := 0.0, 40.0
	for range 100 {
		mid := (low + high) / 2
		if newcombe(before.floats(), after.floats(), mid).excludes() {
			low = mid
		} else {
			high = mid
		}
	}
	return math.Erfc(low / math.Sqrt2)
}

// mostNeeded is the largest number of calls that is worth naming.
const mostNeeded = 10_000_000

// needed is how many calls a side it takes until a difference such as the one
// that was seen is beyond chance at a level, 0 where no number that anybody
// records does.
func needed(before, after Count, level float64) int {
	p, q, z := before.Share(), after.Share(), normal(level)
	told := func(n int) bool {
		f := float64(n)
		return newcombe(sample{p * f, f}, sample{q * f, f}, z).excludes()
	}
	if p == q || !told(mostNeeded) {
		return 0
	}
	low, high := 0, mostNeeded // told at high, not at low
	for high-low > 1 {
		if mid := (low + high) / 2; told(mid) {
			high = mid
		} else {
			low = mid
		}
	}
	return max(high, Fewest)
}
