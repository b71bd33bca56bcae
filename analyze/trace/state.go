package trace

// State of a call or a leg. The zero State is none.
type State uint8

const (
	Completed   State = iota + 1
	Established       // no end seen
	Ringing
	Cancelled
	Rejected
	Failed
	TimedOut  // an INVITE without any response
	OneSided  // signalling was recorded in one direction only
	Partial   // began before the capture
	MediaOnly // no signalling
)

var states = [...]string{
	"", "completed", "established", "ringing", "cancelled", "rejected", "failed", "timed-out", "one-sided", "partial", "media-only",
}

// String is the state in the words of the report.
func (s State) String() string {
	if int(s) < len(states) {
		return states[s]
	}
	return ""
}

// MarshalText is String, for JSON.
func (s State) MarshalText() ([]byte, error) { return []byte(s.String()), nil }
