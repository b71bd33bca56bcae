package latch

import (
	"fmt"
	"time"
)

// Policy says how one side of an engine latches. It is data and nothing else:
// comparable, copied by value, without behaviour of its own beyond Validate.
//
// The zero Policy is a relay that does not latch: its port is bound at the
// offer, it takes packets from anywhere and sends to where SDP says.
type Policy struct {
	// Before anything is learned.

	Bind   Bind   // when the port opens; before that the kernel refuses
	PreSDP PreSDP // what happens to packets that come before this party's own SDP

	// What counts as the same source.

	Match      Match
	PrefixBits uint8 // for MatchPrefix: of IPv4; an IPv6 source needs the same /64
	MatchMoves bool  // a looser match moves the latch to the exact ip:port it came from

	// Learning.

	SDPHit        SDPHit        // a packet from the address in SDP, while learning
	LearnPackets  uint16        // packets that make a source the latched one; 0: nothing is learned, SDP's address is the source
	LearnCounter  Counter       // which packets count towards LearnPackets
	LearnInSeq    bool          // probation: sequence numbers must follow each other, and a candidate's first packet only seeds
	LearnSpan     time.Duration // the counted packets must take at least this long, else the count begins anew
	LearnWindow   uint16        // after this many packets without a result learning ends with what is known; 0: never
	WhileLearning Verdict       // a packet whose source is not (yet) the latched one, while learning
	HoldOff       time.Duration // no lock until this long after learning began
	WholeSeconds  bool          // HoldOff compares whole seconds of the clock: 3 s are 3 to 4
	HoldOffRule   HoldOffRule   // what is done with sources during HoldOff
	RankedDrop    bool          // with HoldOffRanked and a dropping lock: drop what ranks behind the best already while learning

	// Locked.

	LockedMismatch  Mismatch      // a packet from elsewhere, where nothing below takes it
	RelatchPackets  uint16        // packets from elsewhere that move the lock at once; 0: none do
	RelatchCounter  Counter       // which packets count towards RelatchPackets
	RelatchSilence  time.Duration // silence of the latched source: with RelatchPackets both are needed; alone it releases the lock at the next packet from elsewhere, and learning begins anew. 0: no such timer
	RelatchDistance uint16        // the latched SSRC may move if its sequence goes forward by no more than this; 0: may not
	AnySourceWithin time.Duration // after new signalling for this side any source moves the lock for this long; 0: never
	SnapBack        SnapBack      // sources that may always take the lock back

	// Signalling.

	Reset      Reset      // signalling that makes the latch learn anew
	AfterReset AfterReset // what of the old source survives that

	// Sending, and the other component.

	Destination Destination
	RTCP        RTCPRule
	RTCPPackets uint16 // for RTCPOnce and RTCPFollows
	RTCPGuess   bool   // until RTCP is heard, send it to the port beside RTP's latched one

	Ignored PayloadTypes // RTP payload types that neither count nor learn
}

// Bind is the moment at which the port of a side opens.
type Bind uint8

const (
	BindOffer  Bind = iota // with the first offer of the call
	BindAnswer             // with the first answer, be it provisional
	BindOwnSDP             // when this party's own SDP has come: the callee's with its 18x or 200
)

func (Bind) names() []string { return []string{"offer", "answer", "own-sdp"} }

// PreSDP is what happens to packets of a party that has not sent SDP yet.
type PreSDP uint8

const (
	PreSDPRelay PreSDP = iota // sent on, but nothing is learned from them
	PreSDPDrop                // discarded, without an ICMP error
	PreSDPLearn               // sent on and learned from
)

func (PreSDP) names() []string { return []string{"relay", "drop", "learn"} }

// Match is how closely a source must resemble the latched one.
type Match uint8

const (
	MatchEndpoint Match = iota // address and port
	MatchAddress               // address only
	MatchPrefix                // the first PrefixBits of the address
)

func (Match) names() []string { return []string{"ip+port", "ip", "prefix"} }

// SDPHit is what a packet from the address in SDP does while learning.
type SDPHit uint8

const (
	SDPHitNone   SDPHit = iota // it counts like any other
	SDPHitSwitch               // it is the source from now on; learning goes on while HoldOff lasts
	SDPHitLock                 // it is the source, and learning is over
)

func (SDPHit) names() []string { return []string{"none", "switch", "lock"} }

// Counter says which packets are counted together.
type Counter uint8

const (
	CountConsecutive Counter = iota // of one source, none of another in between
	CountPerSource                  // of one source, whatever came in between (the last four sources are remembered)
	CountMismatches                 // of any sources but the known one, none of the known one in between
	CountAll                        // of any sources but the known one, whatever came in between
)

func (Counter) names() []string {
	return []string{"consecutive", "per-source", "consecutive-mismatches", "all-mismatches"}
}

// Verdict is whether a packet goes through.
type Verdict uint8

const (
	Relay Verdict = iota
	Drop
)

func (Verdict) names() []string { return []string{"relay", "drop"} }

// HoldOffRule is what is done with sources while HoldOff lasts.
type HoldOffRule uint8

const (
	HoldOffFollow     HoldOffRule = iota // the latest source that was learned is used; after HoldOff the first one locks
	HoldOffRanked                        // the source that resembles SDP most is used and, after HoldOff, locks
	HoldOffSwitchable                    // a source that was learned is used until another passes; after HoldOff it is locked
)

func (HoldOffRule) names() []string { return []string{"follow", "ranked", "switchable"} }

// Mismatch is what a locked latch does with a packet from elsewhere.
type Mismatch uint8

const (
	MismatchRelay  Mismatch = iota // sent on; the destination stays
	MismatchDrop                   // discarded
	MismatchFollow                 // sent on, and the latch moves there unconfirmed: it learns again
)

func (Mismatch) names() []string { return []string{"relay", "drop", "follow"} }

// SnapBack names the source that may always take the lock back.
type SnapBack uint8

const (
	SnapBackNone  SnapBack = iota
	SnapBackSDP            // the address in SDP
	SnapBackFirst          // the first source that was locked
)

func (SnapBack) names() []string { return []string{"none", "sdp", "first"} }

// AfterReset is what survives when signalling makes a latch learn anew.
type AfterReset uint8

const (
	AfterResetForget AfterReset = iota // nothing: the destination is SDP's again, or none
	AfterResetKeep                     // the old source is used until another is learned, unless SDP's address changed
	AfterResetAccept                   // the old source is still taken from, but SDP's address is sent to until a packet is taken
)

func (AfterReset) names() []string { return []string{"forget", "keep", "accept"} }

// Destination is where a side sends.
type Destination uint8

const (
	DestinationSDP        Destination = iota // where SDP says
	DestinationSource                        // to the latched source, before that where SDP says
	DestinationSourceOnly                    // to the latched source, before that nowhere
)

func (Destination) names() []string { return []string{"sdp", "source", "source-only"} }

// RTCPRule is how the RTCP latch differs from that of RTP.
type RTCPRule uint8

const (
	RTCPSame    RTCPRule = iota // the same policy, on its own
	RTCPOnce                    // RTCPPackets from elsewhere lock it until the next reset
	RTCPFollows                 // it moves whenever RTCPPackets in a row come from elsewhere
)

func (RTCPRule) names() []string { return []string{"same", "once", "follows"} }

// holdLimit keeps durations clear of overflow when they are added to a time.
const holdLimit = 24 * time.Hour

// Validate tells what is wrong with the policy, if anything is. Every policy
// that passes drives an Engine.
func (p Policy) Validate() error {
	switch {
	case !validChoice(p.Bind), !validChoice(p.PreSDP), !validChoice(p.Match), !validChoice(p.SDPHit),
		!validChoice(p.LearnCounter), !validChoice(p.RelatchCounter), !validChoice(p.WhileLearning),
		!validChoice(p.HoldOffRule), !validChoice(p.LockedMismatch), !validChoice(p.SnapBack),
		!validChoice(p.AfterReset), !validChoice(p.Destination), !validChoice(p.RTCP), p.Reset&^resetAll != 0:
		return fmt.Errorf("a parameter holds a value that has no name")
	case p.PrefixBits > 32:
		return fmt.Errorf("match: a prefix has at most 32 bits, not %d", p.PrefixBits)
	case (p.Match == MatchPrefix) != (p.PrefixBits > 0):
		return fmt.Errorf("match: a prefix needs its length, as in prefix/24, and nothing else has one")
	case p.LearnSpan > 0 && p.LearnPackets < 2:
		return fmt.Errorf("lock_span: a single packet spans no time; set lock_packets to 2 or more")
	case p.HoldOff > 0 && p.LearnPackets == 0:
		return fmt.Errorf("hold_off: nothing is learned with lock_packets=0, so there is nothing to hold off")
	case p.HoldOffRule != HoldOffFollow && p.HoldOff == 0:
		return fmt.Errorf("hold_off_rule: %s needs a hold_off", choiceText(p.HoldOffRule))
	case p.RTCP != RTCPSame && p.RTCPPackets == 0:
		return fmt.Errorf("rtcp: %s needs rtcp_packets of 1 or more", choiceText(p.RTCP))
	}
	for _, d := range []struct {
		name string
		d    time.Duration
	}{
		{"lock_span", p.LearnSpan}, {"hold_off", p.HoldOff},
		{"timeout", p.RelatchSilence}, {"any_source_within", p.AnySourceWithin},
	} {
		if d.d < 0 || d.d > holdLimit {
			return fmt.Errorf("%s: %s is not between 0 and %s", d.name, d.d, holdLimit)
		}
	}
	return nil
}
