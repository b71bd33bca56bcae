package replay

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/latchscope/latchscope/replay/latch"
)

// mostSteps bounds how many values a sweep tries.
const mostSteps = 64

// Sweep are the values of a setting written as a range: "0.2s..10s" in steps
// that suit its size, "1..10" one by one. ok is false for a single value.
func Sweep(s latch.Setting) (values []string, ok bool, err error) {
	from, to, ok := strings.Cut(s.Value, "..")
	if !ok {
		return nil, false, nil
	}
	bad := func(why string) ([]string, bool, error) {
		return nil, true, fmt.Errorf("%s: %q %s, such as 0.2s..10s or 1..10", s.Name, s.Value, why)
	}
	if a, err := strconv.Atoi(from); err == nil {
		b, err := strconv.Atoi(to)
		if err != nil || b < a {
			return bad("is not a range")
		}
		step := 1 + (b-a)/mostSteps
		for n := a; n < b; n += step {
			values = append(values, strconv.Itoa(n))
		}
		return append(values, strconv.Itoa(b)), true, nil
	}
	a, err1 := time.ParseDuration(from)
	b, err2 := time.ParseDuration(to)
	switch {
	case err1 != nil || err2 != nil || b < a:
		return bad("is not a range")
	case a <= 0:
		return bad("must begin above zero to be a range")
	}
	values = []string{from}
	for _, d := range rounds(a, b) {
		if d > a && d < b {
			values = append(values, shortDuration(d))
		}
	}
	if b > a {
		values = append(values, to)
	}
	if len(values) > mostSteps {
		return bad("is too wide for a range")
	}
	return values, true, nil
}

// rounds are the round durations between two, six a decade.
func rounds(a, b time.Duration) []time.Duration {
	var out []time.Duration
	for unit := time.Nanosecond; unit <= b && unit > 0; unit *= 10 {
		for _, x := range []time.Duration{10, 15, 20, 30, 50, 70} {
			if d := unit * x / 10; d > a && d < b && d*10/x == unit {
				out = append(out, d)
			}
		}
	}
	return out
}

// shortDuration writes 500ms as 0.5s, as people write a range.
func shortDuration(d time.Duration) string {
	if d >= 100*time.Millisecond && d < time.Hour {
		return strconv.FormatFloat(d.Seconds(), 'f', -1, 64) + "s"
	}
	return d.String()
}
