package replay

import (
	"cmp"
	"math"
	"slices"

	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/trace"
	"github.com/latchscope/latchscope/replay/latch"
)

// arrivals adds the packets that came to the server.
func (b *assembly) arrivals() {
	near, far := arriving(b.trace, b.Talker, b.ways)
	mine, theirs := party(b.Talker.Streams, near), party(loudest(b.ways.Far), far)
	var all [2][]*trace.Stream
	all[b.Near], all[b.Near.Other()] = near, far
	b.settle(mine, theirs, all)
	for _, s := range near {
		b.stream(s, b.Near, slices.Contains(mine, s))
	}
	for _, s := range far {
		b.stream(s, b.Near.Other(), slices.Contains(theirs, s))
	}
	b.keepalives(near, far)
	switch {
	case b.FarSeen:
	case len(b.ways.Back) > 0:
		b.note("The other party's packets are not in the capture: what the server sent towards the talker stands for them. What it did not send although it was due is known only from gaps in the sequence.")
		b.fromBack()
	default:
		b.note("Nothing that goes to the talker is in the capture: downlink cannot be replayed.")
	}
	if own := b.Talker.Place().Own; own != nil && !b.OutSeen && !b.FarSeen {
		b.note("Captured beside the talker: if a NAT stands between it and the media server, the source that the server saw is not here, and the latch is replayed as if there were none. Take a capture at the server.")
	}
	if !b.OutSeen {
		b.note("What the server passes on to the other party is not in the capture: uplink can be replayed, but not compared.")
	}
	if b.packet != nil && !b.packet.Full {
		b.note("The call has more packets than are held at once: its later part is not replayed.")
	}
}

func (b *assembly) stream(s *trace.Stream, side latch.Side, main bool) {
	for _, p := range b.packet.Packets[s] {
		b.add(latch.Event{
			Time: p.Time, Ref: latch.Ref{Frame: p.Frame, File: p.File}, Kind: latch.KindRTP, Side: side,
			Source: s.Src, SSRC: s.SSRC, Seq: uint16(p.Seq), PT: p.PT, Marker: p.Marker,
		}, Fact{Main: main, Size: p.Size, Stamp: uint32(p.TS)}, p.Seq)
	}
}

// fromBack takes what the server sent towards the talker for what it received.
// A packet came out when it had come in; where numbers are missing while the
// time went on, packets came in that were not sent.
func (b *assembly) fromBack() {
	side := b.Near.Other()
	b.lag = b.roundTrip()
	type sent struct {
		trace.Packet
		s *trace.Stream
	}
	var list []sent
	for _, s := range b.ways.Back {
		for _, p := range b.packet.Packets[s] {
			list = append(list, sent{p, s})
		}
	}
	slices.SortStableFunc(list, func(x, y sent) int { return x.Moment().Compare(y.Moment()) })
	for i, p := range list {
		ev := latch.Event{Time: p.Time - b.lag, Ref: latch.Ref{Frame: p.Frame, File: p.File}, Kind: latch.KindRTP, Side: side, Source: elsewhere, SSRC: p.s.SSRC, Seq: uint16(p.Seq), PT: p.PT, Marker: p.Marker}
		fact := Fact{Main: true, Made: true, Fate: Arrived, To: p.s.Dst, Size: p.Size, Stamp: uint32(p.TS)}
		if i > 0 && list[i-1].s.SSRC == p.s.SSRC {
			b.between(list[i-1].Packet, p.Packet, ev, fact)
		}
		b.add(ev, fact, p.Seq)
	}
}

// roundTrip from the capture point to the server and back, as far as errors of
// the server tell it; 0 if there are none.
func (b *assembly) roundTrip() int64 {
	if b.Call == nil {
		return 0
	}
	least := int64(0)
	for _, e := range b.Call.Errors {
		if e.By.IP() != b.Talker.Receiver().IP() || e.Quoted.IsZero() || e.Toward || e.Quoted.File != e.File {
			continue
		}
		if d := e.Time - e.Quoted.Time; d > 0 && (least == 0 || d < least) {
			least = d
		}
	}
	return least
}

// mostMissing is how many packets that are not there a case has at most: a
// silence of three hours. Numbers that jump all the time would ask for millions.
const mostMissing = 1 << 19

// between adds the packets missing between two, if the time they would have
// taken went by.
func (b *assembly) between(x, y trace.Packet, ev latch.Event, fact Fact) {
	missing := y.Seq - x.Seq - 1
	took := y.Time - x.Time
	if missing < 1 || missing > 1<<15 || missing > mostMissing-b.missing {
		return
	}
	step := took / (missing + 1)
	if step < int64(2e6) || step > int64(150e6) {
		return
	}
	b.missing += missing
	fact.Fate, fact.To, fact.Size = Kept, endpoint.Endpoint{}, x.Size
	stamp := (y.TS - x.TS) / (missing + 1)
	for i := int64(1); i <= missing; i++ {
		ev.Time, ev.Seq, ev.Ref = x.Time+i*step-b.lag, uint16(x.Seq+i), latch.Ref{}
		fact.Stamp = uint32(x.TS + i*stamp)
		b.add(ev, fact, x.Seq+i)
	}
}

// judge writes down what the capture shows of every packet.
func (b *assembly) judge() {
	up := b.outcomes(onward(b.Call, b.ways), b.Near)
	down := b.outcomes(b.ways.Back, b.Near.Other())
	refusals := b.refusals()
	held := b.holds()
	for i := range b.items {
		it := &b.items[i]
		ev, f := &it.ev, &it.fact
		if carries(ev) {
			f.Refusal = refusals.of(ev)
			f.Due = b.seen(ev) >= b.Answer && b.seen(ev) <= b.End && !held(ev.Side, ev.Time)
			switch {
			case f.Refusal != NotRefused:
				f.Fate = Refused
			case b.seen(ev) > b.End:
				f.Fate = Unknown
			case f.Made:
			case ev.Side == b.Near && b.OutSeen:
				f.Fate, f.To, f.Left = up.of(it.seq, ev, i)
				b.closedSince(ev, f)
			case ev.Side != b.Near && len(b.ways.Back) > 0:
				f.Fate, f.To, f.Left = down.of(it.seq, ev, i)
				b.deadSince(ev.Time, f.Left)
				b.closedSince(ev, f)
			}
		}
		b.Events = append(b.Events, *ev)
		b.Facts = append(b.Facts, *f)
	}
	for i := range b.Facts {
		ev, f := &b.Events[i], &b.Facts[i]
		if f.Fate == Arrived && !slices.Contains(b.taken[ev.Side.Other()], f.To) && !b.reaches(ev.Side.Other(), f.To, b.seen(ev), b.homes[ev.Side.Other()]) {
			f.Fate = Misdirected
		}
	}
	if up.unsure {
		b.note("The server renumbers what it passes on uplink: single packets are followed by time.")
	}
	if down.unsure {
		b.note("The server renumbers what it passes on downlink: single packets are followed by time.")
	}
}

// onward are all streams that leave by the port which passes the talker's
// packets on: those of other SSRCs among them.
func onward(c *trace.Call, w trace.Ways) []*trace.Stream {
	out := slices.Clone(w.Out)
	if c == nil || len(out) == 0 {
		return out
	}
	for _, s := range c.Streams {
		same := slices.ContainsFunc(w.Out, func(o *trace.Stream) bool { return o.Src == s.Src && o.Place.Line == s.Place.Line })
		if same && s.CopyOf == nil && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// deadSince puts the moment at which an old source was found dead from the
// packet that was refused there to the arrival of the one it was made of.
func (b *assembly) deadSince(arrived, sent int64) {
	for i := range b.Moves {
		d := &b.Moves[i]
		if d.Left < d.After && sent >= d.Left && arrived < d.Left && sent-arrived < passing {
			for j := range b.homes[b.Near] {
				if h := &b.homes[b.Near][j]; h.at == d.From && h.until == d.Left {
					h.until = arrived
				}
			}
			d.Left = arrived
		}
	}
}

// closedSince does the same for a source that ICMP says had closed.
func (b *assembly) closedSince(ev *latch.Event, f *Fact) {
	to := ev.Side.Other()
	for i := range b.closed[to] {
		x := &b.closed[to][i]
		if x.at != f.To || f.Left < x.from || ev.Time >= x.from || f.Left-ev.Time >= passing {
			continue
		}
		for j := range b.homes[to] {
			if h := &b.homes[to][j]; h.at == x.at && h.until == x.from {
				h.until = ev.Time
			}
		}
		x.from = ev.Time
	}
}

// outcomes is what a server made of the packets that arrived at one side: the same
// SSRC and sequence number, or, where it renumbers, the next packet that left.
type outcomes struct {
	bySeq  map[numbered]sentTo
	next   map[int]sentTo // by index of the item that arrived, where the server renumbers
	keeps  bool           // the server leaves SSRC and sequence as they are
	unsure bool           // it was asked where it does not
}

type numbered struct {
	ssrc uint32
	seq  int64
}

type sentTo struct {
	time int64
	to   endpoint.Endpoint
}

// outcomes finds what the server sent of what arrived at a side.
func (b *assembly) outcomes(out []*trace.Stream, side latch.Side) *outcomes {
	o := &outcomes{bySeq: map[numbered]sentTo{}, next: map[int]sentTo{}}
	var sent []sentTo
	for _, s := range out {
		for _, p := range b.packet.Packets[s] {
			o.bySeq[numbered{s.SSRC, p.Seq}] = sentTo{p.Time, s.Dst}
			sent = append(sent, sentTo{p.Time, s.Dst})
		}
	}
	slices.SortStableFunc(sent, func(x, y sentTo) int { return cmp.Compare(x.time, y.time) })
	ssrcs := map[uint32]bool{}
	for i := range b.items {
		if ev := &b.items[i].ev; carries(ev) && ev.Side == side {
			ssrcs[ev.SSRC] = true
		}
	}
	o.keeps = slices.ContainsFunc(out, func(s *trace.Stream) bool { return ssrcs[s.SSRC] })
	if o.keeps {
		return o
	}
	// What left was made of the last packet that had come in by then and of which
	// nothing else was made: those before it waited for nothing.
	var waiting []int
	at := 0
	for _, s := range sent {
		for at < len(b.items) && b.items[at].ev.Time <= s.time+int64(2e6) {
			if ev := &b.items[at].ev; carries(ev) && ev.Side == side {
				waiting = append(waiting, at)
			}
			at++
		}
		if n := len(waiting); n > 0 && s.time-b.items[waiting[n-1]].ev.Time <= passing/3 {
			o.next[waiting[n-1]] = s
			waiting = waiting[:n-1]
		}
	}
	return o
}

// passing is how long a packet may take through a server.
const passing = int64(120e6)

// of is what became of the i-th item, where it was sent and when.
func (o *outcomes) of(seq int64, ev *latch.Event, i int) (Fate, endpoint.Endpoint, int64) {
	var s sentTo
	var ok bool
	if o.keeps {
		s, ok = o.bySeq[numbered{ev.SSRC, seq}]
		ok = ok && s.time >= ev.Time-passing && s.time <= ev.Time+10*passing
	} else {
		o.unsure = true
		s, ok = o.next[i]
	}
	if !ok {
		return Lost, endpoint.Endpoint{}, 0
	}
	return Arrived, s.to, s.time
}

// refused knows which packets drew an ICMP error.
type refused struct {
	quoted map[numbered]quoted
	until  int64 // up to here the talker's port was closed
	side   latch.Side
	by     Refusal
}

type quoted struct {
	time int64
	by   Refusal
}

// refusals are those before the media began, and single ones later. A kernel
// limits the errors it sends: what came before the last refusal was refused
// like the rest.
func (b *assembly) refusals() refused {
	r := refused{quoted: map[numbered]quoted{}, until: math.MinInt64, side: b.Near}
	if b.Call == nil {
		return r
	}
	for _, e := range b.Call.Errors {
		if !e.Unreachable() || e.Toward || e.RTCP || e.Stream == nil || e.Dropped {
			continue
		}
		if !slices.Contains(b.Talker.Streams, e.Stream) && !slices.Contains(b.ways.Far, e.Stream) &&
			!slices.ContainsFunc(b.Talker.Streams, func(s *trace.Stream) bool { return s.CopyOf == e.Stream || e.Stream.CopyOf == s }) {
			continue
		}
		by := RefusedByOther
		if e.By.IP() == e.Quote.Dst.IP() {
			by = RefusedByHost
		}
		at := e.Time
		if !e.Quoted.IsZero() {
			at = e.Quoted.Time
		}
		if e.Seq >= 0 {
			r.quoted[numbered{e.Stream.SSRC, e.Seq & 0xffff}] = quoted{at, by}
		}
		if !slices.Contains(b.ways.Far, e.Stream) && at <= b.Answer+int64(2e9) && at > r.until {
			r.until, r.by = at, by
		}
	}
	return r
}

func (r *refused) of(ev *latch.Event) Refusal {
	if ev.Side == r.side && ev.Time <= r.until {
		return r.by
	}
	const near = int64(3e9) // numbers come again
	q, ok := r.quoted[numbered{ev.SSRC, int64(ev.Seq)}]
	if !ok || q.time-ev.Time > near || ev.Time-q.time > near {
		return NotRefused
	}
	return q.by
}

// holds tells whether the call kept media of a side from the other at a time.
func (b *assembly) holds() func(latch.Side, int64) bool {
	near := b.Talker.Place().Leg
	if near == nil {
		return func(latch.Side, int64) bool { return false }
	}
	line, from := b.Talker.Place().Line, b.Talker.Place().From
	return func(side latch.Side, t int64) bool {
		receiver := from
		if side == b.Near {
			receiver = 1 - from
		}
		if near.HeldAt(line, receiver, t) {
			return true
		}
		return b.ways.OutLeg != nil && side == b.Near && b.ways.OutLeg.HeldAt(line, 1-b.ways.OutLeg.Inner(near), t)
	}
}
