package main

import (
	"github.com/latchscope/latchscope/analyze/ledger"
	"github.com/latchscope/latchscope/analyze/trace"
)

// audioWords are the verdicts on the audio of a call, worst first.
func audioWords() []string {
	var out []string
	for _, v := range []ledger.Verdict{ledger.Lost, ledger.Impaired, ledger.Unjudged, ledger.Partly, ledger.Clear} {
		out = append(out, v.String())
	}
	return out
}

// judged is how many of some calls have audio that could be judged, if only in
// part.
func (e *examined) judged(calls []*trace.Call) int {
	n := 0
	for _, c := range calls {
		if v := e.account.Audio(c); v != ledger.NoVerdict && v != ledger.Unjudged {
			n++
		}
	}
	return n
}

// quality is the worst of a call's audio rows: the packets that are missing, in
// percent, and the mean opinion score; nil where the capture or the codec does
// not tell.
func (e *examined) quality(c *trace.Call) (loss, mos *float64) {
	rows := e.account.Rows(c)
	for i := range rows {
		q := &rows[i].Quality
		if rows[i].Media != "audio" || q.Due == 0 {
			continue
		}
		if p := rounded(q.Percent, 100); loss == nil || p > *loss {
			loss = &p
		}
		if m := rounded(q.MOS, 100); q.Rated && (mos == nil || m < *mos) {
			mos = &m
		}
	}
	return loss, mos
}
