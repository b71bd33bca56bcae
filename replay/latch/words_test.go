package latch

import (
	"testing"
	"time"

	"github.com/latchscope/latchscope/analyze/endpoint"
)

// The words that the measured engines asked for, one by one: what each does,
// and what it leaves alone.
func TestWords(t *testing.T) {
	drops := Policy{LearnPackets: 1, LockedMismatch: MismatchDrop, Destination: DestinationSource}
	but := func(change func(*Policy)) Policy {
		p := drops
		change(&p)
		return p
	}
	remembers := but(func(p *Policy) {
		p.ReturnAfter, p.Reset, p.AfterReset, p.LockedMismatch = 3*time.Second, ResetSignalling, AfterResetRemember, MismatchRelay
	})
	keeps := remembers
	keeps.AfterReset = AfterResetKeep
	delayed := remembers
	delayed.HoldOff = 3 * time.Second
	both := but(func(p *Policy) { p.LockedMismatch, p.FollowBoth = MismatchFollow, true })
	freezes := but(func(p *Policy) {
		p.MayFreeze, p.AnySourceWithin, p.RelatchDistance, p.SequenceEvery = true, 10*time.Second, 536, time.Second
	})
	for _, tt := range []struct {
		name   string
		policy Policy
		lines  string
	}{
		{"learn from: negotiated", but(func(p *Policy) { p.LearnFrom = LearnFromNegotiated }), `
			200 offer B sdp
			210 rtp B x => withheld no-destination @sdp
			800 answer A trunk
			810 rtp B y => relayed learned candidate,locked,moved @y`},
		{"learn from: negotiated, hold-off begins then", but(func(p *Policy) { p.LearnFrom, p.HoldOff = LearnFromNegotiated, time.Second }), `
			200 offer B sdp
			5000 answer A trunk
			5999 rtp B x => relayed learned candidate,moved @x
			6001 rtp B x => relayed latched locked`},
		{"flush: the first of each opening", but(func(p *Policy) { p.Flush, p.Reset = true, ResetSignalling }), begin + `
			810 rtp B x => dropped flushed candidate,locked,moved @x
			830 rtp B x => relayed latched
			2000 offer B sdp
			2010 rtp B y => dropped flushed candidate,relocked,moved @y
			2030 rtp B y => relayed latched`},
		{"flush: what is dropped anyhow is not the first", but(func(p *Policy) { p.Flush, p.LearnPackets, p.WhileLearning = true, 2, Drop }), begin + `
			810 rtp B x => dropped candidate candidate
			830 rtp B x => dropped flushed locked,moved @x
			850 rtp B x => relayed latched`},
		{"counts: media", drops, begin + `
			810 keepalive B x => dropped keepalive @sdp
			820 rtp B x empty => dropped keepalive @sdp
			830 rtp B y => relayed learned candidate,locked,moved @y`},
		{"counts: rtp", but(func(p *Policy) { p.Counts = CountsRTP }), begin + `
			810 keepalive B x => dropped keepalive @sdp
			820 rtp B x empty => relayed learned candidate,locked,moved @x`},
		{"counts: negotiated", but(func(p *Policy) { p.Counts = CountsNegotiated }), begin + `
			810 rtp B x other => relayed ignored-type @sdp
			820 rtp B x empty => dropped keepalive @sdp
			830 rtp B y => relayed learned candidate,locked,moved @y
			840 rtp B x other => dropped ignored-type @y`},
		{"counts: any", but(func(p *Policy) { p.Counts = CountsAny }), begin + `
			810 keepalive B x => dropped keepalive candidate,locked,moved @x
			820 rtp B y => dropped elsewhere @x
			830 rtp B x => relayed latched @x`},
		{"sdp hit: ignore", but(func(p *Policy) { p.SDPHit = SDPHitIgnore }), begin + `
			810 rtp B sdp => relayed sdp-source @sdp
			820 rtp B x => relayed learned candidate,locked,moved @x
			830 rtp B sdp => dropped elsewhere @x`},
		{"marker locks", but(func(p *Policy) { p.MarkerLocks, p.LearnPackets = true, 3 }), begin + `
			810 rtp B x => relayed candidate candidate @sdp
			820 rtp B y marker => relayed marker locked,moved @y
			830 rtp B x => dropped elsewhere
			840 rtp B x marker => relayed marker relocked,moved @x`},
		{"after rtcp", but(func(p *Policy) { p.AfterRTCP, p.RTCP, p.RTCPPackets = true, RTCPOnce, 1 }), begin + `
			810 rtp B x => relayed candidate @sdp
			820 rtcp B z
			830 rtp B x => relayed learned candidate,locked,moved @x`},
		{"errors end the call", but(func(p *Policy) { p.ErrorsEnd = 3 }), begin + `
			810 rtp B x
			820 error B x
			830 error B x
			840 rtp B x => relayed latched
			850 error B x
			860 error B x
			870 rtp A trunk => relayed latched
			880 error B x => noted ended
			890 rtp B x => not-bound ended`},
		{"errors do not end the call of others", drops, begin + `
			820 error B x => noted none
			840 rtp B x => relayed learned candidate,locked,moved`},
		{"new SSRC: after three", but(func(p *Policy) { p.NewSSRCPackets, p.LockedMismatch = 3, MismatchRelay }), begin + `
			810 rtp B x ssrc=1 => relayed learned candidate,locked,moved @x
			820 rtp B y ssrc=1 => relayed elsewhere @x
			830 rtp B y ssrc=2 => dropped other-ssrc
			840 rtp B y ssrc=2 => dropped other-ssrc
			850 rtp B y ssrc=2 => dropped other-ssrc
			860 rtp B y ssrc=2 => relayed new-ssrc relocked,moved @y
			870 rtp B x ssrc=1 => dropped other-ssrc @y`},
		{"new SSRC: the old one interrupts", but(func(p *Policy) { p.NewSSRCPackets, p.LockedMismatch = 2, MismatchRelay }), begin + `
			810 rtp B x ssrc=1
			820 rtp B y ssrc=2 => dropped other-ssrc
			830 rtp B y ssrc=2 => dropped other-ssrc
			840 rtp B x ssrc=1 => relayed latched
			850 rtp B y ssrc=2 => dropped other-ssrc
			860 rtp B y ssrc=2 => relayed new-ssrc relocked,moved @y`},
		{"new SSRC: at once", but(func(p *Policy) { p.NewSSRCAtOnce, p.LockedMismatch = true, MismatchRelay }), begin + `
			810 rtp B x ssrc=1 => relayed learned candidate,locked,moved @x
			820 rtp B y ssrc=1 => relayed elsewhere @x
			830 rtp B y ssrc=2 => relayed new-ssrc relocked,moved @y
			840 rtp B x ssrc=1 => relayed new-ssrc relocked,moved @x
			850 rtp B y ssrc=1 => relayed elsewhere @x`},
		{"new SSRC: nothing is learned where nothing ever is", but(func(p *Policy) { p.NewSSRCAtOnce, p.LearnPackets, p.LockedMismatch = true, 0, MismatchRelay }), begin + `
			810 rtp B sdp ssrc=1 => relayed latched @sdp
			830 rtp B y ssrc=2 => relayed elsewhere @sdp`},
		{"disarm: any SDP, until a new SSRC", but(func(p *Policy) { p.Disarm, p.NewSSRCPackets, p.LockedMismatch = DisarmSDP, 1, MismatchRelay }), begin + `
			810 rtp B x ssrc=1 => relayed learned candidate,locked,moved @x
			2000 offer B sdp => noted none moved @sdp
			2010 rtp B y ssrc=1 => relayed elsewhere @sdp
			2020 rtp B y ssrc=2 => dropped other-ssrc
			2030 rtp B y ssrc=2 => relayed new-ssrc relocked,moved @y`},
		{"disarm: before anything was learned", but(func(p *Policy) { p.Disarm, p.LockedMismatch = DisarmSDP, MismatchRelay }), `
			200 offer A trunk
			500 answer B sdp early
			800 answer B sdp => noted none @sdp
			810 rtp B x => relayed learned candidate,locked,moved @x
			2000 offer B sdp => noted none moved @sdp
			2010 rtp B x => relayed elsewhere @sdp`},
		{"disarm: changed SDP before anything was learned", but(func(p *Policy) { p.Disarm, p.SDPHit = DisarmSDPChanged, SDPHitIgnore }), begin + `
			2000 offer B sdp2 => noted none locked,moved @sdp2
			2010 rtp B x => dropped elsewhere @sdp2
			2020 rtp B sdp2 => relayed latched @sdp2
			3000 offer B sdp => noted none reopened @sdp2
			3010 rtp B x => relayed learned candidate,relocked,moved @x`},
		{"disarm: the same SDP before anything was learned", but(func(p *Policy) { p.Disarm, p.SDPHit = DisarmSDPChanged, SDPHitIgnore }), begin + `
			2000 offer B sdp => noted none locked @sdp
			2010 rtp B x => dropped elsewhere @sdp`},
		{"disarm: changed SDP, and the first again", but(func(p *Policy) { p.Disarm, p.SDPHit, p.LockedMismatch = DisarmSDPChanged, SDPHitIgnore, MismatchRelay }), begin + `
			810 rtp B x => relayed learned candidate,locked,moved @x
			2000 offer B sdp2 => noted none moved @sdp2
			2010 rtp B x => relayed elsewhere @sdp2
			3000 offer B sdp => noted none reopened @sdp2
			3010 rtp B y => relayed learned candidate,relocked,moved @y`},
		{"disarm: the first address again, learned", but(func(p *Policy) { p.Disarm, p.SDPHit, p.LockedMismatch = DisarmSDPChanged, SDPHitIgnore, MismatchRelay }), begin + `
			810 rtp B x => relayed learned candidate,locked,moved @x
			2000 offer B sdp => noted none reopened @x
			2010 rtp B x => relayed latched @x
			2020 rtp B y => relayed learned candidate,relocked,moved @y`},
		{"return after: SDP changed, for good", remembers, begin + `
			810 rtp B x => relayed learned candidate,locked,moved @x
			2000 offer B sdp2 => noted none reopened,moved @sdp2
			2010 rtp B x => relayed latched relocked @sdp2
			9000 rtp B x => relayed elsewhere @sdp2`},
		{"return after: it is over", remembers, begin + `
			810 rtp B x
			2000 offer B sdp2
			5001 rtp B x => relayed learned candidate,relocked,moved @x`},
		{"return after: another source is new", remembers, begin + `
			810 rtp B x
			2000 offer B sdp2
			2010 rtp B y => relayed learned candidate,relocked,moved @y`},
		{"return after: kept only while SDP is the same", keeps, begin + `
			810 rtp B x
			2000 offer B sdp2
			2010 rtp B x => relayed learned candidate,relocked,moved @x
			3000 offer B sdp2 => noted none reopened @x
			3010 rtp B x => relayed latched relocked @x`},
		{"return after: with hold-off", delayed, begin + `
			810 rtp B x => relayed learned candidate,moved @x
			2000 offer B sdp2 => noted none reopened,moved @sdp2
			4990 rtp B x => relayed latched @sdp2
			5001 rtp B x => relayed learned candidate,locked,moved @x`},
		{"hold: address", drops, begin + `
			810 rtp B x
			2000 offer B held hold => noted none moved @nowhere
			2010 offer B sdp hold => noted none moved @x`},
		{"hold: direction", but(func(p *Policy) { p.HoldSends = HoldSendsDirection }), begin + `
			810 rtp B x
			2000 offer B sdp hold => noted none moved @nowhere
			2005 rtp A trunk => withheld on-hold
			2010 offer B sdp => noted none moved @x`},
		{"hold: ignored", but(func(p *Policy) { p.HoldSends = HoldSendsIgnored }), begin + `
			810 rtp B x
			2000 offer B held hold => noted none @x`},
		{"hold: learned", but(func(p *Policy) { p.HoldSends, p.Reset = HoldSendsLearned, ResetOwnReOffer }), begin + `
			810 rtp B x
			2000 offer B held hold => noted none reopened,moved @nowhere
			2010 rtp B x => relayed learned candidate,relocked,moved @x
			3000 offer B sdp => noted none reopened,moved @sdp`},
		{"hold: changes", func() Policy { p := remembers; p.HoldSends = HoldSendsChanges; return p }(), begin + `
			810 rtp B x
			2000 offer B held hold => noted none reopened,moved @nowhere
			3000 offer B sdp => noted none moved @sdp
			3010 rtp B x => relayed latched relocked @sdp`},
		{"may freeze: 183 and 200, then a move", freezes, `
			200 offer A trunk
			500 answer B sdp early
			800 answer B sdp
			810 rtp B x => relayed learned candidate,locked,moved @x
			830 rtp B y seq=1 => dropped elsewhere @x
			60000 rtp B y seq=2 => dropped elsewhere @x`},
		{"may freeze: SDP's address proves nothing while signalling is fresh", freezes, `
			200 offer A trunk
			500 answer B sdp early
			800 answer B sdp
			810 rtp B sdp => relayed sdp-source @sdp
			830 rtp B x => relayed learned candidate,locked,moved @x`},
		{"may freeze: one command only", freezes, begin + `
			810 rtp B x => relayed learned candidate,locked,moved @x
			830 rtp B y seq=1 => relayed same-stream relocked,moved @y
			840 rtp B z seq=1 ssrc=8 => dropped elsewhere @y`},
		{"may freeze: the sequence is noted once a second", freezes, begin + `
			810 rtp B x seq=1 => relayed learned candidate,locked,moved @x
			1700 rtp B x seq=45
			1800 rtp B y seq=540 => dropped elsewhere @x
			1820 rtp B x seq=50
			1830 rtp B y seq=540 => relayed same-stream relocked,moved @y`},
		{"may freeze: another takes over after an update, the SSRC stays", freezes, begin + `
			810 rtp B x seq=1
			2000 offer B sdp
			2010 rtp B y ssrc=8 => relayed after-update relocked,moved @y
			12100 rtp B z ssrc=8 seq=1 => dropped elsewhere @y
			12110 rtp B z seq=1 => relayed same-stream relocked,moved @z`},
		{"may freeze: a new SSRC of the latched source thaws it", freezes, `
			200 offer A trunk
			500 answer B sdp early
			800 answer B sdp
			810 rtp B x => relayed learned candidate,locked,moved @x
			12000 rtp B x ssrc=9 seq=5 => relayed latched @x
			12020 rtp B y ssrc=9 seq=6 => relayed same-stream relocked,moved @y`},
		{"may freeze: SDP is not believed once a packet came from elsewhere", freezes, begin + `
			810 rtp B x => relayed learned candidate,locked,moved @x
			2000 offer B sdp2 => noted none @x`},
		{"follow one", func() Policy { p := both; p.FollowBoth = false; return p }(), begin + `
			810 rtp B x
			820 rtp B y => relayed followed reopened,moved @y`},
	} {
		t.Run(tt.name, func(t *testing.T) { runTimeline(t, tt.policy, tt.lines) })
	}
}

// With follow_both what one side follows makes the other learn anew; without
// it the other side's lock stays.
func TestFollowBoth(t *testing.T) {
	for _, on := range []bool{false, true} {
		p := Policy{LearnPackets: 1, LockedMismatch: MismatchFollow, FollowBoth: on, Destination: DestinationSource}
		e, err := New(p, p)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range []string{"200 offer A trunk", "800 answer B sdp", "810 rtp A z", "820 rtp B x"} {
			e.Step(parseEvent(t, line))
		}
		if !e.State(SideA, KindRTP).Locked {
			t.Fatal("A is not locked")
		}
		d := e.Step(parseEvent(t, "830 rtp B y"))
		if d.Reason != ReasonFollowed || e.State(SideA, KindRTP).Locked == on || (d.Other == Reopened) != on {
			t.Errorf("follow_both=%v: A locked is %v, other side: %q", on, e.State(SideA, KindRTP).Locked, d.Other)
		}
	}
}

// Early packets that wait in the socket are read when offer and answer are
// complete, in the order in which they came; those that did not fit are lost.
func TestQueue(t *testing.T) {
	p := Policy{LearnFrom: LearnFromNegotiated, PreSDP: PreSDPQueue, LearnPackets: 1, LockedMismatch: MismatchDrop, Destination: DestinationSource}
	e, err := New(p, p)
	if err != nil {
		t.Fatal(err)
	}
	e.Step(Event{Time: at(0), Kind: KindOffer, Side: SideA, Media: trunk})
	const early = mostQueued + 10
	for i := range early {
		src := nat1
		if i > 0 {
			src = nat2
		}
		d := e.Step(Event{Time: at(time.Duration(i) * time.Millisecond), Side: SideB, Source: src, Seq: uint16(i)})
		want := Decision{Action: Queued, Reason: ReasonNoSDP}
		if i >= mostQueued {
			want = Decision{Action: Dropped, Reason: ReasonQueueFull}
		}
		if d != want || len(e.Late()) > 0 {
			t.Fatalf("packet %d: %+v", i, d)
		}
	}
	d := e.Step(Event{Time: at(time.Second), Kind: KindAnswer, Side: SideB, Media: phoneSDP})
	late := e.Late()
	if len(late) != mostQueued || d.Changes&Locked == 0 || e.State(SideB, KindRTP).Source != nat1 {
		t.Fatalf("%d packets read, %+v, %+v", len(late), d, e.State(SideB, KindRTP))
	}
	for i, l := range late {
		want := Decision{To: trunk, Action: Relayed, Reason: ReasonLearned, Changes: Candidate | Locked | Moved}
		if i > 0 {
			want = Decision{Action: Dropped, Reason: ReasonElsewhere}
		}
		if l.Nth != int64(1+i) || l.Decision != want {
			t.Fatalf("late %d: %+v", i, l)
		}
	}
	if e.Step(Event{Time: at(2 * time.Second), Side: SideB, Source: nat1}); len(e.Late()) > 0 {
		t.Error("they were read twice")
	}
}

// Both sockets are read in the order in which packets came to them.
func TestQueuesInOrder(t *testing.T) {
	p := Policy{LearnFrom: LearnFromNegotiated, PreSDP: PreSDPQueue, LearnPackets: 1, Destination: DestinationSource}
	e, err := New(p, p)
	if err != nil {
		t.Fatal(err)
	}
	e.Step(Event{Time: at(0), Kind: KindOffer, Side: SideA, Media: trunk})
	for i, side := range []Side{SideB, SideA, SideA, SideB} {
		e.Step(Event{Time: at(time.Duration(i)), Side: side, Source: [2]endpoint.Endpoint{trunk, nat1}[side]})
	}
	e.Step(Event{Time: at(time.Second), Kind: KindAnswer, Side: SideB, Media: phoneSDP})
	for i, l := range e.Late() {
		if l.Nth != int64(1+i) {
			t.Errorf("late %d is packet %d", i, l.Nth)
		}
	}
}

func TestLookupVersions(t *testing.T) {
	for name, want := range map[string]string{
		"rtpengine-delayed": "13.5", "rtpengine-delayed@10.5": "10.5", "rtpengine-delayed@10.5.3.5": "10.5", "rtpengine-heuristic@13.4.1.1": "13.4",
		"rtpengine-delayed@26.3": "13.5", "rtpengine-delayed@12": "10.5", "rtpengine-delayed@10.51": "10.5", "ortp@5.2.0": "5.1",
		"asterisk": "chan_pjsip", "asterisk@chan_sip": "chan_sip", "ortp@5.1.64": "5.1",
	} {
		p, ok := Lookup(name)
		if !ok || p.Version != want {
			t.Errorf("%s: %v, version %q, want %q", name, ok, p.Version, want)
		}
	}
	for _, name := range []string{"rtpengine-delayed@", "rtpengine-delayed@10", "rtpengine-delayed@10.4.9", "rtpengine-delayed@x", "asterisk@20", "pjmedia@2", "nobody@1"} {
		if p, ok := Lookup(name); ok {
			t.Errorf("%s is %s@%s", name, p.Name, p.Version)
		}
		if UnknownProfile(name) == nil {
			t.Error(name)
		}
	}
	for _, p := range Versions() {
		got, ok := Lookup(p.String())
		if !ok || got.Version != p.Version || got.Name != p.Name {
			t.Errorf("%s@%s is called %s, which is %s@%s", p.Name, p.Version, p, got.Name, got.Version)
		}
		for _, v := range p.Variants {
			for _, c := range v.Configs(p) {
				if _, err := c.Policy(); err != nil {
					t.Errorf("%s: %v", c, err)
				}
			}
		}
		for _, r := range p.Remedies {
			if _, err := (Config{Profile: p}).With(r.Sets...).Policy(); err != nil || r.Why == "" {
				t.Errorf("%s, %+v: %v", p, r, err)
			}
		}
		if p.Evidence() == "" {
			t.Errorf("%s has no evidence", p)
		}
	}
}
