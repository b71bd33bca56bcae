package latch

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/latchscope/latchscope/analyze/endpoint"
)

// deal turns bytes into two policies and the events of a call, so that the
// fuzzer and the property tests play the same game. Sources are few, so that
// they meet each other.
func deal(data []byte) (a, b Policy, events []Event) {
	next := func() byte {
		if len(data) == 0 {
			return 0
		}
		x := data[0]
		data = data[1:]
		return x
	}
	a, b = dealPolicy(next), dealPolicy(next)
	sources := []endpoint.Endpoint{trunk, phoneSDP, nat1, nat2, same, stranger, place("[2001:db8::1]:9"), {}, place("0.0.0.0:4000"), place("192.0.2.1:65535")}
	now := epoch + int64(next())*int64(time.Second)/16
	for len(data) > 0 && len(events) < 4096 {
		op, who, num := next(), next(), next()
		step := time.Duration(op>>5) * time.Duration(op>>5) * 10 * time.Millisecond
		if num > 240 {
			step = 11 * time.Second
		}
		now += int64(step)
		ev := Event{
			Time: now, Side: Side(who & 1), Kind: Kind(op & 7),
			Source: sources[int(who>>1)%len(sources)], Media: sources[int(who>>1)%len(sources)],
			Seq: uint16(len(events)) + uint16(num&3), SSRC: uint32(num>>2) & 1, PT: num & 0x7f,
			Hold: num&4 != 0, Early: num&8 != 0,
		}
		if ev.Kind > KindBye {
			ev.Kind = KindRTP
		}
		ev.Marker, ev.Empty, ev.Other = num&1 != 0, num&96 == 96, num&10 == 10
		if ev.Kind == KindBye && num < 250 {
			ev.Kind = KindRTCP
		}
		if num&16 != 0 {
			ev.MediaRTCP = ev.Media
		}
		events = append(events, ev)
	}
	return a, b, events
}

// dealPolicy is a built-in profile with some parameters changed, or, where the
// result would be refused, the profile itself.
func dealPolicy(next func() byte) Policy {
	all := Profiles()
	p := all[int(next())%len(all)].Policy
	was := p
	for range next() % 6 {
		which, v := next(), next()
		fields := p.Params()
		q := fields[int(which)%len(fields)]
		values := []string{
			"true", "false", "0", "1", "2", "10", "20ms", "200ms", "3s", "offer", "answer", "own-sdp", "relay", "drop", "learn", "follow",
			"ip", "ip+port", "prefix/24", "none", "switch", "lock", "consecutive", "per-source", "consecutive-mismatches", "all-mismatches",
			"ranked", "switchable", "sdp", "first", "never", "signalling", "re-offer+unhold", "sdp-changed", "sdp-differs", "forget", "keep",
			"accept", "source", "source-only", "same", "once", "follows", "13,19",
			"queue", "negotiated", "media", "rtp", "any", "ignore", "one-packet", "sdp", "address", "direction", "ignored", "changes", "remember", "own-re-offer",
		}
		// The first value that the parameter takes, beginning anywhere.
		for i := range values {
			if p.Set(q.Name, values[(int(v)+i)%len(values)]) == nil {
				break
			}
		}
	}
	if p.Validate() != nil {
		return was
	}
	return p
}

// check plays events and holds the engine to what must be true of any policy.
func check(t *testing.T, a, b Policy, events []Event) {
	t.Helper()
	e, err := New(a, b)
	if err != nil {
		t.Fatal(err)
	}
	twin, err := New(a, b)
	if err != nil {
		t.Fatal(err)
	}
	policies := [2]*Policy{&a, &b}
	queued := map[int64]bool{}
	var in, out int
	var offered, ended bool
	for i, ev := range events {
		before := [2]State{e.State(SideA, KindRTP), e.State(SideB, KindRTP)}
		d := e.Step(ev)
		if twin.Step(ev) != d {
			t.Fatalf("event %d: two engines disagree", i)
		}
		after := [2]State{e.State(SideA, KindRTP), e.State(SideB, KindRTP)}
		side := ev.Side & 1
		for _, l := range e.Late() {
			if l.Nth >= int64(i) || !queued[l.Nth] || l.Action == Queued || l.Reason == ReasonNone {
				t.Fatalf("event %d: late decision %+v", i, l)
			}
			delete(queued, l.Nth)
		}
		if ev.Kind.Packet() {
			in++
			switch d.Action {
			case Relayed, Dropped, NotBound, Withheld:
				out++
			case Queued:
				out++
				queued[int64(i)] = true
			}
			if !offered && d.Action != NotBound || ended && d.Action != NotBound {
				t.Fatalf("event %d: %v although no port is open", i, choiceText(d.Action))
			}
			if (d.Action == NotBound) == before[side].Bound {
				t.Fatalf("event %d: %v, bound %v", i, choiceText(d.Action), before[side].Bound)
			}
			if (d.Action == Relayed) == d.To.IsZero() {
				t.Fatalf("event %d: %v to %v", i, choiceText(d.Action), d.To)
			}
			if d.Action == Relayed && ev.Kind == KindRTP && d.To != before[side.Other()].Destination {
				t.Fatalf("event %d: sent to %v, the other side's destination is %v", i, d.To, before[side.Other()].Destination)
			}
			if d.Reason == ReasonNone {
				t.Fatalf("event %d: %v without a reason", i, choiceText(d.Action))
			}
			was := before[side.Other()]
			if d.Other == Reopened && policies[side].FollowBoth {
				was.Locked = false // the one thing that a packet does to the other side
			}
			if after[side.Other()] != was {
				t.Fatalf("event %d: a packet at one side changed the other", i)
			}
			if ev.Kind == KindRTCP && after != before {
				t.Fatalf("event %d: RTCP changed an RTP latch", i)
			}
		} else {
			if d.Action != Noted {
				t.Fatalf("event %d: signalling was %v", i, choiceText(d.Action))
			}
			offered = offered || (ev.Kind == KindOffer || ev.Kind == KindAnswer) && !ended
			ended = ended || ev.Kind == KindBye || d.Reason == ReasonEnded
		}
		if ev.Kind != KindRTCP {
			for s, changes := range [2]Change{d.Changes, d.Other} {
				s := Side(s) ^ side
				moved := before[s].Destination != after[s].Destination
				if len(e.Late()) > 0 && !moved {
					continue // packets read late may have moved it to and fro
				}
				if moved != (changes&Moved != 0) {
					t.Fatalf("event %d: side %d's destination went from %v to %v, changes %q", i, s, before[s].Destination, after[s].Destination, changes)
				}
				if !before[s].Locked && after[s].Locked && ev.Kind == KindRTP && changes&(Locked|Relocked) == 0 {
					t.Fatalf("event %d: locked without saying so", i)
				}
				if before[s].Locked && !after[s].Locked && changes&(Released|Reopened) == 0 {
					t.Fatalf("event %d: opened without saying so", i)
				}
			}
		}
	}
	if in != out {
		t.Fatalf("%d packets came, %d were accounted for", in, out)
	}
}

func TestProperties(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		data := make([]byte, 20+random.IntN(900))
		for i := 0; i+8 <= len(data); i += 8 {
			binary.LittleEndian.PutUint64(data[i:], random.Uint64())
		}
		a, b, events := deal(data)
		check(t, a, b, events)
	}
}

func FuzzEngine(f *testing.F) {
	random := rand.New(rand.NewPCG(3, 4))
	for profile := range byte(13) {
		data := []byte{profile, 0, profile, 0, 0, byte(KindOffer), 0, 0, byte(KindAnswer), 3, 0}
		for range 60 {
			data = append(data, byte(random.IntN(256)), byte(random.IntN(20)), byte(random.IntN(256)))
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		a, b, events := deal(data)
		check(t, a, b, events)
	})
}

// Step must not allocate: an engine may sit in a relay.
func TestNoAllocation(t *testing.T) {
	events := script{from: nat1, to: nat2, flip: time.Second, reoffer: time.Second, end: 5 * time.Second}.events()
	for _, p := range Profiles() {
		e, err := New(p.Policy, p.Policy)
		if err != nil {
			t.Fatal(err)
		}
		if n := testing.AllocsPerRun(10, func() {
			for _, ev := range events {
				e.Step(ev)
			}
		}); n > 0 {
			t.Errorf("%s: %v allocations in %d events", p.Name, n, len(events))
		}
	}
}
