package detect

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// Words for people: numbers as a ticket says them, filters as Wireshark takes
// them. Summaries are one line, observations first, no blame.

func plural(n int64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%s %ss", group(n), what)
}

// group writes 12345 as 12,345.
func group(n int64) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Seconds writes a duration with the precision that matters at its size: the one
// way in which findings and reports write it.
func Seconds(s float64) string {
	switch a := math.Abs(s); {
	case s > 0 && s < 0.0005:
		return "under 1 ms"
	case a < 0.0995:
		return fmt.Sprintf("%.0f ms", s*1000)
	case a < 9.995:
		return fmt.Sprintf("%.2f s", s)
	case a < 120:
		return fmt.Sprintf("%.1f s", s)
	case a < 7200:
		return fmt.Sprintf("%d min %02d s", int(s)/60, int(s)%60)
	}
	return fmt.Sprintf("%d h %02d min", int(s)/3600, int(s)/60%60)
}

func seconds(s float64) string { return Seconds(s) }

// round cuts what a float64 of nanoseconds has too many digits of.
func round(s float64) float64 { return math.Round(s*1e6) / 1e6 }

func pointer[T any](v T) *T { return &v }

// rfc3339 writes nanoseconds since the epoch in UTC with all their digits.
func rfc3339(ns int64) string {
	return time.Unix(0, ns).UTC().Format("2006-01-02T15:04:05.000000000Z07:00")
}

// upper makes a sentence of a clause, to stand behind another one; "" of "".
func upper(clause string) string {
	if clause == "" {
		return ""
	}
	return " " + strings.ToUpper(clause[:1]) + clause[1:] + "."
}
