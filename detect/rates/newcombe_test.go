package rates

import (
	"math"
	"testing"
)

// TestNewcombe holds the interval against the examples (a) to (h) of Newcombe 1998,
// table II, method 10, whose differences are the first sample less the second.
func TestNewcombe(t *testing.T) {
	for _, c := range []struct {
		first, second Count
		low, high     float64
	}{
		{Count{70, 56}, Count{80, 48}, 0.0524, 0.3339},
		{Count{10, 9}, Count{10, 3}, 0.1705, 0.8090},
		{Count{7, 6}, Count{7, 2}, 0.0582, 0.8062},
		{Count{56, 5}, Count{29, 0}, -0.0381, 0.1926},
		{Count{10, 0}, Count{20, 0}, -0.1611, 0.2775},
		{Count{10, 0}, Count{10, 0}, -0.2775, 0.2775},
		{Count{10, 10}, Count{20, 0}, 0.6791, 1},
		{Count{10, 10}, Count{10, 0}, 0.6075, 1},
	} {
		got := Newcombe(c.second, c.first, 0.05)
		if math.Abs(got.Low-c.low) > 0.00006 || math.Abs(got.High-c.high) > 0.00006 {
			t.Errorf("%v less %v: %.4f to %.4f, the paper has %.4f to %.4f", c.first, c.second, got.Low, got.High, c.low, c.high)
		}
	}
}

// TestWilson holds the score interval against Newcombe 1998, Statistics in
// Medicine 17:857, table I, method 3.
func TestWilson(t *testing.T) {
	for _, c := range []struct {
		n         Count
		low, high float64
	}{
		{Count{263, 81}, 0.2553, 0.3662},
		{Count{148, 15}, 0.0624, 0.1605},
		{Count{20, 0}, 0, 0.1611},
		{Count{29, 1}, 0.0061, 0.1718},
	} {
		got := c.n.Wilson(0.05)
		if math.Abs(got.Low-c.low) > 0.00006 || math.Abs(got.High-c.high) > 0.00006 {
			t.Errorf("%v: %.4f to %.4f, the paper has %.4f to %.4f", c.n, got.Low, got.High, c.low, c.high)
		}
	}
}

func TestPValue(t *testing.T) {
	for _, c := range []struct{ before, after Count }{
		{Count{100, 5}, Count{100, 16}},
		{Count{1000, 0}, Count{1000, 9}},
		{Count{40, 40}, Count{50, 20}},
	} {
		p := pValue(c.before, c.after)
		if wide := Newcombe(c.before, c.after, p*0.99); wide.excludes() {
			t.Errorf("%v: at a level under p=%g the interval is %v", c, p, wide)
		}
		if narrow := Newcombe(c.before, c.after, p*1.01); !narrow.excludes() {
			t.Errorf("%v: at a level over p=%g the interval is %v", c, p, narrow)
		}
	}
	if p := pValue(Count{50, 5}, Count{100, 10}); p != 1 {
		t.Errorf("equal shares have p=%g", p)
	}
	if p := pValue(Count{0, 0}, Count{100, 10}); p != 1 {
		t.Errorf("against nothing p=%g", p)
	}
}

// TestNeeded: at the number that is named the difference is told, at one less it
// is not.
func TestNeeded(t *testing.T) {
	before, after := Count{100, 5}, Count{100, 9}
	n := needed(before, after, 0.05)
	at := func(n int) Interval {
		return newcombe(sample{0.05 * float64(n), float64(n)}, sample{0.09 * float64(n), float64(n)}, normal(0.05))
	}
	if !at(n).excludes() || at(n-1).excludes() || n < 300 || n > 340 {
		t.Errorf("%d calls a side: %v, one less: %v", n, at(n), at(n-1))
	}
	if n := needed(Count{10, 1}, Count{10, 1}, 0.05); n != 0 {
		t.Errorf("no difference needs %d calls", n)
	}
	if n := needed(Count{5, 0}, Count{5, 5}, 0.05); n != Fewest {
		t.Errorf("a plain difference needs %d calls", n)
	}
}

// TestHolm: p in any order; four rows at 0.05 are tested at 0.0125, 0.0167, 0.025
// and 0.05, and from the first that fails on at that one's level.
func TestHolm(t *testing.T) {
	for _, c := range []struct{ p, want []float64 }{
		{[]float64{0.03, 0.001, 0.016, 0.02}, []float64{0.05, 0.0125, 0.05 / 3, 0.025}},
		{[]float64{0.04, 0.001, 0.018, 0.02}, []float64{0.05 / 3, 0.0125, 0.05 / 3, 0.05 / 3}},
		{[]float64{0.001, 0.03, 0.001}, []float64{0.05 / 3, 0.05, 0.05 / 3}}, // alike
		{[]float64{0.2}, []float64{0.05}},
		{nil, nil},
	} {
		got := holm(c.p)
		for i := range got {
			if math.Abs(got[i]-c.want[i]) > 1e-12 {
				t.Errorf("holm(%v) = %v, want %v", c.p, got, c.want)
				break
			}
		}
	}
}
