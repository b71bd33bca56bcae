package detect

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/latchscope/latchscope/analyze/trace"
)

// incidents puts every finding of warning or above into one incident: those
// that one root brought about, and those of other calls that the same kind of
// root at the same party brought about. What nothing explains joins others only
// at the same place: within one call, or at the same time.
func (r registry) incidents(found []Finding) []Incident {
	type key struct{ code, kind, party string }
	var out []*Incident
	at := map[key][]*Incident{}
	roots := map[*Incident]*Finding{}
	for i := range found {
		f := &found[i]
		if f.Severity < Warn {
			continue
		}
		root := rootOf(found, f)
		k := key{root.Code, root.Kind, root.Party}
		var home *Incident
		for _, inc := range at[k] {
			if r[root.Code].Rest == nil || near(roots[inc].Start, root.Start) || sameCall(roots[inc], root) {
				home = inc
				break
			}
		}
		for _, inc := range out { // a key that is missing on both legs of a call is one thing
			if o := roots[inc]; home == nil && root.Kind == noKey && o.Kind == noKey && sameCall(o, root) {
				home = inc
			}
		}
		if home == nil {
			home = &Incident{RootCause: root.Code, Fingerprint: printOf(k.code, k.kind, k.party), Start: f.Start, End: f.End}
			if r[root.Code].Rest != nil {
				home.RootCause = "unknown"
			}
			out = append(out, home)
			at[k] = append(at[k], home)
			roots[home] = root
		}
		r.take(home, f)
		if root != f {
			r.explain(home, root)
		}
	}
	slices.SortStableFunc(out, func(a, b *Incident) int {
		return cmp.Or(cmp.Compare(b.Severity, a.Severity), a.Start.Compare(b.Start))
	})
	prints := map[string]int{}
	list := make([]Incident, len(out))
	for i, inc := range out {
		inc.ID = i + 1
		slices.SortFunc(inc.Calls, func(a, b *trace.Call) int { return cmp.Compare(a.ID, b.ID) })
		slices.Sort(inc.Findings)
		inc.Title = r.title(found, inc)
		prints[inc.Fingerprint]++
		if n := prints[inc.Fingerprint]; n > 1 {
			inc.Fingerprint = fmt.Sprintf("%s-%d", inc.Fingerprint, n)
		}
		list[i] = *inc
	}
	return list
}

// rootOf walks from a finding to the one that all goes back to.
func rootOf(found []Finding, f *Finding) *Finding {
	for range 16 {
		if len(f.CausedBy) == 0 {
			break
		}
		f = &found[f.CausedBy[len(f.CausedBy)-1]-1]
	}
	return f
}

// sameCall reports whether two findings are about one call, or one conversation whose
// signalling is not in the capture.
func sameCall(a, b *Finding) bool {
	c := conversation(a)
	return c != nil && c == conversation(b)
}

// conversation that a finding is about, nil if there is none.
func conversation(f *Finding) *trace.Call {
	if f.Call == nil && len(f.Streams) > 0 {
		return f.Streams[0].Call
	}
	return f.Call
}

// near reports whether two things began within two seconds of each other.
func near(a, b trace.Moment) bool {
	d := a.Time - b.Time
	return d > -atOnce && d < atOnce
}

// take adds a finding to an incident.
func (r registry) take(inc *Incident, f *Finding) {
	inc.Findings = append(inc.Findings, f.ID)
	inc.Severity = max(inc.Severity, f.Severity)
	if f.Start.Before(inc.Start) {
		inc.Start = f.Start
	}
	if inc.End.Before(f.End) {
		inc.End = f.End
	}
	if c := conversation(f); c != nil && !slices.Contains(inc.Calls, c) {
		inc.Calls = append(inc.Calls, c)
	}
	r.explain(inc, f)
}

// explain adds what a finding knows of reasons and remedies to an incident:
// each claim and each action once. Of a claim that is weighed in several calls
// the weighing that says most stands.
func (r registry) explain(inc *Incident, f *Finding) {
	for _, h := range f.Hypotheses {
		i := slices.IndexFunc(inc.Hypotheses, func(o Hypothesis) bool { return o.Claim == h.Claim })
		switch {
		case i < 0:
			inc.Hypotheses = append(inc.Hypotheses, h)
		case h.Confidence == Refuted && inc.Hypotheses[i].Confidence != Refuted, len(h.For)+len(h.Against) > len(inc.Hypotheses[i].For)+len(inc.Hypotheses[i].Against) && inc.Hypotheses[i].Confidence != Refuted:
			inc.Hypotheses[i] = h
		}
	}
	for _, a := range f.Actions {
		if !slices.ContainsFunc(inc.Actions, func(o Action) bool { return o.Owner == a.Owner && o.What == a.What }) {
			inc.Actions = append(inc.Actions, a)
		}
	}
	if inc.Next == (NextCapture{}) {
		inc.Next = f.Next
	}
}

// title says in one line what an incident is about.
func (r registry) title(found []Finding, inc *Incident) string {
	var worst *Finding
	for _, id := range inc.Findings {
		if f := &found[id-1]; worst == nil || r.outweighs(f, worst) {
			worst = f
		}
	}
	if len(inc.Calls) < 2 {
		return capital(worst.Summary)
	}
	title := r[worst.Code].Title
	if title == "" {
		title = worst.Code
	}
	text := fmt.Sprintf("%d calls: %s", len(inc.Calls), title)
	if party := rootOf(found, worst).Party; party != "" {
		text += ", " + party
	}
	return text
}

func printOf(parts ...string) string {
	sum := sha256.Sum256([]byte("incident\n" + strings.Join(parts, "\n")))
	return hex.EncodeToString(sum[:8])
}
