package report

import (
	"iter"

	"github.com/latchscope/latchscope/detect"
)

// IncidentJSON is what a ticket is about.
type IncidentJSON struct {
	ID          int              `json:"id"`
	Title       string           `json:"title"`
	Severity    string           `json:"severity"`
	RootCause   string           `json:"root_cause"`
	Fingerprint string           `json:"fingerprint"`
	Start       Time             `json:"start_time"`
	End         Time             `json:"end_time"`
	Calls       []int            `json:"calls"`
	Findings    []int            `json:"findings"`
	Hypotheses  []HypothesisJSON `json:"hypotheses"`
	Actions     []ActionJSON     `json:"actions"`
	NextCapture *NextCaptureJSON `json:"next_capture"`
}

// HypothesisJSON is a claim that links a cause to its consequence, weighed.
type HypothesisJSON struct {
	Claim      string       `json:"claim"`
	Confidence string       `json:"confidence"` // likely, possible, refuted
	For        []ReasonJSON `json:"for"`
	Against    []ReasonJSON `json:"against"`
	DecidedBy  string       `json:"decided_by"`
}

// ReasonJSON is a fact that speaks for a claim, or against it.
type ReasonJSON struct {
	Text     string     `json:"text"`
	Evidence []Evidence `json:"evidence"`
}

// ActionJSON is what somebody can do.
type ActionJSON struct {
	Owner    string  `json:"owner"`
	What     string  `json:"what"`
	Why      string  `json:"why"`
	Cost     string  `json:"cost"`
	Standard *string `json:"standard"`
	Proof    string  `json:"proof"`
}

// NextCaptureJSON is the one capture that would tell what this one cannot.
type NextCaptureJSON struct {
	Where     string `json:"where"`
	WouldShow string `json:"would_show"`
}

// Incidents of the report's calls, the worst first.
func (r *Report) Incidents() iter.Seq[IncidentJSON] {
	return func(yield func(IncidentJSON) bool) {
		for i := range r.result.Incidents {
			inc := &r.result.Incidents[i]
			out := r.incidentJSON(inc)
			if r.chosen != nil && len(out.Findings) == 0 {
				continue
			}
			if !yield(out) {
				return
			}
		}
	}
}

func (r *Report) incidentJSON(inc *detect.Incident) IncidentJSON {
	out := IncidentJSON{
		ID: inc.ID, Title: r.text(inc.Title), Severity: inc.Severity.String(), RootCause: inc.RootCause, Fingerprint: inc.Fingerprint,
		Start: moment(inc.Start), End: moment(inc.End), Calls: []int{}, Findings: []int{}, Hypotheses: []HypothesisJSON{}, Actions: []ActionJSON{},
	}
	for _, c := range inc.Calls {
		if r.has(c) {
			out.Calls = append(out.Calls, c.ID)
		}
	}
	for _, id := range inc.Findings {
		if r.has(conversation(&r.result.Findings[id-1])) {
			out.Findings = append(out.Findings, id)
		}
	}
	for _, h := range inc.Hypotheses {
		confidence := h.Confidence.String()
		if h.Confidence == detect.Refuted {
			confidence = "refuted"
		}
		out.Hypotheses = append(out.Hypotheses, HypothesisJSON{h.Claim, confidence, r.reasons(h.For), r.reasons(h.Against), r.text(h.DecidedBy)})
	}
	for _, a := range inc.Actions {
		out.Actions = append(out.Actions, ActionJSON{a.Owner, r.text(a.What), r.text(a.Why), r.text(a.Cost), optional(a.Standard), a.Proof.String()})
	}
	if inc.Next != (detect.NextCapture{}) {
		out.NextCapture = &NextCaptureJSON{r.text(inc.Next.Where), r.text(inc.Next.WouldShow)}
	}
	return out
}

func (r *Report) reasons(list []detect.Reason) []ReasonJSON {
	out := make([]ReasonJSON, 0, len(list))
	for _, x := range list {
		one := ReasonJSON{Text: r.text(x.Text), Evidence: make([]Evidence, 0, len(x.Evidence))}
		for _, e := range x.Evidence {
			if e.Frame != 0 {
				one.Evidence = append(one.Evidence, Evidence{e.File, e.Frame, moment(e.Moment), r.text(e.Note)})
			}
		}
		out = append(out, one)
	}
	return out
}
