package detect

import (
	"fmt"

	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/ledger"
	"github.com/latchscope/latchscope/analyze/trace"
)

// strangers finds the silences of parties whose latch a stranger's packets won, so that
// the party's own were not passed on, or what was meant for it went to the stranger.
func strangers(t *trace.Trace, l *ledger.Ledger, c *trace.Call) []Finding {
	foreigners := strangersOf(c)
	if len(foreigners) == 0 {
		return nil
	}
	var out []Finding
	for _, k := range c.Talkers {
		if k.Streams[0].CopyOf != nil || k.Streams[0].RelayOf != nil {
			continue
		}
		for _, s := range foreigners {
			if s.Dst == k.Receiver() && s.Talker != k {
				if f, ok := won(t, l, k, s); ok {
					out = append(out, f)
					break
				}
			}
		}
	}
	return out
}

// strangersOf are the streams from addresses that take no part in a call, to
// ports that its own talkers use.
func strangersOf(c *trace.Call) []*trace.Stream {
	var out []*trace.Stream
	var p *parties // once it is asked for
	for _, s := range c.Streams {
		if !foreign(s) || len(out) == mostRivals {
			continue
		}
		if p == nil {
			p = partiesOf(c)
		}
		if p.rival(s) {
			out = append(out, s)
		}
	}
	return out
}

// won is what a stranger's packets to a talker's receiver cost the talker.
func won(t *trace.Trace, l *ledger.Ledger, k *trace.Talker, s *trace.Stream) (Finding, bool) {
	w := waysOf(l, k)
	src, port := k.Source(s.First.Time).Src.String(), k.Receiver().String()
	up := gap{Direction: Direction{Direction: "uplink", Endpoint: src, From: src, To: port, State: unseen, Evidence: relayGap}}
	down := gap{Direction: Direction{Direction: "downlink", Endpoint: src, From: port, To: src, State: unseen, Evidence: misdirected}}
	for _, r := range w.up {
		for i := range r.Spans {
			x := &r.Spans[i]
			if x.State != ledger.Stopped || x.To.Time <= s.First.Time || x.From.Time <= s.First.Time-slack {
				continue
			}
			if len(k.Moves) > 0 && !sentMeanwhile(w, x, func(to endpoint.Endpoint) bool { return to == s.Src }) {
				continue // its move may be why
			}
			up.claims = append(up.claims, Claim{r, i})
		}
	}
	for _, r := range w.down {
		for i := range r.Spans {
			if x := &r.Spans[i]; (x.State == ledger.Misdirected || x.State == ledger.Refused) && x.Lost != nil && x.Lost.Dst == s.Src {
				down.claims = append(down.claims, Claim{r, i})
			}
		}
	}
	if len(up.claims)+len(down.claims) == 0 {
		return Finding{}, false
	}
	up.fill(t, w.up, s.First.Time, "the last packet of "+partyOf(k)+" passed on", "the next packet of "+partyOf(k)+" passed on")
	down.fill(t, w.down, s.First.Time, "the last packet sent to "+partyOf(k)+" before the silence", "the first packet sent to "+partyOf(k)+" after it")
	hold := holdAfter(&up, &down, s.End())
	longest := max(value(up.Silence), value(down.Silence))
	f := Finding{
		Severity: severityOf(longest), Confidence: max(up.confidence, down.confidence), Call: k.Call, Leg: k.Place().Leg,
		Start: up.start, End: up.end, Streams: appendOnce(nil, append(append([]*trace.Stream{}, k.Streams...), s)...),
		Data:     Silence{Silence: longest, Directions: []Direction{up.Direction, down.Direction}, Latched: pointer(s.Src.String()), Ignored: pointer(src), hold: hold, stranger: true},
		Claims:   append(append([]Claim{}, up.claims...), down.claims...),
		Party:    s.Src.IP().String(),
		Evidence: append([]Evidence{{s.Start(), "first packet of the stranger"}}, append(up.evidence, down.evidence...)...),
		Filter:   relayFilter(k.Receiver(), t.WaysOf(k).Out),
		Summary:  fmt.Sprintf("%s of silence: the latch took a stranger, %s, for %s", seconds(longest), s.Src, partyOf(k)),
	}
	if value(down.Silence) > value(up.Silence) {
		f.Start, f.End = down.start, down.end
	}
	throughout := " throughout"
	if len(k.Moves) > 0 {
		throughout = ""
	}
	f.Detail = fmt.Sprintf("%s sends from %s to %s%s, and so does %s, which takes no part in the call; from then on the packets of %s were not passed on, or what was meant for it went to the stranger.", capital(partyOf(k)), src, port, throughout, s.Src, partyOf(k))
	f.Advice = "Restrict sources where parties are known (strict source), and keep the latch from learning anew while the party sends; SRTP (RFC 3711) keeps what a stranger sends from being heard."
	return f, true
}

// sentMeanwhile reports whether what was meant for a talker went to some endpoint while
// a span of its own voice lasted.
func sentMeanwhile(w ways, x *ledger.Span, to func(endpoint.Endpoint) bool) bool {
	for _, r := range w.down {
		for i := range r.Spans {
			s := &r.Spans[i]
			if misled(s) && s.Lost != nil && to(s.Lost.Dst) && s.From.Time < x.To.Time-slack/3 && s.To.Time > x.From.Time+slack/3 {
				return true
			}
		}
	}
	return false
}
