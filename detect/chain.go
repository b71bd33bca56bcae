package detect

import (
	"fmt"
	"slices"
	"strings"

	"github.com/latchscope/latchscope/analyze"
)

// The chain of causes: early RTP is refused, the refusal makes a NAT move the
// port, the move meets a latch, and the latch makes silence. Each link holds
// between findings of one call and needs its own evidence; a shorter chain
// begins where the evidence does.

func linkCauses(found []Finding) {
	// What shares a talker shares its SSRC; refusals explain missing audio of
	// their call without.
	type source struct {
		call *analyze.Call
		ssrc uint32
	}
	alike := map[source][]int{}
	refused := map[*analyze.Call][]int{}
	for i := range found {
		f := &found[i]
		for _, s := range f.Streams {
			k := source{f.Call, s.SSRC}
			if n := len(alike[k]); n == 0 || alike[k][n-1] != i {
				alike[k] = append(alike[k], i)
			}
		}
		if f.Code == icmpUnreachable.Code {
			refused[f.Call] = append(refused[f.Call], i)
		}
	}
	for i := range found {
		f := &found[i]
		var near []int
		for n, s := range f.Streams {
			if n == 0 || s.SSRC != f.Streams[n-1].SSRC {
				near = append(near, alike[source{f.Call, s.SSRC}]...)
			}
		}
		if f.Code == oneWayAudio.Code || f.Code == noAudio.Code {
			near = append(near, refused[f.Call]...)
		}
		slices.Sort(near)
		for _, j := range slices.Compact(near) {
			if c := &found[j]; i != j && causes(c, f) {
				f.CausedBy = append(f.CausedBy, c.ID)
			}
		}
	}
}

// causes tells whether one finding brought about another.
func causes(c, f *Finding) bool {
	switch f.Code {
	case icmpUnreachable.Code:
		d, ok := c.Data.(EarlyRTP)
		return ok && d.Rejected > 0 && sharesStream(c, f)
	case natPortFlip.Code:
		return c.Code == icmpUnreachable.Code && f.Data.(Flip).Trigger == "icmp" && sharesTalker(c, f)
	case latchSilence.Code:
		switch c.Code {
		case natPortFlip.Code:
			return sharesTalker(c, f)
		case icmpUnreachable.Code:
			// From the phone's side the move itself is not to be seen.
			return f.Data.(Silence).Latched == nil && sharesTalker(c, f)
		}
	case oneWayAudio.Code, noAudio.Code:
		if d, ok := c.Data.(Unreachable); ok && d.Component == "rtp" {
			return true
		}
	}
	return false
}

func sharesStream(a, b *Finding) bool {
	return slices.ContainsFunc(a.Streams, func(s *analyze.Stream) bool { return slices.Contains(b.Streams, s) }) || sharesTalker(a, b)
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
func judge(t *analyze.Trace, c *analyze.Call, found []Finding, mine []*Finding, rank map[string]int) Verdict {
	v := Verdict{Call: c, RootCause: "none", Confidence: Confirmed}
	var worst *Finding
	for _, f := range mine {
		if f.Severity >= Warn && (worst == nil || f.Severity > worst.Severity || f.Severity == worst.Severity && rank[f.Code] > rank[worst.Code] && chainable(f)) {
			worst = f
		}
	}
	if worst == nil {
		return peace(t, c, v)
	}
	chain := []*Finding{worst}
	for at := worst; len(at.CausedBy) > 0 && len(chain) < 16; {
		at = &found[at.CausedBy[len(at.CausedBy)-1]-1]
		chain = append([]*Finding{at}, chain...)
	}
	v.RootCause = chain[0].Code
	for _, f := range chain {
		v.Chain = append(v.Chain, f.ID)
		v.Confidence = min(v.Confidence, f.Confidence)
	}
	if len(chain) > 1 && slices.ContainsFunc(chain, func(f *Finding) bool { return f.Code == icmpUnreachable.Code }) && moved(chain) {
		v.Confidence = min(v.Confidence, Likely) // that the ICMP made the NAT move is inferred
	}
	v.Text = verdictText(chain)
	return v
}

func chainable(f *Finding) bool { return f.Code != competingSource.Code }

func moved(chain []*Finding) bool {
	return slices.ContainsFunc(chain, func(f *Finding) bool { return f.Code == natPortFlip.Code || f.Code == latchSilence.Code })
}

// peace is the verdict on a call of which nothing is to be said.
func peace(t *analyze.Trace, c *analyze.Call, v Verdict) Verdict {
	switch {
	case c.State == analyze.MediaOnly:
		v.RootCause, v.Confidence = "unknown", Possible
		v.Text = "Media without signalling: nothing wrong to be seen; what the parties agreed on is not in the capture."
	case c.State == analyze.Partial:
		v.RootCause, v.Confidence = "unknown", Possible
		v.Text = "The call began before the capture: what was agreed on and how it began is not in it."
	case c.Answer.IsZero():
		v.Text = fmt.Sprintf("Not answered (%s): there was no conversation to lose audio.", c.State)
	case len(c.Streams) == 0:
		v.RootCause, v.Confidence = "unknown", Possible
		v.Text = "Answered, but the capture holds no media of this call: its audio cannot be judged from here."
	default:
		v.Text = "Nothing wrong with the audio as far as this capture shows."
		if lost, due := losses(c); lost*50 > due {
			v.Text = fmt.Sprintf("No fault of the kinds that are looked for, but %s of %s packets are missing: lost on the way, or by the recording.", group(lost), group(due))
		}
	}
	return v
}

// losses of a call's streams, copies left out.
func losses(c *analyze.Call) (lost, due int64) {
	for _, s := range c.Streams {
		if s.CopyOf == nil {
			lost += int64(s.Stats.Lost())
			due += int64(s.Stats.Expected())
		}
	}
	return lost, due
}

// verdictText tells the chain in one sentence: what was lost, and why.
func verdictText(chain []*Finding) string {
	var links []string
	for _, f := range chain {
		links = append(links, link(f))
	}
	last := chain[len(chain)-1]
	text := sentence(last.Summary)
	if len(chain) > 1 {
		text += " Why: " + strings.Join(links, " → ") + "."
	}
	if len(chain) > 1 && moved(chain) && chain[0].Code != natPortFlip.Code {
		text += " That the ICMP made a NAT move the port is inferred."
	}
	return text
}

func sentence(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:] + "."
}

// link is a finding in a few words.
func link(f *Finding) string {
	switch d := f.Data.(type) {
	case EarlyRTP:
		return "early RTP"
	case Unreachable:
		return "ICMP refused it"
	case Flip:
		if n := len(d.Moves); n > 1 {
			return fmt.Sprintf("source moved %d times, from %s first", n, d.Moves[0].From)
		}
		return fmt.Sprintf("source moved from %s to %s", d.From, d.To)
	case Silence:
		if d.Latched != nil {
			return "the latch held " + *d.Latched
		}
		return "nothing came back"
	}
	return f.Code
}
