package latch

import (
	"fmt"
	"time"
)

// Aliases are engines' own words that Set takes beside the parameters' names.
func Aliases() []Param {
	var list []Param
	for _, q := range aliases() {
		list = append(list, Param{Name: q.name, Doc: q.doc})
	}
	return list
}

func aliases() []param {
	return []param{
		{name: "strict_source", doc: "rtpengine's: true is locked_mismatch=drop, unless media_handover is set", set: setStrictSource},
		{name: "media_handover", doc: "rtpengine's: true is locked_mismatch=follow, follow_both=true", set: setMediaHandover},
		{name: "symmetric_rtp", doc: "livekit's: true is lock_packets=1, locked_mismatch=follow, destination=source", set: setSymmetricRTP},
		{name: "endpoint_learning", doc: "rtpengine's: off, immediate, delayed, or heuristic", set: setEndpointLearning},
	}
}

// With both of rtpengine's flags set a packet is followed before it could be
// dropped, so media handover is the stronger one.

func setStrictSource(p *Policy, text string) error {
	on, err := parseBool(text)
	switch {
	case err != nil:
		return err
	case on && p.LockedMismatch == MismatchRelay:
		p.LockedMismatch = MismatchDrop
	case !on && p.LockedMismatch == MismatchDrop:
		p.LockedMismatch = MismatchRelay
	}
	return nil
}

func setMediaHandover(p *Policy, text string) error {
	on, err := parseBool(text)
	switch {
	case err != nil:
		return err
	case on:
		p.LockedMismatch, p.FollowBoth = MismatchFollow, true
	case p.LockedMismatch == MismatchFollow:
		p.LockedMismatch, p.FollowBoth = MismatchRelay, false
	}
	return nil
}

func setSymmetricRTP(p *Policy, text string) error {
	on, err := parseBool(text)
	switch {
	case err != nil:
		return err
	case on:
		p.LearnPackets, p.LockedMismatch, p.Destination = 1, MismatchFollow, DestinationSource
	default:
		p.LearnPackets, p.LockedMismatch, p.Destination = 0, MismatchRelay, DestinationSDP
	}
	return nil
}

// rtpengineWait is how long rtpengine waits after signalling before it settles
// for an endpoint.
const rtpengineWait = 3 * time.Second

// setEndpointLearning leaves alone what tells rtpengine's versions apart.
func setEndpointLearning(p *Policy, text string) error {
	p.LearnPackets, p.SDPHit = 1, SDPHitNone
	p.HoldOff, p.HoldOffRule, p.ReturnAfter = 0, HoldOffFollow, rtpengineWait
	switch text {
	case "off":
		p.LearnPackets, p.ReturnAfter = 0, 0
	case "immediate":
	case "delayed":
		p.HoldOff = rtpengineWait
	case "heuristic":
		p.HoldOff, p.HoldOffRule = rtpengineWait, HoldOffRanked
	default:
		return fmt.Errorf("%q is not one of off, immediate, delayed, heuristic", text)
	}
	return nil
}
