package detect

import (
	"slices"

	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/ledger"
	"github.com/latchscope/latchscope/analyze/trace"
)

// States and evidence of a Direction.
const (
	alive  = "alive"
	dead   = "dead"
	unseen = "unseen"

	relayGap    = "relay-gap"
	misdirected = "misdirected"
	withheld    = "withheld"
	inboundGaps = "inbound-gap"
)

// slack is how far apart two things may be, in nanoseconds, that a packet's
// interval or two lie between: the last packet that passed and the move after it.
const slack = int64(300e6)

// gap is the silence of one direction, with its proof.
type gap struct {
	Direction
	start, end trace.Moment
	confidence Confidence
	evidence   []Evidence
	proof      string // what confirms or refutes it, in words
	claims     []Claim
}

// ways are the rows around a talker: its own voice, and what is meant for it.
// There are several where it talked to one party after the other.
type ways struct {
	up, down []*ledger.Row
}

// waysOf finds the rows around a talker.
func waysOf(l *ledger.Ledger, k *trace.Talker) ways {
	var w ways
	if k.Call == nil {
		return w
	}
	rows := l.Rows(k.Call)
	for i := range rows {
		r := &rows[i]
		if len(r.Hops) > 0 && carries(&r.Hops[0], k) {
			w.up = append(w.up, r)
		}
	}
	for _, u := range w.up {
		for i := range rows {
			r := &rows[i]
			if r.Media == u.Media && r.Line == u.Line && r.Start == u.Start && r.From.Name == u.To.Name && r.To.Name == u.From.Name {
				w.down = append(w.down, r)
			}
		}
	}
	if len(w.down) > 0 {
		return w
	}
	for i := range rows { // without signalling a row has the hops that were seen
		if r := &rows[i]; len(r.Hops) > 0 && meets(&r.Hops[len(r.Hops)-1], k) {
			w.down = append(w.down, r)
		}
	}
	return w
}

// meets reports whether a hop has packets from a talker's receiver to a source
// of the talker's.
func meets(h *ledger.Hop, k *trace.Talker) bool {
	return slices.ContainsFunc(h.Streams, func(s *trace.Stream) bool {
		return s.Src == k.Receiver() && slices.ContainsFunc(k.Streams, func(o *trace.Stream) bool { return o.Src == s.Dst })
	})
}

// carries reports whether a hop has packets of a talker.
func carries(h *ledger.Hop, k *trace.Talker) bool {
	return slices.ContainsFunc(h.Streams, func(s *trace.Stream) bool { return shows(k, s) })
}

// upGap is the part of a talker's silence towards the server that a move of its
// explains: packets from the new source that arrived and were not passed on.
func upGap(t *trace.Trace, w ways, k *trace.Talker, m *trace.Move) gap {
	another := func(to endpoint.Endpoint) bool { // that the server took for the talker
		return !slices.ContainsFunc(k.Streams, func(o *trace.Stream) bool { return o.Src == to }) && !announcedOn(k, to)
	}
	src := m.To.Src.String()
	g := gap{Direction: Direction{Direction: "uplink", Endpoint: src, From: src, To: k.Receiver().String(), State: unseen}}
	for _, r := range w.up {
		for i := range r.Spans {
			s := &r.Spans[i]
			if (s.State == ledger.Stopped || s.Across()) && s.Seen != nil && shows(k, s.Seen) && heldBy(k, r, s, true) == m && !sentMeanwhile(w, s, another) {
				g.claims = append(g.claims, Claim{r, i})
			}
		}
	}
	g.Evidence = relayGap
	g.fill(t, w.up, m.After.Time, "the last packet of "+partyOf(k)+" passed on", "the next packet of "+partyOf(k)+" passed on")
	return g
}

// announcedOn reports whether SDP named an endpoint on a talker's leg.
func announcedOn(k *trace.Talker, at endpoint.Endpoint) bool {
	leg := k.Place().Leg
	return leg != nil && slices.ContainsFunc(leg.Ports, func(p *trace.Port) bool { return p.Names(at) })
}

// downGap is the silence towards a talker that a move of its explains: packets
// that went to a source it had left, or were withheld from it since.
func downGap(t *trace.Trace, w ways, k *trace.Talker, m *trace.Move) gap {
	to := m.To.Src.String()
	g := gap{Direction: Direction{Direction: "downlink", Endpoint: to, From: k.Receiver().String(), To: to, State: unseen}}
	g.Evidence = withheld
	for _, r := range w.down {
		for i := range r.Spans {
			s := &r.Spans[i]
			switch s.State {
			case ledger.Misdirected, ledger.Refused:
				if s.Lost == nil || heldBy(k, r, s, false) != m || mappingEnded(m, s) {
					continue
				}
				g.Evidence = misdirected
			case ledger.Stopped, ledger.Vanished:
				if i > 0 && misled(&r.Spans[i-1]) {
					if len(g.claims) == 0 || g.claims[len(g.claims)-1] != (Claim{r, i - 1}) {
						continue
					}
					break // the engine let go of the old source, and learned anew
				}
				if heldBy(k, r, s, false) != m {
					continue
				}
			default:
				continue
			}
			g.claims = append(g.claims, Claim{r, i})
		}
	}
	last := "the last packet sent to " + partyOf(k) + " before the silence"
	if len(g.claims) > 0 && g.claims[0].wentOn() {
		last = "the last packet that was sent before the new source appeared"
	}
	g.fill(t, w.down, m.After.Time, last, "the first packet sent to "+partyOf(k)+" after it")
	return g
}

// misled reports whether a span's packets went to where the listener is not.
func misled(s *ledger.Span) bool {
	return s.State == ledger.Misdirected || s.State == ledger.Refused
}

// shows reports whether a stream is of a talker, or another sighting of it.
func shows(k *trace.Talker, s *trace.Stream) bool {
	return s == k.Inside || slices.ContainsFunc(k.Streams, func(o *trace.Stream) bool { return originalOf(o) == originalOf(s) })
}

// originalOf is the stream that shows a stream's packets first of all.
func originalOf(s *trace.Stream) *trace.Stream {
	for s.CopyOf != nil {
		s = s.CopyOf
	}
	return s
}

// heldBy is the move of a talker that a silent span goes back to: the last one
// before it, if nothing of the talker's has passed since. It is nil where the
// server had followed the talker by then: what happens later has other reasons.
func heldBy(k *trace.Talker, r *ledger.Row, s *ledger.Span, up bool) *trace.Move {
	var best *trace.Move
	end := silentUntil(r, s)
	for i := range k.Moves {
		m := &k.Moves[i]
		if m.Before.Time > s.From.Time+slack || m.After.Time >= end {
			continue
		}
		if !up && s.Lost != nil && s.State != ledger.Stopped && s.State != ledger.Vanished && m.From.Src != s.Lost.Dst &&
			!(m.To.Src == s.Lost.Dst && s.From.Time <= m.After.Time) { // what was under way when the server followed
			continue // it went to where an earlier move, or a later one, had started
		}
		best = m
	}
	if best == nil || passed(r, best.After.Time+int64(softSilence*1e9), s.From.Time) >= int64(softSilence*1e9) {
		return nil
	}
	return best
}

// silentUntil is when a row goes on after a silent span and what follows it:
// other silences, and pauses. A talker that pauses moves unseen, and what is sent
// to it goes astray before its first packet from elsewhere shows that. (Nor does
// audio follow at once where it does.)
func silentUntil(r *ledger.Row, s *ledger.Span) int64 {
	end := s.To.Time
	for i := range r.Spans {
		if o := &r.Spans[i]; o.From.Time == end && (o.State.Silent() || o.State == ledger.Paused || o.State == ledger.Agreed) {
			end = o.To.Time
		}
	}
	return end + slack
}

// passed is for how long a row had audio that went through between two times.
func passed(r *ledger.Row, from, to int64) int64 {
	var n int64
	for i := range r.Spans {
		switch s := &r.Spans[i]; s.State {
		case ledger.Sent, ledger.Delivered, ledger.Replaced:
			n += max(0, min(to, s.To.Time)-max(from, s.From.Time))
		}
	}
	return n
}

// fill writes claimed spans into a direction. Where there are none, what the
// rows are like after a time says whether it is alive.
func (g *gap) fill(t *trace.Trace, rows []*ledger.Row, after int64, last, next string) {
	if len(g.claims) == 0 {
		g.Evidence = ""
		if seen(rows, after) {
			g.State, g.Silence, g.PacketsLost = alive, pointer(0.0), pointer(int64(0))
		}
		return
	}
	slices.SortStableFunc(g.claims, func(a, b Claim) int { return a.span().From.Compare(b.span().From) })
	var silent, packets int64
	first, end := g.claims[0].span(), g.claims[len(g.claims)-1].span()
	until := first.From.Time // what was counted: rows of several parties may be silent together
	for _, c := range g.claims {
		s := c.span()
		silent += max(0, s.To.Time-max(s.From.Time, until))
		until = max(until, s.To.Time)
		packets += s.Packets
		g.astray += s.Astray
		g.confidence = max(g.confidence, s.Confidence)
		if !s.Proof.IsZero() && g.proof == "" {
			g.proof = s.Why
			g.evidence = append(g.evidence, Evidence{s.Proof, s.Why})
		}
	}
	for _, c := range g.claims {
		if s := c.span(); s.To.Compare(end.To) > 0 {
			end = s
		}
	}
	g.start, g.end = first.From, end.To
	switch c := g.claims[0]; {
	case c.Span > 0 && c.Row.Spans[c.Span-1].State == ledger.Setup: // nothing had got there before
		last = "the first packet that was due, and did not get there"
	case first.From == c.Row.Start:
		last = "pick-up: both parties have answered"
	}
	last = g.claims[0].begins(last)
	if end.To == g.claims[0].Row.End {
		next = "the end of the call"
	}
	g.State = dead
	g.Silence = pointer(round(float64(silent) / 1e9))
	g.StartS = pointer(round(float64(g.start.Time-t.First.Time) / 1e9))
	g.EndS = pointer(round(float64(g.end.Time-t.First.Time) / 1e9))
	g.PacketsLost = pointer(packets)
	g.evidence = append([]Evidence{{g.start, last}, {g.end, next}}, g.evidence...)
}

// begins is what the frame at the beginning of a claimed span is: last, the last packet
// that was heard, unless nothing was due before. Then it is the first that was.
func (c Claim) begins(last string) string {
	if c.Span == 0 {
		return last
	}
	switch c.Row.Spans[c.Span-1].State {
	case ledger.Paused:
		return "the first packet that was due after a pause"
	case ledger.Agreed:
		return "the first packet that was due again"
	}
	return last
}

// seen reports whether most of the rows is in view after a time: else a
// direction is neither alive nor dead.
func seen(rows []*ledger.Row, after int64) bool {
	var in, out int64
	for _, r := range rows {
		for i := range r.Spans {
			s := &r.Spans[i]
			n := s.To.Time - max(s.From.Time, after)
			switch {
			case n <= 0 || !s.State.Due():
			case s.State == ledger.Unseen:
				out += n
			default:
				in += n
			}
		}
	}
	return in > out
}

// wentOn reports whether a claim's silence had begun before it, for another reason.
func (c Claim) wentOn() bool { return c.Span > 0 && c.Row.Spans[c.Span-1].State.Silent() }
