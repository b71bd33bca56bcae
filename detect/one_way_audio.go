package detect

import (
	"fmt"

	"github.com/latchscope/latchscope/analyze/ledger"
	"github.com/latchscope/latchscope/analyze/trace"
)

var oneWayAudio = Detector{
	Code:  "one-way-audio",
	Title: "media in one direction only",
	Doc: `An answered call of more than a few seconds has media in one direction only, and the
capture proves that it would have seen the other: it holds other packets of that very
direction ("confirmed"), or signalling both ways between the very same two hosts
("likely").

Quiet on hold, with T.38, in calls of which the capture saw only a part, in captures
of signalling only, and where another finding explains the direction.

data.from and data.to name the direction that is there.`,
	Rank:   60,
	Causes: []Cause{refusedMedia},
	Key: func(f *Finding) []string {
		d := f.Data.(OneWay)
		return []string{d.From, d.To}
	},
	Yields:  true,
	Run:     findOneWay,
	Visible: bothWaysJudged,
	Quiet:   quietWays,
}

func findOneWay(t *trace.Trace, l *ledger.Ledger) []Finding {
	var out []Finding
	for row := range l.Troubled() {
		if row.Media != "audio" || row.Call.State == trace.MediaOnly || row.Call.State == trace.Partial || faxed(row.Call) {
			continue
		}
		other := opposite(l.Rows(row.Call), row)
		if other == nil || !wholly(row, ledger.Missing, ledger.Absent) || passed(other, never, always) < talked/2 {
			continue
		}
		s := busiestOf(other.Hops[len(other.Hops)-1].Streams)
		if s == nil {
			s = busiest(other)
		}
		if s != nil {
			out = append(out, oneWay(row, s))
		}
	}
	return out
}

func oneWay(row *ledger.Row, s *trace.Stream) Finding {
	c := row.Call
	claims := silentSpans(row, ledger.Missing, ledger.Absent)
	start, end, silent, _ := extent(claims)
	f := Finding{
		Severity: Critical, Confidence: sure(claims), Call: c, Leg: s.Place.Leg, Start: start, End: end, Streams: []*trace.Stream{s}, Witnessed: true,
		Claims:   claims,
		Party:    s.Dst.IP().String(),
		Data:     OneWay{From: s.Src.String(), To: s.Dst.String()},
		Summary:  fmt.Sprintf("media from %s to %s only, nothing comes back in %s", s.Src, s.Dst, seconds(inSeconds(silent))),
		Evidence: []Evidence{{c.Answer, "the answer"}, {s.Start(), "the first packet of the " + row.To.Name + "'s audio, which is there"}, {s.End(), "the last packet of it"}},
		Filter:   portFilter(s.Dst),
	}
	f.Detail = fmt.Sprintf("%s came from %s to %s; of the %s's voice not one reached this capture point, though it would have been seen here.", plural(int64(s.Stats.Packets), "packet"), s.Src, s.Dst, row.From.Name)
	if row.From.Leg != nil {
		f.Leg = row.From.Leg
	}
	for _, e := range c.Errors {
		if e.Unreachable() && e.Media && !e.RTCP && !e.Dropped {
			f.Evidence = append(f.Evidence, Evidence{e.Moment, "ICMP: media was refused"})
			break
		}
	}
	f.Actions = []Action{{Owner: ownerOf(row.From), What: fmt.Sprintf("Find out whether %s sends media at all, with a capture beside it.", s.Dst.IP()), Why: "Nothing of it reached this capture point.", Cost: "A capture of the same kind of call.", Proof: f.Confidence, Side: true}}
	return f
}
