package detect

import (
	"strings"

	"github.com/latchscope/latchscope/analyze/ledger"
	"github.com/latchscope/latchscope/analyze/trace"
)

// Severity says how much harm was done.
type Severity uint8

const (
	Info     Severity = iota + 1 // worth knowing
	Warn                         // it will bite
	Critical                     // the users heard it
)

var severities = [...]string{"", "info", "warning", "critical"}

func (s Severity) String() string { return severities[s] }

// Confidence says how much of a finding the capture itself shows.
type Confidence = ledger.Confidence

// How sure a finding is.
const (
	Possible  = ledger.Possible
	Likely    = ledger.Likely    // a link is inferred
	Confirmed = ledger.Confirmed // every link is in the capture
)

// Finding is one thing that a detector has to say. Findings are values; they
// are complete when Run has returned, but for CausedBy and ID, which the
// chain fills in.
type Finding struct {
	ID          int
	Code        string
	Severity    Severity
	Confidence  Confidence
	Call        *trace.Call // nil without signalling
	Leg         *trace.Leg  // whose offer and answer set up the media
	Start, End  trace.Moment
	Summary     string // one line
	Detail      string // a paragraph
	Advice      string // what to do; where there are actions, these in a paragraph
	CausedBy    []int  // IDs of findings
	Streams     []*trace.Stream
	Data        any // the code's own data: EarlyRTP, Flip, Silence, ...
	Evidence    []Evidence
	Filter      string // a Wireshark display filter that shows it
	Fingerprint string

	Claims  []Claim       // silent spans of the ledger that it explains
	Mute    []*ledger.Row // that carry digital silence from beginning to end
	Actions []Action      // what somebody can do about it

	// What makes findings of several calls one incident: the same kind at the
	// same party.
	Kind  string // why, trigger and the like; may be empty
	Party string // address, without a port, of whom it is about

	Hypotheses []Hypothesis // what may have brought it about, weighed
	Next       NextCapture  // what would tell more; zero where nothing is open

	// What an extract needs to show the finding again, beside its call.
	Companions []*trace.Call // calls without which it would not be what it is, the nearest first
	Witnessed  bool          // other media of the same hosts proves what the capture would have shown
}

// advise makes the advice of a finding that has actions: these are what to do, in
// every format.
func (f *Finding) advise() {
	if len(f.Actions) == 0 {
		return
	}
	var what []string
	for _, a := range f.Actions {
		what = append(what, sentence(strings.TrimSuffix(a.What, ".")))
	}
	f.Advice = strings.Join(what, " ")
}

// Evidence is a frame that shows what a finding claims.
type Evidence struct {
	trace.Moment
	Note string
}
