package replay

import (
	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/trace"
	"github.com/latchscope/latchscope/replay/latch"
)

// signalling turns the SDP of the two parties into offers and answers. What the
// server itself says on a leg stands for the other party only where that
// party's own leg was not seen.
func (b *assembly) signalling() {
	near := b.Talker.Place().Leg
	if near == nil {
		b.unsignalled()
		return
	}
	outer := b.Talker.Place().From
	far := b.ways.OutLeg
	if far == near {
		far = nil
	}
	b.leg(near, outer, b.Near)
	if far != nil {
		b.leg(far, 1-far.Inner(near), b.Near.Other())
	} else {
		b.leg(near, 1-outer, b.Near.Other())
	}
	if !b.signalled() {
		b.unsignalled()
	}
	if b.Call != nil && !b.Call.End.IsZero() {
		e := b.Call.End
		b.add(latch.Event{Time: e.Time, Ref: latch.Ref{Frame: e.Frame, File: e.File}, Kind: latch.KindBye}, Fact{}, 0)
	}
}

// leg adds the offers and answers that one side of a leg sent. Where they are
// the server's own words, the address in them is that of the other party.
func (b *assembly) leg(l *trace.Leg, from trace.Side, side latch.Side) {
	line := b.Talker.Place().Line
	mine := l == b.Talker.Place().Leg && from != b.Talker.Place().From
	for _, x := range l.Exchanges() {
		if x.From != from || int(line) >= len(x.Message.SDP.Media) {
			continue
		}
		md := &x.Message.SDP.Media[line]
		ev := latch.Event{
			Time: x.Message.Time, Ref: latch.Ref{Frame: x.Message.Frame, File: x.Message.File},
			Kind: latch.KindAnswer, Side: side, Early: x.Early, Hold: md.Held(),
			Media: md.Addr, MediaRTCP: md.RTCP,
		}
		if x.Offer {
			ev.Kind = latch.KindOffer
		}
		if md.Mux {
			ev.MediaRTCP = md.Addr
		}
		if mine && md.Addr.Port != 0 {
			ev.Media, ev.MediaRTCP = b.outer[side], endpoint.Endpoint{}
		}
		b.add(ev, Fact{SDP: md}, 0)
	}
}

// signalled tells whether both parties have spoken before the media began to be
// due. A call that began before the capture has not.
func (b *assembly) signalled() bool {
	var seen [2]bool
	for _, it := range b.items {
		if it.ev.Kind == latch.KindOffer || it.ev.Kind == latch.KindAnswer {
			seen[it.ev.Side] = true
		}
	}
	began := b.Call == nil || b.Call.State != trace.Partial
	return seen[latch.SideA] && seen[latch.SideB] && began
}

// unsignalled makes up an offer and an answer where there is none to be seen:
// the server had opened its ports before the first packet, and what SDP said is
// taken from where the parties were.
func (b *assembly) unsignalled() {
	b.note("The offer and the answer are not in the capture: the ports count as open before the first packet, and the first source of each party as its SDP's address.")
	at := b.Start
	for i := range b.items {
		at = min(at, b.items[i].ev.Time)
	}
	b.add(latch.Event{Time: at - 2, Kind: latch.KindOffer, Side: latch.SideA, Media: b.outer[latch.SideA]}, Fact{}, 0)
	b.add(latch.Event{Time: at - 1, Kind: latch.KindAnswer, Side: latch.SideB, Media: b.outer[latch.SideB]}, Fact{}, 0)
}
