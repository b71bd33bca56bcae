package trace

// ClockStep is a clock that was set back while it was recorded by.
type ClockStep struct {
	At int64 // the earliest time recorded after the step, by the clock as it was then
	By int64 // ns that it was set back; 0: it was not

	// Frame is the first that is known to be recorded after the step, where the file is
	// in the order of recording; 0: it was put in order of time, or nobody knows.
	Frame int64
}

// Timeline is when the packets of a stream are due, by its first one and their
// timestamps.
type Timeline struct {
	First Mark
	Clock uint32
}

// At is when the packet with an unwrapped timestamp is due, nil where the clock
// of the payload is unknown.
func (l Timeline) At(ts int64) *int64 {
	if l.Clock == 0 {
		return nil
	}
	due := l.First.Time + Elapsed(ts-l.First.TS, l.Clock)
	return &due
}

// Elapsed is how many nanoseconds a difference of timestamps takes by their
// clock, which is not 0. Differences of days make no sense, and are bounded so
// that nothing overflows.
func Elapsed(ts int64, clock uint32) int64 {
	const most = 1 << 33
	return min(max(ts, -most), most) * second / int64(clock)
}

// SinceFrame is the recorded time of a frame without the step: where the file is in
// the order of recording, its number tells on which side of the step it stands.
func (c ClockStep) SinceFrame(frame, at int64, due *int64) int64 {
	switch {
	case c.By == 0 || c.Frame == 0:
		return c.Since(at, due)
	case frame >= c.Frame:
		return at + c.By
	}
	return at
}

// Since is a recorded time without the step. For as long as the clock was set
// back, times may be of before it or since: due tells, where it is known.
func (c ClockStep) Since(at int64, due *int64) int64 {
	switch {
	case c.By == 0 || at < c.At:
		return at
	case at >= c.At+c.By:
		return at + c.By
	case due != nil && *due-at > c.By/2:
		return at + c.By
	}
	return at
}
