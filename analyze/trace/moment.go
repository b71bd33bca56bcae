package trace

import (
	"cmp"
	"math"
	"time"
)

// Ref names one frame of one input.
type Ref struct {
	File  int32  // index into Trace.Captures
	Frame uint32 // from 1, as Wireshark numbers it, which has as many bits
}

// Moment is a frame and its time, nanoseconds since the Unix epoch. In a
// Harvest times are by the clock of the file, in a Trace by that of capture
// point 0.
type Moment struct {
	Ref
	Time int64
}

// LastNumber is the highest number that a frame has: it takes a file of a few hundred
// gigabytes at least to have more of them.
const LastNumber = math.MaxUint32

// FrameOf names the n-th frame of an input. What comes after LastNumber has that one.
func FrameOf(file int32, n int64) Ref { return Ref{file, uint32(min(n, LastNumber))} }

// IsZero reports whether the moment was never seen.
func (m Moment) IsZero() bool { return m.Frame == 0 }

// Compare orders moments by time, then by place in the input.
func (m Moment) Compare(o Moment) int {
	switch {
	case m.Time != o.Time:
		return cmp.Compare(m.Time, o.Time)
	case m.File != o.File:
		return cmp.Compare(m.File, o.File)
	}
	return cmp.Compare(m.Frame, o.Frame)
}

// Before reports whether m came first; a zero moment is before nothing.
func (m Moment) Before(o Moment) bool { return !m.IsZero() && !o.IsZero() && m.Compare(o) < 0 }

// Seconds from m to o.
func (m Moment) Seconds(o Moment) float64 { return float64(o.Time-m.Time) / 1e9 }

// Durations in the unit of Moment.Time.
const (
	microsecond = int64(time.Microsecond)
	millisecond = int64(time.Millisecond)
	second      = int64(time.Second)
)
