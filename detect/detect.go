// Package detect reads a Trace and says what is wrong with it. A detector is
// a value with its documentation inside; what it has to say are values too.
package detect

import "github.com/latchscope/latchscope/analyze"

// Detector finds one kind of trouble.
type Detector struct {
	Code  string // stable: part of the report's contract
	Title string
	Doc   string // what it means, how it is detected, what to do: the text of `latchscope explain`
	Run   func(*analyze.Trace) []Finding
}

// Verdict says, for one call, what became of its audio and why.
type Verdict struct {
	Call       *analyze.Call
	RootCause  string // a finding's code, "none" or "unknown"
	Chain      []int  // finding IDs, cause first
	Confidence Confidence
	Text       string
}

// Coverage says what could be judged.
type Coverage struct {
	Calls  int
	Judged int
	Limits []string // one line each: what could not be judged, and why
}

// Result is everything the detectors have to say about a trace.
type Result struct {
	Findings []Finding // ordered by call, then time; ID is the index plus one
	Verdicts []Verdict // one a call, in order
	Coverage Coverage
}

// Detectors returns all detectors, in the order of the cause chain.
func Detectors() []Detector {
	return []Detector{
		earlyRTP,
		icmpUnreachable,
		natPortFlip,
		latchSilence,
		oneWayAudio,
		noAudio,
		competingSource,
	}
}

// Run applies the detectors, links causes and passes a verdict on every call.
func Run(t *analyze.Trace, detectors []Detector) Result {
	var found []Finding
	for _, d := range detectors {
		for _, f := range d.Run(t) {
			f.Code = d.Code
			found = append(found, f)
		}
	}
	return conclude(t, found)
}
