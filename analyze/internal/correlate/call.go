package correlate

import (
	"cmp"
	"hash/maphash"
	"slices"
	"strings"

	"github.com/latchscope/latchscope/analyze/internal/arena"
	"github.com/latchscope/latchscope/analyze/trace"
)

// buildCalls puts legs together that belong to one conversation. What speaks
// for it, in this order: the same Call-ID, a header that names the other
// Call-ID, media that goes in on one leg and comes out on the other, and an
// INVITE that sets off the other within the time of its own. What signalling alone
// says is in u.
func (t *correlation) buildCalls(u union, ports portIndex, pairs []samePayload) []*trace.Call {
	legs := t.Legs
	joinByPort(u, ports)
	joinByMedia(u, t.Talkers)
	joinSamePayload(u, t.Talkers, pairs)

	size, count := make([]int32, len(legs)), 0
	for _, l := range legs {
		r := u.find(l)
		if size[r] == 0 {
			count++
		}
		size[r]++
	}
	calls := make([]*trace.Call, 0, count)
	var all arena.Arena[trace.Call]
	var lists arena.Arena[*trace.Leg]
	for i, l := range legs {
		r := u.find(l)
		if int(r) == i { // the earliest of its call
			l.Call = all.One()
			l.Call.Legs = lists.Some(int(size[r]))[:0]
			calls = append(calls, l.Call)
		}
		l.Call = legs[r].Call
		l.Call.Legs = append(l.Call.Legs, l)
	}
	for _, c := range calls {
		conclude(c)
	}
	return calls
}

// joinBySignalling joins the legs that signalling alone says are one call: which says
// nothing of streams, so that these can be looked at meanwhile.
func joinBySignalling(said signalled) union {
	u := unionOf(said.legs)
	joinByID(u, said.hops)
	joinByHeader(u, said)
	joinB2BUA(u, said.legs, said.asked, said.seed)
	return u
}

// joinByID joins the hops of one Call-ID.
func joinByID(u union, hops [][2]*trace.Leg) {
	for _, h := range hops {
		u.join(h[0], h[1])
	}
}

// startedAfter reports whether the leg began when the other one was over.
func startedAfter(l *trace.Leg, o *trace.Leg) bool { return lifespanOf(l).after(lifespanOf(o)) }

// lifespan is a leg, and what tells whether it was over when another one began.
type lifespan struct {
	leg            *trace.Leg
	start, end     int64
	invited, ended bool
}

func lifespanOf(l *trace.Leg) lifespan {
	return lifespan{l, l.Messages.Record(0).Time, l.End.Time, !l.Invite.IsZero(), !l.End.IsZero()}
}

func (l lifespan) after(o lifespan) bool { return o.ended && l.start > o.end && l.invited }

// joinByHeader joins legs whose INVITE names another leg's Call-ID, or that
// share a session identifier (RFC 7989), or whose Call-ID is another's with a
// suffix, as some B2BUAs form it ("..._b2b-1").
func joinByHeader(u union, said signalled) {
	shared := map[string]*trace.Leg{}
	for i, l := range said.legs {
		if at := strings.LastIndex(l.CallID, "_b2b"); at > 0 {
			if o := said.named(l.CallID[:at]); o != nil {
				u.join(o, l)
			}
		}
		h := said.asked[i].head
		if h == nil {
			continue
		}
		for _, v := range h.Related {
			if o := said.named(v); o != nil && o != l && overlaps(l, o) {
				u.join(o, l)
			}
		}
		for _, v := range h.Keys {
			if o := shared[v]; o != nil && overlaps(l, o) {
				u.join(o, l)
			}
			shared[v] = l
		}
	}
}

// askedBy is what the first INVITE of a leg asks for.
func askedBy(l *trace.Leg, seed maphash.Seed) (a asked) {
	for _, m := range l.Messages.All() {
		if h := m.Tracked; m.Method == "INVITE" && m.Request() && h != nil {
			if a.target = nameOf(seed, user(h.RequestURI)); len(h.Related)+len(h.Keys) > 0 {
				a.head = h
			}
			break
		}
	}
	return a
}

// overlaps in time, as far as the capture shows.
func overlaps(l *trace.Leg, o *trace.Leg) bool { return !startedAfter(l, o) && !startedAfter(o, l) }

// joinByMedia joins the legs on both sides of a relay that keeps the SSRC.
func joinByMedia(u union, talkers []*trace.Talker) {
	for _, t := range talkers {
		for _, s := range t.Streams {
			if r := s.RelayOf; r != nil && s.Place.Known() && r.Place.Known() && s.Place.Leg != r.Place.Leg {
				u.join(s.Place.Leg, r.Place.Leg)
			}
		}
	}
}

// joinByPort joins a leg to an earlier one through a host that was called on
// the one and calls on the other, when both announce the same address on the
// same side: direct media, which a B2BUA arranges by naming one party's address
// to the other.
func joinByPort(u union, ports portIndex) {
	var room [2][8]lifespan // of each side the latest
	for n := range int32(ports.Len()) {
		ep, list := ports.Key(n), ports.ByNumber(n)
		if len(list) == 1 || list[0].Leg == list[len(list)-1].Leg {
			continue // of one leg, as most are
		}
		last := [2][]lifespan{room[0][:0], room[1][:0]}
		for _, p := range list {
			if p.Addr != ep {
				continue // its candidate
			}
			l, same := lifespanOf(p.Leg), last[p.Side]
			for _, o := range same {
				if o.leg != l.leg && !l.after(o) && !o.after(l) && leadsTo(o.leg, l.leg) {
					u.join(o.leg, l.leg)
				}
			}
			if n := len(same); n == 0 || same[n-1].leg != l.leg {
				if n == cap(same) {
					same = slices.Delete(same, 0, 1)
				}
				last[p.Side] = append(same, l)
			}
		}
	}
}

// leadsTo reports whether a host that was called on this leg calls on the other
// one. Where all of it runs on one machine, ports tell the hosts apart.
func leadsTo(o *trace.Leg, l *trace.Leg) bool {
	if sameHop(o, l) {
		return false
	}
	for _, h := range l.Parties[trace.Caller].Hosts {
		if slices.Contains(o.Parties[trace.Callee].Hosts, h) || hasAddress(&o.Parties[trace.Callee], h) && !hasAddress(&o.Parties[trace.Caller], h) {
			return true
		}
	}
	return false
}

// sameHop reports whether two legs have an end in common on the same side: two
// calls between the same machines, not two legs of one.
func sameHop(o *trace.Leg, l *trace.Leg) bool {
	for side := range o.Parties {
		for _, h := range l.Parties[side].Hosts {
			alone := !hasAddress(&l.Parties[1-side], h)
			if slices.Contains(o.Parties[side].Hosts, h) || alone && hasAddress(&o.Parties[side], h) && !hasAddress(&o.Parties[1-side], h) {
				return true
			}
		}
	}
	return false
}

// user part of a SIP or tel URI (RFC 3261 section 19.1.1, RFC 3966); "" where a
// SIP URI names a host alone.
func user(uri string) string {
	scheme, rest, _ := strings.Cut(uri, ":")
	i := strings.IndexFunc(rest, func(r rune) bool { return r == '@' || r == ';' })
	switch {
	case i >= 0 && rest[i] == '@':
		return rest[:i]
	case !strings.EqualFold(scheme, "tel"):
		return ""
	case i >= 0:
		return rest[:i]
	}
	return rest
}

// conclude draws the call's state and times from its legs.
func conclude(c *trace.Call) {
	slices.SortStableFunc(c.Legs, func(a, b *trace.Leg) int {
		if a.Invite.IsZero() != b.Invite.IsZero() {
			if a.Invite.IsZero() {
				return 1
			}
			return -1
		}
		return cmp.Compare(a.Messages.Record(0).Time, b.Messages.Record(0).Time)
	})
	first := c.Legs[0]
	for _, l := range c.Legs {
		// A hop whose answers go past this capture point says nothing of how
		// the call went.
		if l.Status != 0 || !l.Answer.IsZero() {
			first = l
			break
		}
	}
	if o := answeredBranch(c, first); o != nil {
		first = o
	}
	c.Status = first.Status
	c.State, c.From, c.To, c.Invite = first.State, first.Parties[trace.Caller].URI, first.Parties[trace.Callee].URI, c.Legs[0].Invite
	for _, l := range c.Legs {
		if !l.Answer.IsZero() && (c.Answer.IsZero() || l.Answer.Time < c.Answer.Time) {
			c.Answer = l.Answer
		}
	}
	c.End = first.End
	for _, l := range c.Legs {
		// Whoever hangs up ends his own leg first; a lost fork ends long before.
		if !l.End.IsZero() && (c.End.IsZero() || l.End.Time < c.End.Time && c.End.Time-l.End.Time < 2*second) && !l.Answer.IsZero() {
			c.End = l.End
		}
	}
}

// answeredBranch is the leg that was answered where a leg that was refused or
// cancelled is only another branch of its fork (RFC 3261 section 16.7), or was
// tried before it (a 302, section 8.1.3.4): the same host called on both. nil if
// there is none.
func answeredBranch(c *trace.Call, refused *trace.Leg) *trace.Leg {
	if !refused.Answer.IsZero() {
		return nil
	}
	caller := refused.Parties[trace.Caller].Hosts
	for _, l := range c.Legs {
		hosts := l.Parties[trace.Caller].Hosts
		if l != refused && !l.Answer.IsZero() && len(hosts) > 0 && len(caller) > 0 && hosts[0].Addr == caller[0].Addr {
			return l
		}
	}
	return nil
}

// forgetHeads lets go of what the parties of a Call-ID's legs and their call were told by.
func forgetHeads(l trace.Messages) {
	for i := range l.Len() {
		if c := l.Record(i).Content; c != 0 {
			l.Contents.At(c).Tracked = nil
		}
	}
}
