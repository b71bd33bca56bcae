package detect

import (
	"fmt"
	"slices"

	"github.com/latchscope/latchscope/analyze/ledger"
	"github.com/latchscope/latchscope/analyze/trace"
)

// What detectors ask of the rows of the ledger.

// talked is how long, in nanoseconds, an answered call must have lasted for
// missing media to mean something.
const talked = int64(3e9)

// strayPass is how much audio of a row, in nanoseconds, does not yet make it one
// that was heard: what slips through before a firewall's rule takes hold, or
// opens a mapping.
const strayPass = int64(200e6)

// wholly reports whether nothing of a row ever passed: it is silent, in the
// states asked for, from beginning to end.
func wholly(r *ledger.Row, states ...ledger.State) bool {
	var silent int64
	for i := range r.Spans {
		switch s := &r.Spans[i]; {
		case slices.Contains(states, s.State):
			silent += s.Duration()
		case s.State == ledger.Setup, s.State == ledger.Closing, s.State == ledger.Agreed, s.State == ledger.Paused:
		case s.State == ledger.Unseen, s.State.Silent():
			return false
		}
	}
	return silent >= talked && passed(r, never, always) < strayPass && silent*2 >= r.End.Time-r.Start.Time
}

const never, always = int64(-1 << 62), int64(1<<62 - 1)

// silentSpans are the claims on the silent spans of a row, in some states.
func silentSpans(r *ledger.Row, states ...ledger.State) []Claim {
	var out []Claim
	for i := range r.Spans {
		if s := &r.Spans[i]; s.State.Silent() && slices.Contains(states, s.State) {
			out = append(out, Claim{r, i})
		}
	}
	return out
}

// opposite is the row of a call in the other direction, nil if there is none.
func opposite(rows []ledger.Row, r *ledger.Row) *ledger.Row {
	for i := range rows {
		if o := &rows[i]; o.Media == r.Media && o.Line == r.Line && o.Start == r.Start && o.From.Name == r.To.Name && o.To.Name == r.From.Name {
			return o
		}
	}
	return nil
}

// busiest is the stream of a row's hops with most packets, nil if there is none.
func busiest(r *ledger.Row) *trace.Stream { return busiestOf(r.Streams()) }

func busiestOf(streams []*trace.Stream) *trace.Stream {
	var best *trace.Stream
	for _, s := range streams {
		if best == nil || s.Stats.Packets > best.Stats.Packets {
			best = s
		}
	}
	return best
}

// extent is the first and the last moment of claims, and how long they are
// together, in nanoseconds.
func extent(claims []Claim) (start, end trace.Moment, silent, packets int64) {
	for i, c := range claims {
		s := c.span()
		if i == 0 || s.From.Before(start) {
			start = s.From
		}
		if i == 0 || end.Before(s.To) {
			end = s.To
		}
		silent += s.Duration()
		packets += s.Packets
	}
	return start, end, silent, packets
}

// astray is how many packets of claims went to where the listener is not.
func astray(claims []Claim) (n int64) {
	for _, c := range claims {
		n += c.span().Astray
	}
	return n
}

// severityOfClaims is how bad silences of a row are: as the row's verdict has it,
// one of half a second or a second in all is what users complain about.
func severityOfClaims(claims []Claim) Severity {
	_, _, silent, _ := extent(claims)
	for _, c := range claims {
		if float64(c.span().Duration()) >= hardSilence*1e9 {
			silent = max(silent, int64(1e9))
		}
	}
	if silent >= int64(1e9) {
		return mildFor(claims[0].Row, Critical)
	}
	return mildFor(claims[0].Row, Warn)
}

// edgesOf are the frames at the edges of claims, and what confirms them.
func edgesOf(claims []Claim) []Evidence {
	var out []Evidence
	for _, c := range claims[:min(len(claims), 6)] {
		s := c.span()
		what := "voice"
		if c.Row.Media != "audio" {
			what = c.Row.Media
		}
		from, to := fmt.Sprintf("the last of %s's %s before it is missing", The(c.Row.From.Name), what), fmt.Sprintf("the first of %s's %s after that", The(c.Row.From.Name), what)
		if s.From == c.Row.Start {
			from = "pick-up: both parties have answered"
		}
		if s.To == c.Row.End {
			to = "the end of the call"
		}
		out = append(out, Evidence{s.From, from})
		if !s.Proof.IsZero() {
			out = append(out, Evidence{s.Proof, s.Why})
		}
		out = append(out, Evidence{s.To, to})
	}
	return out
}

// sure is how sure claims are: as the longest of them.
func sure(claims []Claim) Confidence {
	var best *ledger.Span
	for _, c := range claims {
		if s := c.span(); best == nil || s.Duration() > best.Duration() {
			best = s
		}
	}
	if best == nil || best.Confidence == 0 {
		return Possible
	}
	return best.Confidence
}

// legOf is the leg at the listener's end of a row, where there is signalling.
func legOf(r *ledger.Row) *trace.Leg {
	if r.To.Leg != nil {
		return r.To.Leg
	}
	return r.From.Leg
}

// whole seconds of nanoseconds.
func inSeconds(ns int64) float64 { return round(float64(ns) / 1e9) }

// callOf is the call of a row, nil where it was not signalled.
func callOf(r *ledger.Row) *trace.Call {
	if r.Call.State == trace.MediaOnly {
		return nil
	}
	return r.Call
}

// faxed reports whether a call turned to fax (T.38) at any time: its audio is
// tones, and the machines switch it off when they like.
func faxed(c *trace.Call) bool {
	for _, l := range c.Legs {
		for _, p := range l.Ports {
			if p.Media.T38 || p.Media.Kind == "image" && p.Addr.Port != 0 {
				return true
			}
		}
	}
	return false
}

// mildFor makes no more than a warning of what is no audio, and less of a fax.
func mildFor(r *ledger.Row, s Severity) Severity {
	switch {
	case faxed(r.Call):
		return min(s, Info)
	case r.Media != "audio":
		return min(s, Warn)
	}
	return s
}
