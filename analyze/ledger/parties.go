package ledger

import (
	"fmt"
	"slices"

	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/trace"
)

// tie is two parties who talk to each other for a while, and the legs between
// them, from the one to the other.
type tie struct {
	a, b     Party
	legs     []orientedLeg
	from, to trace.Moment // to is zero where no end was seen

	elsewhere [][2]int64 // when one of them was with somebody else of the call
}

// orientedLeg is a leg on the way from a to b: whoever is nearer to a is on side
// near of it.
type orientedLeg struct {
	*trace.Leg
	near trace.Side
}

// node is a leg in the tree of a call's legs: the first one called another one
// into being, and so on.
type node struct {
	leg      *trace.Leg
	parent   *node
	reversed bool // its caller is the outer party: it called the server that the parent had called
	children int
}

// outer is the side of the leg that faces away from the parent.
func (n *node) outer() trace.Side {
	if n.reversed {
		return trace.Caller
	}
	return trace.Callee
}

// ties lists who talks to whom in a call that was signalled. Legs that were not
// answered take no part; those that began before the capture do.
func (r *rower) ties() []tie {
	c := r.call
	nodes := r.tree.take(min(len(c.Legs), 2))
	for _, partial := range []bool{false, true} {
		for _, l := range c.Legs {
			if (!l.Answer.IsZero() || talks(l) || partial && l.State == trace.Partial) && len(nodes) < mostLegs {
				n := r.nodes.one()
				n.leg = l
				nodes = append(nodes, n)
			}
		}
		if len(nodes) > 0 {
			break // the answered ones tell more
		}
	}
	if len(nodes) == 0 {
		return nil
	}
	first(nodes)
	root := nodes[0]
	for i, n := range nodes[1:] {
		n.attach(nodes[:i+1])
	}
	caller := Party{Name: "caller", Leg: root.leg, Side: trace.Caller}
	leaves := r.tree.take(1)
	for _, n := range nodes {
		if n.children == 0 {
			leaves = append(leaves, n)
		}
	}
	slices.SortStableFunc(leaves, func(a, b *node) int { return answered(a.leg).Compare(answered(b.leg)) })
	out := r.rooms.ties.take(len(leaves))
	parties := r.rooms.parties.take(len(leaves))
	for i, n := range leaves {
		p := Party{Name: "callee", Leg: n.leg, Side: n.outer()}
		if i > 0 {
			p.Name = fmt.Sprintf("party%d", i+2)
		}
		parties = append(parties, p)
		if j := consulted(leaves[:i], n, root.leg); j >= 0 {
			out = append(out, newTie(parties[j], p, r.across(leaves[j], n)))
			continue
		}
		out = append(out, newTie(caller, p, r.fromRoot(n)))
	}
	for i := range out {
		out[i].leave(leaves, i)
	}
	// Where the caller left and two others stayed, these were put through.
	if len(leaves) >= 2 && !root.leg.End.IsZero() && leaves[0] != root && leaves[1] != root {
		t := newTie(parties[0], parties[1], r.across(leaves[0], leaves[1]))
		if t.from.Time < root.leg.End.Time {
			t.from = root.leg.End
		}
		if t.to.IsZero() || t.to.Time > t.from.Time+second {
			out = append(out, t)
		}
	}
	return out
}

// first puts the leg in front that brought the others about: where its INVITE was
// not recorded, its place in time does not tell.
func first(nodes []*node) {
	for range nodes {
		moved := false
		for i, n := range nodes[1:] {
			r := nodes[0].leg
			if leads(n.leg, trace.Callee, r, trace.Caller) && !leads(r, trace.Callee, n.leg, trace.Caller) && !leads(n.leg, trace.Caller, r, trace.Caller) {
				copy(nodes[1:i+2], nodes[:i+1])
				nodes[0] = n
				moved = true
				break
			}
		}
		if !moved {
			return
		}
	}
}

// across is the way from one leaf to another, through the server that the caller
// had called.
func (r *rower) across(a, b *node) []orientedLeg {
	legs := r.fromRoot(a)[1:]
	slices.Reverse(legs)
	for i := range legs {
		legs[i].near = 1 - legs[i].near
	}
	return append(legs, r.fromRoot(b)[1:]...)
}

// consulted is the earlier leaf whose party talks with that of a later one: the
// server passes packets on between these two, and none between the later one and
// the caller. It is -1 where there is none.
func consulted(before []*node, n *node, root *trace.Leg) int {
	if n.parent == nil || passesOn(root, n.leg) {
		return -1
	}
	for j, o := range before {
		if o.parent != nil && passesOn(o.leg, n.leg) {
			return j
		}
	}
	return -1
}

// passesOn reports whether a server passes packets of one leg on to the other as
// they are.
func passesOn(a, b *trace.Leg) bool {
	for _, s := range busiest(a.Call.Streams) {
		if r := s.RelayOf; r != nil && r.SSRC == s.SSRC && (s.Place.Leg == a && r.Place.Leg == b || s.Place.Leg == b && r.Place.Leg == a) {
			return true
		}
	}
	return false
}

// leave notes when one of the two was with another party: from that party's
// INVITE, if it came later (a consultation), to its BYE.
func (t *tie) leave(leaves []*node, mine int) {
	for j, n := range leaves {
		l := n.leg
		if j == mine || l.Invite.IsZero() || l.Invite.Time <= t.from.Time {
			continue
		}
		until := always
		if !l.End.IsZero() {
			until = l.End.Time + straggle
		}
		t.elsewhere = append(t.elsewhere, [2]int64{l.Invite.Time - straggle, until})
	}
}

// talks reports whether media passed both ways on a leg whose answer is not in
// the capture, though its call was answered.
func talks(l *trace.Leg) bool {
	if l.Status >= 300 || l.State == trace.Cancelled || l.Call.Answer.IsZero() {
		return false
	}
	var both [2]bool
	for _, s := range l.Call.Streams {
		if p := s.Place; p.Leg == l && s.Last.Time > l.Call.Answer.Time+second {
			both[p.From] = true
		}
	}
	return both[0] && both[1]
}

// attach finds the leg that brought this one about: a host that was called on
// the one calls on the other. Where hosts do not tell, the media does, then the
// Call-ID, then the order.
func (n *node) attach(before []*node) {
	join := func(p *node) {
		n.parent = p
		p.children++
	}
	for _, p := range slices.Backward(before) {
		if leads(p.leg, trace.Callee, n.leg, trace.Caller) {
			join(p)
			return
		}
	}
	for _, p := range slices.Backward(before) {
		if leads(p.leg, trace.Callee, n.leg, trace.Callee) && !leads(p.leg, trace.Caller, n.leg, trace.Caller) {
			n.reversed = true
			join(p)
			return
		}
	}
	for _, p := range slices.Backward(before) {
		if relays(p.leg, n.leg) {
			join(p)
			return
		}
	}
	for _, p := range slices.Backward(before) {
		if p.leg.CallID == n.leg.CallID {
			join(p)
			return
		}
	}
	join(before[0])
}

// leads reports whether a host of one side of a leg is on a side of another one.
// Where all of it runs on one machine, ports tell the hosts apart.
func leads(a *trace.Leg, sa trace.Side, b *trace.Leg, sb trace.Side) bool {
	has := func(p *trace.Party, ep endpoint.Endpoint) bool {
		return slices.ContainsFunc(p.Hosts, func(h endpoint.Endpoint) bool { return h.Addr == ep.Addr })
	}
	for _, h := range b.Parties[sb].Hosts {
		if slices.Contains(a.Parties[sa].Hosts, h) || has(&a.Parties[sa], h) && !has(&a.Parties[1-sa], h) {
			return true
		}
	}
	return false
}

// relays reports whether media of one leg was passed on to the other.
func relays(a, b *trace.Leg) bool {
	for _, s := range a.Call.Streams {
		if r := s.RelayOf; r != nil && (s.Place.Leg == a && r.Place.Leg == b || s.Place.Leg == b && r.Place.Leg == a) {
			return true
		}
	}
	return false
}

// fromRoot is the way from the caller to the outer side of the leg.
func (r *rower) fromRoot(n *node) []orientedLeg {
	depth := 0
	for p := n; p != nil; p = p.parent {
		depth++
	}
	out := r.oriented.take(depth)
	for ; n != nil; n = n.parent {
		out = append(out, orientedLeg{n.leg, 1 - n.outer()})
	}
	slices.Reverse(out)
	out[0].near = trace.Caller // the root's near side is the caller, whatever its children are
	return out
}

// newTie ties two parties from when both have answered to the first BYE.
func newTie(a, b Party, legs []orientedLeg) tie {
	t := tie{a: a, b: b, legs: legs}
	for _, l := range legs {
		at := answered(l.Leg)
		if t.from.IsZero() || at.Compare(t.from) > 0 {
			t.from = at
		}
		if e := l.End; !e.IsZero() && (t.to.IsZero() || e.Compare(t.to) < 0) {
			t.to = e
		}
	}
	return t
}

// answered is when a leg's offer and answer were complete: with the 2xx, or with
// the ACK that answers a delayed offer (RFC 3264, RFC 3261 section 13.2.2.4). It
// is the leg's first message where the answer came before the capture.
func answered(l *trace.Leg) trace.Moment {
	if l.Answer.IsZero() {
		if !l.Call.Answer.IsZero() {
			return l.Call.Answer
		}
		return l.Messages.Record(0).Moment
	}
	at := l.Answer
	for _, p := range l.Ports {
		if !p.Offer && p.From().Compare(at) > 0 && p.Message().Method == "ACK" {
			if p.From().Time-at.Time < 32*second { // of this transaction (RFC 3261 section 13.3.1.4)
				return p.From()
			}
			break
		}
	}
	return at
}
