package analyze

import (
	"cmp"
	"slices"
	"sort"

	"github.com/latchscope/latchscope/analyze/packet"
)

// likeness of two legs that may be one call, better ones above.
type likeness uint8

const (
	noKin      likeness = iota
	sameCourse          // through one host, answered and ended together
	sameCaller          // through one host, and the caller has the same name
	sameUsers           // caller and callee have the same names
)

// nestWithin is how long after the INVITE that set it off a leg may begin.
const nestWithin = 2 * second

// joinByNesting joins a leg to the one whose INVITE set it off: it begins
// within two seconds after it, and the answers follow each other. The better
// the users agree, the less else has to; of equally good candidates there must
// be one alone.
//
// A busy trunk has thousands of legs within two seconds. The likelier kinds
// need the caller's name to be the same, the last one a host in common and
// answers that came together: two indexes, and no leg is compared with all the
// others.
func joinByNesting(u union, legs []*Leg) {
	n := nesting{callers: map[string][]*sameHosts{}, answered: map[[16]byte][]*nested{}}
	for i, l := range legs {
		if !l.Invite.IsZero() {
			n.all = append(n.all, &nested{Leg: l, at: i, caller: user(l.Parties[Caller].URI), callee: user(l.Parties[Callee].URI), target: user(l.target())})
		}
	}
	byAnswer := slices.Clone(n.all)
	slices.SortStableFunc(byAnswer, func(a, b *nested) int { return cmp.Compare(a.Answer.Time, b.Answer.Time) })
	for _, l := range byAnswer {
		for _, h := range addresses(l.Parties[Callee].Hosts) {
			if !l.Answer.IsZero() {
				n.answered[h] = append(n.answered[h], l)
			}
		}
	}
	for _, l := range n.all {
		found := n.byCaller(l)
		if len(found) == 0 {
			found = n.byCourse(l)
		}
		if len(found) == 1 {
			u.join(found[0].Leg, l.Leg)
		}
		n.add(l)
	}
}

// nested is a leg with what is compared of it.
type nested struct {
	*Leg
	at                     int // among all legs
	caller, callee, target string
}

type nesting struct {
	all      []*nested               // with an INVITE
	answered map[[16]byte][]*nested  // by the callee's address, in order of the answers
	callers  map[string][]*sameHosts // by the caller's name
}

// sameHosts is legs between the same hosts, in order: what hosts have to say
// about one of them holds for all.
type sameHosts struct{ legs []*nested }

// add makes a leg one that later ones may have been set off by.
func (n *nesting) add(l *nested) {
	if l.caller == "" {
		return // names nobody
	}
	for _, c := range n.callers[l.caller] {
		if o := c.legs[0]; slices.Equal(o.Parties[Caller].Hosts, l.Parties[Caller].Hosts) && slices.Equal(o.Parties[Callee].Hosts, l.Parties[Callee].Hosts) {
			c.legs = append(c.legs, l)
			return
		}
	}
	n.callers[l.caller] = append(n.callers[l.caller], &sameHosts{[]*nested{l}})
}

// byCaller finds the legs whose caller has the same name that look most as if
// they had set l off; of equally good ones no more than two.
func (n *nesting) byCaller(l *nested) []*nested {
	best, found := noKin, []*nested(nil)
	open := n.callers[l.caller][:0]
	for _, c := range n.callers[l.caller] {
		c.forget(l.Invite.Time - nestWithin)
		if len(c.legs) == 0 {
			continue
		}
		open = append(open, c)
		if c.legs[0].sameHop(l.Leg) {
			continue
		}
		inner := c.legs[0].leadsTo(l.Leg)
		for _, o := range c.legs {
			if len(found) > 1 && best == sameUsers {
				break // nothing is better, and two are one too many
			}
			k := o.named(l, inner)
			if k == noKin || k < best || l.Invite.Time-o.Invite.Time > nestWithin || o.CallID == l.CallID {
				continue
			}
			if k > best {
				best, found = k, found[:0]
			}
			found = append(found, o)
		}
	}
	if len(open) > 0 {
		n.callers[l.caller] = open
	} else {
		delete(n.callers, l.caller)
	}
	return found
}

// forget drops the oldest legs as far as they were set off before a time.
func (c *sameHosts) forget(before int64) {
	i := 0
	for i < len(c.legs) && c.legs[i].Invite.Time < before {
		i++
	}
	c.legs = c.legs[i:]
}

// named says how well a leg of the same caller, and not of the same hop, looks
// as if it had set off l. inner tells whether its callee calls on l.
func (o *nested) named(l *nested, inner bool) likeness {
	answered := together(o.Answer, l.Answer, second)
	switch {
	case o.Answer.IsZero() != l.Answer.IsZero():
		return noKin
	case (o.callee == l.callee || o.target == l.target) && (answered || inner && o.Answer.IsZero()):
		return sameUsers
	case inner && answered:
		return sameCaller
	}
	return noKin
}

// byCourse finds the legs that were answered and ended when l was, through a
// host that was called on them and calls on l; no more than two.
func (n *nesting) byCourse(l *nested) (found []*nested) {
	if l.Answer.IsZero() {
		return nil
	}
	for _, h := range addresses(l.Parties[Caller].Hosts) {
		list := n.answered[h]
		first := sort.Search(len(list), func(i int) bool { return list[i].Answer.Time > l.Answer.Time-nestEarly })
		for _, o := range list[first:] {
			if o.Answer.Time >= l.Answer.Time+nestCourse || len(found) > 1 {
				break
			}
			if o.at < l.at && l.Invite.Time-o.Invite.Time <= nestWithin && o.endedWith(l.Leg) && o.CallID != l.CallID &&
				!slices.Contains(found, o) && !o.sameHop(l.Leg) && o.leadsTo(l.Leg) {
				found = append(found, o)
			}
		}
	}
	return found
}

// addresses of hosts, each once.
func addresses(hosts []packet.Endpoint) (out [][16]byte) {
	for _, h := range hosts {
		if !slices.Contains(out, h.Addr) {
			out = append(out, h.Addr)
		}
	}
	return out
}

// nestEarly is how much earlier the answer on the leg that set off may be
// recorded than that on the other; nestCourse is how far apart answers, and
// ends, are where nothing else speaks for one call.
const (
	nestEarly  = 50 * millisecond
	nestCourse = second / 3
)

// endedWith tells whether two legs ended together, or neither did.
func (l *Leg) endedWith(o *Leg) bool {
	return l.End.IsZero() && o.End.IsZero() || together(l.End, o.End, nestCourse) || together(o.End, l.End, nestCourse)
}

// together tells whether a came at most so long after b, or hardly before.
func together(a, b Moment, within int64) bool {
	d := a.Time - b.Time
	return !a.IsZero() && !b.IsZero() && d > -nestEarly && d < within
}
