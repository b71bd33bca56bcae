package report

import (
	"fmt"
	"strings"

	"github.com/latchscope/latchscope/analyze/ledger"
	"github.com/latchscope/latchscope/analyze/trace"
)

// account says in the summary what a capture without incidents shows, so that
// the report of a healthy call proves something.
func (w *writer) account(s *Section) {
	n := len(w.g.healthy) + len(w.g.noted) + len(w.g.fair)
	if n == 0 {
		return
	}
	var packets, lost, due int64
	worst := 0.0
	worstCall := 0
	for _, group := range [][]*trace.Call{w.g.healthy, w.g.noted, w.g.fair} {
		for _, c := range group {
			rows := w.rows(c)
			for i := range rows {
				q := &rows[i].Quality
				if rows[i].Media != "audio" {
					continue
				}
				packets += q.Due - q.Lost
				lost += q.Lost
				due += q.Due
				if q.Percent > worst {
					worst, worstCall = q.Percent, c.ID
				}
			}
		}
	}
	if due == 0 {
		return
	}
	text := fmt.Sprintf("Checked: both directions of %s, second by second from the answer to the end: %s audio packets, each counted once, %s lost (%s)",
		plural(n, "call", "calls"), thousands(packets), thousands(lost), percent(100*float64(lost)/float64(due)))
	if worst > 0 && n > 1 {
		text += fmt.Sprintf("; most in call %d, %s in one direction", worstCall, percent(worst))
	}
	s.text(text + ".")
	if n > 1 {
		s.text("In each direction: " + whatIsChecked)
		if w.Vantage != "" {
			s.text(sentenceOf(w.Vantage))
		}
	}
}

// whatIsChecked is what "nothing wrong" rests on.
const whatIsChecked = "that packets left towards where the listener is and were passed on, missing sequence numbers, pauses, changes of source, refusals by ICMP, strangers on the media ports, and the codec against SDP."

// jitterOf is the interarrival jitter where a voice first comes into view.
func jitterOf(hops []ledger.Hop) string {
	for i := range hops {
		for _, s := range hops[i].Streams {
			if s.CopyOf == nil {
				return fmt.Sprintf("%.1f ms", s.Stats.MeanJitter())
			}
		}
	}
	return "-"
}

// firstAudio is how long after the answer the first audio left towards the
// listener.
func firstAudio(r *ledger.Row) string {
	for i := range r.Spans {
		switch s := &r.Spans[i]; s.State {
		case ledger.Sent, ledger.Delivered, ledger.Replaced:
			return seconds(float64(s.From.Time-r.Start.Time) / 1e9)
		}
	}
	return "-"
}

// headline is the report in one line.
func (w *writer) headline() string {
	g, n := w.g, w.count()
	calls := plural(n, "call", "calls")
	warned := len(g.troubled) - g.lost - g.impaired
	var parts []string
	switch {
	case n == 0 && len(w.about[nil]) > 0:
		return "No calls in this capture; there is media without signalling."
	case n == 0:
		return "No calls in this capture."
	case n == 1 && g.lost+g.impaired+warned == 1:
		return w.only()
	case g.lost > 0:
		parts = append(parts, fmt.Sprintf("%d of %s lost audio", g.lost, calls))
		if g.impaired > 0 {
			parts = append(parts, fmt.Sprintf("%d more had impaired audio", g.impaired))
		}
		if warned > 0 {
			parts = append(parts, fmt.Sprintf("%d more have warnings", warned))
		}
	case g.impaired > 0:
		parts = append(parts, fmt.Sprintf("%d of %s had impaired audio", g.impaired, calls))
		if warned > 0 {
			parts = append(parts, fmt.Sprintf("%d more have warnings", warned))
		}
	case warned > 0:
		parts = append(parts, fmt.Sprintf("%d of %s with warnings; no silence found", warned, calls))
	case n == 1:
		return w.lonely()
	case len(g.unanswered) == n:
		return fmt.Sprintf("None of %s was answered: there is no audio to judge.", calls)
	case g.clear == n:
		return fmt.Sprintf("Nothing wrong with any of %s: all audio is accounted for.", calls)
	default:
		parts = append(parts, fmt.Sprintf("Nothing wrong found in %s", calls))
	}
	var rest []string
	for _, p := range []struct {
		n    int
		what string
	}{{g.clear, "clear"}, {g.partly, "clear as far as in view"}, {g.unjudged, "not to be judged"}, {len(g.unanswered), "not answered"}} {
		if p.n > 0 {
			rest = append(rest, fmt.Sprintf("%s %s", thousands(int64(p.n)), p.what))
		}
	}
	text := strings.Join(parts, "; ")
	if len(rest) > 0 && n > 1 {
		text += ". Of the others: " + strings.Join(rest, ", ")
		if g.lost+g.impaired+warned == 0 {
			text = parts[0] + ": " + strings.Join(rest, ", ")
		}
	}
	return text + "."
}

// only is the headline of the only call, which has trouble.
func (w *writer) only() string {
	switch w.audio(w.g.troubled[0]) {
	case ledger.Lost:
		return "The call lost audio."
	case ledger.Impaired:
		return "The call's audio was impaired."
	case ledger.Clear:
		return "No audio was lost in this call."
	}
	return "No silence was found in this call, as far as it is in view."
}

// lonely is the headline of the only call, which has no trouble.
func (w *writer) lonely() string {
	g := w.g
	switch {
	case g.clear > 0:
		return "Nothing wrong with the call: all of its audio is accounted for."
	case g.partly > 0:
		return "Nothing wrong found as far as in view: part of the call's audio is not."
	case g.unjudged > 0:
		return "The call's audio cannot be judged from this capture."
	}
	if len(w.g.unanswered) > 0 {
		c := w.g.unanswered[0]
		if c.State == trace.OneSided {
			return "Whether the call was answered cannot be told: one direction of its signalling is not in this capture."
		}
		return sentenceOf("The call was not answered: " + w.outcome(c))
	}
	return "The call's audio cannot be judged from this capture."
}
