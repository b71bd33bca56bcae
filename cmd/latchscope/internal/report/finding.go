package report

import (
	"encoding/json"
	"iter"

	"github.com/latchscope/latchscope/detect"
)

// Finding is one thing that a detector has to say.
type Finding struct {
	ID          int             `json:"id"`
	Code        string          `json:"code"`
	Severity    string          `json:"severity"`
	Confidence  string          `json:"confidence"`
	Call        *int            `json:"call"`
	CallID      *string         `json:"call_id"`
	CallIDs     []string        `json:"call_ids"`
	Start       Time            `json:"start_time"`
	End         Time            `json:"end_time"`
	Summary     string          `json:"summary"`
	Detail      string          `json:"detail"`
	Advice      string          `json:"advice"`
	Fingerprint string          `json:"fingerprint"`
	CausedBy    []int           `json:"caused_by"`
	Streams     []int           `json:"streams"`
	Data        json.RawMessage `json:"data"`
	Evidence    []Evidence      `json:"evidence"`
	Filter      string          `json:"filter"`

	level detect.Severity
	sure  detect.Confidence
}

// Evidence is a frame that shows what a finding claims.
type Evidence struct {
	File  int32  `json:"file"`
	Frame uint32 `json:"frame"`
	Time  Time   `json:"time"`
	Note  string `json:"note"`
}

// Findings of the report, in order.
func (r *Report) Findings() iter.Seq[Finding] {
	return func(yield func(Finding) bool) {
		for i := range r.result.Findings {
			f := &r.result.Findings[i]
			if r.has(conversation(f)) && !yield(r.finding(f)) {
				return
			}
		}
	}
}

func (r *Report) finding(f *detect.Finding) Finding {
	out := Finding{
		ID:          f.ID,
		Code:        f.Code,
		Severity:    f.Severity.String(),
		Confidence:  f.Confidence.String(),
		Call:        callID(f.Call),
		CallIDs:     r.callIDs(nil, f.Call),
		Start:       moment(f.Start),
		End:         moment(f.End),
		Summary:     r.text(f.Summary),
		Detail:      r.text(f.Detail),
		Advice:      r.text(f.Advice),
		Fingerprint: f.Fingerprint,
		CausedBy:    append([]int{}, f.CausedBy...),
		Streams:     make([]int, 0, len(f.Streams)),
		Data:        r.data(f.Data),
		Evidence:    make([]Evidence, 0, len(f.Evidence)),
		Filter:      r.text(f.Filter),
		level:       f.Severity,
		sure:        f.Confidence,
	}
	if f.Leg != nil {
		id := r.as(CallID, f.Leg.CallID)
		out.CallID = &id
	}
	for _, s := range f.Streams {
		out.Streams = append(out.Streams, int(s.ID))
	}
	for _, e := range f.Evidence {
		out.Evidence = append(out.Evidence, Evidence{e.File, e.Frame, moment(e.Moment), r.text(e.Note)})
	}
	return out
}

// Count is how many findings of the report are at least as severe and as sure.
func (r *Report) Count(severity detect.Severity, confidence detect.Confidence) int {
	n := 0
	for i := range r.result.Findings {
		f := &r.result.Findings[i]
		if r.has(conversation(f)) && f.Severity >= severity && f.Confidence >= confidence {
			n++
		}
	}
	return n
}
