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
		{name: "media_handover", doc: "rtpengine's: true is locked_mismatch=follow", set: setMediaHandover},
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
		p.LockedMismatch = MismatchFollow
	case p.LockedMismatch == MismatchFollow:
		p.LockedMismatch = MismatchRelay
	}
	return nil
}

func setEndpointLearning(p *Policy, text string) error {
	p.HoldOff, p.HoldOffRule, p.WholeSeconds = 0, HoldOffFollow, false
	p.LearnPackets, p.SDPHit = 1, SDPHitNone
	switch text {
	case "off":
		p.LearnPackets = 0
	case "immediate":
	case "delayed":
		p.HoldOff, p.WholeSeconds = 3*time.Second, true
	case "heuristic":
		p.HoldOff, p.WholeSeconds, p.HoldOffRule = 3*time.Second, true, HoldOffRanked
	default:
		return fmt.Errorf("%q is not one of off, immediate, delayed, heuristic", text)
	}
	return nil
}
