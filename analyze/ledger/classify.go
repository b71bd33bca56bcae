package ledger

import (
	"slices"

	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/trace"
)

// measure walks from the listener's end towards the talker and says of every
// moment what is known.
func (d *direction) measure() {
	if len(d.chain) == 0 {
		d.nothing()
		return
	}
	last := len(d.chain) - 1
	d.explain(last, d.from.Time, d.to.Time, nil)
}

// nothing accounts for a row of which the capture shows no packet.
func (d *direction) nothing() {
	at := d.epochs(0, d.from.Time, d.to.Time)
	for i := 0; i+1 < len(at); i++ {
		if sure := d.inView(0, at[i], anyPoint); sure > 0 {
			d.silentTalker(at[i], at[i+1], min(sure, Likely), false)
			continue
		}
		if sure := d.inView(len(d.hops)-1, at[i], anyPoint); sure > 0 {
			d.emit(Span{State: Missing, Confidence: min(sure, Likely), At: "path", Packets: due(at[i], at[i+1], nil)}, at[i], at[i+1])
			continue
		}
		d.emit(Span{State: Unseen}, at[i], at[i+1])
	}
}

// explain accounts for a stretch in which nothing passed any step behind the
// k-th. h is the hole of the step behind, nil where k is the last step.
func (d *direction) explain(k int, from, to int64, h *hole) {
	if to <= from {
		return
	}
	if k < 0 {
		d.source(from, to, h)
		return
	}
	l := &d.chain[k]
	if n, none := d.noneBetween(l, h); none {
		if h.filledBy(l) {
			k = 0 // whatever else was numbered anew before
		}
		h.seen = max(h.seen, n)
		d.explain(k-1, from, to, h) // the talker paused: what came next is the next number
		return
	}
	behind := k < len(d.chain)-1
	for _, st := range d.passing(k).cut(d.cuts.take(1), from, to, minSilence) {
		switch {
		case st.seg == nil:
			h := st.hole
			if h.before == nil {
				h.before = lastOf(l.flow, st.from)
			}
			if h.after == nil { // it may reach beyond what was asked for
				h.after = firstOf(l.flow, st.to)
			}
			d.explain(k-1, st.from, st.to, &h)
		case behind && d.cameOut(l, st.seg.s, h):
			d.emit(Span{State: Paused, Confidence: Likely}, st.from, st.to)
		case behind:
			d.missed(k+1, st)
		default:
			d.passed(k, st)
		}
	}
}

// lastOf is the segment of a flow that ended last before a time.
func lastOf(f flow, at int64) *segment {
	var out *segment
	for i := range f {
		if g := &f[i]; g.to.Time <= at && (out == nil || g.to.Time > out.to.Time) {
			out = g
		}
	}
	return out
}

// firstOf is the segment of a flow that begins first from a time on.
func firstOf(f flow, at int64) *segment {
	i := slices.IndexFunc(f, func(g segment) bool { return g.from.Time >= at })
	if i < 0 {
		return nil
	}
	return &f[i]
}

// passing is the flow of a step that carries the talker's voice. What a server
// makes itself counts only while the talker's packets come in: else it stands
// for nobody.
func (d *direction) passing(k int) flow {
	l := &d.chain[k]
	if l.tied == nil || k == 0 {
		return l.flow
	}
	whole := func(g segment) bool { return l.tied(g.s) && d.sameNumbers(k, g.s) }
	if !slices.ContainsFunc(l.flow, func(g segment) bool { return !whole(g) }) {
		return l.flow
	}
	out := flow(d.segments.take(len(l.flow)))
	for _, g := range l.flow {
		if whole(g) {
			out = append(out, g)
		} else {
			out = d.while(out, k-1, g)
		}
	}
	out.sort()
	return out
}

// sameNumbers reports whether a stream has the SSRC of one that passed an
// earlier step: a relay passes packets on as they are.
func (d *direction) sameNumbers(k int, s *trace.Stream) bool {
	for i := range d.chain[:k] {
		if v := d.chain[i].view; v != nil && slices.ContainsFunc(v.streams, func(o *trace.Stream) bool { return o.SSRC == s.SSRC }) {
			return true
		}
	}
	return false
}

// while appends a segment, cut to the time in which packets passed an earlier step.
func (d *direction) while(out flow, k int, g segment) flow {
	for _, st := range d.chain[k].flow.cut(d.cuts.take(1), g.from.Time, g.to.Time, 2*minSilence) {
		if st.seg == nil {
			continue
		}
		part := g
		if st.from > g.from.Time {
			if m, ok := d.trace.FirstAfter(g.s, st.from); ok {
				part.from = m
			}
		}
		if st.to < g.to.Time {
			if m, ok := d.trace.LastBefore(g.s, st.to+1); ok {
				part.to = m
			}
		}
		if part.to.Time >= part.from.Time {
			out = append(out, part)
		}
	}
	return out
}

// noneBetween reports whether a step had no packets with the numbers that a
// hole of the step behind it lacks, or too few to be a silence, and no others meanwhile:
// the number that ends the hole may be that of a packet which was late. It counts those
// that there were.
func (d *direction) noneBetween(l *layer, h *hole) (n int64, none bool) {
	if l.view == nil || h == nil || h.before == nil || h.after == nil || h.before.s.SSRC != h.after.s.SSRC {
		return 0, false
	}
	streams := l.flow.streams()
	n, same := between(streams, h.before.s.SSRC, h.before.to.Seq+1, h.after.from.Seq-1)
	return n, same && n < minPackets && d.trace.Sent(streams, h.before.to.Time+minSilence, h.after.from.Time-minSilence) < minPackets
}

// cameOut reports whether a step, where a stream of it passed, had one packet while the
// step behind it had none: the one that ends the hole there. Comfort noise comes so seldom
// that each packet ends a hole that counts, and the numbers of a server that numbers anew do
// not tell that it passed it on. Numbers that fell back do not tell how many there were.
func (d *direction) cameOut(l *layer, s *trace.Stream, h *hole) bool {
	return h != nil && h.before != nil && h.after != nil && h.before.s.SSRC == h.after.s.SSRC && s.Stats.Restarts == 0 &&
		d.trace.Sent(l.flow.streams(), h.before.to.Time, h.after.from.Time) == 1
}

// filledBy reports whether a step had the packets whose numbers a hole behind it lacks,
// and the hole has no room for others: two packets of 60 ms, too few to be a silence,
// are as long as five of 20 ms.
func (h *hole) filledBy(l *layer) bool {
	missing := h.after.from.Seq - h.before.to.Seq - 1
	n, same := between(l.flow.streams(), h.before.s.SSRC, h.before.to.Seq+1, h.after.from.Seq-1)
	each := max(h.before.s.Interval(), millisecond)
	room := (h.after.from.Time-h.before.to.Time+each/2)/each - 1
	return same && n > 0 && n == missing && n >= room
}

// missed notes packets that passed the step before the k-th, but not the k-th.
func (d *direction) missed(k int, st stretch) {
	l := &d.chain[k]
	s := Span{State: l.lost, Confidence: l.sure, At: l.at, Seen: st.seg.s, across: l.across}
	server := l.lost == Stopped || l.across
	if l.lost == Misdirected || l.lost == Refused || l.lost == Vanished {
		s.Lost = st.seg.s
	}
	if p, ok := l.proof[st.seg.s]; ok {
		s.Proof, s.Why = p.at, p.why
		s.Confidence = Confirmed
		if l.lost == Vanished {
			s.Confidence = Likely
		}
	} else if l.lost == Misdirected && d.farSide(k) {
		s.Confidence, s.Why = Confirmed, "the capture behind it shows none of them"
	}
	if l.lost == Vanished && !server && s.Proof.IsZero() {
		s.unbegun = len(l.flow) > 0 && l.flow[0].from.Time >= st.to
	}
	if server && d.underWay(k, st) {
		d.emit(Span{State: Paused, Confidence: Likely}, st.from, st.to)
		return
	}
	if server {
		at := d.epochs(l.hop, st.from, st.to)
		if len(at) > 2 {
			for i := 0; i+1 < len(at); i++ {
				part := st
				part.from, part.to = at[i], at[i+1]
				d.missed(k, part)
			}
			return
		}
		if d.inView(l.hop, st.from, anyPoint) == 0 {
			d.emit(Span{State: Unseen}, st.from, st.to)
			return
		}
		if l.view != nil && len(l.view.streams) > 0 {
			s.Lost = l.view.streams[0]
			s.unbegun = len(l.flow) > 0 && l.flow[0].from.Time >= st.to
			untied := func(s *trace.Stream) bool { return !d.foreign(s) }
			if l.tied != nil && !slices.ContainsFunc(l.view.streams, l.tied) && slices.ContainsFunc(l.view.streams, untied) {
				s.Confidence = Likely // nothing ties what it sends to the talker, or to another
			}
		}
	}
	s.Packets = d.trace.Sent([]*trace.Stream{st.seg.s}, st.from, st.to)
	if st.seg.s.Stats.Restarts > 0 {
		// Numbers that fell back do not tell how many there were.
		s.Packets = max(s.Packets, due(st.from, st.to, st.seg.s))
	}
	d.emit(s, st.from, st.to)
}

// underWay reports whether what passed the step before the k-th, and no later
// one yet, was on its way between two capture points: where a server renumbers,
// no number tells that it arrived.
func (d *direction) underWay(k int, st stretch) bool {
	way := d.transit(k)
	return way > 0 && d.trace.Sent([]*trace.Stream{st.seg.s}, st.from-1, st.to-way) < minPackets
}

// transit is how long packets take from the k-th step in sight to the last, as
// far as numbers that both show tell.
func (d *direction) transit(k int) (ns int64) {
	for i := k; i+1 < len(d.chain); i++ {
		a, b := d.chain[i].view, d.chain[i+1].view
		if a == nil || b == nil || a == b {
			continue
		}
		for _, x := range a.streams {
			at := slices.IndexFunc(b.streams, func(y *trace.Stream) bool { return y != x && family(y) == family(x) })
			if at < 0 {
				continue
			}
			seq := max(x.First.Seq, b.streams[at].First.Seq)
			ns += min(max(0, b.streams[at].TimeAt(seq)-x.TimeAt(seq)), second)
			break
		}
	}
	return ns
}

// farSide reports whether a further sighting stands behind a step.
func (d *direction) farSide(k int) bool {
	for _, l := range d.chain[k+1:] {
		if l.view != d.chain[k].view {
			return true
		}
	}
	return false
}

// passed notes packets that passed the last step in sight.
func (d *direction) passed(k int, st stretch) {
	d.unauthentic(st, func(st stretch) { d.playable(k, st) })
}

// playable notes those of which no tag says that they are dropped. What cannot be
// played takes nothing from what else passes at the same time, as a stranger's packets
// do that a server passes on beside the talker's.
func (d *direction) playable(k int, st stretch) {
	if CannotPlay(st.seg.s) {
		var others flow
		for _, g := range d.chain[k].flow {
			if g.from.Time >= st.to {
				break
			}
			if g.s != st.seg.s && g.to.Time > st.from && !CannotPlay(g.s) {
				others = append(others, g)
			}
		}
		for _, part := range others.cut(nil, st.from, st.to, minSilence) {
			if part.seg == nil {
				part.seg = st.seg
			}
			d.plays(k, part)
		}
		return
	}
	d.plays(k, st)
}

// plays notes packets of one stream that passed the last step in sight.
func (d *direction) plays(k int, st stretch) {
	s := Span{State: Sent, Confidence: Confirmed, Seen: st.seg.s}
	l := &d.chain[k]
	switch {
	case d.ahead:
		s.State, s.Confidence = Unseen, 0
	case d.line.kind == "audio" && st.to-st.from >= longPause && CannotPlay(st.seg.s):
		s.State, s.Confidence, s.At, s.Lost = Unplayable, Likely, "listener", st.seg.s
		s.Packets = d.trace.Sent([]*trace.Stream{st.seg.s}, st.from-1, st.to+1)
	case l.tied != nil && !l.tied(st.seg.s):
		s.State, s.Confidence = Replaced, Likely
	case d.heard:
		s.State = Delivered
	default:
		if at, by := d.reported(st.seg.s); at > st.from {
			d.emit(Span{State: Delivered, Confidence: Confirmed, Seen: st.seg.s, Proof: by, Why: "receiver report: it arrived"}, st.from, min(at, st.to))
			if at >= st.to {
				return
			}
			st.from = at
		}
	}
	d.emit(s, st.from, st.to)
}

// inView says how surely the packets of a hop that are due at a time would show:
// not where the session has moved to hosts between which the capture never saw
// any. Asked about are the points that points takes.
func (d *direction) inView(i int, at int64, points func(int) bool) Confidence {
	h := &d.hops[i]
	if len(h.legs) == 0 {
		return Confirmed
	}
	best := Confidence(0)
	for _, l := range h.legs {
		from, to := addressAt(l.Leg, l.near, at), addressAt(l.Leg, 1-l.near, at)
		for _, s := range h.there {
			// It was seen to arrive there, or was sent while that was in force.
			there := to.IsZero() || s.Dst.Addr == to.Addr || inForce(l, 1-l.near, to, s.First.Time, s.Last.Time) && !leftHost(l, 1-l.near, s.Dst, at)
			if there && (from.IsZero() || s.Src.Addr == from.Addr || inForce(l, l.near, from, s.First.Time, s.Last.Time) && !leftHost(l, l.near, s.Src, at)) {
				return Confirmed
			}
		}
		if to.IsZero() {
			continue
		}
		for p := range d.points() {
			if points(p) {
				best = max(best, d.view.shows(pair{from.Addr, to.Addr}, p))
			}
		}
		if private(to.IP()) {
			// Behind a NAT: its packets would go to where it signals from.
			for _, host := range l.Parties[1-l.near].Hosts {
				if d.proxied(l.Leg, host, to) {
					continue
				}
				for p := range d.points() {
					if points(p) {
						best = max(best, min(Likely, d.view.shows(pair{from.Addr, host.Addr}, p)))
					}
				}
			}
		}
		for _, s := range h.back {
			// Whoever sends from elsewhere than it said listens there, and who said so before it
			// has anything to say.
			began := s.First.Time <= at+second || s.Src.Addr == to.Addr
			if points(int(s.Point)) && !leftHost(l, l.near, s.Dst, at) && began && s.Last.Time >= at+second {
				best = max(best, d.view.shows(pair{s.Dst.Addr, s.Src.Addr}, int(s.Point)))
				if slices.ContainsFunc(h.there, func(o *trace.Stream) bool { return o.Point == s.Point && o.Src.Addr == s.Dst.Addr }) && !d.Halved(int(s.Point)) {
					best = max(best, Likely) // what it was sent on this leg before, when it was on another host, shows
				}
			}
		}
	}
	return best
}

// proxied reports whether a host of a leg only passes SDP on: it signals on another leg
// as well, on which the same address is announced. Media goes past it.
func (d *direction) proxied(l *trace.Leg, host, announced endpoint.Endpoint) bool {
	for _, o := range d.call.Legs {
		if o == l || !slices.ContainsFunc(o.Ports, func(p *trace.Port) bool { return p.Addr == announced }) {
			continue
		}
		for side := range o.Parties {
			if slices.ContainsFunc(o.Parties[side].Hosts, func(h endpoint.Endpoint) bool { return h.Addr == host.Addr }) {
				return true
			}
		}
	}
	return false
}

// epochs are the moments at which what the sides of a hop say changes, between
// two others.
func (d *direction) epochs(i int, from, to int64) []int64 {
	out := append(d.times.take(2), from, to)
	for _, l := range d.hops[i].legs {
		for _, p := range l.Ports {
			if p.Alias {
				continue
			}
			for _, at := range []int64{p.From().Time, p.Until.Time} {
				if at > from && at < to && len(out) < throng {
					out = append(out, at)
				}
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// inForce reports whether an address of a side of a leg was in force while a
// stream ran from one moment to another, for more than what is under way when
// a session moves: such packets may be of a stream that began just then.
func inForce(l orientedLeg, side trace.Side, addr endpoint.Endpoint, from, to int64) bool {
	for _, p := range l.Ports {
		if p.Side == side && p.Addr == addr && p.From().Time < to-second && (p.Until.IsZero() || p.Until.Time > from) {
			return true
		}
	}
	return false
}

// leftHost reports whether an endpoint is on a host that a side of a leg once named and
// has left for another one by some time: another machine has taken over.
func leftHost(l orientedLeg, side trace.Side, ep endpoint.Endpoint, at int64) bool {
	on := func(p *trace.Port) bool { return !p.Alias && p.Side == side && p.Addr.Addr == ep.Addr }
	if !slices.ContainsFunc(l.Ports, on) {
		return false
	}
	now := l.PortsAt(side, at)
	return len(now) > 0 && !slices.ContainsFunc(now, func(p *trace.Port) bool { return on(p) || p.Addr.IP().IsUnspecified() })
}

// emit appends a span.
func (d *direction) emit(s Span, from, to int64) {
	if to <= from {
		return
	}
	s.From.Time, s.To.Time = from, to
	if d.out == nil {
		d.out = d.spans.take(1)
	}
	d.out = append(d.out, s)
}

// due is how many packets a talker sends in a stretch of time.
func due(from, to int64, s *trace.Stream) int64 {
	each := 20 * millisecond
	if s != nil {
		each = max(s.Interval(), millisecond)
	}
	return (to - from) / each
}
