package analyze

import (
	"net/netip"
	"slices"

	"github.com/latchscope/latchscope/analyze/packet"
)

// buildLegs sorts messages into legs. Messages must be in time order.
func buildLegs(messages []*Message) []*Leg {
	var legs []*Leg
	work := newCallID()
	for _, list := range byCallID(messages) {
		for _, m := range list {
			work.add(m)
		}
		legs = append(legs, work.legs...)
		work.reset()
	}
	sortMoments(legs, func(l *Leg) Moment { return l.Messages[0].Moment }, nil)
	for i, l := range legs {
		l.ID = i + 1
	}
	return legs
}

// byCallID puts the messages of each Call-ID together, in order of the first.
func byCallID(messages []*Message) [][]*Message {
	number := map[string]int{}
	var count []int
	of := make([]int32, len(messages))
	for i, m := range messages {
		n, ok := number[m.CallID]
		if !ok {
			n = len(count)
			number[m.CallID] = n
			count = append(count, 0)
		}
		count[n]++
		of[i] = int32(n)
	}
	all, out := make([]*Message, len(messages)), make([][]*Message, len(count))
	for n, at := 0, 0; n < len(count); n++ {
		out[n] = all[at : at : at+count[n]]
		at += count[n]
	}
	for i, m := range messages {
		out[of[i]] = append(out[of[i]], m)
	}
	return out
}

// callID gathers the messages of one Call-ID and tells its hops apart.
type callID struct {
	seen     map[ident][]*Message // at most a throng of each
	hops     map[hop][]*Leg
	branches map[transaction]*Leg
	legOf    map[*Message]*Leg
	legs     []*Leg
}

func newCallID() *callID {
	return &callID{
		seen: map[ident][]*Message{}, hops: map[hop][]*Leg{},
		branches: map[transaction]*Leg{}, legOf: map[*Message]*Leg{},
	}
}

// reset makes c ready for the next Call-ID. Small maps are used again: nearly
// all Call-IDs have a dozen messages.
func (c *callID) reset() {
	if len(c.legOf) > 1000 {
		*c = *newCallID()
		return
	}
	clear(c.seen)
	clear(c.hops)
	clear(c.branches)
	clear(c.legOf)
	c.legs = c.legs[:0]
}

// ident is what a message keeps when a NAT or another tap shows it again, and
// what a proxy changes (it adds or takes off the topmost Via).
type ident struct {
	method, from, to string
	branch           Branch
	cseq             uint32
	status           int16
}

type transaction struct {
	branch Branch
	method string
}

// hop is an unordered pair of neighbours: of addresses, or of endpoints where
// both run on one host.
type hop struct{ a, b netip.AddrPort }

func hopOf(m *Message) hop {
	a, b := m.Src.AddrPort(), m.Dst.AddrPort()
	if a.Addr() != b.Addr() {
		a, b = netip.AddrPortFrom(a.Addr(), 0), netip.AddrPortFrom(b.Addr(), 0)
	}
	if b.Compare(a) < 0 {
		a, b = b, a
	}
	return hop{a, b}
}

func (c *callID) add(m *Message) {
	id := ident{m.Method, m.FromTag, m.ToTag, m.Branch, m.CSeq, m.Status}
	earlier := c.seen[id]
	if len(earlier) < throng {
		c.seen[id] = append(earlier, m)
	}
	var leg *Leg
	for _, e := range earlier {
		if e.Src == m.Src && e.Dst == m.Dst {
			leg = c.legOf[e]
			if e.File != m.File || e.Tap != m.Tap || m.Time-e.Time < 50*millisecond {
				m.Copy, m.Twice = true, e.File == m.File
			} else {
				m.Repeat = true
			}
			break
		}
	}
	if leg == nil && m.Branch != 0 {
		for _, e := range earlier {
			unique := m.Branch.Unique() && m.Time-e.Time < 2*second
			if e.Src.IP() == m.Src.IP() || e.Dst.IP() == m.Dst.IP() || e.File != m.File || unique {
				// Same transaction, another address: seen on both sides of a NAT.
				leg, m.Copy = c.legOf[e], true
				break
			}
		}
	}
	if leg == nil {
		leg = c.legFor(m)
	}
	c.legOf[m] = leg
	c.branches[transaction{m.Branch, m.Method}] = leg
	if h := hopOf(m); !slices.Contains(newest(c.hops[h]), leg) {
		c.hops[h] = append(c.hops[h], leg)
	}
	leg.take(m)
}

// newest are the legs of a hop among which a message is looked for. Nobody has
// a throng of them under one Call-ID who means well.
func newest(legs []*Leg) []*Leg { return legs[max(0, len(legs)-throng):] }

// legFor finds the leg of a message seen for the first time, or begins one.
func (c *callID) legFor(m *Message) *Leg {
	legs := newest(c.hops[hopOf(m)])
	if !m.Request() {
		if l := c.branches[transaction{m.Branch, m.Method}]; l != nil {
			return l
		}
	}
	if m.Request() && m.Method == "INVITE" && m.ToTag == "" {
		for _, l := range slices.Backward(legs) {
			if l.Messages[0].Src.IP() != m.Src.IP() && !l.Parties[Caller].has(m.Src) {
				continue // it comes back: the same Call-ID in the other direction is another leg
			}
			if l.Answer.IsZero() && (l.tags[Caller] == m.FromTag || l.Status == 401 || l.Status == 407) {
				return l // a retry: with credentials, another timer, another target
			}
		}
		return c.begin(m)
	}
	if m.Method == "CANCEL" || m.Method == "ACK" {
		if l := c.branches[transaction{m.Branch, "INVITE"}]; l != nil {
			return l
		}
	}
	for _, l := range slices.Backward(legs) {
		if l.knows(m) {
			return l
		}
	}
	if len(legs) > 0 {
		return legs[len(legs)-1]
	}
	return c.begin(m)
}

func (c *callID) begin(m *Message) *Leg {
	l := &Leg{CallID: m.CallID}
	l.tags[Caller] = m.FromTag
	if !(m.Request() && m.Method == "INVITE" && m.ToTag == "") {
		l.tags[Callee] = m.ToTag
	}
	c.legs = append(c.legs, l)
	return l
}

// knows tells whether a message carries the tags of the leg's dialog.
func (l *Leg) knows(m *Message) bool {
	return m.FromTag == l.tags[Caller] || m.ToTag == l.tags[Caller]
}

// side of a message's sender.
func (l *Leg) side(m *Message) int {
	requester := Caller
	if m.FromTag != l.tags[Caller] && (m.ToTag == l.tags[Caller] || m.FromTag == l.Tag && m.FromTag != "") {
		requester = Callee
	}
	if m.Request() {
		return requester
	}
	return 1 - requester
}

func (p *Party) has(ep packet.Endpoint) bool {
	for _, h := range p.Hosts {
		if h.IP() == ep.IP() {
			return true
		}
	}
	return false
}

// take notes what a message says about the course of the leg; what it says
// about media is for the ports (see describePorts).
func (l *Leg) take(m *Message) {
	l.Messages = append(l.Messages, m)
	from := l.side(m)
	l.Parties[from].meet(m.Src)
	l.Parties[1-from].meet(m.Dst)
	if m.Copy || m.Repeat {
		return
	}
	if h := m.Head; h != nil {
		l.learn(m, from, h)
	}
	initial := m.Method == "INVITE" && l.initial(m)
	switch {
	case m.Request():
		l.takeRequest(m, initial)
	case initial:
		l.takeFinal(m)
	case m.Status >= 200 && m.Status < 300 && (m.Method == "INVITE" || m.Method == "UPDATE"):
		l.Refresh = append(l.Refresh, m.Moment)
	}
}

// initial tells whether an INVITE transaction sets the leg up, not a later one.
func (l *Leg) initial(m *Message) bool {
	if m.Request() {
		return m.ToTag == ""
	}
	return !l.Invite.IsZero() && m.CSeq <= l.cseq && l.side(m) == Callee
}

func (l *Leg) takeRequest(m *Message, initial bool) {
	switch m.Method {
	case "INVITE":
		if initial {
			if l.Invite.IsZero() {
				l.Invite = m.Moment
			}
			l.cseq = max(l.cseq, m.CSeq)
			l.Status, l.End = 0, Moment{}
			l.tags[Caller] = m.FromTag
		}
	case "ACK":
		if l.Ack.IsZero() && !l.Answer.IsZero() {
			l.Ack = m.Moment
		}
	case "CANCEL":
		if l.Cancel.IsZero() {
			l.Cancel = m.Moment
		}
	case "BYE":
		if l.End.IsZero() && (l.Answer.IsZero() || l.Tag == "" || m.FromTag == l.Tag || m.ToTag == l.Tag) {
			l.End = m.Moment
		}
	}
}

func (l *Leg) takeFinal(m *Message) {
	switch {
	case m.Status < 200:
		if m.Status >= 180 && l.Ring.IsZero() {
			l.Ring = m.Moment
		}
		if m.ToTag != "" && len(l.rung) < throng && !slices.Contains(l.rung, m.ToTag) {
			l.rung = append(l.rung, m.ToTag)
			l.Forked = len(l.rung) > 1
		}
	case m.Status < 300:
		if l.Answer.IsZero() {
			l.Answer, l.Tag, l.Status = m.Moment, m.ToTag, int(m.Status)
			l.tags[Callee] = m.ToTag
		}
	default:
		if l.Answer.IsZero() {
			l.Status, l.End = int(m.Status), m.Moment
		}
	}
}

func (l *Leg) learn(m *Message, from int, h *Head) {
	requester := from
	if !m.Request() {
		requester = 1 - from
	}
	put := func(dst *string, s string) {
		if *dst == "" {
			*dst = s
		}
	}
	put(&l.Parties[requester].URI, withoutPassword(h.FromURI))
	put(&l.Parties[requester].Display, h.FromName)
	put(&l.Parties[1-requester].URI, withoutPassword(h.ToURI))
	put(&l.Parties[1-requester].Display, h.ToName)
	put(&l.Parties[from].Agent, h.Agent)
}

func (p *Party) meet(ep packet.Endpoint) {
	if !slices.Contains(p.Hosts, ep) && len(p.Hosts) < 16 {
		p.Hosts = append(p.Hosts, ep)
	}
}

// conclude says how the leg ended, as far as the capture goes.
func (l *Leg) conclude(last Moment) {
	switch {
	case l.Invite.IsZero():
		l.State = Partial
	case !l.Answer.IsZero():
		l.State = Established
		if !l.End.IsZero() {
			l.State = Completed
		}
	case l.Status == 487 || l.Status == 0 && !l.Cancel.IsZero():
		l.State = Cancelled
		if l.End.IsZero() {
			l.End = l.Cancel
		}
	case l.Status == 401 || l.Status == 407:
		l.State = Rejected
	case l.Status == 408 || l.Status >= 500 && l.Status < 600:
		l.State = Failed
	case l.Status >= 300:
		l.State = Rejected
	case l.Ring.IsZero() && len(l.rung) == 0 && last.Time-l.Invite.Time > 32*second:
		l.State = Failed // timer B (RFC 3261 section 17.1.1.2) ran out unanswered
	default:
		l.State = Ringing
	}
}
