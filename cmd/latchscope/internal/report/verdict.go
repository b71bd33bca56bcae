package report

import (
	"iter"

	"github.com/latchscope/latchscope/analyze/ledger"
	"github.com/latchscope/latchscope/analyze/trace"
	"github.com/latchscope/latchscope/detect"
)

// Verdict says what became of a call's audio and why.
type Verdict struct {
	Call       int    `json:"call"`
	RootCause  string `json:"root_cause"`
	Chain      []int  `json:"chain"`
	Confidence string `json:"confidence"`
	Text       string `json:"text"`
	Audio      Word   `json:"audio"`
}

// Verdicts of the report, one a call, in order.
func (r *Report) Verdicts() iter.Seq[Verdict] {
	return func(yield func(Verdict) bool) {
		for i := range r.result.Verdicts {
			v := &r.result.Verdicts[i]
			if v.Call != nil && r.has(v.Call) && !yield(r.verdict(v)) {
				return
			}
		}
	}
}

func (r *Report) verdict(v *detect.Verdict) Verdict {
	return Verdict{
		Call:       v.Call.ID,
		RootCause:  v.RootCause,
		Chain:      append([]int{}, v.Chain...),
		Confidence: v.Confidence.String(),
		Text:       r.text(v.Text),
		Audio:      Word(v.Audio.String()),
	}
}

// audio is the verdict on a call's audio.
func (r *Report) audio(c *trace.Call) ledger.Verdict {
	if r.ledger == nil || c == nil {
		return ledger.NoVerdict
	}
	return r.ledger.Audio(c)
}
