package report

import (
	"github.com/latchscope/latchscope/detect"
)

// incidentsOf makes an incident of each call whose verdict has a chain, where the
// detectors' result names none.
func incidentsOf(r *Report) []detect.Incident {
	var out []detect.Incident
	for _, v := range r.result.Verdicts {
		if len(v.Chain) == 0 || v.RootCause == "none" {
			continue
		}
		f := r.result.Findings[v.Chain[len(v.Chain)-1]-1]
		if f.Severity < detect.Warn {
			continue
		}
		inc := detect.Incident{ID: len(out) + 1, Title: f.Summary, Severity: f.Severity, RootCause: v.RootCause, Start: f.Start, End: f.End}
		inc.Calls = append(inc.Calls, v.Call)
		inc.Findings = v.Chain
		for _, id := range v.Chain {
			if a := r.result.Findings[id-1].Advice; a != "" {
				inc.Actions = append(inc.Actions, detect.Action{Owner: "unknown", What: a, Cost: "not weighed", Proof: v.Confidence})
			}
		}
		out = append(out, inc)
	}
	return out
}
