package report

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/latchscope/latchscope/detect"
)

// Numbers and times as people read them. All formats for people use these, so
// that a figure looks the same in a ticket as on a terminal.

// thousands writes 8236 as 8,236.
func thousands(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return thousands(int64(n)) + " " + many
}

// bytesOf writes a size in units of a thousand.
func bytesOf(n int64) string {
	f, units := float64(n), []string{"kB", "MB", "GB", "TB"}
	if n < 1000 {
		return plural(int(n), "byte", "bytes")
	}
	i := -1
	for f >= 999.95 && i < len(units)-1 {
		f /= 1000
		i++
	}
	return fmt.Sprintf("%.1f %s", f, units[max(i, 0)])
}

// seconds writes a duration as the findings do.
func seconds(s float64) string { return detect.Seconds(s) }

// relative writes a time since the beginning of a call.
func relative(s float64) string {
	s = math.Round(s*1000) / 1000
	if math.Abs(s) < 600 {
		return fmt.Sprintf("%+.3f", s)
	}
	sign, a := "+", s
	if s < 0 {
		sign, a = "-", -s
	}
	if a < 3600 {
		return fmt.Sprintf("%s%d:%06.3f", sign, int(a)/60, math.Mod(a, 60))
	}
	return fmt.Sprintf("%s%d:%02d:%06.3f", sign, int(a)/3600, int(a)/60%60, math.Mod(a, 60))
}

// clock writes a time of day with milliseconds.
func clock(t Time, loc *time.Location) string {
	if !t.Seen {
		return "–"
	}
	return t.In(loc).Format("15:04:05.000")
}

// date writes a day and a time with milliseconds.
func date(t Time, loc *time.Location) string {
	if !t.Seen {
		return "–"
	}
	return t.In(loc).Format("2006-01-02 15:04:05.000")
}

// zone names the offset in force, as "UTC" or "CEST".
func zone(t Time, loc *time.Location) string {
	name, _ := t.In(loc).Zone()
	return name
}

// capital is s with a capital letter in front.
func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// bare is a URI without its scheme, which is nearly always the same.
func bare(uri string) string {
	for _, scheme := range []string{"sip:", "sips:", "tel:"} {
		if rest, ok := strings.CutPrefix(uri, scheme); ok {
			return rest
		}
	}
	return uri
}

// talked is how long the call lasted from its answer; to the capture's end
// where its own was not seen.
func talked(c *Call, end Time) string {
	switch {
	case !c.Answer.Seen:
		return "-"
	case c.End.Seen:
		return seconds(c.End.Since(c.Answer))
	}
	return "≥ " + seconds(end.Since(c.Answer))
}

// uncapital is s for the middle of a sentence.
func uncapital(s string) string {
	if s == "" || len(s) > 1 && s[1] >= 'A' && s[1] <= 'Z' {
		return s // ICMP stays ICMP
	}
	return strings.ToLower(s[:1]) + s[1:]
}

// sentenceOf makes a sentence of words without an end.
func sentenceOf(s string) string {
	s = capital(strings.TrimSpace(s))
	if s == "" || strings.HasSuffix(s, ".") || strings.HasSuffix(s, "?") {
		return s
	}
	return s + "."
}

func cmpOr(s, or string) string {
	if s == "" {
		return or
	}
	return s
}
