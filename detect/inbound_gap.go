package detect

import (
	"fmt"

	"github.com/latchscope/latchscope/analyze/trace"
)

// inboundGap judges a call from the phone's side: its early packets were
// refused, it sends on after the answer, and nothing comes back.
func inboundGap(t *trace.Trace, c *trace.Call) (Finding, bool) {
	if c.Answer.IsZero() || len(c.Errors) == 0 {
		return Finding{}, false
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
		w := t.WaysOf(k)
		if w.OutSeen {
			continue // seen from the server: it passes the packets on, or WaysOf would tell
		}
		s := surroundings{t: t, k: k, w: w, end: endOf(t, k)}
		g := s.inbound()
		if value(g.Silence) < hardSilence || g.start.Time-c.Answer.Time > int64(3e9) {
			continue
		}
		port := k.Receiver().String()
		up := Direction{Direction: "uplink", Endpoint: k.Streams[0].Src.String(), From: k.Streams[0].Src.String(), To: port, State: unseen}
		f := Finding{
			Severity: Critical, Confidence: Likely, Call: c, Leg: k.Place().Leg, Start: g.start, End: g.end,
			Streams:  append(append([]*trace.Stream{}, k.Streams...), w.Back...),
			Data:     Silence{Silence: *g.Silence, Directions: []Direction{up, g.Direction}},
			Summary:  fmt.Sprintf("%s of silence towards the phone after its early RTP was refused", seconds(*g.Silence)),
			Evidence: append([]Evidence{{refused[len(refused)-1].Moment, "the last refusal of its early RTP"}}, g.evidence...),
			Filter:   fmt.Sprintf("udp.port == %d && %s", k.Receiver().Port, addrFilter("addr", k.Receiver().IP().String())),
		}
		f.Detail = fmt.Sprintf("The phone sends to %s from %s throughout, its own port unchanged; its packets before the answer drew %s. From the answer on nothing came back for %s. The likely reason: a NAT moved the phone's port on the ICMP, and the media server held on to the old one.",
			port, k.Streams[0].Src, plural(int64(len(refused)), "ICMP error"), seconds(*g.Silence))
		f.Advice = "Take a capture at the media server over the same call: it would show whether the phone's packets come from another port there."
		return f, true
	}
	return Finding{}, false
}

// inbound measures, at the phone, the pause in what comes to it while it sends.
func (s *surroundings) inbound() gap {
	src := s.k.Streams[0].Src.String()
	g := gap{Direction: Direction{Direction: "downlink", Endpoint: src, From: s.k.Receiver().String(), To: src, State: alive, Silence: pointer(0.0), Evidence: inboundGaps}}
	answer := s.k.Call.Answer
	best := s.longest(trace.Holes(s.w.Back, answer.Time, s.end.Time, minimum), answer.Time, s.k.Streams, s.k.Place().Leg, s.k.Place().From)
	if best.length < minimum {
		return g
	}
	if best.hole.Last == nil {
		best.from, best.start, best.length = answer.Time, answer, best.to-answer.Time
	}
	g.fill(s, best)
	g.confidence = Likely
	if best.hole.Last != nil {
		g.evidence = append(g.evidence, Evidence{best.hole.Before.Moment(), "the last packet that came"})
	}
	if best.hole.Next != nil {
		g.evidence = append(g.evidence, Evidence{best.hole.After.Moment(), "the next packet that came"})
	}
	if best.hole.Last != nil && best.hole.Next == best.hole.Last {
		g.PacketsLost = pointer(best.hole.After.Seq - best.hole.Before.Seq - 1)
	}
	return g
}
