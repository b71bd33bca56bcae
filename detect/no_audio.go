package detect

import (
	"fmt"

	"github.com/latchscope/latchscope/analyze/ledger"
	"github.com/latchscope/latchscope/analyze/trace"
)

var noAudio = Detector{
	Code:  "no-audio",
	Title: "an answered call without media",
	Doc: `A call was answered and lasted more than a few seconds, and the capture holds no media
of it, although it would have seen some: other media of the same hosts is there, at the
same time and point.

Quiet on hold, with T.38, in calls of which the capture saw only a part, and in captures
of signalling only (there it is a line under limits).`,
	Rank:    62,
	Causes:  []Cause{refusedMedia},
	Yields:  true,
	Run:     findNoAudio,
	Visible: bothWaysJudged,
	Quiet:   quietWays,
}

func findNoAudio(t *trace.Trace, l *ledger.Ledger) []Finding {
	var out []Finding
	for _, c := range t.Calls {
		if l.Audio(c) != ledger.Lost || len(c.Streams) > 0 || c.State == trace.Partial || faxed(c) {
			continue
		}
		var claims []Claim
		rows, silent := l.Rows(c), 0
		for i := range rows {
			r := &rows[i]
			if r.Media == "audio" && wholly(r, ledger.Missing, ledger.Absent) {
				claims = append(claims, silentSpans(r, ledger.Missing, ledger.Absent)...)
				silent++
			}
		}
		if silent >= 2 {
			out = append(out, mute(t, c, claims))
		}
	}
	return out
}

func mute(t *trace.Trace, c *trace.Call, claims []Claim) Finding {
	r := claims[0].Row
	start, end, _, _ := extent(claims)
	f := Finding{
		Severity: Critical, Confidence: sure(claims), Call: c, Leg: legOf(r), Start: start, End: end, Data: struct{}{}, Witnessed: true,
		Claims:   claims,
		Party:    r.Target.IP().String(),
		Summary:  fmt.Sprintf("no media at all in %s after the answer", seconds(start.Seconds(end))),
		Evidence: []Evidence{{c.Answer, "the answer"}},
		Detail:   fmt.Sprintf("SDP agreed on %s and %s, and neither sent a packet that reached this point, where it would have been seen.", r.Source, r.Target),
	}
	f.Filter = fmt.Sprintf("(sip.Call-ID == %q || udp.port in {%d, %d}) && %s", f.Leg.CallID, r.Source.Port, r.Target.Port, NotQuoted(r.Target.IP()))
	if s := witness(t, c, r); s != nil {
		f.Evidence = append(f.Evidence, Evidence{s.Start(), "other media of the same host: the capture sees it"})
		f.Detail += fmt.Sprintf(" Other media of the same host is there (%s to %s).", s.Src, s.Dst)
	}
	f.Actions = []Action{{Owner: "unknown", What: "Capture beside one of the parties.", Why: "Neither sent anything that reached this point.", Cost: "A capture of the same kind of call.", Proof: f.Confidence}}
	return f
}

// witness is media of another call that shows that the capture sees media of a
// row's hosts; nil where signalling alone shows it.
func witness(t *trace.Trace, c *trace.Call, r *ledger.Row) *trace.Stream {
	for _, s := range t.Streams {
		if s.Call == c {
			continue
		}
		for _, h := range []address{r.Source.Addr, r.Target.Addr} {
			if s.Src.Addr == h || s.Dst.Addr == h {
				return s
			}
		}
	}
	return nil
}

// address of a host as endpoint.Endpoint has it.
type address = [16]byte
