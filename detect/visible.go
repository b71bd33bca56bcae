package detect

import (
	"slices"
	"strings"

	"github.com/latchscope/latchscope/analyze/ledger"
	"github.com/latchscope/latchscope/analyze/trace"
)

// What a capture must show of a call for a cause to be visible there, had it been
// there. A rate of a cause counts over these calls: a recording of one side of a
// relay that gains the other would else seem to have brought the cause along.

// audioJudged: some direction of the call's audio is in view, if only in part.
func audioJudged(_ *trace.Call, rows []ledger.Row) bool { return slices.ContainsFunc(rows, rowJudged) }

func rowJudged(r ledger.Row) bool {
	return r.Media == "audio" && r.Verdict != ledger.Unjudged && r.Verdict != ledger.NoVerdict
}

// bothWaysJudged: two directions of audio, at least, and all of them in view. What
// is missing in one of them is told from what the recording missed by the other.
func bothWaysJudged(_ *trace.Call, rows []ledger.Row) bool {
	n := 0
	for _, r := range rows {
		if r.Media != "audio" {
			continue
		}
		if !rowJudged(r) {
			return false
		}
		n++
	}
	return n >= 2
}

// relaySeen: a direction is in view before a relay and behind it.
func relaySeen(_ *trace.Call, rows []ledger.Row) bool {
	return slices.ContainsFunc(rows, func(r ledger.Row) bool {
		seen := 0
		for _, h := range r.Hops {
			if h.InView {
				seen++
			}
		}
		return r.Media == "audio" && seen >= 2
	})
}

// pointsSeen: a direction is in view at two capture points.
func pointsSeen(_ *trace.Call, rows []ledger.Row) bool {
	return slices.ContainsFunc(rows, func(r ledger.Row) bool {
		at := -1
		for _, s := range r.Streams() {
			if at >= 0 && int(s.Point) != at {
				return true
			}
			at = int(s.Point)
		}
		return false
	})
}

// mediaSeen: the call has media in view.
func mediaSeen(c *trace.Call, _ []ledger.Row) bool { return len(c.Streams) > 0 }

// mediaDescribed: the call has media in view, and what SDP said of it.
func mediaDescribed(c *trace.Call, _ []ledger.Row) bool {
	return len(c.Streams) > 0 && slices.ContainsFunc(c.Legs, func(l *trace.Leg) bool { return len(l.Ports) > 0 })
}

// mediaAnswered: the answer was recorded, and media beside it.
func mediaAnswered(c *trace.Call, _ []ledger.Row) bool {
	return c.Answered() && len(c.Legs) > 0 && len(c.Streams) > 0
}

// mediaSecured: the call has media in view that SDP said is encrypted.
func mediaSecured(c *trace.Call, _ []ledger.Row) bool {
	return len(c.Streams) > 0 && slices.ContainsFunc(c.Legs, func(l *trace.Leg) bool {
		return slices.ContainsFunc(l.Ports, func(p *trace.Port) bool { return p.Secure })
	})
}

// lossCounted: packets of a direction of audio were due, so that those that are
// missing can be counted.
func lossCounted(_ *trace.Call, rows []ledger.Row) bool {
	return slices.ContainsFunc(rows, func(r ledger.Row) bool { return r.Media == "audio" && r.Quality.Due > 0 })
}

// silenceTold: a stream is in view whose codec shows silence in its bytes (G.711),
// for as long as that must last.
func silenceTold(c *trace.Call, _ []ledger.Row) bool {
	return slices.ContainsFunc(c.Streams, func(s *trace.Stream) bool {
		return s.Last.Time-s.First.Time >= deadFor && strings.HasPrefix(strings.ToUpper(s.Codec()), "PCM")
	})
}

// transitTold: a stream is in view whose clock is known, so that what comes late
// can be told.
func transitTold(c *trace.Call, _ []ledger.Row) bool {
	return slices.ContainsFunc(c.Streams, func(s *trace.Stream) bool { return s.Clock > 0 && s.Stats.Packets >= 100 })
}

// endSeen: somebody answered, and how the call ended was recorded.
func endSeen(c *trace.Call, _ []ledger.Row) bool {
	return c.Answered() && len(c.Legs) > 0 && !c.End.IsZero()
}
