package correlate

import (
	"encoding/binary"
	"hash/maphash"
	"iter"
	"math/bits"
	"slices"
	"sort"

	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/internal/arena"
	"github.com/latchscope/latchscope/analyze/internal/interval"
	"github.com/latchscope/latchscope/analyze/trace"
)

// likeness of two legs that may be one call, better ones above.
type likeness uint8

const (
	unlike     likeness = iota
	sameCourse          // through one host, answered and ended together
	sameCaller          // through one host, and the caller has the same name
	sameUsers           // caller and callee have the same names
)

// setOffWithin is how long after the INVITE that set it off a leg may begin.
const setOffWithin = 2 * second

// joinB2BUA joins a leg to the one whose INVITE set it off: it begins
// within two seconds after it, and the answers follow each other. The better
// the users agree, the less else has to; of equally good candidates there must
// be one alone.
//
// A busy trunk has thousands of legs within two seconds. The likelier kinds
// need the caller's name to be the same, and either another name or a host in
// common; the last one a host in common and answers that came together. For
// each there is an index, and no leg is compared with all the others.
func joinB2BUA(u union, legs []*trace.Leg, asked []asked, seed maphash.Seed) {
	all := inviteLegsOf(legs, asked, seed)
	n := b2bua{all: all, answered: answersOf(all)}
	for i := range all {
		l := &all[i]
		n.turn(l.invite)
		found := n.byCaller(l)
		if len(found) == 0 {
			found = n.byCourse(l)
		}
		// A 100 may come after what its INVITE set off: then only hosts tell which was first.
		if len(found) == 1 && (!l.Invite.IsZero() || leadsTo(found[0].Leg, l.Leg)) {
			u.join(found[0].Leg, l.Leg)
		}
		n.add(l)
	}
}

// inviteLeg is a leg with what is compared of it.
type inviteLeg struct {
	*trace.Leg
	caller, callee, target name
	route                  uint64 // stands for its hosts: legs between the same ones have the same
	invite, answer         int64
	at                     int32 // among all of them
}

// name stands for a user's name, 0 for none: a hash under a secret seed, with
// which no two names meet.
type name uint64

func nameOf(seed maphash.Seed, user string) name {
	if user == "" {
		return 0
	}
	return max(name(maphash.String(seed, user)), 1)
}

// invited is when a leg began with an INVITE, zero where nothing tells. Of one whose
// INVITE the recording lost, the 100 does: it comes within a fifth of a second (RFC 3261
// section 17.2.1), and one without a To-tag is none of a re-INVITE (section 8.2.6.2).
// What rings may have been asked long ago.
func invited(l *trace.Leg) trace.Moment {
	if !l.Invite.IsZero() || l.Messages.Len() == 0 {
		return l.Invite
	}
	if m := l.Messages.At(0); m.Status == 100 && m.Method == "INVITE" && m.ToTag == "" {
		return m.Moment
	}
	return trace.Moment{}
}

// inviteLegsOf are the legs that began with an INVITE, in order of these.
func inviteLegsOf(legs []*trace.Leg, asked []asked, seed maphash.Seed) []inviteLeg {
	order := make([]*trace.Leg, 0, len(legs))
	for _, l := range legs {
		if !invited(l).IsZero() {
			order = append(order, l)
		}
	}
	sortMoments(order, func(l *trace.Leg) trace.Moment { return trace.Moment{Time: invited(l).Time} }, nil)
	all := make([]inviteLeg, len(order))
	for i, l := range order {
		all[i] = inviteLeg{
			Leg: l, at: int32(i), route: route(l), invite: invited(l).Time, answer: l.Answer.Time, target: asked[l.ID-1].target,
			caller: nameOf(seed, user(l.Parties[trace.Caller].URI)), callee: nameOf(seed, user(l.Parties[trace.Callee].URI)),
		}
	}
	return all
}

// The keys of chains: the caller's name with either of the others, or with an
// address.
func (l *inviteLeg) keys() [2]uint64 {
	return [2]uint64{mix(uint64(l.caller), uint64(l.callee)), mix(uint64(l.caller), uint64(l.target))}
}

func (l *inviteLeg) host(addr [16]byte) uint64 { return withAddress(mix(uint64(l.caller), 1), addr) }

func route(l *trace.Leg) (h uint64) {
	for side := range l.Parties {
		h = mix(h, uint64(side)+1)
		for _, ep := range l.Parties[side].Hosts {
			h = mix(withAddress(h, ep.Addr), uint64(ep.Port))
		}
	}
	return h
}

func withAddress(h uint64, addr [16]byte) uint64 {
	return mix(mix(h, binary.LittleEndian.Uint64(addr[:])), binary.LittleEndian.Uint64(addr[8:]))
}

func mix(h, v uint64) uint64 {
	hi, lo := bits.Mul64(h^v^0x9e3779b97f4a7c15, v^0xd6e8feb86659fd93)
	return hi ^ lo ^ bits.RotateLeft64(h, 29)
}

// b2bua finds the legs that may have set off another one.
type b2bua struct {
	all      []inviteLeg
	late     chains // the legs of the last two seconds or so
	early    chains // those of as long before them; what is older sets nothing off
	answered byAnswer
}

// chains of the legs that share the caller's name, and another name or an
// address, the latest one in front.
type chains struct {
	since  int64                 // INVITE of the first
	keys   arena.Numbers[uint64] // of the chains
	latest []int32               // the front of each chain
	legs   []candidate           // the first one ends all chains
}

// front is the latest leg of a chain; 0 where there is no such chain.
func (c *chains) front(key uint64) int32 {
	if n, ok := c.keys.Of(key); ok {
		return c.latest[n]
	}
	return 0
}

// chain is where the front of a chain stands, which begins here if there is none yet.
func (c *chains) chain(key uint64) (front *int32) {
	n := c.keys.Add(key)
	if int(n) == len(c.latest) {
		c.latest = append(c.latest, 0)
	}
	return &c.latest[n]
}

// turn lets go of the legs that are too old for one that begins now.
func (n *b2bua) turn(now int64) {
	if len(n.late.legs) > 0 && now-n.late.since <= setOffWithin {
		return
	}
	n.late, n.early = n.early, n.late
	if used, room := len(n.late.legs), cap(n.late.legs); room == 0 || room > 1<<12 && used < room/4 { // to clear what is large and nearly empty costs more
		about := max(used, len(n.early.legs)) // as many as in the two seconds before
		n.late.keys, n.late.legs = arena.NumbersFor[uint64](about), make([]candidate, 0, about+1)
	}
	n.late.keys.Clear()
	n.late.since, n.late.latest, n.late.legs = now, n.late.latest[:0], append(n.late.legs[:0], candidate{})
}

// candidate is a leg in a chain.
type candidate struct {
	at     int32 // among all
	before int32 // the one before it
	other  int32 // the nearest before it on another route
}

// add makes a leg one that later ones may have been set off by.
func (n *b2bua) add(l *inviteLeg) {
	if l.caller == 0 {
		return // names nobody
	}
	if keys := l.keys(); !l.Answer.IsZero() {
		n.put(l, keys[0])
		if keys[1] != keys[0] {
			n.put(l, keys[1])
		}
	}
	for addr := range addresses(l.Parties[trace.Callee].Hosts) {
		n.put(l, l.host(addr))
	}
}

func (n *b2bua) put(l *inviteLeg, key uint64) {
	in := &n.late
	front := in.chain(key)
	c := candidate{at: l.at, before: *front, other: *front}
	if o := in.legs[c.other]; c.other != 0 && n.all[o.at].route == l.route {
		c.other = o.other
	}
	*front = int32(len(in.legs))
	in.legs = append(in.legs, c)
}

// before are the legs of a chain that may have set l off by what is known of
// them there, the latest first. Legs between the same hosts have not; of the
// others no more than maxAtOnce are looked at.
func (n *b2bua) before(l *inviteLeg, key uint64) iter.Seq[*inviteLeg] {
	return func(yield func(*inviteLeg) bool) {
		looked := 0
		for _, in := range [2]*chains{&n.late, &n.early} {
			for next := in.front(key); next != 0 && looked < maxAtOnce; looked++ {
				c := &in.legs[next]
				o := &n.all[c.at]
				if o.invite < l.invite-setOffWithin {
					return
				}
				if o.route == l.route {
					next = c.other
					continue
				}
				next = c.before
				if d := o.answer - l.answer; d <= -answerEarly || d >= second {
					continue
				}
				if o.caller == l.caller && o.CallID != l.CallID && o.Answer.IsZero() == l.Answer.IsZero() && !yield(o) {
					return
				}
			}
		}
	}
}

// byCaller finds the legs whose caller has the same name that look most as if
// they had set l off; of equally good ones no more than two.
func (n *b2bua) byCaller(l *inviteLeg) (found []*inviteLeg) {
	if l.caller == 0 {
		return nil
	}
	best := unlike
	take := func(o *inviteLeg, inner bool) (enough bool) {
		k := o.named(l, inner)
		if k == unlike || k < best || slices.Contains(found, o) {
			return false
		}
		if k > best {
			best, found = k, found[:0]
		}
		if len(found) < 2 {
			found = append(found, o)
		}
		return len(found) > 1 && best == sameUsers // nothing is better, and two are one too many
	}
	if !l.Answer.IsZero() { // then who is called tells, whatever the hosts
		keys := l.keys()
		for i, key := range keys {
			if i > 0 && key == keys[0] {
				break
			}
			for o := range n.before(l, key) {
				if !sameHop(o.Leg, l.Leg) && take(o, false) {
					return found
				}
			}
		}
		if best == sameUsers {
			return found
		}
	}
	for addr := range addresses(l.Parties[trace.Caller].Hosts) {
		for o := range n.before(l, l.host(addr)) {
			if leadsTo(o.Leg, l.Leg) && take(o, true) {
				return found
			}
		}
	}
	return found
}

// named says how well a leg of the same caller, and not of the same hop, looks
// as if it had set off l. inner tells whether its callee calls on l.
func (o *inviteLeg) named(l *inviteLeg, inner bool) likeness {
	answered := together(o.Answer, l.Answer, second)
	switch {
	case o.Answer.IsZero() != l.Answer.IsZero():
		return unlike
	case (o.callee == l.callee && l.callee != 0 || o.target == l.target && l.target != 0) && (answered || inner && o.Answer.IsZero()):
		return sameUsers
	case inner && answered:
		return sameCaller
	}
	return unlike
}

// byAnswer is the legs that were answered, by the callee's address and in order
// of the answers.
type byAnswer struct {
	*interval.Index[[16]byte, *inviteLeg]
	other []int32 // for each the nearest after it on another route, or the end
}

func answersOf(all []inviteLeg) byAnswer {
	order := make([]*inviteLeg, 0, len(all))
	for i := range all {
		if !all[i].Answer.IsZero() {
			order = append(order, &all[i])
		}
	}
	sortMoments(order, func(l *inviteLeg) trace.Moment { return trace.Moment{Time: l.Answer.Time} }, nil)
	a := byAnswer{Index: interval.IndexOf(0, len(order), func(yield func([16]byte, *inviteLeg) bool) {
		for _, l := range order {
			for addr := range addresses(l.Parties[trace.Callee].Hosts) {
				if !yield(addr, l) {
					return
				}
			}
		}
	}, nil)}
	a.other = make([]int32, len(a.List))
	for n := range a.Until {
		for i := a.Until[n] - 1; i >= a.Start(int32(n)); i-- {
			a.other[i] = i + 1
			if i+1 < a.Until[n] && a.List[i+1].route == a.List[i].route {
				a.other[i] = a.other[i+1]
			}
		}
	}
	return a
}

// byCourse finds the legs that were answered and ended when l was, through a
// host that was called on them and calls on l; no more than two. Of those that
// were answered at about the time no more than maxAtOnce are looked at.
func (n *b2bua) byCourse(l *inviteLeg) (found []*inviteLeg) {
	if l.Answer.IsZero() {
		return nil
	}
	a := n.answered
	for addr := range addresses(l.Parties[trace.Caller].Hosts) {
		k, ok := a.Of(addr)
		if !ok {
			continue
		}
		list, first := a.ByNumber(k), a.Start(k)
		i := sort.Search(len(list), func(i int) bool { return list[i].Answer.Time > l.Answer.Time-answerEarly })
		for looked := 0; i < len(list) && looked < maxAtOnce; looked++ {
			o := list[i]
			if o.Answer.Time >= l.Answer.Time+courseApart || len(found) > 1 {
				break
			}
			if o.route == l.route {
				i = int(a.other[int(first)+i] - first)
				continue
			}
			i++
			if o.at < l.at && l.invite-o.invite <= setOffWithin && endedWith(o.Leg, l.Leg) && o.CallID != l.CallID &&
				!slices.Contains(found, o) && leadsTo(o.Leg, l.Leg) {
				found = append(found, o)
			}
		}
	}
	return found
}

// addresses of hosts, each once.
func addresses(hosts []endpoint.Endpoint) iter.Seq[[16]byte] {
	return func(yield func([16]byte) bool) {
		for i, h := range hosts {
			if !slices.ContainsFunc(hosts[:i], func(o endpoint.Endpoint) bool { return o.Addr == h.Addr }) && !yield(h.Addr) {
				return
			}
		}
	}
}

// answerEarly is how much earlier the answer on the leg that set off may be
// recorded than that on the other; courseApart is how far apart answers, and
// ends, are where nothing else speaks for one call.
const (
	answerEarly = 50 * millisecond
	courseApart = second / 3
)

// endedWith reports whether two legs ended together, or neither did.
func endedWith(l *trace.Leg, o *trace.Leg) bool {
	return l.End.IsZero() && o.End.IsZero() || together(l.End, o.End, courseApart) || together(o.End, l.End, courseApart)
}

// together reports whether a came at most so long after b, or hardly before.
func together(a, b trace.Moment, within int64) bool {
	d := a.Time - b.Time
	return !a.IsZero() && !b.IsZero() && d > -answerEarly && d < within
}
