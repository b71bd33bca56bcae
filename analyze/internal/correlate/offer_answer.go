package correlate

import (
	"slices"

	"github.com/latchscope/latchscope/analyze/trace"
)

// followOffers follows the offers and answers of a leg (RFC 3264; which
// message may carry which: RFC 6337 section 2.2) and writes down who listened
// where, and from when to when.
func (c *callID) followOffers(d *draft) {
	l := d.Leg
	n := negotiation{callID: c, draft: d, leg: l, pending: c.pending[:0]}
	l.Ports = c.ports[:0]
	for i := range l.Messages.Len() {
		if negotiates(l.Messages.Record(i), l.Messages.Kind(i)) {
			m := l.Messages.At(i)
			n.take(&m)
		}
	}
	n.close()
	c.ports = l.Ports[:0]
	if cap(n.pending) > cap(c.pending) {
		c.pending = n.pending
	}
	l.Ports = c.lists.List(l.Ports...)
}

// negotiates reports whether a message may be part of an offer and its answer.
func negotiates(r *trace.Record, k *trace.Kind) bool {
	return r.Content != 0 || (k.Status == 0 || k.Status >= 200) && (k.Method == "INVITE" || k.Method == "UPDATE")
}

type negotiation struct {
	*callID
	draft   *draft
	leg     *trace.Leg
	pending []offer
	asked   [2]asking // the last INVITE of each side
}

// asking is an INVITE: whether it makes an offer.
type asking struct {
	known, offers bool
	cseq          uint32
}

// open adds a port to the leg.
func (n *negotiation) open(p trace.Port) *trace.Port {
	at := n.port.One()
	*at = p
	n.leg.Ports = append(n.leg.Ports, at)
	return at
}

// offer is one that no answer has met yet.
type offer struct {
	side   trace.Side
	method string
	cseq   uint32
	tag    string // To-tag of the early dialog it was made in, if any
	ports  []*trace.Port
	ended  []*trace.Port // ports that it replaces, should it be accepted
	time   trace.Moment
}

func (n *negotiation) take(m *trace.Message) {
	l := n.leg
	from := l.Sender(m)
	if m.Copy || m.Repeat {
		if m.Copy && m.SDP != nil {
			n.alias(m, from)
		}
		return
	}
	tag := m.ToTag
	if from == trace.Callee && m.Request() {
		tag = m.FromTag
	}
	if m.Request() && m.Method == "INVITE" {
		n.asked[from] = asking{true, m.SDP != nil, m.CSeq}
	}
	final := !m.Request() && m.Status >= 200
	switch {
	case m.SDP != nil && m.Request():
		n.request(m, from, tag)
	case m.SDP != nil && m.Status < 300:
		n.response(m, from, tag)
	}
	if final && m.Status >= 300 && (m.Method == "INVITE" || m.Method == "UPDATE") {
		n.refused(m)
	}
	if final && m.Status < 300 && m.Method == "INVITE" && l.Tag != "" && m.ToTag == l.Tag {
		n.settle(m)
	}
}

func (n *negotiation) request(m *trace.Message, from trace.Side, tag string) {
	switch m.Method {
	case "ACK", "PRACK":
		if o := n.find(1-from, tag); o != nil {
			n.answer(o, m, from, tag)
			return
		}
		if m.Method == "PRACK" {
			n.offer(m, from, tag)
		} else if asked := n.asked[from]; asked.known && asked.cseq == m.CSeq && !asked.offers {
			n.announce(m, from, tag, false) // it answers an offer that the recording lost
		}
	default:
		n.offer(m, from, tag)
	}
}

func (n *negotiation) response(m *trace.Message, from trace.Side, tag string) {
	for i := range n.pending {
		o := &n.pending[i]
		if o.side == 1-from && o.method == m.Method && o.cseq == m.CSeq {
			n.answer(o, m, from, tag)
			return
		}
	}
	if m.Method == "INVITE" && !n.answered(m, from, tag) {
		n.offer(m, from, tag) // the INVITE made none: a delayed offer
		return
	}
	if asked := n.asked[1-from]; m.Method == "INVITE" && (!asked.known || asked.cseq != m.CSeq) {
		n.resume(m, 1-from, tag)
	}
	// A second answer in the same dialog should repeat the first; where it
	// does not, senders follow the newer one.
	n.announce(m, from, tag, false)
}

// resume ends what a side held back, by an answer to an offer of it that the recording
// lost: both ways can only be agreed on where the offer said so (RFC 3264 section 6.1).
// Whoever never took notice of the hold says nothing by that.
func (n *negotiation) resume(m *trace.Message, side trace.Side, tag string) {
	for i := range m.SDP.Media {
		md := &m.SDP.Media[i]
		old, own := current(n.leg, side, int32(i), tag, m.Moment), current(n.leg, 1-side, int32(i), tag, m.Moment)
		if old == nil || own == nil || old.Direction == trace.SendRecv || own.Direction == trace.SendRecv {
			continue // nothing was held
		}
		bothWays := md.Direction == trace.SendRecv && md.Addr.Port != 0 && !md.Addr.IP().IsUnspecified()
		if !bothWays || n.full() {
			continue
		}
		old.Until = m.Moment
		terms := *old.Terms
		terms.Direction = trace.SendRecv
		n.open(trace.Port{Leg: n.leg, Media: &trace.Media{Addr: old.Addr, Terms: &terms}, Side: side, Line: int32(i), Said: m.Number, Offer: true})
	}
}

// answered reports whether this transaction had its offer in the request. Of one
// whose request was not seen, what the party answered before has to tell.
func (n *negotiation) answered(m *trace.Message, from trace.Side, tag string) bool {
	if asked := n.asked[1-from]; asked.known && asked.cseq == m.CSeq {
		return asked.offers
	}
	for _, p := range n.leg.Ports {
		if p.Side == from && p.Tag() == tag && !p.Offer {
			return true
		}
	}
	return false
}

// find is the newest pending offer of a side in a dialog.
func (n *negotiation) find(side trace.Side, tag string) *offer {
	for i := len(n.pending) - 1; i >= 0; i-- {
		if o := &n.pending[i]; o.side == side && (o.tag == "" || o.tag == tag) {
			return o
		}
	}
	return nil
}

func (n *negotiation) offer(m *trace.Message, from trace.Side, tag string) {
	ports, ended := n.announce(m, from, tag, true)
	n.pending = append(n.pending, offer{from, m.Method, m.CSeq, tag, ports, ended, m.Moment})
	if len(n.pending) > 8 {
		n.pending = n.pending[1:]
	}
}

func (n *negotiation) answer(o *offer, m *trace.Message, from trace.Side, tag string) {
	n.announce(m, from, tag, false)
	for _, p := range o.ended {
		p.Until = m.Moment
	}
	o.ended = nil
	if m.Method != "INVITE" || m.Status >= 200 { // until then the answer may be said again
		i := slices.IndexFunc(n.pending, func(q offer) bool { return q.cseq == o.cseq && q.side == o.side && q.method == o.method })
		if i >= 0 {
			n.pending = slices.Delete(n.pending, i, i+1)
		}
	}
}

// refused takes an offer back: the session stays as it was (RFC 3261 14.1).
func (n *negotiation) refused(m *trace.Message) {
	side := 1 - n.leg.Sender(m)
	for i, o := range n.pending {
		if o.side == side && o.method == m.Method && o.cseq == m.CSeq {
			if n.draft.initial(m) && n.leg.Answer.IsZero() {
				return // the call as a whole was refused, or is tried again
			}
			for _, p := range o.ports {
				p.Until = m.Moment
			}
			for _, p := range o.ended {
				p.Until = trace.Moment{}
			}
			n.pending = slices.Delete(n.pending, i, i+1)
			return
		}
	}
}

// settle ends the ports of the early dialogs that were not answered.
func (n *negotiation) settle(m *trace.Message) {
	for _, p := range n.leg.Ports {
		if p.Side != trace.Callee || !p.Until.IsZero() {
			continue
		}
		if tag := p.Tag(); tag != "" && tag != n.leg.Tag {
			p.Until = m.Moment
		}
	}
}

// announce opens a port for every m= line that says something new.
func (n *negotiation) announce(m *trace.Message, from trace.Side, tag string, isOffer bool) (opened, ended []*trace.Port) {
	l := n.leg
	before := len(l.Ports)
	for i := range m.SDP.Media {
		md := &m.SDP.Media[i]
		old := current(l, from, int32(i), tag, m.Moment)
		if old != nil && same(old.Media, md) || n.full() {
			continue
		}
		n.open(trace.Port{
			Leg: l, Media: md, Side: from, Line: int32(i), Said: m.Number, Offer: isOffer,
			Changed: old != nil && old.Addr != md.Addr && md.Addr.Port != 0,
		})
		if old != nil {
			if isOffer {
				ended = append(ended, old) // until the answer it goes on listening there
			} else {
				old.Until = m.Moment
			}
		}
	}
	return l.Ports[before:len(l.Ports):len(l.Ports)], ended
}

// maxPorts is how many announcements of one leg are followed. A call that is
// refreshed every minute, and moves each time, comes to a tenth of it in a week.
const maxPorts = 4096

// full reports whether the bound is reached, and counts what it costs.
func (n *negotiation) full() bool {
	if len(n.leg.Ports) < maxPorts {
		return false
	}
	if n.overfull == nil {
		n.overfull = map[*trace.Leg]int64{}
	}
	n.overfull[n.leg]++
	return true
}

// alias notes the address that an announcement had on the other side of a NAT
// which rewrites SDP.
func (n *negotiation) alias(m *trace.Message, from trace.Side) {
	l := n.leg
	for i := range m.SDP.Media {
		md := &m.SDP.Media[i]
		if md.Addr.Port == 0 || md.Addr.IP().IsUnspecified() {
			continue
		}
		known := slices.ContainsFunc(l.Ports, func(p *trace.Port) bool { return p.Side == from && p.Line == int32(i) && p.Addr == md.Addr })
		if known || n.full() {
			continue
		}
		n.open(trace.Port{Leg: l, Media: md, Side: from, Line: int32(i), Said: m.Number, Alias: true})
	}
}

// current is the port of a side and line in force when something new is said.
func current(l *trace.Leg, side trace.Side, line int32, tag string, at trace.Moment) *trace.Port {
	for _, p := range slices.Backward(l.Ports) {
		if p.Side == side && p.Line == line && !p.Alias && p.Until.IsZero() &&
			(p.Tag() == tag || p.Tag() == "" || tag == "" || side == trace.Caller) {
			return p
		}
	}
	return nil
}

// same reports whether an m= line says what it said before.
func same(a, b *trace.Media) bool {
	return a.Addr == b.Addr && a.RTCP == b.RTCP && a.Direction == b.Direction && a.Mux == b.Mux &&
		a.Kind == b.Kind && a.Secure == b.Secure && slices.Equal(a.Formats, b.Formats) &&
		slices.Equal(a.Candidates, b.Candidates)
}

// close ends what is still open when the leg ends.
func (n *negotiation) close() {
	if n.leg.End.IsZero() {
		return
	}
	for _, p := range n.leg.Ports {
		if p.Until.IsZero() {
			p.Until = n.leg.End
		}
	}
}
