package latch

import (
	"testing"
	"time"

	"github.com/latchscope/latchscope/analyze/endpoint"
)

// between is a duration from lo to hi inclusive; the zero value asks nothing.
type between struct{ lo, hi time.Duration }

func (b between) check(t *testing.T, what string, d time.Duration) {
	t.Helper()
	if b != (between{}) && (d < b.lo || d > b.hi) {
		t.Errorf("%s %v, want %v to %v", what, d, b.lo, b.hi)
	}
}

// packets is the hole that n lost 20 ms packets leave.
func packets(n int) between {
	d := time.Duration(n+1) * ptime
	return between{d, d}
}

const (
	later  = 8 * time.Second  // after any window
	within = 1 * time.Second  // inside of every window
	ms     = time.Millisecond //
	sec    = time.Second      //
)

// What one port flip after the lock does: the same SSRC, no new SDP. The rows
// are what was read in the engines and measured with rtpengine; whoever changes
// the state machine must leave them as they are.
func TestOneFlip(t *testing.T) {
	for _, tt := range []struct {
		name             string
		profile          string
		sets             []string
		flip             time.Duration
		from             endpoint.Endpoint
		up, down         bool
		upLost           int // -1: not asked
		upHole, downHole between
	}{
		// rtpengine, as measured. The window is three to four seconds.
		{name: "off", profile: "rtpengine-off", flip: later, up: true, down: false},
		{name: "off strict", profile: "rtpengine-off", sets: []string{"strict_source", "true"}, flip: later, up: false, down: false, upLost: -1},
		{name: "immediate within", profile: "rtpengine-immediate", flip: within, up: true, down: false},
		{name: "immediate later", profile: "rtpengine-immediate", flip: later, up: true, down: false},
		{name: "immediate strict within", profile: "rtpengine-immediate", sets: []string{"strict_source", "true"}, flip: within, upLost: 1000},
		{name: "immediate strict later", profile: "rtpengine-immediate", sets: []string{"strict_source", "true"}, flip: later, upLost: 1000},
		{name: "delayed within", profile: "rtpengine-delayed", flip: within, up: true, down: true, upHole: packets(0), downHole: packets(0)},
		{name: "delayed later", profile: "rtpengine-delayed", flip: later, up: true, down: false},
		{name: "delayed strict within", profile: "rtpengine-delayed", sets: []string{"strict_source", "true"}, flip: within, up: true, down: true},
		{name: "delayed strict later", profile: "rtpengine-delayed", sets: []string{"strict_source", "true"}, flip: later, upLost: 1000},
		{name: "heuristic within", profile: "rtpengine-heuristic", flip: within, up: true, down: true, upHole: packets(0), downHole: packets(0)},
		{name: "heuristic later", profile: "rtpengine-heuristic", flip: later, up: true, down: false},
		{name: "heuristic strict within", profile: "rtpengine-heuristic", sets: []string{"strict_source", "true"}, flip: within, up: true, down: true},
		{name: "heuristic strict later", profile: "rtpengine-heuristic", sets: []string{"strict_source", "true"}, flip: later, upLost: 1000},
		{name: "off handover", profile: "rtpengine-off", sets: []string{"media_handover", "true"}, flip: later, up: true, down: true, downHole: packets(0)},
		{name: "immediate handover within", profile: "rtpengine-immediate", sets: []string{"media_handover", "true"}, flip: within, up: true, down: true, downHole: packets(0)},
		{name: "immediate handover later", profile: "rtpengine-immediate", sets: []string{"media_handover", "true"}, flip: later, up: true, down: true, downHole: packets(0)},
		{name: "delayed handover later", profile: "rtpengine-delayed", sets: []string{"media_handover", "true"}, flip: later, up: true, down: true, downHole: packets(0)},
		{name: "heuristic handover later", profile: "rtpengine-heuristic", sets: []string{"media_handover", "true"}, flip: later, up: true, down: true, downHole: packets(0)},
		{name: "both flags", profile: "rtpengine-immediate", sets: []string{"media_handover", "true", "strict_source", "true"}, flip: later, up: true, down: true, downHole: packets(0)},

		// The rest of the engines, as read.
		{name: "asterisk within", profile: "asterisk", flip: within, up: true, down: true, upLost: 4, upHole: packets(4), downHole: packets(4)},
		{name: "asterisk just within", profile: "asterisk", flip: 4800 * ms, up: true, down: true, upLost: 4},
		{name: "asterisk at the edge", profile: "asterisk", flip: 4960 * ms, upLost: 1000},
		{name: "asterisk later", profile: "asterisk", flip: later, upLost: 1000},
		{name: "asterisk not symmetric", profile: "asterisk", sets: []string{"destination", "sdp"}, flip: within, up: true, down: false, upLost: 4},
		{name: "freeswitch", profile: "freeswitch", flip: later, upLost: 1000},
		{name: "freeswitch within", profile: "freeswitch", flip: within, upLost: 1000},
		{name: "yeti", profile: "yeti", flip: later, upLost: 1000},
		{name: "sems", profile: "sems", flip: later, up: true, down: false},
		{name: "rtpproxy", profile: "rtpproxy", flip: later, up: true, down: true, upHole: packets(0), downHole: packets(0)},
		{name: "pjmedia", profile: "pjmedia", flip: later, up: true, down: true, upLost: 9, upHole: packets(9), downHole: packets(9)},
		{name: "audiocodes", profile: "audiocodes-dynamic", flip: later, up: true, down: true, upLost: 9, upHole: between{200 * ms, 200 * ms}, downHole: between{200 * ms, 200 * ms}},
		{name: "audiocodes, source not sent to", profile: "audiocodes-dynamic", sets: []string{"destination", "sdp"}, flip: later, up: true, down: false, upLost: 9},
		{name: "no-latch", profile: "no-latch", flip: later, upLost: 1000},

		// The story's lock: T up, T + N packets down.
		{name: "lock", profile: "session-lock", flip: later, up: true, down: true, upLost: 499, upHole: between{10 * sec, 10 * sec}, downHole: between{10*sec + 2*ptime, 10*sec + 3*ptime}},
		{name: "lock that drops", profile: "session-lock", sets: []string{"while_learning", "drop"}, flip: later, up: true, down: true, upLost: 501, upHole: between{10*sec + 2*ptime, 10*sec + 3*ptime}, downHole: between{10*sec + 2*ptime, 10*sec + 3*ptime}},
		{name: "lock 5, 2 s", profile: "session-lock", sets: []string{"lock_packets", "5", "timeout", "2s"}, flip: later, up: true, down: true, upLost: 99, upHole: between{2 * sec, 2 * sec}, downHole: between{2*sec + 4*ptime, 2*sec + 5*ptime}},
		{name: "lock 1", profile: "session-lock", sets: []string{"lock_packets", "1"}, flip: later, up: true, down: true, upLost: 499, upHole: between{10 * sec, 10 * sec}, downHole: between{10 * sec, 10*sec + ptime}},
		{name: "lock that looks at the address", profile: "session-lock", sets: []string{"match", "ip", "match_moves", "true"}, flip: later, up: true, down: true, upHole: packets(0), downHole: packets(0)},
		{name: "lock without timer", profile: "session-lock", sets: []string{"timeout", "0s"}, flip: later, upLost: 1000},
	} {
		t.Run(tt.name, func(t *testing.T) {
			from := nat1
			r := script{from: from, to: nat2, flip: tt.flip}.play(t, with(t, tt.profile, tt.sets...))
			if r.upAlive != tt.up || r.downAlive != tt.down {
				t.Errorf("uplink alive %v, downlink alive %v; want %v, %v", r.upAlive, r.downAlive, tt.up, tt.down)
			}
			if tt.upLost >= 0 && r.upDropped != tt.upLost {
				t.Errorf("%d packets lost uplink, want %d", r.upDropped, tt.upLost)
			}
			tt.upHole.check(t, "hole uplink", r.upHole)
			tt.downHole.check(t, "hole downlink", r.downHole)
		})
	}
}

// The window of rtpengine compares whole seconds, so its length depends on the
// fraction of the second at which the answer came.
func TestWholeSeconds(t *testing.T) {
	for _, tt := range []struct {
		sets   []string
		phase  time.Duration // the answer comes 800 ms later
		flip   time.Duration // after the answer
		follow bool
	}{
		{phase: 200 * ms, flip: 3960 * ms, follow: true},  // answered at x.000: four seconds
		{phase: 200 * ms, flip: 4020 * ms, follow: false}, //
		{phase: 199 * ms, flip: 2980 * ms, follow: true},  // answered at x.999: three
		{phase: 199 * ms, flip: 3020 * ms, follow: false}, //
		{sets: []string{"whole_seconds", "false"}, phase: 200 * ms, flip: 2980 * ms, follow: true},
		{sets: []string{"whole_seconds", "false"}, phase: 200 * ms, flip: 3020 * ms, follow: false},
	} {
		for _, profile := range []string{"rtpengine-delayed@10.5", "rtpengine-heuristic@10.5"} {
			r := script{from: nat1, to: nat2, flip: tt.flip, phase: tt.phase}.play(t, with(t, profile, tt.sets...))
			if r.downAlive != tt.follow {
				t.Errorf("%s %v, phase %v, flip after %v: downlink follows is %v", profile, tt.sets, tt.phase, tt.flip, r.downAlive)
			}
		}
	}
}

// The count of packets before the flip makes no difference to rtpengine.
func TestFewPacketsBeforeTheFlip(t *testing.T) {
	for n := 1; n <= 10; n++ {
		r := script{from: nat1, to: nat2, flip: time.Duration(n) * ptime}.play(t, with(t, "rtpengine-delayed", "strict_source", "true"))
		if r.upDropped != 0 || !r.downAlive {
			t.Errorf("%d packets before the flip: %d lost, downlink alive %v", n, r.upDropped, r.downAlive)
		}
		r = script{from: nat1, to: nat2, flip: time.Duration(n) * ptime}.play(t, with(t, "session-lock"))
		if locked := n >= 3; (r.upDropped > 0) != locked {
			t.Errorf("%d packets before the flip: session-lock dropped %d", n, r.upDropped)
		}
	}
}

func TestReOfferEndsTheHole(t *testing.T) {
	for _, tt := range []struct {
		profile string
		sets    []string
		up      bool // the uplink was dead until then
	}{
		{"rtpengine-immediate", nil, false},
		{"rtpengine-immediate", []string{"strict_source", "true"}, true},
		{"rtpengine-delayed", nil, false},
		{"rtpengine-delayed", []string{"strict_source", "true"}, true},
		{"rtpengine-heuristic", nil, false},
		{"rtpengine-heuristic", []string{"strict_source", "true"}, true},
	} {
		r := script{from: nat1, to: nat2, flip: 5 * sec, reoffer: 2 * sec}.play(t, with(t, tt.profile, tt.sets...))
		want := between{2020 * ms, 2040 * ms}
		want.check(t, tt.profile+" downlink", r.downHole)
		if tt.up {
			want.check(t, tt.profile+" strict uplink", r.upHole)
		} else if r.upDropped > 0 {
			t.Errorf("%s: %d lost uplink", tt.profile, r.upDropped)
		}
	}
	r := script{from: nat1, to: nat2, flip: 5 * sec, reoffer: 2 * sec}.play(t, with(t, "asterisk"))
	if !r.upAlive || !r.downAlive {
		t.Error("asterisk: a re-INVITE with a private address must make it learn anew")
	}
	between{2080 * ms, 2120 * ms}.check(t, "asterisk uplink", r.upHole)
	r = script{from: nat1, to: nat2, flip: 5 * sec, reoffer: 2 * sec}.play(t, with(t, "freeswitch"))
	if r.upAlive || r.downAlive {
		t.Error("freeswitch: an identical re-INVITE must not open the window")
	}
	r = script{from: nat1, to: nat2, flip: 5 * sec, reoffer: 2 * sec}.play(t, with(t, "session-lock"))
	between{2020 * ms, 2040 * ms}.check(t, "session-lock uplink", r.upHole)
	between{2040 * ms, 2100 * ms}.check(t, "session-lock downlink", r.downHole)
}

// A NAT that preserves ports makes the dead source look better than the new one.
func TestPortPreservingNAT(t *testing.T) {
	r := script{from: same, to: nat2, flip: 100 * ms}.play(t, with(t, "rtpengine-heuristic@10.5", "strict_source", "true"))
	if r.upAlive {
		t.Error("strict: the uplink must die")
	}
	between{2900 * ms, 3300 * ms}.check(t, "strict: silence begins after", r.upSilentFrom)

	for _, version := range []string{"13.4", "13.5"} {
		r = script{from: same, to: nat2, flip: 100 * ms}.play(t, with(t, "rtpengine-heuristic@"+version, "strict_source", "true"))
		if r.upAlive || r.upSilentFrom > 0 {
			t.Errorf("strict, %s: silent from %v after the flip, want at once", version, r.upSilentFrom)
		}
	}

	r = script{from: same, to: nat2, flip: later}.play(t, with(t, "rtpengine-heuristic", "media_handover", "true"))
	if r.upDropped > 0 || len(r.dests) < 900 {
		t.Errorf("handover: %d lost, %d destinations; want the two in turn", r.upDropped, len(r.dests))
	}
	for i, d := range r.dests {
		if want := [2]endpoint.Endpoint{nat2, same}[i%2]; d != want {
			t.Fatalf("destination %d is %v, want %v", i, d, want)
		}
	}
}

// RTCP latches on its own, by its own rules.
func TestFlipOfRTCP(t *testing.T) {
	for _, tt := range []struct {
		profile string
		down    bool
	}{
		{"rtpproxy", false}, {"freeswitch", false}, {"sems", false},
		{"pjmedia", true}, {"asterisk", true},
		{"rtpengine-delayed", false},
	} {
		r := script{from: nat1, to: nat2, flip: later, rtcp: true}.play(t, with(t, tt.profile))
		if r.downAlive != tt.down {
			t.Errorf("%s: RTCP follows is %v", tt.profile, r.downAlive)
		}
	}
	r := script{from: nat1, to: nat2, flip: later, rtcp: true}.play(t, with(t, "pjmedia"))
	if r.downWrong != 2 {
		t.Errorf("pjmedia: %d RTCP packets to the old port, want 2: the third from the new one moves it", r.downWrong)
	}
}

// The story's call, with the times of the laboratory's capture of it: the last
// packet of the old port at 0.843, the new port ignored until 10.843, and the
// phone sent to again with the first packet after its third was counted.
func TestTheStory(t *testing.T) {
	runTimeline(t, with(t, "session-lock"), `
		200 offer A trunk
		702 rtp B x => not-bound port-closed
		794 answer B sdp
		798 rtp A trunk => withheld other-side-learning
		802.736 rtp B x => relayed candidate candidate @nowhere
		822.397 rtp B x => relayed candidate @nowhere
		838.781 rtp A trunk => withheld other-side-learning
		843.079 rtp B x => relayed learned locked,moved @x
		858.817 rtp A trunk => relayed latched
		862.124 rtp B y => dropped elsewhere @x
		10822.511 rtp B y => dropped elsewhere @x
		10838.740 rtp A trunk => relayed latched
		10843.144 rtp B y => relayed candidate candidate,released,moved @nowhere
		10858.446 rtp A trunk => withheld other-side-learning
		10862.763 rtp B y => relayed candidate @nowhere
		10879.122 rtp A trunk => withheld other-side-learning
		10882.387 rtp B y => relayed learned relocked,moved @y
		10898.786 rtp A trunk => relayed latched`)
}
