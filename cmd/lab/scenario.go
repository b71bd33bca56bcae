//go:build linux

package main

import (
	"time"

	"github.com/latchscope/latchscope/replay/latch"
)

// A scenario is what happens in one recording. The zero value of each field is
// the ordinary thing: one phone behind a router is called by the gateway,
// answers, and both talk.
type scenario struct {
	Name   string
	About  string
	Router routerPlan
	Delay  time.Duration // of the line between router and server, one way
	Phones int           // with a call each
	Codec  codec
	V6     bool
	TCP    bool // the phone keeps a TCP connection for its SIP
	Pad    int  // bytes that the INVITE is longer
	Engine enginePlan
	Habits habits
	Talk   time.Duration // from the answer to the gateway's BYE
	Steps  []step
	Phone  speakerKind // who plays the phone, and who the gateway
	Far    speakerKind
	Keep   []string // points whose recordings the project keeps; none: the server's
}

// speakerKind is which program speaks for a party.
type speakerKind string

const (
	ours    speakerKind = "" // an agent of the laboratory
	baresip speakerKind = "baresip"
	sipp    speakerKind = "sipp"
)

// enginePlan is the media engine and its server's habits.
type enginePlan struct {
	Set      []string // the project's engine, session-lock with these parameters
	Daemon   []string // else rtpengine: its flags for each offer and answer
	Learning string   // rtpengine's endpoint learning
	Rewrites bool     // the project's engine sends RTP of its own making
	NoICMP   bool     // the server's host says nothing about closed ports
	Closed   bool     // a firewall refuses media until the answer, for engines that bind at the offer
}

func (p enginePlan) daemon() bool { return p.Learning != "" }

// policies are the two sides of the project's engine. The gateway is not behind
// a NAT: it is sent to before it is heard.
func (p enginePlan) policies() (both [2]latch.Policy, err error) {
	profile, _ := latch.Lookup("session-lock")
	callee := profile.Policy
	for _, s := range p.Set {
		name, value, _ := cut(s)
		if err := callee.Set(name, value); err != nil {
			return both, err
		}
	}
	caller := callee
	caller.Destination = latch.DestinationSource
	return [2]latch.Policy{caller, callee}, nil
}

// step is something that happens at a time after the answer of the last call.
type step struct {
	At   time.Duration
	What string
	Do   func(*stage) error
}

// length is how long the scenario takes from its first INVITE, at most.
func (s scenario) length() time.Duration { return s.Habits.Answer + s.Talk + 10*time.Second }
