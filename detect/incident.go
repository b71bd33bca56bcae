package detect

import "github.com/latchscope/latchscope/analyze/trace"

// Incident is what a ticket is about: findings of one cause at one party, told
// once, with all the calls that it hit.
type Incident struct {
	ID          int
	Title       string
	Severity    Severity
	RootCause   string // a finding's code or "unknown"
	Fingerprint string // stable across runs and versions
	Start, End  trace.Moment
	Calls       []*trace.Call
	Findings    []int // IDs, of warning or above
	Hypotheses  []Hypothesis
	Actions     []Action
	Next        NextCapture
}

// Hypothesis is a claim that links a cause to its consequence, weighed.
type Hypothesis struct {
	Claim      string     // "nat-dropped-mapping-on-icmp", ...
	Confidence Confidence // Refuted: a fact excludes it
	For        []Reason
	Against    []Reason
	DecidedBy  string // the observation that would decide
	OneDevice  bool   // of a switch-over: by its ports one device got another line or address
}

// Reason is a fact that speaks for a claim, or against it.
type Reason struct {
	Text     string
	Evidence []Evidence
}

// Action is what somebody can do about an incident.
type Action struct {
	Owner    string // "media-server", "nat", "caller", "callee", "carrier" or "unknown"
	What     string // an imperative sentence
	Why      string
	Cost     string
	Standard string     // "RFC 4787 REQ-12", "" where there is none
	Proof    Confidence // of the need for it
	Shown    int        // which of its finding's steps shows the need, from 0 on
	Side     bool       // it is about all that is on the owner's side: device, router and line
	Inferred string     // what is inferred from that step, where the step itself is proven: "its cause"
}

// NextCapture is the one capture that would tell what this one cannot.
type NextCapture struct {
	Where     string // "at the phone"
	WouldShow string
}
