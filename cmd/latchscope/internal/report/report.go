// Package report turns what the analysis and the detectors found into one
// value and writes that value in several formats, one file a format. The
// formats decide nothing: severity and cause come with the findings.
package report

import (
	"time"

	"github.com/latchscope/latchscope/analyze/ledger"
	"github.com/latchscope/latchscope/analyze/trace"
	"github.com/latchscope/latchscope/detect"
)

// Schema is the name and version of the JSON report.
const Schema = "latchscope.report/1"

// Tool names the program that made a report.
type Tool struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// Options say what of a result is reported.
type Options struct {
	Version  string
	Calls    []string          // numbers or Call-IDs; empty: all calls
	Docs     []detect.Detector // titles and documentation of the codes
	Rewrite  Rewrite           // nil: names and addresses as captured
	Paths    bool              // formats with a field for the file hold its path as given, not its base name
	Location *time.Location    // of the times that people read; nil: UTC

	// Messages are SIP messages by their frames, as anybody may read them, for
	// formats that show them.
	Messages map[trace.Ref]string
}

// Report is what there is to say about a set of captures. What is large in
// number (calls, streams, findings) is not held but made one by one on the way
// to the output, so that a report costs little beside the Trace it is about.
type Report struct {
	Tool        Tool
	Captures    []Capture
	Coverage    Coverage
	Interrupted bool
	Vantage     string // where the capture was taken, as far as it tells
	Start, End  Time   // first and last packet

	trace     *trace.Trace
	result    detect.Result
	rewrite   Rewrite
	paths     bool
	docs      []detect.Detector
	loc       *time.Location
	messages  map[trace.Ref]string
	packets   *trace.Closeup // of the calls that are drawn; nil where they are not at hand
	ledger    *ledger.Ledger
	incidents []detect.Incident
	chosen    map[*trace.Call]bool  // nil: all
	about     map[*trace.Call][]int // indexes of findings, nil key: those without a call
}

// Coverage says what could be judged.
type Coverage struct {
	Calls  int      `json:"calls"`
	Judged int      `json:"judged"`
	Limits []string `json:"limits"`

	Vantage   string    `json:"vantage"` // where the capture was taken, "" where it does not tell
	Recording Recording `json:"recording"`
}

// Recording says whether the loss in a capture may be its own.
type Recording struct {
	Notes   []string `json:"notes"`
	Verdict string   `json:"verdict"`
}

// New makes the report of a trace and what the detectors say of it. The error
// is a *NoSuchCall where Options.Calls names none.
func New(t *trace.Trace, result detect.Result, opt Options) (*Report, error) {
	r := &Report{
		Tool:    Tool{"latchscope", opt.Version},
		trace:   t,
		result:  result,
		rewrite: opt.Rewrite,
		paths:   opt.Paths,
		docs:    opt.Docs,
		loc:     opt.Location,

		messages: opt.Messages,
		Start:    moment(t.First),
		End:      moment(t.Last),
	}
	if err := r.choose(opt.Calls); err != nil {
		return nil, err
	}
	r.about = map[*trace.Call][]int{}
	for i := range result.Findings {
		if c := conversation(&result.Findings[i]); r.has(c) {
			r.about[c] = append(r.about[c], i)
		}
	}
	for i := range t.Captures {
		r.Captures = append(r.Captures, r.capture(int32(i)))
	}
	for _, w := range t.Warnings {
		r.Interrupted = r.Interrupted || w.Code == "interrupted"
	}
	for _, c := range t.Captures {
		for _, w := range c.Info.Warnings {
			r.Interrupted = r.Interrupted || w.Code == "interrupted"
		}
	}
	if r.ledger = result.Ledger; r.ledger == nil {
		r.ledger = ledger.Of(t)
	}
	r.incidents = result.Incidents
	r.Coverage = r.coverage()
	r.Vantage = r.Coverage.Vantage
	return r, nil
}

// conversation is the call that a finding is told under. Media without
// signalling is no call by the contract, but one conversation to a reader.
func conversation(f *detect.Finding) *trace.Call {
	if f.Call == nil && len(f.Streams) > 0 {
		return f.Streams[0].Call
	}
	return f.Call
}

func (r *Report) coverage() Coverage {
	c := Coverage{Calls: r.result.Coverage.Calls, Judged: r.result.Coverage.Judged, Limits: []string{}}
	if r.chosen != nil {
		c.Calls, c.Judged = len(r.chosen), 0
		for _, v := range r.result.Verdicts {
			if r.has(v.Call) && v.RootCause != "unknown" {
				c.Judged++
			}
		}
	}
	c.Vantage = r.text(r.result.Coverage.Vantage)
	c.Recording = Recording{append([]string{}, r.result.Coverage.Recording.Notes...), r.result.Coverage.Recording.Verdict}
	if r.Interrupted {
		c.Limits = append(c.Limits, "Reading was interrupted: this report covers only what had been read by then.")
	}
	for _, l := range r.result.Coverage.Limits {
		c.Limits = append(c.Limits, r.text(l))
	}
	return c
}

// title is what a code is called in a heading.
func (r *Report) title(code string) string {
	for i := range r.docs {
		if r.docs[i].Code == code && r.docs[i].Title != "" {
			return r.docs[i].Title
		}
	}
	return code
}
