package report

import (
	"fmt"
	"strings"

	"github.com/latchscope/latchscope/cmd/latchscope/internal/page"
	"github.com/latchscope/latchscope/replay/latch"
)

// fit tells which engine explains the capture.
func (t *replayText) fit(r *Replay) {
	f := r.Fit
	if f == nil {
		return
	}
	if f.Engine != nil {
		t.Para(heading("Fit"), fitted(*f.Engine, *f.Parameters)+": "+lower(differWords(f.Disagreement)), page.Plain)
	} else {
		t.Para(heading("Fit"), "Nothing in this capture tells the engines apart.", page.Plain)
	}
	if n := len(f.Indistinguishable); n > 0 && f.Engine != nil {
		var names []string
		for _, x := range f.Indistinguishable {
			names = append(names, fitted(x.Engine, x.Parameters))
		}
		t.Para(label(""), "Indistinguishable from it here: "+strings.Join(names, "; ")+".", page.Plain)
	}
	tab := page.Table{Head: []string{"Engine", "differs in", "of"}, Right: []string{"differs in", "of"}}
	for i, x := range f.Others {
		if i == mostFits {
			break
		}
		tab.Rows = append(tab.Rows, []string{"   " + fitted(x.Engine, x.Parameters), thousands(int64(x.Packets)), thousands(int64(x.Compared))})
	}
	if len(tab.Rows) > 0 && f.Engine != nil {
		t.Para(label(""), "Others:", page.Plain)
		t.table(&tab)
	}
	t.Gap()
}

func lower(s string) string { return strings.ToLower(s[:1]) + s[1:] }

func fitted(engine string, c latch.Config) string {
	return runName(&ReplayRun{Engine: engine, Parameters: c})
}

// sweep is the table of one parameter's values: silence against exposure.
func (t *replayText) sweep(r *Replay) {
	if r.Sweep == nil {
		return
	}
	tab := page.Table{Head: []string{r.Sweep.Parameter, "verdict", "uplink", "downlink", "a stranger needs", "pauses that long"},
		Right: []string{"uplink", "downlink", "pauses that long"}}
	for _, v := range r.Sweep.Values {
		run := &r.Runs[v.Run]
		openings := "any moment"
		if e := run.Exposure; e != nil && e.Openings != nil {
			openings = thousands(int64(*e.Openings))
		}
		tab.Rows = append(tab.Rows, []string{v.Value, string(run.Verdict), silenceCell(&run.Directions[0]), silenceCell(&run.Directions[1]), exposureWords(run.Exposure), openings})
	}
	t.Line(page.As(fitted(r.Runs[0].Engine, without(r.Runs[0].Parameters, r.Sweep.Parameter)), page.Bold))
	t.table(&tab, "verdict")
	if r.Pauses != nil {
		text := "No talker in this capture pauses for 80 ms or longer."
		if r.Pauses.Count > 0 {
			text = fmt.Sprintf("The longest pause of a talker in this capture is %s; pauses let a stranger in as an attacker's silence would.", seconds(float64(r.Pauses.Longest)))
		}
		t.Para(label(""), text, page.Plain)
	}
	if r.Sweep.Fixes != nil {
		t.Para(label(""), fmt.Sprintf("%s=%s fixes this call.", r.Sweep.Parameter, *r.Sweep.Fixes), page.Plain)
	} else {
		t.Para(label(""), fmt.Sprintf("No value of %s in this range fixes this call.", r.Sweep.Parameter), page.Plain)
	}
	t.Gap()
}

func without(c latch.Config, name string) latch.Config {
	var sets []latch.Setting
	for _, s := range c.Sets {
		if s.Name != name {
			sets = append(sets, s)
		}
	}
	c.Sets = sets
	return c
}

// remedies names the smallest change that fixes the call, and the others.
func (t *replayText) remedies(r *Replay) {
	for i := range r.Remedies {
		m := &r.Remedies[i]
		head := label("")
		if i == 0 {
			head = heading("Fixed by")
		}
		var words []string
		for _, s := range m.sets {
			words = append(words, s.Name+"="+s.Value)
		}
		words = append(words, m.Changes...)
		t.Para(head, fmt.Sprintf("%s: %s (the latch: %s, the NAT: %s)", strings.Join(words, " "), m.Text, m.Basis.Latch, m.Basis.NAT), page.Plain)
	}
	if len(r.Remedies) > 0 {
		t.Gap()
	}
}
