package replay

import (
	"encoding/json"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/trace"
	"github.com/latchscope/latchscope/replay/latch"
)

func TestJudge(t *testing.T) {
	s := func(x float64) *float64 { return &x }
	for _, tt := range []struct {
		observed, replayed *float64
		changed            bool
		want               Judgement
	}{
		{s(10), s(10.019), false, Reproduced},
		{s(10), s(10.021), false, Worse},
		{s(10), s(9.97), false, Improved},
		{s(10), s(10.01), true, Unchanged},
		{s(10), s(0.09), true, Fixed},
		{s(10), s(0.1), true, Improved},
		{s(0), s(0), true, Reproduced},
		{s(0), s(0.099), false, Reproduced},
		{s(0), s(0.3), false, Worse},
		{s(0.11), s(0), false, Fixed},
		{nil, s(10), false, Inconclusive},
		{s(10), nil, false, Inconclusive},
	} {
		if got := (Silences{tt.observed, tt.replayed}).Judge(0.020, tt.changed); got != tt.want {
			t.Errorf("%v, %v: %s, want %s", *tt.observed, tt.replayed, got, tt.want)
		}
	}
}

func TestOverall(t *testing.T) {
	w := func(o, r float64) Silences { return Silences{&o, &r} }
	unseen := Silences{}
	for _, tt := range []struct {
		up, down Silences
		want     Judgement
	}{
		{w(10, 10), w(10, 10), Reproduced},
		{w(10, 0), w(10, 0), Fixed},
		{unseen, w(10, 0), Fixed},
		{unseen, w(10, 10), Reproduced},
		{unseen, unseen, Inconclusive},
		{w(0, 0), w(10, 0), Fixed},
		{w(0, 0), w(0, 0), Reproduced},
		{w(10, 0), w(10, 10), Unchanged},
		{w(10, 2), w(10, 0), Improved},
		{w(10, 0), w(0, 3), Worse},
	} {
		if got := Overall(0.020, false, tt.up, tt.down); got != tt.want {
			t.Errorf("%+v %+v: %s, want %s", tt.up, tt.down, got, tt.want)
		}
	}
}

func TestSweep(t *testing.T) {
	for _, tt := range []struct {
		value string
		want  []string
		bad   bool
	}{
		{value: "10s"},
		{value: "0.2s..10s", want: []string{"0.2s", "0.3s", "0.5s", "0.7s", "1s", "1.5s", "2s", "3s", "5s", "7s", "10s"}},
		{value: "1..4", want: []string{"1", "2", "3", "4"}},
		{value: "3..3", want: []string{"3"}},
		{value: "2s..2s", want: []string{"2s"}},
		{value: "50ms..150ms", want: []string{"50ms", "70ms", "0.1s", "150ms"}},
		{value: "10s..1s", bad: true},
		{value: "4..1", bad: true},
		{value: "0s..1s", bad: true},
		{value: "a..b", bad: true},
		{value: "1..", bad: true},
		{value: "..", bad: true},
		{value: "1..2s", bad: true},
	} {
		got, ok, err := Sweep(latch.Setting{Name: "timeout", Value: tt.value})
		if (err != nil) != tt.bad || ok != (tt.want != nil || tt.bad) || !tt.bad && !slices.Equal(got, tt.want) {
			t.Errorf("%s: %v, %v, %v", tt.value, got, ok, err)
		}
	}
	if got, _, err := Sweep(latch.Setting{Name: "lock_packets", Value: "1..60000"}); err != nil || len(got) > mostSteps+2 {
		t.Errorf("%d values, %v", len(got), err)
	}
}

func TestConfig(t *testing.T) {
	c := config(t, "session-lock", "lock_packets=3", "timeout=10s", "match_moves=true", "timeout=2s")
	got, err := json.Marshal(c)
	if err != nil || string(got) != `{"lock_packets":3,"match_moves":true,"timeout":"2s"}` {
		t.Errorf("%s, %v", got, err)
	}
	for _, near := range []latch.Side{latch.SideA, latch.SideB} {
		a, b, err := c.Policies(near)
		if err != nil {
			t.Fatal(err)
		}
		p := [2]latch.Policy{a, b}
		if p[near].Destination != latch.DestinationSourceOnly || p[near.Other()].Destination != latch.DestinationSource || p[near.Other()].RelatchSilence != 2*time.Second {
			t.Errorf("near %s: %v, %v", near, p[0].Destination, p[1].Destination)
		}
	}
}

// play is a case of one source in the first half of ten seconds and another in
// the second, both sides sending every 20 ms, without a capture.
func played(n int) *Case {
	c := &Case{Near: latch.SideB, FarSeen: true, Start: epoch, Answer: epoch + int64(answer), After: epoch + int64(answer), Zero: epoch}
	add := func(ev latch.Event) {
		c.Events = append(c.Events, ev)
		c.Facts = append(c.Facts, Fact{Main: true, Due: ev.Kind == latch.KindRTP})
	}
	add(latch.Event{Time: epoch, Kind: latch.KindOffer, Side: latch.SideA, Media: trunk})
	add(latch.Event{Time: c.Answer, Kind: latch.KindAnswer, Side: latch.SideB, Media: phoneSDP})
	flip := c.Answer + int64(n/2)*int64(ptime)
	for i := range n {
		at := c.Answer + int64(time.Millisecond) + int64(i)*int64(ptime)
		src := nat1
		if at >= flip {
			src = nat2
		}
		add(latch.Event{Time: at, Side: latch.SideB, Source: src, SSRC: 1, Seq: uint16(i)})
		add(latch.Event{Time: at + int64(5*time.Millisecond), Side: latch.SideA, Source: trunk, SSRC: 2, Seq: uint16(i)})
	}
	c.End = c.Answer + int64(n)*int64(ptime)
	c.visits[latch.SideB] = []visit{{nat1, c.Answer, flip - 1}, {nat2, flip, c.End}}
	c.visits[latch.SideA] = []visit{{trunk, c.Answer, c.End}}
	for side := range c.homes {
		c.homes[side] = homesOf(c.visits[side])
	}
	c.Moves = []Departure{{From: nat1, To: nat2, Left: flip, After: flip, ByICMP: true}}
	return c
}

func TestWhatIfs(t *testing.T) {
	c := played(500)
	flip := c.Moves[0].After
	ev := func(at int64, src string) latch.Event {
		return latch.Event{Time: at, Side: latch.SideB, Source: place(src)}
	}
	off := c.withoutICMP("icmp=off").Change
	for _, tt := range []struct {
		name string
		in   latch.Event
		want string
	}{
		{"before the move", ev(flip-1, nat1.String()), nat1.String()},
		{"after it", ev(flip, nat2.String()), nat1.String()},
		{"a stranger", ev(flip+1, stranger.String()), stranger.String()},
	} {
		if got, keep := off(tt.in); !keep || got.Source.String() != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got.Source, tt.want)
		}
	}
	other := latch.Event{Time: flip, Side: latch.SideA, Source: nat2}
	if got, _ := off(other); got.Source != nat2 {
		t.Error("the other side's packets were changed")
	}
	c.Moves[0].ByICMP = false
	if got, _ := c.withoutICMP("icmp=off").Change(ev(flip, nat2.String())); got.Source != nat2 {
		t.Error("a move that no error preceded was undone")
	}
	if got, _ := c.keep("nat=keep").Change(ev(flip, nat2.String())); got.Source != nat1 {
		t.Error("a NAT that keeps its mapping did not")
	}
	c.Moves[0].Lawful = true
	if got, _ := c.keep("nat=keep").Change(ev(flip, nat2.String())); got.Source != nat2 {
		t.Error("a move that SDP announced was undone")
	}
	if _, err := c.ParseWhatIf(nil, "icmp=on"); err == nil {
		t.Error("icmp=on was taken")
	}
}

func TestPortsOfTheImaginedNAT(t *testing.T) {
	e := place("192.0.2.1:65534")
	for n, want := range []uint16{65534, 65535, 1024, 1025} {
		if got := nextFree(e, n); got.Port != want || got.Addr != e.Addr {
			t.Errorf("%d: %s, want port %d", n, got, want)
		}
	}
	seen := map[uint16]bool{}
	for n := range 50 {
		p := anyPort(e, n)
		if p != anyPort(e, n) || n > 0 && p.Port < 1024 {
			t.Fatalf("%d: %s", n, p)
		}
		seen[p.Port] = true
	}
	if len(seen) < 48 {
		t.Errorf("%d different ports of 50", len(seen))
	}
}

// Holes and pauses: what counts as silence is what the contract says.
func TestSilence(t *testing.T) {
	const ms = int64(time.Millisecond)
	run := func(from, to int64, arrived bool) (out []passage) {
		fate := Lost
		if arrived {
			fate = Arrived
		}
		for at := from; at < to; at += 20 {
			out = append(out, passage{at * ms, fate})
		}
		return out
	}
	for _, tt := range []struct {
		name       string
		list       []passage
		from, to   int64 // ms; 0, 0 for none
		dueFrom    int64
		answer     int64
		lookedFrom int64
	}{
		{name: "nothing lost", list: run(0, 1000, true)},
		{name: "a hole", list: slices.Concat(run(0, 1000, true), run(1000, 3000, false), run(3000, 5000, true)), from: 980, to: 3000},
		{name: "from the beginning", list: slices.Concat(run(100, 1000, false), run(1000, 10000, true)), from: 100, to: 1000},
		{name: "from the answer, where nobody knows what was due", list: slices.Concat(run(100, 1000, false), run(1000, 10000, true)), from: 50, to: 1000, dueFrom: 50},
		{name: "to the end", list: slices.Concat(run(0, 5000, true), run(5000, 10000, false)), from: 4980, to: 10000},
		{name: "two packets are none", list: slices.Concat(run(0, 1000, true), run(1000, 1040, false), run(1300, 10000, true))},
		{name: "a pause before it", list: slices.Concat(run(0, 1000, true), run(5000, 6000, false), run(6000, 10000, true)), from: 5000, to: 6000},
		{name: "a long pause in it", list: slices.Concat(run(0, 1000, true), run(1000, 2000, false), run(5000, 6500, false), run(6500, 10000, true)), from: 5000, to: 6500},
		{name: "a breath in it", list: slices.Concat(run(0, 1000, true), run(1000, 2000, false), run(3000, 6500, false), run(6500, 10000, true)), from: 980, to: 6500},
		{name: "the talker stops", list: slices.Concat(run(0, 1000, true), run(1000, 2000, false)), from: 980, to: 1980},
		{name: "before the move", list: slices.Concat(run(0, 1000, true), run(1000, 3000, false), run(3000, 10000, true)), lookedFrom: 4000},
		{name: "the longest", list: slices.Concat(run(0, 1000, true), run(1000, 3000, false), run(3000, 4000, true), run(4000, 9000, false), run(9000, 10000, true)), from: 3980, to: 9000},
	} {
		c := &Case{End: 10000 * ms, Answer: tt.answer * ms, After: tt.lookedFrom * ms}
		got := c.longest(c.silences(tt.list, tt.dueFrom*ms))
		if got.From != tt.from*ms || got.To != tt.to*ms {
			t.Errorf("%s: %d to %d ms, want %d to %d", tt.name, got.From/ms, got.To/ms, tt.from, tt.to)
		}
	}
}

func TestExposure(t *testing.T) {
	pauses := Pauses{5 * time.Second, time.Second, 200 * time.Millisecond}
	for _, tt := range []struct {
		config   latch.Config
		never    bool
		openings int
		ok       bool
	}{
		{config(t, "session-lock"), false, 0, true},
		{config(t, "session-lock", "timeout=2s"), false, 1, true},
		{config(t, "session-lock", "timeout=200ms"), false, 3, true},
		{config(t, "session-lock", "timeout=0s"), true, 0, true},
		{config(t, "rtpengine-immediate"), true, 0, true},
		{config(t, "rtpengine-immediate", "media_handover=true"), false, 0, false},
		{config(t, "pjmedia"), false, 0, false},
	} {
		p, err := tt.config.Policy()
		if err != nil {
			t.Fatal(err)
		}
		e := p.Exposure()
		if n, ok := pauses.Openings(e); e.Never != tt.never || n != tt.openings || ok != tt.ok {
			t.Errorf("%s: %+v, %d openings, %v", tt.config, e, n, ok)
		}
	}
}

// BenchmarkThousandCalls replays a thousand calls of ten seconds.
func BenchmarkThousandCalls(b *testing.B) {
	c := played(500)
	cfg := config(b, "session-lock")
	packets := 0
	for b.Loop() {
		for range 1000 {
			if _, err := c.RunConfig(cfg); err != nil {
				b.Fatal(err)
			}
			packets += len(c.Events)
		}
	}
	b.ReportMetric(float64(packets)/b.Elapsed().Seconds()/1e6, "Mpackets/s")
}

// Packets are missing between two where the numbers say so and the time went by; of what
// comes twice, late, or at once, nothing is.
func TestBetween(t *testing.T) {
	for _, tt := range []struct {
		name    string
		seq, ms int64 // of the second packet behind the first
		want    int
	}{
		{"the next", 1, 20, 0},
		{"three missing", 4, 80, 3},
		{"the same again", 0, 20, 0},
		{"an earlier one", -3, 20, 0},
		{"numbers without time", 4, 3, 0},
		{"time without numbers", 4, 4000, 0},
		{"another count", 40_000, 800_000, 0},
	} {
		b := &assembly{Case: &Case{}}
		x := trace.Packet{Mark: trace.Mark{Seq: 100}}
		y := trace.Packet{Mark: trace.Mark{Seq: 100 + tt.seq, Time: tt.ms * 1e6}}
		b.between(x, y, latch.Event{Kind: latch.KindRTP}, Fact{})
		if len(b.items) != tt.want || b.missing != int64(tt.want) {
			t.Errorf("%s: %d packets, %d counted, want %d", tt.name, len(b.items), b.missing, tt.want)
		}
	}
	// Each stands at its own time, by both clocks; and a case has so many at most.
	x, y := trace.Packet{Mark: trace.Mark{Seq: 100, TS: 1000}}, trace.Packet{Mark: trace.Mark{Seq: 103, TS: 1480, Time: 60e6}}
	b := &assembly{Case: &Case{}}
	b.between(x, y, latch.Event{Kind: latch.KindRTP}, Fact{})
	for i, it := range b.items {
		if n := int64(i + 1); it.ev.Time != n*20e6 || it.ev.Seq != uint16(100+n) || it.fact.Stamp != uint32(1000+n*160) {
			t.Errorf("packet %d: %+v, %+v", i, it.ev, it.fact)
		}
	}
	full := &assembly{Case: &Case{}, missing: mostMissing - 1}
	if full.between(x, y, latch.Event{Kind: latch.KindRTP}, Fact{}); len(full.items) > 0 {
		t.Errorf("%d packets beyond the bound", len(full.items))
	}
}

// Only the source that closed ends as a home, and only where its party was heard
// elsewhere soon after.
func TestClosedHomes(t *testing.T) {
	at := func(n uint16) endpoint.Endpoint {
		return endpoint.From(netip.AddrPortFrom(netip.MustParseAddr("192.0.2.1"), n))
	}
	c := &Case{Near: latch.SideA}
	c.closed[latch.SideB] = []closing{{at: at(1), from: 10e9}}
	homes := []home{{at(1), 0, 11e9}, {at(2), 0, 11e9}, {at(1), 0, 13e9}, {at(1), 0, 9e9}}
	c.die(latch.SideB, homes, func(e endpoint.Endpoint, _ int64) endpoint.Endpoint { return e })
	for i, want := range []int64{10e9, 11e9, 13e9, 9e9} {
		if homes[i].until != want {
			t.Errorf("home %d ends at %d, want %d", i, homes[i].until, want)
		}
	}
}

// A source that the talker left is no home from then on, if it was given up by the time
// of the first packet from elsewhere; what the other side's homes are is not for moves to say.
func TestLeftHomes(t *testing.T) {
	at := func(n uint16) endpoint.Endpoint {
		return endpoint.From(netip.AddrPortFrom(netip.MustParseAddr("192.0.2.1"), n))
	}
	same := func(e endpoint.Endpoint, _ int64) endpoint.Endpoint { return e }
	c := &Case{Near: latch.SideA, Moves: []Departure{{From: at(1), To: at(2), Left: 5e9, After: 6e9}, {From: at(3), To: at(3), Left: 5e9, After: 6e9}}}
	homes := func() []home { return []home{{at(1), 0, 6e9}, {at(1), 0, 9e9}, {at(2), 0, 6e9}, {at(3), 0, 6e9}} }
	for side, want := range [][]int64{latch.SideA: {5e9, 9e9, 6e9, 6e9}, latch.SideB: {6e9, 9e9, 6e9, 6e9}} {
		got := homes()
		c.die(latch.Side(side), got, same)
		for i := range got {
			if got[i].until != want[i] {
				t.Errorf("side %d: home %d ends at %d, want %d", side, i, got[i].until, want[i])
			}
		}
	}
}
