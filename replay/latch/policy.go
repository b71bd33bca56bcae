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

	Bind      Bind      // when the port opens; before that the kernel refuses
	LearnFrom LearnFrom // when this party's packets begin to be judged
	PreSDP    PreSDP    // what happens to packets that come before that
	Flush     bool      // the first packet after each time that learning begins is counted, but not passed on

	// What is looked at, and what counts as the same source.

	Counts Counts // which datagrams the latch looks at

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
	RanksKept     RanksKept     // with HoldOffRanked: how long the sources of each rank are remembered
	RankedDrop    bool          // with HoldOffRanked and a dropping lock: drop what ranks behind the best already while learning
	RankedLock    bool          // with HoldOffRanked: a packet from SDP's address locks at once
	ReturnAfter   time.Duration // what was learned before is taken from, but not sent to again until this long after signalling; WholeSeconds applies. 0: at once
	AfterRTCP     bool          // nothing is learned until RTCP came from this party, too
	MarkerLocks   bool          // a packet with the marker bit locks at once

	// Locked.

	LockedMismatch  Mismatch      // a packet from elsewhere, where nothing below takes it
	RelatchPackets  uint16        // packets from elsewhere that move the lock at once; 0: none do
	RelatchCounter  Counter       // which packets count towards RelatchPackets
	RelatchSilence  time.Duration // silence of the latched source: with RelatchPackets both are needed; alone it releases the lock at the next packet from elsewhere, and learning begins anew. 0: no such timer
	RelatchDistance uint16        // the latched SSRC may move if its sequence goes forward by no more than this; 0: may not
	SequenceEvery   time.Duration // the sequence of the latched SSRC is noted no more often than this; 0: with every packet
	MayFreeze       bool          // while AnySourceWithin lasts no SSRC is noted, and a lock that has none never moves; it keeps its SSRC when another source takes over
	NewSSRCPackets  uint16        // packets in a row of another SSRC, from anywhere, are dropped until there are this many; then it is learned from. 0: the SSRC does not matter
	NewSSRCAtOnce   bool          // the same without a wait: the first packet of another SSRC is learned from
	AnySourceWithin time.Duration // after new signalling for this side any source moves the lock for this long; 0: never
	SnapBack        SnapBack      // sources that may always take the lock back
	FollowBoth      bool          // with MismatchFollow: the other side learns anew, too
	ErrorsEnd       uint16        // ICMP errors in a row, no packet in between, that end the call; 0: they do not

	// Signalling.

	Reset      Reset      // signalling that makes the latch learn anew
	AfterReset AfterReset // what of the old source survives that
	Disarm     Disarm     // signalling after which nothing is learned any more

	// Sending, and the other component.

	Destination Destination
	HoldSends   HoldSends // what is sent to a party that is on hold
	RTCP        RTCPRule
	RTCPPackets uint16 // for RTCPOnce and RTCPFollows
	RTCPGuess   bool   // until RTCP is heard, send it to the port beside RTP's latched one

	Ignored PayloadTypes // RTP payload types that neither count nor learn
}

// holdLimit keeps durations clear of overflow when they are added to a time.
const holdLimit = 24 * time.Hour

// Validate tells what is wrong with the policy, if anything is. Every policy
// that passes drives an Engine.
func (p Policy) Validate() error {
	switch {
	case !validChoice(p.Bind), !validChoice(p.PreSDP), !validChoice(p.Match), !validChoice(p.SDPHit),
		!validChoice(p.LearnCounter), !validChoice(p.RelatchCounter), !validChoice(p.WhileLearning),
		!validChoice(p.HoldOffRule), !validChoice(p.LockedMismatch), !validChoice(p.SnapBack),
		!validChoice(p.AfterReset), !validChoice(p.Destination), !validChoice(p.RTCP),
		!validChoice(p.LearnFrom), !validChoice(p.Counts), !validChoice(p.RanksKept), !validChoice(p.Disarm),
		!validChoice(p.HoldSends), p.Reset&^resetAll != 0:
		return fmt.Errorf("a parameter holds a value that has no name")
	case p.PrefixBits > 32:
		return fmt.Errorf("match: a prefix has at most 32 bits, not %d", p.PrefixBits)
	case (p.Match == MatchPrefix) != (p.PrefixBits > 0):
		return fmt.Errorf("match: a prefix needs its length, as in prefix/24, and nothing else has one")
	case p.LearnSpan > 0 && p.LearnPackets < 2:
		return fmt.Errorf("lock_span: a single packet spans no time; set lock_packets to 2 or more")
	case p.HoldOff > 0 && p.LearnPackets == 0:
		return fmt.Errorf("hold_off: nothing is learned with lock_packets=0, so there is nothing to hold off")
	case p.ReturnAfter > 0 && (p.LearnPackets != 1 || p.HoldOffRule == HoldOffSwitchable):
		return fmt.Errorf("return_after: it is for latches that learn from one packet, and follow or rank while hold_off lasts")
	case p.MayFreeze && (p.LearnPackets != 1 || p.HoldOff > 0):
		return fmt.Errorf("may_freeze: it is for latches that learn from one packet, without hold_off")
	case p.FollowBoth && p.LockedMismatch != MismatchFollow:
		return fmt.Errorf("follow_both: it needs locked_mismatch=follow")
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
		{"return_after", p.ReturnAfter}, {"sequence_every", p.SequenceEvery},
	} {
		if d.d < 0 || d.d > holdLimit {
			return fmt.Errorf("%s: %s is not between 0 and %s", d.name, d.d, holdLimit)
		}
	}
	return nil
}
