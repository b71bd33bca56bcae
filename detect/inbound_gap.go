package detect

import (
	"fmt"
	"slices"

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
		if seen(w.up, c.Answer.Time) && besideServer(t, k) {
			continue // seen from the server, which tells more
		}
		src, port := k.Streams[0].Src.String(), k.Receiver().String()
		g := gap{Direction: Direction{Direction: "downlink", Endpoint: src, From: port, To: src, State: alive, Silence: pointer(0.0), Evidence: inboundGaps}}
		for _, r := range w.down {
			for i := range r.Spans {
				s := &r.Spans[i]
				if (s.State == ledger.Missing || s.State == ledger.Stopped || s.State == ledger.Vanished) && fromAnswer(c, r, s) {
					g.claims = append(g.claims, Claim{r, i})
				}
			}
		}
		if len(g.claims) == 0 {
			continue
		}
		up := farGap(t, w, k, c)
		next := "the next packet that came"
		if first := g.claims[0]; first.span().From == first.Row.Start {
			next = "the first packet that came"
		}
		g.fill(t, w.down, c.Answer.Time, "the last packet that came", next)
		if first, last := g.claims[0], g.claims[len(g.claims)-1]; first.span().Seen == nil || last.span().To.Time == last.Row.End.Time {
			g.PacketsLost = nil // numbers on one side only: how many there were does not show
		}
		if value(g.Silence) < hardSilence {
			continue
		}
		g.confidence = min(g.confidence, Likely)
		f := Finding{
			Severity: Critical, Confidence: Likely, Call: c, Leg: k.Place().Leg, Start: g.start, End: g.end,
			Streams: appendOnce(nil, append(append([]*trace.Stream{}, k.Streams...), t.WaysOf(k).Back...)...),
			Claims:  append(append(g.claims, up.claims...), reportedLost(w, c)...),
			Party:   k.Streams[0].Src.IP().String(), Actions: []Action{inferredLatch, inferredNAT},
			Next:     NextCapture{"at " + k.Receiver().IP().String() + ", the other end of its media, over the same kind of call", "whether the phone's packets come from another port there, and whether any audio left for it"},
			Data:     Silence{Silence: max(*g.Silence, value(up.Silence)), Directions: []Direction{up.Direction, g.Direction}},
			Summary:  fmt.Sprintf("%s of silence towards the phone after its early RTP was refused", seconds(*g.Silence)),
			Evidence: append([]Evidence{{refused[len(refused)-1].Moment, "the last refusal of its early RTP"}}, append(g.evidence, up.evidence...)...),
			Filter:   portFilter(k.Receiver()),
		}
		f.Detail = fmt.Sprintf("The phone sends to %s from %s throughout, its own port unchanged; its packets before the answer drew %s. From the answer on nothing came back for %s. The likely reason: a NAT moved the phone's port on the ICMP, and the media server held on to the old one.",
			port, k.Streams[0].Src, plural(int64(len(refused)), "ICMP error"), seconds(*g.Silence))
		if len(up.claims) > 0 {
			f.Summary = fmt.Sprintf("%s of silence, both directions, after the phone's early RTP was refused", seconds(f.Data.(Silence).Silence))
			f.Detail += fmt.Sprintf(" Nor did its own packets come out on the server's other side, for %s: two capture points saw the same silence.", seconds(*up.Silence))
		}
		if len(reportedLost(w, c)) > 0 {
			f.Detail += " By the receiver reports about it, its own audio did not arrive meanwhile either."
		}
		return []Finding{f}
	}
	return nil
}

// inferredLatch is what would help if the silence is what it looks like from the
// phone's side, where the latch itself is not in view.
var inferredLatch = Action{
	Owner: "media-server", What: "See whether its latch held on to an old port, and let it follow a source that is confirmed (same SSRC, next sequence numbers) at once, and no other.",
	Why: "Nothing came back though the phone kept sending.", Cost: followConfirmed.Cost, Standard: "RFC 7362", Proof: Likely, Shown: 1,
}

// inferredNAT is what would be asked of the phone's NAT, if that moved the port.
var inferredNAT = Action{
	Owner: "nat", What: "Nothing before the capture named below. If that shows another port: keep a mapping when an ICMP error about it arrives.",
	Why: "A NAT must not move a port at an error.", Cost: "A firmware change, or another router.", Standard: "RFC 4787 REQ-12", Proof: Likely, Shown: 1,
}

// reportedLost are the silences of a phone's own audio that began with its
// answer, as the receiver reports that came back to it show.
func reportedLost(w ways, c *trace.Call) []Claim {
	var out []Claim
	for _, r := range w.up {
		for i := range r.Spans {
			if s := &r.Spans[i]; s.State == ledger.Vanished && !s.Proof.IsZero() && fromAnswer(c, r, s) {
				out = append(out, Claim{r, i})
			}
		}
	}
	return out
}

// fromAnswer reports whether a silence of a row began about when its call was
// answered, with next to nothing heard before.
func fromAnswer(c *trace.Call, r *ledger.Row, s *ledger.Span) bool {
	return s.From.Time-c.Answer.Time <= int64(3e9) && passed(r, r.Start.Time+int64(1e9), s.From.Time) < int64(1e9)
}

// besideServer reports whether one capture point shows a talker's packets both
// arrive at the server and leave it.
func besideServer(t *trace.Trace, k *trace.Talker) bool {
	return slices.ContainsFunc(t.WaysOf(k).Out, func(out *trace.Stream) bool {
		return slices.ContainsFunc(append(slices.Clone(k.Streams), k.Copies...), func(s *trace.Stream) bool { return s.Point == out.Point })
	})
}

// farGap is the silence from the answer on that another capture point, behind the
// server, shows of a phone's own packets: unseen where there is none.
func farGap(t *trace.Trace, w ways, k *trace.Talker, c *trace.Call) gap {
	src := k.Streams[0].Src.String()
	g := gap{Direction: Direction{Direction: "uplink", Endpoint: src, From: src, To: k.Receiver().String(), State: unseen}}
	if !t.WaysOf(k).OutSeen {
		return g
	}
	for _, r := range w.up {
		for i := range r.Spans {
			if s := &r.Spans[i]; (s.State == ledger.Stopped || s.Across()) && fromAnswer(c, r, s) {
				g.claims = append(g.claims, Claim{r, i})
			}
		}
	}
	g.Evidence = relayGap
	g.fill(t, w.up, c.Answer.Time, "the last packet that came out behind the server", "the next packet that came out behind the server")
	return g
}
