package correlate

import (
	"fmt"
	"hash/maphash"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/trace"
)

// TestB2BUAAsByHand compares every leg with every other one, as the text
// above joinB2BUA says it, and holds that the indexes find the same.
func TestB2BUAAsByHand(t *testing.T) {
	joined := 0
	for seed := range uint64(400) {
		legs, targets := randomLegs(rand.New(rand.NewPCG(seed, 1)), 40+40*int(seed%3))
		got, want := unionOf(legs), unionOf(legs)
		secret, of := maphash.MakeSeed(), make([]asked, len(targets))
		for i, t := range targets {
			of[i].target = nameOf(secret, t)
		}
		joinB2BUA(got, legs, of, secret)
		joinByHand(want, legs, targets)
		for _, l := range legs {
			if got.find(l) != want.find(l) {
				t.Fatalf("seed %d: leg %d belongs to %d, by hand to %d", seed, l.ID, got.find(l)+1, want.find(l)+1)
			}
			if int(want.find(l)) != l.ID-1 {
				joined++
			}
		}
	}
	if joined < 1000 {
		t.Errorf("only %d legs belong to another one", joined)
	}
}

// TestOtherRoute: of a thousand calls between the same hosts the search for one between
// others looks at none but the first.
func TestOtherRoute(t *testing.T) {
	var host endpoint.Endpoint
	host.Addr[15] = 1
	var all []inviteLeg
	for i, route := range []uint64{1, 1, 2, 1, 1, 1, 3, 3} {
		l := &trace.Leg{Answer: trace.Moment{Ref: trace.Ref{Frame: uint32(i + 1)}, Time: int64(i+1) * second}}
		l.Parties[trace.Callee].Hosts = []endpoint.Endpoint{host}
		all = append(all, inviteLeg{Leg: l, route: route})
	}
	if got, want := fmt.Sprint(answersOf(all).other), "[2 2 3 6 6 6 8 8]"; got != want {
		t.Errorf("the next on another route: %s, want %s", got, want)
	}
}

// TestSetOffInACrowd: legs between the same hosts, however many, stand between no leg and
// the one that set it off.
func TestSetOffInACrowd(t *testing.T) {
	var asks, answers strings.Builder
	for i := range 4 * maxAtOnce {
		fmt.Fprintf(&asks, "%.4f S>b INVITE id=in%d\n", 0.01+float64(i)/2000, i)
		fmt.Fprintf(&answers, "1.00 b>S 200 id=in%d\n", i)
	}
	calls := callsOf(ladder(t, "0.00 a>s INVITE id=out\n"+asks.String()+answers.String()+"1.01 s>a 200 id=out"))
	if len(calls) != 1 {
		t.Errorf("%d calls, want one", len(calls))
	}
}

// randomLegs is legs between few hosts, with few names, within a few seconds.
func randomLegs(dice *rand.Rand, n int) (legs []*trace.Leg, targets []string) {
	host := func() endpoint.Endpoint {
		return endpoint.Endpoint{Addr: [16]byte{15: byte(dice.IntN(6))}, Port: uint16(5060 + dice.IntN(2))}
	}
	hosts := func() []endpoint.Endpoint {
		h := []endpoint.Endpoint{host()}
		if dice.IntN(4) == 0 {
			h = append(h, host())
		}
		return h
	}
	name := func(n int) string { return fmt.Sprintf("sip:%d@example.org", dice.IntN(n)) }
	at := func(ms int64) trace.Moment {
		return trace.Moment{Ref: trace.FrameOf(0, 1+ms), Time: ms * millisecond}
	}
	now := int64(1000)
	for i := range n {
		now += dice.Int64N(150)
		l := &trace.Leg{ID: i + 1, Dialog: &trace.Dialog{CallID: fmt.Sprint(dice.IntN(2 * n))}, Invite: at(now)}
		l.Parties[trace.Caller] = trace.Party{URI: name(4), Hosts: hosts()}
		l.Parties[trace.Callee] = trace.Party{URI: name(4), Hosts: hosts()}
		if dice.IntN(8) == 0 {
			l.Parties[trace.Caller].URI = ""
		}
		if dice.IntN(4) > 0 {
			l.Answer = at(now + dice.Int64N(1500))
		}
		if dice.IntN(2) == 0 {
			l.End = at(now + 2000 + dice.Int64N(500))
		}
		legs = append(legs, l)
		targets = append(targets, "")
		if dice.IntN(3) > 0 {
			targets[i] = user(name(4))
		}
	}
	return legs, targets
}

func joinByHand(u union, legs []*trace.Leg, targets []string) {
	target := func(l *trace.Leg) string { return targets[l.ID-1] }
	name := func(l *trace.Leg, side trace.Side) string { return user(l.Parties[side].URI) }
	for i, l := range legs {
		best, found := unlike, []*trace.Leg(nil)
		for _, o := range legs[:i] {
			if l.Invite.Time-o.Invite.Time > setOffWithin || o.CallID == l.CallID || sameHop(o, l) || o.Answer.IsZero() != l.Answer.IsZero() {
				continue
			}
			k, inner, answered := unlike, leadsTo(o, l), together(o.Answer, l.Answer, second)
			users := name(o, trace.Callee) == name(l, trace.Callee) || target(o) == target(l) && target(l) != ""
			switch caller := name(l, trace.Caller); {
			case caller != "" && caller == name(o, trace.Caller) && users && (answered || inner && o.Answer.IsZero()):
				k = sameUsers
			case caller != "" && caller == name(o, trace.Caller) && inner && answered:
				k = sameCaller
			case inner && together(o.Answer, l.Answer, courseApart) && endedWith(o, l):
				k = sameCourse
			}
			if k > best {
				best, found = k, nil
			}
			if k == best && k != unlike {
				found = append(found, o)
			}
		}
		if len(found) == 1 {
			u.join(found[0], l)
		}
	}
}
