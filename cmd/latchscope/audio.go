package main

import (
	"github.com/latchscope/latchscope/analyze/trace"
	"github.com/latchscope/latchscope/detect"
)

// The verdicts on the audio of a call, worst first.
const (
	audioLost     = "lost"
	audioImpaired = "impaired"
	audioUnjudged = "unjudged"
	audioPartly   = "partly"
	audioClear    = "clear"
)

func audioWords() []string {
	return []string{audioLost, audioImpaired, audioUnjudged, audioPartly, audioClear}
}

// audio is the verdict on the audio of each call, by its number less one; "" of
// a call that nobody answered, which had none to lose.
func audio(t *trace.Trace, result detect.Result) []string {
	out := make([]string, len(t.Calls))
	for i := range result.Verdicts {
		v := &result.Verdicts[i]
		switch {
		case v.Call == nil || v.Call.Answer.IsZero() && v.Call.State != trace.Partial && v.Call.State != trace.MediaOnly:
		case v.RootCause == "unknown" && len(v.Chain) == 0:
			out[v.Call.ID-1] = audioUnjudged
		default:
			out[v.Call.ID-1] = audioClear
		}
	}
	for i := range result.Findings {
		f := &result.Findings[i]
		c := callOf(f)
		if c == nil {
			continue
		}
		switch a := &out[c.ID-1]; {
		case f.Severity == detect.Critical:
			*a = audioLost
		case f.Severity == detect.Warn && *a != audioLost && *a != "":
			*a = audioImpaired
		}
	}
	return out
}

// judged is how many of some calls have audio that could be judged, if only in
// part.
func judged(audio []string, calls []*trace.Call) int {
	n := 0
	for _, c := range calls {
		if a := audio[c.ID-1]; a != "" && a != audioUnjudged {
			n++
		}
	}
	return n
}
