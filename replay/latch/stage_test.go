package latch

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/latchscope/latchscope/analyze/endpoint"
)

func place(s string) endpoint.Endpoint { return endpoint.From(netip.MustParseAddrPort(s)) }

// The cast: a trunk that is not behind a NAT, and a phone that is.
var (
	trunk    = place("198.51.100.20:6000")
	phoneSDP = place("10.0.0.5:4000")
	nat1     = place("192.0.2.1:36001")
	nat2     = place("192.0.2.1:36077")
	same     = place("192.0.2.1:4000") // a NAT that preserves ports
	stranger = place("203.0.113.66:1234")
)

const (
	epoch   = int64(1_700_000_000_000_000_000) // a whole second
	ptime   = 20 * time.Millisecond
	answer  = 800 * time.Millisecond
	ringing = 200 * time.Millisecond
)

func at(d time.Duration) int64 { return epoch + int64(d) }

// script is a call with 20 ms of media each way from the answer on. The phone
// moves from one source to another at flip.
type script struct {
	from, to endpoint.Endpoint
	flip     time.Duration // after the answer
	reoffer  time.Duration // after the flip; 0: none
	end      time.Duration // after the answer; 0: flip + 20 s
	rtcp     bool          // the flip is of RTCP, one packet a second
	phase    time.Duration // fraction of a second at which the call begins
}

// result is what became of the media after the flip.
type result struct {
	upDropped, downWrong, downWithheld int
	upHole, downHole                   time.Duration // longest time without a packet that reached its target, from the last before the flip on
	upAlive, downAlive                 bool          // in the last second
	upSilentFrom                       time.Duration // after the flip: the last packet that got through, if none does at the end
	dests                              []endpoint.Endpoint
	decisions                          []Decision
}

func (s script) events() []Event {
	if s.end == 0 {
		s.end = s.flip + 20*time.Second
	}
	start := s.phase
	events := []Event{
		{Time: at(start + ringing), Kind: KindOffer, Side: SideA, Media: trunk},
		{Time: at(start + answer), Kind: KindAnswer, Side: SideB, Media: phoneSDP},
	}
	step, kind := ptime, KindRTP
	if s.rtcp {
		step, kind = time.Second, KindRTCP
	}
	seq := uint16(65500) // wraps early
	for t := time.Duration(0); t < s.end; t += step {
		src := s.from
		if t >= s.flip {
			src = s.to
		}
		now := start + answer + time.Millisecond + t
		events = append(events,
			Event{Time: at(now), Kind: kind, Side: SideB, Source: src, SSRC: 7, Seq: seq},
			Event{Time: at(now + 7*time.Millisecond), Kind: kind, Side: SideA, Source: trunk, SSRC: 8, Seq: seq},
		)
		seq++
	}
	if s.reoffer > 0 {
		t := start + answer + s.flip + s.reoffer
		events = append(events,
			Event{Time: at(t), Kind: KindOffer, Side: SideB, Media: phoneSDP},
			Event{Time: at(t + 5*time.Millisecond), Kind: KindAnswer, Side: SideA, Media: trunk})
	}
	slices.SortStableFunc(events, func(a, b Event) int { return int(a.Time - b.Time) })
	return events
}

func (s script) play(t testing.TB, p Policy) result {
	t.Helper()
	// The trunk is not behind a NAT, and is sent to before it is locked on.
	a := p
	if a.Destination == DestinationSourceOnly {
		a.Destination = DestinationSource
	}
	e, err := New(a, p)
	if err != nil {
		t.Fatal(err)
	}
	if s.end == 0 {
		s.end = s.flip + 20*time.Second
	}
	kind := KindRTP
	if s.rtcp {
		kind = KindRTCP
	}
	base := at(s.phase + answer)
	flip := base + int64(s.flip)
	last := base + int64(s.end) - int64(time.Second)
	var r result
	upGood, downGood := base, base
	hole := func(good *int64, longest *time.Duration, now int64) {
		if now > flip {
			*longest = max(*longest, time.Duration(now-*good))
		}
		*good = now
	}
	for _, ev := range s.events() {
		d := e.Step(ev)
		r.decisions = append(r.decisions, d)
		if ev.Kind != kind {
			continue
		}
		after := ev.Time >= flip
		if ev.Side == SideB {
			if after && (len(r.dests) == 0 || r.dests[len(r.dests)-1] != e.State(SideB, kind).Destination) {
				r.dests = append(r.dests, e.State(SideB, kind).Destination)
			}
			switch {
			case d.Action == Relayed:
				hole(&upGood, &r.upHole, ev.Time)
				r.upAlive = r.upAlive || ev.Time > last
			case after:
				r.upDropped++
			}
			continue
		}
		src := s.from
		if after {
			src = s.to
		}
		switch {
		case d.Action == Relayed && d.To == src:
			hole(&downGood, &r.downHole, ev.Time)
			r.downAlive = r.downAlive || ev.Time > last
		case d.Action == Withheld && after:
			r.downWithheld++
		case after:
			r.downWrong++
		}
	}
	if !r.upAlive {
		r.upSilentFrom = time.Duration(upGood - flip)
	}
	return r
}

// with is a profile's policy with parameters set, as --set does it.
func with(t testing.TB, profile string, sets ...string) Policy {
	t.Helper()
	p, ok := Lookup(profile)
	if !ok {
		t.Fatalf("no profile %s", profile)
	}
	for i := 0; i < len(sets); i += 2 {
		if err := p.Policy.Set(sets[i], sets[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.Policy.Validate(); err != nil {
		t.Fatal(err)
	}
	return p.Policy
}
