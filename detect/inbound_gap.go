package detect

import (
	"fmt"

	"github.com/latchscope/latchscope/analyze/ledger"
	"github.com/latchscope/latchscope/analyze/trace"
)

// inboundGap judges a call from the phone's side: its early packets were
// refused, it sends on after the answer, and nothing comes back.
func inboundGap(t *trace.Trace, l *ledger.Ledger, c *trace.Call) []Finding {
	if c.Answer.IsZero() || len(c.Errors) == 0 {
		return nil
	}
	errors := refused{call: c}
	for _, k := range c.Talkers {
		if k.Place().Own == nil || len(k.Moves) > 0 || k.Streams[0].RelayOf != nil {
			continue // not beside the phone: its packets come from the address that it named
		}
		refused := errors.early(t, k)
		if len(refused) == 0 || k.Streams[0].CopyOf != nil {
			continue
		}
		w := waysOf(l, k)
		around := t.WaysOf(k)
		if around.OutSeen && len(around.Out) > 0 && around.Out[0].Point == k.Streams[0].Point {
			continue // seen from the server, which tells more
		}
		src, port := k.Streams[0].Src.String(), k.Receiver().String()
		g := gap{Direction: Direction{Direction: "downlink", Endpoint: src, From: port, To: src, State: alive, Silence: pointer(0.0), Evidence: inboundGaps}}
		for _, r := range w.down {
			for i := range r.Spans {
				s := &r.Spans[i]
				if (s.State == ledger.Missing || s.State == ledger.Stopped || s.State == ledger.Vanished) && s.From.Time-c.Answer.Time <= int64(3e9) && passed(r, r.Start.Time+int64(1e9), s.From.Time) < int64(1e9) {
					g.claims = append(g.claims, Claim{r, i})
				}
			}
		}
		if len(g.claims) == 0 {
			continue
		}
		g.fill(t, w.down, c.Answer.Time, "the last packet that came", "the next packet that came")
		if first, last := g.claims[0], g.claims[len(g.claims)-1]; first.span().Seen == nil || last.span().To.Time == last.Row.End.Time {
			g.PacketsLost = nil // numbers on one side only: how many there were does not show
		}
		if value(g.Silence) < hardSilence {
			continue
		}
		g.confidence = min(g.confidence, Likely)
		// Where another point shows what the server sent on, the other direction
		// shows as well.
		out := gap{Direction: Direction{Direction: "uplink", Endpoint: src, From: src, To: port, State: unseen, Evidence: relayGap}}
		for _, r := range w.up {
			for i := range r.Spans {
				if s := &r.Spans[i]; s.State == ledger.Stopped && s.From.Time-c.Answer.Time <= int64(3e9) {
					out.claims = append(out.claims, Claim{r, i})
				}
			}
		}
		if len(out.claims) > 0 {
			out.fill(t, w.up, c.Answer.Time, "the last packet passed on", "the next packet passed on")
		} else {
			out.Evidence = ""
		}
		up := out.Direction
		f := Finding{
			Severity: Critical, Confidence: Likely, Call: c, Leg: k.Place().Leg, Start: g.start, End: g.end,
			Streams: appendOnce(nil, append(append([]*trace.Stream{}, k.Streams...), around.Back...)...),
			Claims:  append(append([]Claim{}, g.claims...), out.claims...),
			Party:   k.Streams[0].Src.IP().String(), Actions: latchActions(Estimated{}),
			Next:     NextCapture{"at the media server, over the same kind of call", "whether the phone's packets come from another port there"},
			Data:     Silence{Silence: *g.Silence, Directions: []Direction{up, g.Direction}},
			Summary:  fmt.Sprintf("%s of silence towards the phone after its early RTP was refused", seconds(*g.Silence)),
			Evidence: append([]Evidence{{refused[len(refused)-1].Moment, "the last refusal of its early RTP"}}, g.evidence...),
			Filter:   fmt.Sprintf("udp.port == %d && %s", k.Receiver().Port, addrFilter("addr", k.Receiver().IP().String())),
		}
		f.Detail = fmt.Sprintf("The phone sends to %s from %s throughout, its own port unchanged; its packets before the answer drew %s. From the answer on nothing came back for %s. The likely reason: a NAT moved the phone's port on the ICMP, and the media server held on to the old one.",
			port, k.Streams[0].Src, plural(int64(len(refused)), "ICMP error"), seconds(*g.Silence))
		f.Advice = "Take a capture at the media server over the same call: it would show whether the phone's packets come from another port there."
		return []Finding{f}
	}
	return nil
}
