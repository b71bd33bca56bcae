package ledger

// State of a moment of a row: the first of these that applies.
type State uint8

const (
	Unseen      State = iota // no hop in view can tell
	Agreed                   // nothing is due: hold, inactive, a rejected line, T.38
	Setup                    // the first second after the answer, before audio flows
	Closing                  // the last second before the BYE, after audio stopped
	Vanished                 // left one capture point and did not arrive at the next, or the listener's reports stand still
	Misdirected              // sent to where the listener is not
	Refused                  // sent to where the listener is, and an ICMP error answered
	Stopped                  // arrived at a relay and was not passed on
	Missing                  // did not arrive at the first hop in view, and nothing shows a pause
	Absent                   // the talker's own hop is in view and he sends nothing
	Unplayable               // passes, and the listener cannot play it
	Replaced                 // the server sends audio that is not tied to the talker
	Paused                   // the talker paused
	Delivered                // seen at the listener, or reported by it
	Sent                     // left the last hop in view towards where the listener is
)

var states = [...]string{"unseen", "agreed", "setup", "closing", "vanished", "misdirected", "refused", "stopped",
	"missing", "absent", "unplayable", "replaced", "paused", "delivered", "sent"}

// String returns the state's name in the report's contract.
func (s State) String() string { return states[s] }

// Silent reports whether the listener hears nothing of the talker although
// something was due.
func (s State) Silent() bool { return s >= Vanished && s <= Unplayable }

// Due reports whether audio was due: whether the state counts into Row.Due.
func (s State) Due() bool { return s != Agreed && s != Setup && s != Closing }

// Confidence says how much of a claim the capture itself shows.
type Confidence uint8

const (
	Possible  Confidence = iota + 1
	Likely               // a link is inferred
	Confirmed            // every link is in the capture
)

var confidences = [...]string{"", "possible", "likely", "confirmed"}

// String returns "possible", "likely" or "confirmed".
func (c Confidence) String() string { return confidences[c] }

// Verdict on a row, or on the audio of a call.
type Verdict uint8

const (
	NoVerdict Verdict = iota // nobody answered
	Lost                     // a silence of half a second, or one second in sum
	Impaired                 // less silence, or R under 70
	Unjudged                 // nothing in view
	Partly                   // clear as far as in view
	Clear                    // all accounted for
)

var verdicts = [...]string{"", "lost", "impaired", "unjudged", "partly", "clear"}

// String returns the verdict's name, "" where there is none.
func (v Verdict) String() string { return verdicts[v] }
