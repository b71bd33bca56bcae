package report

import (
	"fmt"
	"strings"

	"github.com/latchscope/latchscope/cmd/latchscope/internal/page"
	"github.com/latchscope/latchscope/replay/latch"
)

// fit tells which engine explains the capture, which may too, and which are
// excluded.
func (t *replayText) fit(r *Replay) {
	f := r.Fit
	if f == nil {
		return
	}
	switch {
	case f.Engine != nil:
		t.Para(heading("Fit"), f.best.name()+": "+lower(differWords(f.Disagreement))+" ("+f.best.Evidence+")", page.Plain)
	case f.Disagreement.Compared == 0:
		t.Para(heading("Fit"), "Nothing in this capture tells the engines apart: what became of the packets is not to be seen.", page.Plain)
	case !f.Explained:
		t.Para(heading("Fit"), "No known engine explains this capture: the nearest differs in more than 5 % of the packets.", page.Plain)
	default:
		t.Para(heading("Fit"), "Nothing in this capture tells the engines apart: several explain it equally well.", page.Plain)
	}
	if n := len(f.Indistinguishable); n > 0 {
		var names []string
		for _, x := range f.Indistinguishable {
			names = append(names, x.name())
		}
		what := "Any of these may be it: "
		if f.Engine != nil {
			what = fmt.Sprintf("Within the noise of it (%s), so not to be told apart here: ", plural(f.Noise, "packet", "packets"))
		}
		t.Para(label(""), what+strings.Join(names, "; ")+".", page.Plain)
	}
	if len(f.Others) > 0 && f.Disagreement.Compared > 0 {
		t.excluded(f)
	}
	t.Gap()
}

// excluded lists the engines that differ by more than noise, or, where none
// explains the capture, the nearest: in how many packets, which may be few.
func (t *replayText) excluded(f *ReplayFit) {
	head := "Excluded"
	if f.Engine == nil && len(f.Indistinguishable) == 0 {
		head = "Nearest"
	}
	for i, x := range f.Others {
		if i == mostFits {
			break
		}
		left := label("")
		if i == 0 {
			left = heading(head)
		}
		what := fmt.Sprintf("%s of %s packets differ", thousands(int64(x.Packets)), thousands(int64(x.Compared)))
		if x.EarlyCompared > 0 {
			what += fmt.Sprintf(" (before the answer %s of %s)", thousands(int64(x.EarlyPackets)), thousands(int64(x.EarlyCompared)))
		}
		t.Para(left, what+": "+x.name(), page.Plain)
	}
	if n := len(f.Others) - mostFits; n > 0 {
		t.Para(label(""), fmt.Sprintf("and %s more, which differ in more packets still.", plural(n, "engine", "engines")), page.Faint)
	}
}

// name is the engine with its parameters, and the versions that are one here.
func (x *ReplayFitted) name() string {
	s := fitted(x.Engine, x.Parameters)
	if len(x.Versions) > 1 {
		s += " (" + strings.Join(x.Versions, ", ") + " alike)"
	}
	return s
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
	tab := page.Table{Head: []string{r.Sweep.Parameter, "verdict", "uplink", "downlink", takesLock, "pauses that long"},
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

// remedies tells what fixes the call, what opens least to a stranger first: in
// the engine's own words, what it does to other calls, and what it opens.
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
		t.Para(head, fmt.Sprintf("%d. %s: %s (the latch: %s, the NAT: %s)", i+1, strings.Join(words, " "), m.Text, m.Basis.Latch, m.Basis.NAT), page.Plain)
		if m.Release == "" && m.File != "" {
			t.Para(label(""), fmt.Sprintf("In %s: %s becomes %s", m.File, m.Before, m.After), page.Plain)
		} else if m.File != "" {
			t.Para(label(""), fmt.Sprintf("In %s (%s): %s becomes %s", m.File, m.Release, m.Before, m.After), page.Plain)
		}
		if m.Compared > 0 {
			t.Para(label(""), fmt.Sprintf("Of %s here, %d would lose less audio and %d more.", plural(m.Compared, "other call", "other calls"), m.Gain, m.Lose), page.Plain)
		}
		if len(m.sets) > 0 {
			t.Para(label(""), strings.Join(m.Opens, " "), page.Faint)
		}
	}
	if len(r.Remedies) > 0 {
		t.Gap()
	}
}
