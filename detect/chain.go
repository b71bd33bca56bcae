package detect

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/latchscope/latchscope/analyze/ledger"
	"github.com/latchscope/latchscope/analyze/trace"
)

// The chain of causes: early RTP is refused, the refusal makes a NAT move the
// port, the move meets a latch, and the latch makes silence. Each link holds
// between findings of one call and needs its own evidence; a shorter chain
// begins where the evidence does. Which links there are the detectors say.

// link finds the causes of each finding.
func (r registry) link(found []Finding) {
	// What is about one talker shares its SSRC.
	type source struct {
		call *trace.Call
		ssrc uint32
	}
	type kind struct {
		call *trace.Call
		code string
	}
	alike, anywhere := map[source][]int{}, map[kind][]int{}
	for i := range found {
		f := &found[i]
		for _, s := range f.Streams {
			k := source{f.Call, s.SSRC}
			if n := len(alike[k]); n == 0 || alike[k][n-1] != i {
				alike[k] = append(alike[k], i)
			}
		}
		anywhere[kind{f.Call, f.Code}] = append(anywhere[kind{f.Call, f.Code}], i)
	}
	for i := range found {
		f := &found[i]
		causes := r[f.Code].Causes
		if len(causes) == 0 {
			continue
		}
		var near []int
		for n, s := range f.Streams {
			if n == 0 || s.SSRC != f.Streams[n-1].SSRC {
				near = append(near, alike[source{f.Call, s.SSRC}]...)
			}
		}
		for _, c := range causes {
			if c.Anywhere {
				near = append(near, anywhere[kind{f.Call, c.Code}]...)
			}
		}
		slices.Sort(near)
		for _, j := range slices.Compact(near) {
			if c := &found[j]; i != j && r.cause(c, f) != nil {
				f.CausedBy = append(f.CausedBy, c.ID)
			}
		}
	}
}

// cause is the link from one finding to another, nil if there is none.
func (r registry) cause(c, f *Finding) *Cause {
	list := r[f.Code].Causes
	for i := range list {
		if l := &list[i]; l.Code == c.Code && l.Did(c, f) {
			return l
		}
	}
	return nil
}

func sharesStream(a, b *Finding) bool {
	return slices.ContainsFunc(a.Streams, func(s *trace.Stream) bool { return slices.Contains(b.Streams, s) }) || sharesTalker(a, b)
}

// sharesTalker tells whether two findings are about the same talker, in
// whichever view of it.
func sharesTalker(a, b *Finding) bool {
	for _, x := range a.Streams {
		for _, y := range b.Streams {
			if x.SSRC == y.SSRC && x.Dst.Port == y.Dst.Port {
				return true
			}
		}
	}
	return false
}

// judge passes the verdict on a call.
func (r registry) judge(lost clockless, l *ledger.Ledger, c *trace.Call, found []Finding, mine []*Finding) Verdict {
	v := Verdict{Call: c, RootCause: "none", Confidence: Confirmed, Audio: l.Audio(c)}
	var worst *Finding
	for _, f := range mine {
		if f.Severity >= Warn && (worst == nil || r.outweighs(f, worst)) {
			worst = f
		}
	}
	if worst == nil {
		return peace(lost, c, v)
	}
	chain := []*Finding{worst}
	for at := worst; len(at.CausedBy) > 0 && len(chain) < 16; {
		at = &found[at.CausedBy[len(at.CausedBy)-1]-1]
		chain = append([]*Finding{at}, chain...)
	}
	v.RootCause = chain[0].Code
	if r[v.RootCause].Rest != nil {
		v.RootCause = "unknown"
	}
	for i, f := range chain {
		v.Chain = append(v.Chain, f.ID)
		v.Confidence = min(v.Confidence, f.Confidence)
		if i > 0 {
			v.Confidence = min(v.Confidence, r.cause(chain[i-1], f).Confidence)
		}
	}
	v.Text = r.verdictText(chain)
	return v
}

// outweighs reports whether a finding, and not another one that stands before
// it, is what a call's verdict is about: the more severe one, of two that are
// alike the one that explains more silence, else the one nearer to the end of
// the chain. Findings beside the chains give way to all others.
func (r registry) outweighs(f, o *Finding) bool {
	a, b := r[f.Code].Rank, r[o.Code].Rank
	if (a == 0) != (b == 0) {
		return b == 0
	}
	return cmp.Or(cmp.Compare(f.Severity, o.Severity), cmp.Compare(f.claimed(), o.claimed()), cmp.Compare(a, b)) > 0
}

// peace is the verdict on a call of which nothing is to be said.
func peace(lost clockless, c *trace.Call, v Verdict) Verdict {
	switch {
	case lost.holds(c):
		v.RootCause, v.Confidence = "unknown", Possible
		v.Text = "The times of the capture make no sense: whether audio was missing, and for how long, cannot be told from it."
	case c.State == trace.MediaOnly:
		v.RootCause, v.Confidence = "unknown", Possible
		v.Text = "Media without signalling: no fault to be seen; what the parties agreed on is not in the capture."
	case c.State == trace.Partial:
		v.RootCause, v.Confidence = "unknown", Possible
		v.Text = "The call began before the capture: what was agreed on and how it began is not in it."
	case c.Answer.IsZero():
		v.Text = fmt.Sprintf("Not answered (%s): there was no conversation to lose audio.", c.State)
	case v.Audio == ledger.Clear:
		v.Text = "Nothing wrong with the audio: every second of it is accounted for."
	case v.Audio == ledger.Partly:
		v.Confidence = Likely
		v.Text = "No fault in what is in view. Part of the audio passes where this capture does not see it, and is not judged."
	case v.Audio == ledger.Unjudged || len(c.Streams) == 0:
		v.RootCause, v.Confidence = "unknown", Possible
		v.Text = "Answered, but none of its audio passes this capture point where it could be judged."
	default:
		v.RootCause, v.Confidence = "unknown", Possible
		v.Text = "Audio is impaired: " + v.Audio.String() + "."
	}
	return v
}

// verdictText tells the chain in one sentence: what was lost, and why.
func (r registry) verdictText(chain []*Finding) string {
	var links, notes []string
	for i, f := range chain {
		links = append(links, r.inWords(f))
		if i > 0 {
			if note := r.cause(chain[i-1], f).Note; note != "" && !slices.Contains(notes, note) {
				notes = append(notes, note)
			}
		}
	}
	text := sentence(chain[len(chain)-1].Summary)
	if len(chain) > 1 {
		text += " Why: " + strings.Join(links, " → ") + "."
	}
	return strings.Join(append([]string{text}, notes...), " ")
}

func sentence(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:] + "."
}

// inWords is a finding in a few words.
func (r registry) inWords(f *Finding) string {
	if link := r[f.Code].Link; link != nil {
		return link(f)
	}
	return f.Code
}
