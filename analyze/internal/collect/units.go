package collect

import "time"

// Durations in the unit of Moment.Time.
const (
	millisecond = int64(time.Millisecond)
	second      = int64(time.Second)
)
