package measure

import (
	"net/netip"
	"time"

	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/replay/latch"
)

// How near to something else an event is decided by chance: to a whole second
// of the wall clock, which some engines count in, and to another event.
const (
	nearSecond = 3 * time.Millisecond
	nearEvent  = 1500 * time.Microsecond
)

// Comparison is in how many packets of a trace an engine and a policy differ.
type Comparison struct {
	Packets int // compared
	Races   int // left out: decided by chance
	Differ  []Difference
}

// Difference is one packet about which they differ.
type Difference struct {
	Event    int   // index into the trace's events
	Policy   Place // where the policy sends it; the trace has where the engine did
	Decision latch.Decision
}

// Compare plays a trace to an engine of one policy on both sides.
func Compare(t *Trace, p latch.Policy) (Comparison, error) {
	e, err := latch.New(p, p)
	if err != nil {
		return Comparison{}, err
	}
	decisions := make([]latch.Decision, len(t.Events))
	for i := range t.Events {
		decisions[i] = e.Step(t.event(i))
		for _, l := range e.Late() {
			decisions[l.Nth] = l.Decision
		}
	}
	var c Comparison
	for i := range t.Events {
		ev := &t.Events[i]
		switch {
		case ev.What != RTP:
			continue // what a keepalive did shows in what happens to the media
		case t.race(i):
			c.Races++
			continue
		}
		c.Packets++
		if to := place(ev.Side.Other(), &decisions[i]); to != ev.To {
			c.Differ = append(c.Differ, Difference{i, to, decisions[i]})
		}
	}
	return c, nil
}

// race reports whether chance decided about a packet.
func (t *Trace) race(i int) bool {
	ev := &t.Events[i]
	if !t.Began.IsZero() {
		within := time.Duration(t.Began.Add(ev.At).Nanosecond())
		if within < nearSecond || time.Second-within < nearSecond {
			return true
		}
	}
	return i > 0 && ev.At-t.Events[i-1].At < nearEvent || i+1 < len(t.Events) && t.Events[i+1].At-ev.At < nearEvent
}

// event is an event of the trace as an engine takes it.
func (t *Trace) event(i int) latch.Event {
	ev := &t.Events[i]
	out := latch.Event{Time: t.Began.UnixNano() + int64(ev.At), Side: ev.Side}
	if t.Began.IsZero() {
		out.Time = int64(ev.At)
	}
	switch ev.What {
	case Offer:
		out.Kind = latch.KindOffer
	case Early, Answer:
		out.Kind, out.Early = latch.KindAnswer, ev.What == Early
	case Empty, CRLF, STUN:
		out.Kind, out.Source = latch.KindKeepalive, Endpoint(ev.Side, ev.Place)
		return out
	default:
		out.Empty = ev.What == NoMedia
		out.Kind, out.SSRC, out.Seq, out.PT = latch.KindRTP, ev.SSRC, ev.Seq, ev.PT
		out.Source = Endpoint(ev.Side, ev.Place)
		return out
	}
	out.Media, out.Hold = Endpoint(ev.Side, ev.Place), ev.Hold
	return out
}

// Endpoint is the address that stands for a place of a side. They are of the
// prefixes for documentation (RFC 5737).
func Endpoint(side latch.Side, p Place) endpoint.Endpoint {
	home, away := netip.AddrFrom4([4]byte{192, 0, 2, 1 + byte(side)}), byte(10*(1+side))
	at := func(a netip.Addr, port uint16) endpoint.Endpoint { return endpoint.From(netip.AddrPortFrom(a, port)) }
	other := func(n byte) netip.Addr { return netip.AddrFrom4([4]byte{198, 51, 100, away + n}) }
	switch p {
	case SDP:
		return at(home, 4000)
	case Port:
		return at(other(0), 4000)
	case Addr:
		return at(home, 4077)
	case NAT1:
		return at(other(1), 36001)
	case NAT2:
		return at(other(2), 36077)
	case SDP2:
		return at(home, 4040)
	case Stranger:
		return at(netip.AddrFrom4([4]byte{203, 0, 113, 66 + byte(side)}), 1234)
	case None:
		return at(netip.IPv4Unspecified(), 4000)
	}
	return endpoint.Endpoint{}
}

// place is where a decision sent a packet, as a place of the side it went to.
func place(side latch.Side, d *latch.Decision) Place {
	if d.Action != latch.Relayed {
		return Nowhere
	}
	for p := SDP; p < Elsewhere; p++ {
		if d.To == Endpoint(side, p) {
			return p
		}
	}
	return Elsewhere
}
