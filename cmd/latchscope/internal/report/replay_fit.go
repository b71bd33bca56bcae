package report

import (
	"github.com/latchscope/latchscope/replay"
	"github.com/latchscope/latchscope/replay/latch"
)

// ReplayFit is which engine explains a capture best.
type ReplayFit struct {
	Engine            *string        `json:"engine"` // null: none is singled out, or none explains it
	Parameters        *latch.Config  `json:"parameters"`
	Explained         bool           `json:"explained"` // false: no known engine differs in less than 5 % of the packets
	Noise             int            `json:"noise_packets"`
	Disagreement      ReplayDiffer   `json:"disagreement"`
	Indistinguishable []ReplayFitted `json:"indistinguishable"`
	Others            []ReplayFitted `json:"others"` // excluded: they differ by more than noise

	best ReplayFitted
}

// ReplayFitted is one engine and how well it explains.
type ReplayFitted struct {
	Engine     string       `json:"engine"`
	Versions   []string     `json:"versions,omitempty"` // those of it that this capture does not tell apart
	Parameters latch.Config `json:"parameters"`
	Evidence   string       `json:"evidence"`
	ReplayDiffer
	EarlyPackets  int `json:"early_packets"` // before the answer
	EarlyCompared int `json:"early_compared"`
}

// SetFit tells the result of a fit.
func (r *Replay) SetFit(f replay.Fits) {
	out := &ReplayFit{Indistinguishable: []ReplayFitted{}, Others: []ReplayFitted{}, Explained: f.Explained()}
	r.Fit = out
	for i, x := range f.List {
		p := x.Parameters()
		fitted := ReplayFitted{
			Engine: p.Profile.String(), Parameters: p, Evidence: p.Profile.Evidence(),
			ReplayDiffer: ReplayDiffer{x.Packets, x.Compared}, EarlyPackets: x.EarlyPackets, EarlyCompared: x.EarlyCompared,
		}
		if len(x.Versions) > 1 {
			fitted.Versions = x.Versions
		}
		switch {
		case i == 0:
			out.Disagreement, out.Noise = fitted.ReplayDiffer, x.Noise()
			if f.Tells() {
				out.Engine, out.Parameters = &fitted.Engine, &p
				out.best = fitted
				continue
			}
			if !out.Explained {
				out.Others = append(out.Others, fitted)
				continue
			}
			fallthrough
		case i < f.Ties && out.Explained:
			out.Indistinguishable = append(out.Indistinguishable, fitted)
		default:
			out.Others = append(out.Others, fitted)
		}
	}
	switch {
	case out.Disagreement.Compared == 0:
		r.Limit("Nothing in this capture tells the engines apart: what became of the packets is not to be seen.")
	case !out.Explained:
		r.Limit("No known engine explains this capture: the nearest differs in more than 5 % of the packets.")
	case !f.Tells():
		r.Limit("Nothing in this capture tells the engines apart.")
	}
}

// ReplaySweep is one parameter tried over a range; each value has its run.
type ReplaySweep struct {
	Parameter string             `json:"parameter"`
	Values    []ReplaySweepValue `json:"values"`
	Fixes     *string            `json:"fixes"` // the value nearest to the engine's own that fixes the call
}

// ReplaySweepValue is one row of a sweep.
type ReplaySweepValue struct {
	Value string `json:"value"`
	Run   int    `json:"run"` // index into runs
}

// ReplayRemedy is a change that fixes the call.
type ReplayRemedy struct {
	Parameters latch.Config     `json:"parameters"`
	Changes    []string         `json:"changes"`
	Basis      ReplayBasis      `json:"basis"`
	Verdict    replay.Judgement `json:"verdict"`
	Text       string           `json:"text"`
	File       string           `json:"file,omitempty"` // where the engine is told, in its own words
	Before     string           `json:"before,omitempty"`
	After      string           `json:"after,omitempty"`
	Release    string           `json:"release,omitempty"` // of the engine: whose words they are
	Opens      []string         `json:"opens"`             // when a stranger is taken for the party
	Gain       int              `json:"other_calls_gain"`
	Lose       int              `json:"other_calls_lose"`
	Compared   int              `json:"other_calls"`

	sets []latch.Setting // beyond those of the run it mends
}

// SetRemedies tells what fixes the call, what opens least to a stranger first.
func (r *Replay) SetRemedies(base latch.Config, list []replay.Remedy) {
	for _, m := range list {
		out := ReplayRemedy{Parameters: m.Config, Changes: []string{}, Basis: ReplayBasis{"replayed", "captured"}, Verdict: replay.Fixed, Text: m.Why,
			File: m.File, Before: m.Before, After: m.After, Opens: []string{}, Gain: m.Gain, Lose: m.Lose, Compared: m.Compared}
		if m.File != "" && m.IfName == "" {
			out.Release = m.Config.Profile.Engine + " " + m.Config.Profile.Release
		}
		if p, err := m.Config.Policy(); err == nil {
			out.Opens = p.Windows()
		}
		if m.IfName != "" {
			out.Changes, out.Basis.NAT = []string{m.IfName}, "inferred"
		}
		for _, s := range m.Config.Sets {
			if base.Value(s.Name) != s.Value {
				out.sets = append(out.sets, s)
			}
		}
		r.Remedies = append(r.Remedies, out)
	}
}

// SweepValue notes that a run is to be that of one value of a range.
func (r *Replay) SweepValue(name, value string, run int) {
	if r.Sweep == nil {
		r.Sweep = &ReplaySweep{Parameter: name}
	}
	r.Sweep.Values = append(r.Sweep.Values, ReplaySweepValue{value, run})
}

// CloseSweep finds the smallest change within a sweep, once its runs are made:
// the last value that still fixes the call, as the engine's own is larger.
func (r *Replay) CloseSweep() {
	for _, v := range r.Sweep.Values {
		if v.Run < len(r.Runs) && r.Runs[v.Run].Verdict == replay.Fixed {
			value := v.Value
			r.Sweep.Fixes = &value
		}
	}
}

// Left is the longest silence, in seconds, that any run leaves.
func (r *Replay) Left() float64 {
	worst := 0.0
	for i := range r.Runs {
		for _, d := range r.Runs[i].Directions {
			if d.Silence != nil {
				worst = max(worst, float64(*d.Silence))
			}
		}
	}
	return worst
}
