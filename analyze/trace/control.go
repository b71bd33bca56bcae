package trace

import (
	"net/netip"

	"github.com/latchscope/latchscope/analyze/endpoint"
)

// Control is one command of a proxy to a media engine, and the engine's reply: NG,
// rtpengine's control protocol (package ng). It says what no SIP says: which port
// of the engine serves which party, how it was told to latch, and in the end whom
// it took for whom.
type Control struct {
	Moment          // of the command
	Reply           Moment
	Client, Engine  endpoint.Endpoint
	Tap             uint32
	Command         string
	Dialog          // as the command names it: FromTag is that of whoever made the offer
	Heard           netip.Addr // where the proxy got the SIP message from; zero where it does not say
	Said, Given     *SDP       // what the proxy handed over, and what the engine made of it
	Settings        []string   // flags and options, see ng.Message
	Result, Refusal string     // "ok"; why not
	Belief          []Belief   // what the engine knew when it replied; nil where it said nothing new
	Call            *Call      // that it is about; nil where that is not known
}

// Belief is a port of a media engine and whom the engine takes for the party behind
// it.
type Belief struct {
	Tag       string // of the party
	Line      int32
	RTCP      bool
	Local     endpoint.Endpoint // the engine's port
	Peer      endpoint.Endpoint // where it sends to
	Announced endpoint.Endpoint // what SDP said
	Confirmed bool              // Peer was learned for good
	Packets   int64             // that came from the party
}
