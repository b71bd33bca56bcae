package latch

import (
	"strconv"
	"strings"
	"testing"
	"time"
)

// A timeline is lines of
//
//	MS KIND SIDE ENDPOINT [seq=N ssrc=N pt=N hold early mux marker empty other] => ACTION REASON [CHANGES] [@DESTINATION]
//
// where the destination is the one of the event's own side afterwards, or
// "nowhere". Endpoints may be names of the cast.
var cast = map[string]string{
	"trunk": "198.51.100.20:6000", "sdp": "10.0.0.5:4000",
	"x": "192.0.2.1:36001", "y": "192.0.2.1:36077", "z": "203.0.113.66:1234",
	"held": "0.0.0.0:4000", "sdp2": "10.0.0.5:4002",
}

func parseEvent(t *testing.T, line string) Event {
	t.Helper()
	f := strings.Fields(line)
	ms, err := strconv.ParseFloat(f[0], 64)
	if err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	ev := Event{Time: epoch + int64(ms*1e6), SSRC: 7}
	if ev.Kind, err = parseChoice[Kind](f[1]); err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	if len(f) > 2 {
		if ev.Side, err = parseChoice[Side](f[2]); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		addr := f[3]
		if c, ok := cast[addr]; ok {
			addr = c
		}
		if ev.Kind.Packet() {
			ev.Source = place(addr)
		} else {
			ev.Media = place(addr)
		}
		for _, w := range f[4:] {
			name, val, _ := strings.Cut(w, "=")
			n, _ := strconv.Atoi(val)
			switch name {
			case "seq":
				ev.Seq = uint16(n)
			case "ssrc":
				ev.SSRC = uint32(n)
			case "pt":
				ev.PT = uint8(n)
			case "hold":
				ev.Hold = true
			case "early":
				ev.Early = true
			case "marker":
				ev.Marker = true
			case "empty":
				ev.Empty = true
			case "other":
				ev.Other = true
			case "mux":
				ev.MediaRTCP = ev.Media
			default:
				t.Fatalf("%s: %s", line, w)
			}
		}
	}
	return ev
}

func runTimeline(t *testing.T, p Policy, lines string) {
	t.Helper()
	e, err := New(Policy{}, p)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(lines) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		what, want, checked := strings.Cut(line, "=>")
		ev := parseEvent(t, what)
		d := e.Step(ev)
		if !checked {
			continue
		}
		got := choiceText(d.Action) + " " + choiceText(d.Reason)
		if d.Changes != 0 {
			got += " " + d.Changes.String()
		}
		if _, dest, ok := strings.Cut(want, "@"); ok {
			got += " @nowhere"
			if to := e.State(ev.Side, ev.Kind).Destination; !to.IsZero() {
				got = strings.TrimSuffix(got, "nowhere")
				name := to.String()
				for n, a := range cast {
					if a == name && n == strings.TrimSpace(dest) {
						name = n
					}
				}
				got += name
			}
		}
		if want = strings.Join(strings.Fields(want), " "); got != want {
			t.Errorf("%s\n got: %s", line, got)
		}
	}
}

const begin = "200 offer A trunk\n 800 answer B sdp\n"

// freezes is a policy that may freeze, whose signalling is fresh for so long.
func freezes(fresh time.Duration) Policy {
	return Policy{LearnPackets: 1, MayFreeze: true, AnySourceWithin: fresh, RelatchDistance: 10, SequenceEvery: time.Second, LockedMismatch: MismatchDrop, Destination: DestinationSource}
}

// opened is a policy that learns anew after a re-offer, with the source that it has, which
// may send from any port.
func opened(p Policy) Policy {
	p.Reset, p.AfterReset, p.Match = ResetReOffer, AfterResetKeep, MatchAddress
	return p
}

func TestPolicies(t *testing.T) {
	for _, tt := range []struct {
		name   string
		policy Policy
		lines  string
	}{
		{"the zero policy relays and sends to SDP", Policy{}, begin + `
			810 rtp B x => relayed elsewhere @sdp
			820 rtp A trunk => relayed latched
			830 rtp B y => relayed elsewhere @sdp`},
		{"bind at the offer", Policy{}, `
			100 rtp B x => not-bound port-closed
			200 offer A trunk
			210 rtp B x => relayed no-sdp`},
		{"bind at the answer", Policy{Bind: BindAnswer}, `
			200 offer A trunk
			210 rtp B x => not-bound port-closed
			500 answer B sdp early
			510 rtp B x => relayed elsewhere`},
		{"bind with this party's SDP", Policy{Bind: BindOwnSDP}, `
			100 offer B sdp
			110 rtp B x => withheld no-destination
			115 bye
			120 rtp B x => not-bound ended`},
		{"before SDP: relay, and learn nothing", Policy{LearnPackets: 1, Destination: DestinationSource}, `
			200 offer A trunk
			210 rtp B x => relayed no-sdp @nowhere
			800 answer B sdp => noted none moved @sdp
			810 rtp B y => relayed learned candidate,locked,moved @y`},
		{"before SDP: drop", Policy{PreSDP: PreSDPDrop, LearnPackets: 1}, `
			200 offer A trunk
			210 rtp B x => dropped no-sdp`},
		{"before SDP: learn", Policy{PreSDP: PreSDPLearn, LearnPackets: 1, Destination: DestinationSource}, `
			200 offer A trunk
			210 rtp B x => relayed learned candidate,locked,moved @x
			800 answer B sdp => noted none @x
			810 rtp B x => relayed latched`},
		{"destination: SDP", Policy{LearnPackets: 1}, begin + `810 rtp B x => relayed learned candidate,locked @sdp`},
		{"destination: only the source", Policy{LearnPackets: 2, Destination: DestinationSourceOnly}, begin + `
			805 rtp A trunk => withheld other-side-learning
			810 rtp B x => relayed candidate candidate @nowhere
			830 rtp B x => relayed learned locked,moved @x
			831 rtp A trunk => relayed latched`},
		{"match: address", Policy{LearnPackets: 1, LockedMismatch: MismatchDrop, Match: MatchAddress, Destination: DestinationSource}, begin + `
			810 rtp B x => relayed learned candidate,locked,moved @x
			830 rtp B y => relayed latched @x
			850 rtp B z => dropped elsewhere @x`},
		{"match: address, moving", Policy{LearnPackets: 1, LockedMismatch: MismatchDrop, Match: MatchAddress, MatchMoves: true, Destination: DestinationSource}, begin + `
			810 rtp B x
			830 rtp B y => relayed latched moved @y`},
		{"match: prefix", Policy{LearnPackets: 1, LockedMismatch: MismatchDrop, Match: MatchPrefix, PrefixBits: 23}, begin + `
			810 rtp B 192.0.2.1:5 => relayed learned candidate,locked
			820 rtp B 192.0.3.9:6 => relayed latched
			830 rtp B 192.0.4.1:5 => dropped elsewhere
			840 rtp B [2001:db8::1]:5 => dropped elsewhere`},
		{"match: prefix, IPv6", Policy{LearnPackets: 1, LockedMismatch: MismatchDrop, Match: MatchPrefix, PrefixBits: 24}, begin + `
			810 rtp B [2001:db8::1]:5 => relayed learned candidate,locked
			820 rtp B [2001:db8::2]:6 => relayed latched
			830 rtp B [2001:db8:0:1::1]:5 => dropped elsewhere`},
		{"sdp hit: none", Policy{LearnPackets: 2, Destination: DestinationSource}, begin + `
			810 rtp B sdp => relayed candidate candidate
			820 rtp B sdp => relayed learned locked`},
		{"sdp hit: lock", Policy{LearnPackets: 2, SDPHit: SDPHitLock}, begin + `810 rtp B sdp => relayed sdp-source locked`},
		{"sdp hit: switch", Policy{LearnPackets: 1, SDPHit: SDPHitSwitch, HoldOff: time.Second, HoldOffRule: HoldOffSwitchable, Destination: DestinationSource}, begin + `
			810 rtp B x => relayed learned candidate,moved @x
			820 rtp B sdp => relayed sdp-source moved @sdp
			830 rtp B sdp => relayed latched
			1801 rtp B sdp => relayed latched locked`},
		{"counter: consecutive", Policy{LearnPackets: 2}, begin + `
			810 rtp B x => relayed candidate candidate
			820 rtp B y => relayed candidate candidate
			830 rtp B x => relayed candidate candidate
			840 rtp B x => relayed learned locked`},
		{"counter: per source", Policy{LearnPackets: 2, LearnCounter: CountPerSource}, begin + `
			810 rtp B x => relayed candidate candidate
			820 rtp B y => relayed candidate candidate
			830 rtp B x => relayed learned locked`},
		{"counter: per source forgets the fifth", Policy{LearnPackets: 3, LearnCounter: CountPerSource}, begin + `
			801 rtp B 192.0.2.1:1 => relayed candidate candidate
			802 rtp B 192.0.2.1:2 => relayed candidate candidate
			803 rtp B 192.0.2.1:1 => relayed candidate
			804 rtp B 192.0.2.1:3 => relayed candidate candidate
			805 rtp B 192.0.2.1:4 => relayed candidate candidate
			806 rtp B 192.0.2.1:5 => relayed candidate candidate
			807 rtp B 192.0.2.1:2 => relayed candidate candidate
			808 rtp B 192.0.2.1:1 => relayed learned locked`},
		{"counter: mismatches in a row, of anyone", Policy{LearnPackets: 2, LearnCounter: CountMismatches}, begin + `
			810 rtp B x => relayed candidate candidate
			820 rtp B y => relayed learned locked`},
		{"counter: all mismatches", Policy{LearnPackets: 1, LockedMismatch: MismatchDrop, RelatchPackets: 2, RelatchCounter: CountAll, Destination: DestinationSource}, begin + `
			810 rtp B x => relayed learned candidate,locked,moved @x
			820 rtp B y => dropped elsewhere candidate
			830 rtp B x => relayed latched
			840 rtp B y => relayed relatched relocked,moved @y`},
		{"in sequence: a seed and two", Policy{LearnPackets: 2, LearnInSeq: true, WhileLearning: Drop}, begin + `
			810 rtp B x seq=65534 => dropped candidate candidate
			820 rtp B x seq=65535 => dropped candidate
			830 rtp B x seq=0 => relayed learned locked`},
		{"in sequence: a gap counts as the first", Policy{LearnPackets: 2, LearnInSeq: true, WhileLearning: Drop}, begin + `
			810 rtp B x seq=10 => dropped candidate candidate
			820 rtp B x seq=12 => dropped candidate
			830 rtp B x seq=13 => relayed learned locked`},
		{"span: a flood does not pass", Policy{LearnPackets: 3, LearnSpan: 22 * time.Millisecond}, begin + `
			810 rtp B x => relayed candidate candidate
			811 rtp B x => relayed candidate
			812 rtp B x => relayed candidate
			813 rtp B x => relayed candidate
			834 rtp B x => relayed learned locked`},
		{"window: learning ends with SDP", Policy{LearnPackets: 3, LearnWindow: 2, LockedMismatch: MismatchDrop, Destination: DestinationSource}, begin + `
			810 rtp B x => relayed candidate candidate
			820 rtp B y => relayed candidate candidate,locked @sdp
			830 rtp B x => dropped elsewhere`},
		{"hold-off: follow", Policy{LearnPackets: 1, HoldOff: time.Second, Destination: DestinationSource, LockedMismatch: MismatchDrop, Reset: ResetSignalling}, begin + `
			810 rtp B x => relayed learned candidate,moved @x
			820 rtp B y => relayed learned candidate,moved @y
			1800 rtp B y => relayed latched @y
			1801 rtp B x => relayed learned candidate,locked,moved @x
			1802 rtp B y => dropped elsewhere`},
		{"hold-off: whole seconds", Policy{LearnPackets: 1, HoldOff: time.Second, WholeSeconds: true, Reset: ResetSignalling}, begin + `
			1999 rtp B x => relayed learned candidate
			2000 rtp B x => relayed latched locked`},
		{"hold-off: ranked", Policy{LearnPackets: 1, HoldOff: time.Second, HoldOffRule: HoldOffRanked, Destination: DestinationSource, Reset: ResetSignalling}, begin + `
			810 rtp B z => relayed learned candidate,moved @z
			820 rtp B 192.0.2.1:4000 => relayed learned candidate,moved @192.0.2.1:4000
			830 rtp B z => relayed outranked @192.0.2.1:4000
			840 rtp B 10.0.0.5:9 => relayed learned candidate,moved @10.0.0.5:9
			850 rtp B sdp => relayed learned candidate,moved @sdp
			1801 rtp B z => relayed outranked locked @sdp`},
		{"hold-off: ranked, SDP locks", Policy{LearnPackets: 1, HoldOff: time.Second, HoldOffRule: HoldOffRanked, SDPHit: SDPHitLock}, begin + `
			810 rtp B sdp => relayed sdp-source locked`},
		{"hold-off: ranked, the outranked dropped", Policy{LearnPackets: 1, HoldOff: time.Second, HoldOffRule: HoldOffRanked, RankedDrop: true, LockedMismatch: MismatchDrop}, begin + `
			810 rtp B 192.0.2.1:4000 => relayed learned candidate
			820 rtp B z => dropped outranked`},
		{"hold-off: switchable", Policy{LearnPackets: 2, WhileLearning: Drop, HoldOff: time.Second, HoldOffRule: HoldOffSwitchable, LockedMismatch: MismatchDrop, Destination: DestinationSource, Reset: ResetSignalling}, begin + `
			810 rtp B x => dropped candidate candidate
			820 rtp B x => relayed learned moved @x
			830 rtp B y => dropped candidate candidate @x
			840 rtp B x => relayed latched
			850 rtp B y => dropped candidate
			860 rtp B y => relayed learned moved @y
			1801 rtp B x => dropped elsewhere locked
			1802 rtp B y => relayed latched`},
		{"locked: relay", Policy{LearnPackets: 1, Destination: DestinationSource}, begin + `
			810 rtp B x
			820 rtp B y => relayed elsewhere @x`},
		{"locked: follow, unconfirmed", Policy{LearnPackets: 1, LockedMismatch: MismatchFollow, Destination: DestinationSource}, begin + `
			810 rtp B x
			820 rtp B y => relayed followed reopened,moved @y
			830 rtp B y => relayed latched relocked @y`},
		{"locked: follow without learning", Policy{LockedMismatch: MismatchFollow, Destination: DestinationSource}, begin + `
			810 rtp B x => relayed followed locked,moved @x
			820 rtp B y => relayed followed relocked,moved @y`},
		{"relatch: consecutive of one source", Policy{LearnPackets: 1, LockedMismatch: MismatchDrop, RelatchPackets: 2, Destination: DestinationSource}, begin + `
			810 rtp B x
			820 rtp B y => dropped elsewhere candidate
			830 rtp B z => dropped elsewhere candidate
			840 rtp B y => dropped elsewhere candidate
			850 rtp B y => relayed relatched relocked,moved @y`},
		{"relatch: the latched source interrupts", Policy{LearnPackets: 1, LockedMismatch: MismatchDrop, RelatchPackets: 2, RelatchCounter: CountMismatches}, begin + `
			810 rtp B x
			820 rtp B y => dropped elsewhere candidate
			830 rtp B x => relayed latched
			840 rtp B y => dropped elsewhere
			850 rtp B z => relayed relatched relocked`},
		{"relatch: silence alone learns anew", Policy{LearnPackets: 2, LockedMismatch: MismatchDrop, RelatchSilence: time.Second, Destination: DestinationSourceOnly}, begin + `
			810 rtp B x
			820 rtp B x => relayed learned locked,moved @x
			1819.999 rtp B y => dropped elsewhere @x
			1820 rtp B y => relayed candidate candidate,released,moved @nowhere
			1840 rtp B y => relayed learned relocked,moved @y`},
		{"relatch: a quiet source keeps its lock", Policy{LearnPackets: 1, LockedMismatch: MismatchDrop, RelatchSilence: time.Second, Destination: DestinationSource}, begin + `
			810 rtp B x
			9000 rtp A trunk => relayed latched
			9010 rtp B x => relayed latched @x`},
		{"relatch: packets and silence", Policy{LearnPackets: 1, LockedMismatch: MismatchDrop, RelatchPackets: 2, RelatchSilence: 100 * time.Millisecond, Destination: DestinationSource}, begin + `
			810 rtp B x
			820 rtp B y => dropped elsewhere candidate
			830 rtp B y => dropped elsewhere
			910 rtp B y => relayed relatched relocked,moved @y`},
		{"relatch: SSRC and distance", Policy{LearnPackets: 1, LockedMismatch: MismatchDrop, RelatchDistance: 536, Destination: DestinationSource}, begin + `
			810 rtp B x seq=65500
			820 rtp B x seq=65501
			830 rtp B y seq=502 => dropped elsewhere @x
			840 rtp B y seq=65500 => dropped elsewhere @x
			850 rtp B y seq=501 ssrc=8 => dropped elsewhere @x
			860 rtp B y seq=501 => relayed same-stream relocked,moved @y
			870 rtp B x seq=65502 => dropped elsewhere @y`},
		{"relatch: any source after an update", Policy{LearnPackets: 1, LockedMismatch: MismatchDrop, AnySourceWithin: time.Second, Destination: DestinationSource}, begin + `
			810 rtp B x
			820 rtp B y => dropped elsewhere
			2000 answer B sdp
			3000 rtp B y => relayed after-update relocked,moved @y
			3001 rtp B x => dropped elsewhere @y`},
		{"snap back: first", Policy{LearnPackets: 1, LockedMismatch: MismatchDrop, RelatchPackets: 1, RelatchSilence: 100 * time.Millisecond, SnapBack: SnapBackFirst, Destination: DestinationSource}, begin + `
			810 rtp B x
			910 rtp B y => relayed relatched candidate,relocked,moved @y
			911 rtp B x => relayed snapped-back relocked,moved @x`},
		{"snap back: SDP", Policy{LearnPackets: 1, LockedMismatch: MismatchDrop, SnapBack: SnapBackSDP, Destination: DestinationSource}, begin + `
			810 rtp B x
			820 rtp B sdp => relayed snapped-back relocked,moved @sdp
			830 rtp B x => dropped elsewhere`},
		{"reset: never", Policy{LearnPackets: 1, LockedMismatch: MismatchDrop, Destination: DestinationSource}, begin + `
			810 rtp B x
			2000 offer B sdp2 => noted none @x`},
		{"reset: never, but the source was SDP's", Policy{LearnPackets: 1, LockedMismatch: MismatchDrop, Destination: DestinationSource}, begin + `
			810 rtp B sdp
			2000 offer B sdp2 => noted none moved @sdp2
			2010 rtp B sdp2 => relayed latched`},
		{"reset: signalling", Policy{LearnPackets: 1, Reset: ResetSignalling, Destination: DestinationSource}, begin + `
			810 rtp B x
			2000 offer A trunk
			2010 rtp B y => relayed learned candidate,relocked,moved @y`},
		{"reset: signalling, keep", Policy{LearnPackets: 2, Reset: ResetSignalling, AfterReset: AfterResetKeep, Destination: DestinationSource}, begin + `
			810 rtp B x
			820 rtp B x => relayed learned locked,moved @x
			2000 offer B sdp => noted none reopened @x
			2010 offer B sdp2 => noted none reopened,moved @sdp2`},
		{"reset: signalling, remember", Policy{LearnPackets: 2, Reset: ResetSignalling, AfterReset: AfterResetRemember, Destination: DestinationSource}, begin + `
			810 rtp B x
			820 rtp B x => relayed learned locked,moved @x
			2000 offer B sdp => noted none reopened @x
			2010 offer B sdp2 => noted none reopened,moved @sdp2`},
		{"reset: signalling, forget", Policy{LearnPackets: 2, Reset: ResetSignalling, Destination: DestinationSource}, begin + `
			810 rtp B x
			820 rtp B x => relayed learned locked,moved @x
			2000 offer B sdp => noted none reopened,moved @sdp`},
		{"freeze: a new SSRC is noted as it passes", Policy{LearnPackets: 1, MayFreeze: true, RelatchDistance: 10, SequenceEvery: time.Second, LockedMismatch: MismatchDrop, Destination: DestinationSource}, begin + `
			810 rtp B x ssrc=1 seq=1 => relayed learned candidate,locked,moved @x
			830 rtp B x ssrc=2 seq=50 => relayed latched
			850 rtp B y ssrc=2 seq=51 => relayed same-stream relocked,moved @y
			870 rtp B z ssrc=1 seq=3 => dropped elsewhere`},
		{"freeze: SDP's address, where nothing is fresh", freezes(0), begin + `
			810 rtp B sdp => relayed sdp-source locked @sdp
			820 rtp B sdp => relayed latched
			830 rtp B x ssrc=9 => dropped elsewhere`},
		{"freeze: SDP's address, while signalling is fresh", freezes(10 * time.Second), begin + `
			2000 offer B sdp
			2010 rtp B sdp => relayed sdp-source @sdp
			2020 rtp B x => relayed learned candidate,locked,moved @x`},
		{"freeze: SDP is not believed after a packet from elsewhere", freezes(0), begin + `
			810 rtp B x => relayed learned candidate,locked,moved @x
			2000 offer B x => noted none @x
			2010 offer B sdp2 => noted none @x`},
		{"freeze: opened with its source", opened(freezes(0)), begin + `
			810 rtp B x => relayed learned candidate,locked,moved @x
			2000 offer B sdp => noted none reopened @x
			2010 rtp B y => relayed sdp-source relocked @x
			3000 offer B sdp => noted none reopened @x
			3010 rtp B sdp => relayed learned candidate,relocked,moved @sdp`},
		{"reset: re-offer only", Policy{LearnPackets: 1, Reset: ResetReOffer, Destination: DestinationSource, PreSDP: PreSDPLearn}, `
			200 offer A trunk
			210 rtp B x => relayed learned candidate,locked,moved @x
			220 offer A trunk
			800 answer B sdp => noted none @x
			900 answer B sdp => noted none @x
			2000 offer B sdp => noted none reopened,moved @sdp`},
		{"reset: SDP changed", Policy{LearnPackets: 1, Reset: ResetSDPChanged, Destination: DestinationSource}, begin + `
			810 rtp B x
			2000 offer B sdp => noted none @x
			2010 offer B sdp2 => noted none reopened,moved @sdp2`},
		{"reset: SDP differs", Policy{LearnPackets: 1, Reset: ResetSDPDiffers, AfterReset: AfterResetAccept, WhileLearning: Drop, LockedMismatch: MismatchDrop, Destination: DestinationSource}, begin + `
			810 rtp B x
			2000 offer B x => noted none @x
			2010 offer B sdp => noted none reopened,moved @sdp
			2020 rtp B x => relayed latched relocked,moved @x`},
		{"reset: answer, once", Policy{LearnPackets: 1, Reset: ResetAnswer, AfterReset: AfterResetKeep, LockedMismatch: MismatchDrop, Destination: DestinationSource}, `
			200 offer A trunk
			500 answer B sdp early
			510 rtp B x => relayed learned candidate,locked,moved @x
			800 answer B sdp => noted none reopened @x
			810 rtp B y => relayed learned candidate,relocked,moved @y
			900 answer B sdp => noted none @y`},
		{"reset: unhold", Policy{LearnPackets: 1, Reset: ResetUnhold, Destination: DestinationSource}, begin + `
			810 rtp B x
			2000 offer B held hold => noted none moved @nowhere
			2005 rtp A trunk => withheld on-hold
			2010 rtp B x => relayed latched
			3000 offer B sdp => noted none reopened,moved @sdp`},
		{"ignored payload types", Policy{LearnPackets: 2, LockedMismatch: MismatchDrop, RelatchPackets: 1, Ignored: PayloadTypesOf(13)}, begin + `
			810 rtp B x
			820 rtp B y pt=13 => relayed ignored-type
			830 rtp B x => relayed learned locked
			840 rtp B y pt=13 => dropped ignored-type
			850 rtp B y => relayed relatched candidate,relocked`},
		{"rtcp: its own latch", Policy{LearnPackets: 1, Destination: DestinationSource}, begin + `
			810 rtp B x => relayed learned candidate,locked,moved @x
			815 rtcp A trunk => relayed elsewhere
			820 rtcp B y => relayed learned candidate,locked,moved @y`},
		{"rtcp: guess until heard", Policy{LearnPackets: 1, Destination: DestinationSource, RTCP: RTCPOnce, RTCPPackets: 1, RTCPGuess: true}, begin + `
			801 rtcp A 198.51.100.20:6001 => relayed latched
			810 rtp B x
			811 rtcp B z => relayed learned candidate,locked,moved @z`},
		{"rtcp: no guess on hold", Policy{LearnPackets: 1, Destination: DestinationSource, HoldSends: HoldSendsDirection, RTCP: RTCPOnce, RTCPPackets: 1, RTCPGuess: true}, begin + `
			810 rtp B x
			820 rtcp A 198.51.100.20:6001 => relayed latched
			2000 offer B sdp hold
			2010 rtcp A 198.51.100.20:6001 => withheld on-hold`},
		{"rtcp: guess", Policy{LearnPackets: 1, Destination: DestinationSource, RTCP: RTCPOnce, RTCPPackets: 3, RTCPGuess: true}, begin + `
			805 rtcp B y => relayed candidate candidate @10.0.0.5:4001
			810 rtp B x
			811 rtcp B y => relayed candidate @192.0.2.1:36002
			812 rtcp B y => relayed learned locked,moved @y`},
		{"rtcp: no guess", Policy{LearnPackets: 1, Destination: DestinationSource, RTCP: RTCPOnce, RTCPPackets: 2}, begin + `
			810 rtp B x
			811 rtcp B y => relayed candidate candidate @10.0.0.5:4001`},
		{"rtcp: mux", Policy{LearnPackets: 1, LockedMismatch: MismatchDrop, Destination: DestinationSource}, `
			200 offer A trunk
			210 rtcp B x => relayed no-sdp
			800 answer B sdp mux
			805 rtcp B x => relayed candidate
			810 rtp B x => relayed learned candidate,locked,moved @x
			820 rtcp B x => relayed latched @x
			830 rtcp B y => dropped elsewhere`},
	} {
		t.Run(tt.name, func(t *testing.T) { runTimeline(t, tt.policy, tt.lines) })
	}
}

func TestValidate(t *testing.T) {
	for _, tt := range []struct {
		policy Policy
		want   string
	}{
		{Policy{}, ""},
		{Policy{Bind: 9}, "has no name"},
		{Policy{Reset: 1 << 7}, "has no name"},
		{Policy{Match: MatchPrefix}, "needs its length"},
		{Policy{PrefixBits: 8}, "needs its length"},
		{Policy{Match: MatchPrefix, PrefixBits: 33}, "at most 32"},
		{Policy{LearnPackets: 1, LearnSpan: 1}, "lock_span"},
		{Policy{HoldOff: 1}, "hold_off"},
		{Policy{LearnPackets: 1, HoldOffRule: HoldOffRanked}, "hold_off_rule"},
		{Policy{RTCP: RTCPOnce}, "rtcp_packets"},
		{Policy{RelatchSilence: -1}, "timeout"},
		{Policy{RelatchSilence: 25 * time.Hour}, "timeout"},
	} {
		err := tt.policy.Validate()
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%+v: %v, want %q", tt.policy, err, tt.want)
		}
		if _, e := New(Policy{}, tt.policy); (e == nil) != (err == nil) {
			t.Errorf("New says %v, Validate %v", e, err)
		}
	}
}
