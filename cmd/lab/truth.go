package main

import (
	"encoding/json"
	"os"
)

// Truth is what was so in one recording: written from the logs of the parties,
// the router and the media engine. It stands beside the captures as
// SCENARIO.truth.json. Times are seconds since the gateway's INVITE.
type Truth struct {
	Scenario   string      `json:"scenario"`
	About      string      `json:"about"`
	Provenance string      `json:"provenance"` // when, how, kernel, versions
	DelayMS    float64     `json:"delay_ms"`   // between router and server, one way
	Late       float64     `json:"late_s"`     // the most that anything came after its time: the machine was busy
	Router     string      `json:"router"`
	Silent     bool        `json:"router_silent,omitempty"` // nothing says what did not arrive
	Engine     string      `json:"engine"`
	Calls      []CallTruth `json:"calls"`
	Points     []Point     `json:"points"`
}

// CallTruth is what was so of one call.
type CallTruth struct {
	CallIDs  []string   `json:"call_ids"` // the caller's dialog first
	From     string     `json:"from"`
	To       string     `json:"to"`
	Answered float64    `json:"answered_s"`
	Ended    float64    `json:"ended_s"`
	Early    *Early     `json:"early,omitempty"`
	Refused  int        `json:"refused"`  // RTP of the phone's that drew an ICMP error, as the router counted
	Told     int        `json:"told"`     // those errors that reached the phone: two that meet the router between two packets find one mapping
	Returned int        `json:"returned"` // RTP to the phone that drew one, as the server's kernel counted
	Flips    []Move     `json:"flips,omitempty"`
	Trigger  string     `json:"trigger,omitempty"` // of the flips: icmp, idle, failover, unknown
	Flows    []Flow     `json:"flows"`
	Silences []Outage   `json:"silences,omitempty"`
	Latch    *Latch     `json:"latch,omitempty"`
	Intruder *Intrusion `json:"intruder,omitempty"`
}

// Early is RTP that left the phone before its SDP did.
type Early struct {
	Packets int     `json:"packets"`
	Refused int     `json:"refused"`
	Told    int     `json:"told"`
	Lead    float64 `json:"lead_s"`
}

// Move is a new outside endpoint for the phone's RTP, by the router's log.
type Move struct {
	Time    float64 `json:"time_s"`
	From    string  `json:"from"`
	To      string  `json:"to"`
	Because string  `json:"because"`
}

// Flow is one direction of a call's audio, from the answer to the end.
type Flow struct {
	Direction string `json:"direction"` // uplink: from the phone; downlink: to it
	Sent      int    `json:"sent"`      // by the one party; 0 where it keeps no log (baresip, sipp)
	Heard     int    `json:"heard"`     // by the other
}

// Outage is a stretch of a tenth of a second or more in which one direction's
// packets were sent and not heard.
type Outage struct {
	Direction string  `json:"direction"`
	Start     float64 `json:"start_s"` // the last that was heard, else the answer
	End       float64 `json:"end_s"`   // the next that was, else the end
	Silence   float64 `json:"silence_s"`
	Lost      int     `json:"lost"`
	Cause     string  `json:"cause"` // latch, firewall; learning: the engine did not know the phone yet; move: what was under way when it moved. The latter two are no finding
	// AtServer is the same as it looks from the server: there the answer, where
	// the silence begins with it, is later.
	AtServer float64 `json:"at_server_s"`
}

// Latch is what the engine was set to, and what it held by its own log; the
// daemon has neither such parameters nor such a log.
type Latch struct {
	LockPackets int     `json:"lock_packets"`
	Timeout     float64 `json:"timeout_s"`
	Held        string  `json:"held,omitempty"` // the source that it was locked on when the phone had moved
}

// Intrusion is what a third host sent to the phone's media port.
type Intrusion struct {
	Source  string `json:"source"`
	Target  string `json:"target"`
	Packets int    `json:"packets"`
}

// Point is one capture and what an analysis of it has to find.
type Point struct {
	Point  string        `json:"point"` // server, public, phone, nat
	File   string        `json:"file"`
	Expect []Expectation `json:"expect"` // complete: nothing else of warning or above
}

// Expectation is one finding.
type Expectation struct {
	Code     string         `json:"code"`
	Severity string         `json:"severity"`
	Call     string         `json:"call_id"` // one of the call's
	Data     map[string]any `json:"data,omitempty"`
	// Estimates may be missing, but not wrong; null is that they have to be.
	Estimates map[string]any `json:"estimates,omitempty"`
	// Silences by direction: state, seconds and how near they must be.
	Directions []Direction `json:"directions,omitempty"`
	// Optional findings are true too, but nobody has to make them.
	Optional bool `json:"optional,omitempty"`
}

// Direction is one direction of an expected latch-silence.
type Direction struct {
	Direction string  `json:"direction"`
	State     string  `json:"state"` // alive, dead, unseen
	Silence   float64 `json:"silence_s,omitempty"`
	Within    float64 `json:"within_s,omitempty"`
	Lost      int     `json:"lost,omitempty"` // packets, as near as within_s makes it
}

func (t *Truth) write(path string) error {
	b, err := json.MarshalIndent(t, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(b, '\n'), 0o644)
}

func readTruth(path string) (*Truth, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	t := new(Truth)
	return t, json.Unmarshal(b, t)
}
