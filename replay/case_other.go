package replay

import (
	"slices"

	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/rtp"
	"github.com/latchscope/latchscope/analyze/trace"
	"github.com/latchscope/latchscope/replay/latch"
)

// keepalives adds the datagrams without media that came to the server's two
// ports: some engines latch on them. Where the call uses ICE, STUN belongs to
// that, and no latch looks at it.
func (b *assembly) keepalives(near, far []*trace.Stream) {
	sides := map[endpoint.Endpoint]latch.Side{}
	for _, s := range far {
		sides[s.Dst] = b.Near.Other()
	}
	for _, s := range near {
		sides[s.Dst] = b.Near
	}
	for _, k := range b.packet.Keepalives {
		side, ok := sides[k.Dst]
		if !ok || rtp.Class(k.Class) == rtp.STUN && b.ice() || k.Time < b.Start-around || k.Time > b.End {
			continue
		}
		ev := latch.Event{Time: k.Time, Ref: latch.Ref{Frame: k.Frame, File: k.File}, Kind: latch.KindKeepalive, Side: side, Source: k.Src}
		if rtp.Class(k.Class) == rtp.RTP {
			ev.Kind, ev.Empty = latch.KindRTP, true
			ev.SSRC, ev.Seq, ev.PT, ev.Marker = k.SSRC, k.Seq, k.PT, k.Marker
		}
		b.add(ev, Fact{}, 0)
	}
}

// around is how long before a call begins what comes to its ports may be its
// own, in nanoseconds.
const around = int64(2e9)

// ice reports whether a party's SDP speaks of ICE.
func (b *assembly) ice() bool {
	return slices.ContainsFunc(b.descriptions(), func(m *trace.Media) bool { return m.ICE })
}

// descriptions are all lines of SDP about the talker's media, on both legs, the
// server's own too.
func (b *assembly) descriptions() (out []*trace.Media) {
	line := int(b.Talker.Place().Line)
	for _, l := range [2]*trace.Leg{b.Talker.Place().Leg, b.ways.OutLeg} {
		if l == nil {
			continue
		}
		for _, x := range l.Exchanges() {
			if line < len(x.Message.SDP.Media) {
				out = append(out, &x.Message.SDP.Media[line])
			}
		}
	}
	return out
}

// refusedOutputs adds the ICMP errors that came back to the server for what it
// sent: some engines end the call after so many of them.
func (b *assembly) refusedOutputs() {
	if b.Call == nil {
		return
	}
	for _, e := range b.Call.Errors {
		if !e.Unreachable() || e.RTCP {
			continue
		}
		for side, port := range b.Ports {
			if e.Quote.Src == port && e.Time <= b.End {
				b.add(latch.Event{Time: e.Time, Ref: latch.Ref{Frame: e.Frame, File: e.File}, Kind: latch.KindError, Side: latch.Side(side), Source: e.Quote.Dst}, Fact{}, 0)
			}
		}
	}
}

// foreignTypes marks the packets of payload types that no SDP of the call names.
// Without SDP nobody knows.
func (b *assembly) foreignTypes() {
	var types []uint8
	for _, m := range b.descriptions() {
		for _, f := range m.Formats {
			types = append(types, f.PT)
		}
	}
	named := latch.PayloadTypesOf(types...)
	for i := range b.items {
		if ev := &b.items[i].ev; len(types) > 0 && ev.Kind == latch.KindRTP {
			ev.Other = !named.Has(ev.PT)
		}
	}
}

// carries reports whether an event is a packet with media.
func carries(ev *latch.Event) bool { return ev.Kind == latch.KindRTP && !ev.Empty }
