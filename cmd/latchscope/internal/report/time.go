package report

import (
	"time"

	"github.com/latchscope/latchscope/analyze/trace"
)

// Time is a point in time that may be unknown.
type Time struct {
	NS   int64 // since the Unix epoch
	Seen bool
}

func moment(m trace.Moment) Time {
	if m.IsZero() {
		return Time{}
	}
	return Time{m.Time, true}
}

// MarshalJSON writes RFC 3339 in UTC with all nine digits, or null.
func (t Time) MarshalJSON() ([]byte, error) { return t.append(make([]byte, 0, 40)), nil }

// In is the time in a zone.
func (t Time) In(loc *time.Location) time.Time { return time.Unix(0, t.NS).In(loc) }

// Since is the seconds from o to t; 0 where either is unknown.
func (t Time) Since(o Time) float64 {
	if !t.Seen || !o.Seen {
		return 0
	}
	return float64(t.NS-o.NS) / 1e9
}

// Seconds is a duration that JSON shows to the microsecond.
type Seconds float64

// MarshalJSON writes the number without an exponent.
func (s Seconds) MarshalJSON() ([]byte, error) { return s.append(nil), nil }

// Millis is a duration in milliseconds, shown to the microsecond.
type Millis float64

// MarshalJSON writes three decimals at most.
func (m Millis) MarshalJSON() ([]byte, error) { return m.append(nil), nil }

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
