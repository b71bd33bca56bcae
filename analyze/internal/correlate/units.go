package correlate

import "time"

// Durations in the unit of Moment.Time.
const (
	microsecond = int64(time.Microsecond)
	millisecond = int64(time.Millisecond)
	second      = int64(time.Second)
)
