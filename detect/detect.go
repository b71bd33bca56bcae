// Package detect reads a Trace and says what is wrong with it. A detector is
// a value with its documentation inside; what it has to say are values too.
package detect

import (
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/latchscope/latchscope/analyze/ledger"
	"github.com/latchscope/latchscope/analyze/trace"
)

// Detector finds one kind of trouble. All that the rest of the program knows of
// it stands in this value: nothing else names a code.
type Detector struct {
	Code  string // stable: part of the report's contract
	Title string
	Doc   string // what it means, how it is detected, what to do: the text of `latchscope explain`

	// Rank is where its findings stand in a chain of causes: those of lower rank
	// come first. Findings of rank 0 stand beside every chain; one of them is a
	// root cause only where no ranked finding is.
	Rank   int
	Causes []Cause
	Link   func(*Finding) string   // a finding in a few words, as a chain shows it; nil: its code
	Key    func(*Finding) []string // what a finding is about beside its call and talker, for its fingerprint; may be nil

	// Explains are the states of the ledger that it explains at the hop where
	// they arise: its claims on them go before those of others.
	Explains []ledger.State
	Yields   bool // its findings are nothing but their claims: without these they go

	// Quiet says, a line each, what it looked at in a call of which it says nothing:
	// the facts that its rule turns on, with numbers and frames. nil: the call's
	// sources, errors and beginnings in general.
	Quiet func(*quiet)

	// Visible reports whether a capture shows enough of a call, with its rows, to
	// show what the detector finds, too, had it been there; nil: always. What was
	// found was visible in any case.
	Visible func(*trace.Call, []ledger.Row) bool

	// Run finds. A detector measures no silence: it says which spans of the
	// ledger it explains. It changes nothing that it is given: others run meanwhile.
	Run func(*trace.Trace, *ledger.Ledger) []Finding
	// Rest is asked instead of Run, when all others are done, about the silent
	// spans that none of them explains.
	Rest func(*trace.Trace, *ledger.Ledger, []Claim) []Finding
}

// Cause is a link that leads to a detector's findings: findings of another
// detector that may have brought them about.
type Cause struct {
	Code       string                            // of the other detector
	Anywhere   bool                              // in the call; else only findings about the same talker are asked
	Did        func(cause, effect *Finding) bool // reports whether this one did
	Confidence Confidence                        // of the link itself
	Note       string                            // a sentence about what is inferred; empty where nothing is
}

// Verdict says, for one call, what became of its audio and why.
type Verdict struct {
	Call       *trace.Call
	RootCause  string // a finding's code, "none" or "unknown"
	Chain      []int  // finding IDs, cause first
	Confidence Confidence
	Text       string
	Audio      ledger.Verdict // what became of the audio; NoVerdict where nobody answered
}

// Coverage says what could be judged.
type Coverage struct {
	Calls  int
	Judged int
	Limits []string // one line each: what could not be judged, and why

	Vantage   string    // where the capture was taken, "" where it does not tell
	Recording Recording // whether its loss may be its own
}

// Result is everything the detectors have to say about a trace.
type Result struct {
	Findings []Finding // ordered by call, then time; ID is the index plus one
	Verdicts []Verdict // one a call, in order
	Coverage Coverage
	Ledger   *ledger.Ledger

	Incidents []Incident // every finding of warning or above is in one; the worst first

	NATs []NAT // how the NATs in front of parties behave, in order of their address

	claims map[Claim][]int // IDs of the findings that explain a silent span
	mute   []*ledger.Row   // of all findings
}

// Detectors returns all detectors, in the order of the cause chain.
func Detectors() []Detector {
	return []Detector{
		earlyRTP,
		icmpUnreachable,
		natPortFlip,
		latchSilence,
		starvedLatch,
		notRelayed,
		wrongTarget,
		oneWayAudio,
		noAudio,
		audioGap,
		lostBetween,
		saidNotSent,
		srtpMismatch,
		mediaLoss,
		jitter,
		deadAir,
		callCut,
		competingSource,
	}
}

// Run accounts for the audio of a trace, applies the detectors, links causes and
// passes a verdict on every call.
func Run(t *trace.Trace, detectors []Detector) Result {
	return RunWatched(t, detectors, func(string) {})
}

// RunWatched is Run that says what it is about to do, before each step: "the audio",
// which is accounted for first, then the codes of the detectors.
func RunWatched(t *trace.Trace, detectors []Detector, step func(string)) Result {
	step("the audio")
	l := ledger.Of(t)
	known := registry{}
	for _, d := range detectors {
		known[d.Code] = d
	}
	var found []Finding
	add := func(d Detector, list []Finding) {
		for _, f := range list {
			f.Code = d.Code
			found = append(found, f)
		}
	}
	lists, nats := runAll(t, l, detectors, step)
	for i, d := range detectors {
		add(d, lists[i])
	}
	found = known.settle(found)
	for _, d := range detectors {
		if d.Rest != nil {
			step(d.Code)
			add(d, d.Rest(t, l, unclaimed(l, found)))
		}
	}
	r := known.conclude(t, l, slices.DeleteFunc(found, timeless(t).concern))
	r.NATs = nats
	return r
}

// runAll runs the detectors, none of which knows of another one's findings, beside each
// other, and finds the NATs meanwhile. What goes wrong in one goes wrong for who called.
func runAll(t *trace.Trace, l *ledger.Ledger, detectors []Detector, step func(string)) (found [][]Finding, nats []NAT) {
	found = make([][]Finding, len(detectors))
	var wait sync.WaitGroup
	var failed atomic.Value
	start := func(do func()) {
		wait.Go(func() {
			defer func() {
				if p := recover(); p != nil {
					failed.Store(fmt.Sprintf("%v\n%s", p, debug.Stack()))
				}
			}()
			do()
		})
	}
	start(func() { nats = natsOf(t, flippedTalkers(t)) })
	var one sync.Mutex // says something at a time
	for i, d := range detectors {
		if d.Run == nil {
			continue
		}
		start(func() {
			one.Lock()
			step(d.Code)
			one.Unlock()
			found[i] = d.Run(t, l)
		})
	}
	wait.Wait()
	if p := failed.Load(); p != nil {
		panic(p)
	}
	return found, nats
}
