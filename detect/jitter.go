package detect

import (
	"fmt"
	"slices"

	"github.com/latchscope/latchscope/analyze/ledger"
	"github.com/latchscope/latchscope/analyze/trace"
)

var jitter = Detector{
	Code:  "jitter",
	Title: "packets that come too late to be played",
	Doc: `Packets of a direction come so unevenly that a jitter buffer of 60 ms would have thrown
some of them away: against the lowest transit of the last ten seconds more than 60 ms
late. Events and packets of equal timestamps are left out. Only where the packets were
looked at a second time.

"info" only: buffers adapt, and the capture is not where the listener is.

What to do: look for congestion or a radio link on the way, and at the jitter buffer's
settings.`,
	Rank:    72,
	Run:     findJitter,
	Visible: transitTold,
	Quiet:   quietJitter,
}

// Jitter is the data of jitter.
type Jitter struct {
	Late  float64 `json:"late_percent"` // of the packets
	Mean  float64 `json:"jitter_ms"`    // RFC 3550 section 6.4.1
	Worst float64 `json:"worst_ms"`     // latest packet
}

const (
	bufferLength = int64(60e6) // ns of a common jitter buffer
	transitSpan  = int64(10e9) // ns over which the lowest transit holds
	lateShare    = 1.0         // percent from which late packets are worth a word
)

func findJitter(t *trace.Trace, l *ledger.Ledger) []Finding {
	if t.Closeup == nil {
		return nil
	}
	var out []Finding
	for row := range l.Troubled() {
		if row.Media != "audio" || len(row.Hops) == 0 {
			continue
		}
		s, late, worst, n := latest(t, row)
		if s == nil {
			continue
		}
		d := Jitter{Late: round(float64(late) * 100 / float64(n)), Mean: round(s.Stats.Jitter()), Worst: round(float64(worst) / 1e6)}
		out = append(out, Finding{
			Severity: Info, Confidence: Confirmed, Call: callOf(row), Leg: legOf(row), Start: s.Start(), End: s.End(), Data: d, Streams: []*trace.Stream{s}, Party: s.Src.IP().String(),
			Evidence: []Evidence{{s.Start(), "first packet of the stream"}, {s.End(), "its last packet"}}, Filter: talkerFilter(s),
			Summary: fmt.Sprintf("%.1f %% of the %s's packets more than 60 ms late, the latest by %.0f ms", d.Late, row.From.Name, d.Worst),
			Detail:  fmt.Sprintf("Against the lowest transit of the last ten seconds %s of %s come too late for a buffer of 60 ms.", group(int64(late)), plural(int64(n), "packet")),
			Advice:  "Look for congestion or a radio link on the way, and at the listener's jitter buffer.",
		})
	}
	return out
}

// latest is the stream of a row whose packets come late, from the listener's end:
// a server that sends anew sends evenly what came to it late.
func latest(t *trace.Trace, row *ledger.Row) (s *trace.Stream, late int, worst int64, n int) {
	for _, h := range slices.Backward(row.Hops) {
		if s = busiestOf(h.Streams); s == nil || s.Clock == 0 {
			continue
		}
		late, worst, n = lateness(t.Closeup.Between(s, row.Start.Time, row.End.Time), int64(s.Clock))
		if n >= 100 && float64(late)*100 >= lateShare*float64(n) {
			return s, late, worst, n
		}
	}
	return nil, 0, 0, 0
}

// lateness counts packets that came later than a buffer holds, and says by how
// much the latest was late, in nanoseconds.
func lateness(list []trace.Packet, clock int64) (late int, worst int64, n int) {
	type reading struct{ at, transit int64 }
	var lowest []reading // of rising transit, the last ten seconds
	base := int64(0)
	for i, p := range list {
		if i > 0 && p.TS == list[i-1].TS {
			continue // an event, or a frame in several packets
		}
		if n == 0 {
			base = p.Time - p.TS*1_000_000_000/clock
		}
		n++
		transit := p.Time - p.TS*1_000_000_000/clock - base
		for len(lowest) > 0 && lowest[len(lowest)-1].transit >= transit {
			lowest = lowest[:len(lowest)-1]
		}
		lowest = append(lowest, reading{p.Time, transit})
		first := slices.IndexFunc(lowest, func(r reading) bool { return r.at >= p.Time-transitSpan })
		lowest = lowest[first:]
		if over := transit - lowest[0].transit; over > bufferLength {
			late++
			worst = max(worst, over)
		}
	}
	return late, worst, n
}
