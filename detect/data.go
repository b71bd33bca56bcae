package detect

import "github.com/latchscope/latchscope/analyze/trace"

// The shapes of Finding.Data, one a code. Their JSON names are part of the
// report's contract; times in them are RFC 3339, UTC, with nanoseconds.

// EarlyRTP is the data of early-rtp.
type EarlyRTP struct {
	Packets  int64   `json:"packets"`
	Lead     float64 `json:"lead_s"`   // from the first packet to the answerer's SDP
	Rejected int64   `json:"rejected"` // packets that drew an ICMP error
}

// Unreachable is the data of icmp-unreachable.
type Unreachable struct {
	Count     int64  `json:"count"`
	By        string `json:"by"`    // who sent the errors
	About     string `json:"about"` // the refused endpoint
	ICMPCode  uint8  `json:"icmp_code"`
	Component string `json:"component"` // "rtp" or "rtcp"
}

// Flip is the data of nat-port-flip.
type Flip struct {
	From           string     `json:"from"` // of the last move
	To             string     `json:"to"`
	Moves          []FlipMove `json:"moves"`
	Trigger        string     `json:"trigger"` // icmp, idle, failover, unknown
	AddressChanged bool       `json:"address_changed"`

	gone   *mappingGone  // nil where nothing shows that the mapping had ended
	inside *trace.Stream // the same packets before the NAT; nil where that is not in view

	InPause *InPause `json:"-"` // nil where nothing went to a mapping that may have ended
}

// FlipMove is one move of a Flip.
type FlipMove struct {
	From  string `json:"from"`
	To    string `json:"to"`
	File  int32  `json:"file"`
	Frame uint32 `json:"frame"` // first packet from the new source
	Time  string `json:"time"`
}

// Silence is the data of latch-silence.
type Silence struct {
	Silence     float64     `json:"silence_s"` // the longest direction
	Directions  []Direction `json:"directions"`
	Latched     *string     `json:"latched"` // the source that the receiver held on to
	Ignored     *string     `json:"ignored"` // the source that it did not take
	LockPackets *int        `json:"lock_packets"`
	Timeout     *float64    `json:"timeout_s"`

	hold     float64 // seconds for which a stranger's place was kept after its last packet
	stranger bool    // what the latch held is no old source of the talker's
	late     float64 // seconds from the move to the last packet of the old source, which was late; 0: none was
}

// Direction is one way through a media server, or to one endpoint of a call.
type Direction struct {
	Direction   string   `json:"direction"` // uplink: from the moved endpoint; downlink: to it
	Endpoint    string   `json:"endpoint"`  // the call party
	From        string   `json:"from"`
	To          string   `json:"to"`
	State       string   `json:"state"` // alive, dead, unseen
	Silence     *float64 `json:"silence_s"`
	StartS      *float64 `json:"start_s"` // seconds since the capture's first packet
	EndS        *float64 `json:"end_s"`
	PacketsLost *int64   `json:"packets_lost"`
	Evidence    string   `json:"evidence,omitempty"` // relay-gap, misdirected, withheld, inbound-gap

	astray int64 // packets that went to where the endpoint is not, where some did
}

// OneWay is the data of one-way-audio.
type OneWay struct {
	From string `json:"from"` // the direction that is there
	To   string `json:"to"`
}

// Competing is the data of competing-source.
type Competing struct {
	Source  string `json:"source"`
	Target  string `json:"target"`
	Packets int64  `json:"packets"`

	PassedOn *int64 `json:"passed_on"` // of these, to another party; null where the way behind the server is not in view

	heard  []*trace.Stream // what was passed on, as it left for an ear
	beside bool            // the party's own packets were passed on meanwhile
	told   bool            // a silence tells of what went to the stranger
}
