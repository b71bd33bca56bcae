package measure

import (
	"fmt"
	"time"

	"github.com/latchscope/latchscope/replay/latch"
)

// Trace is what a real engine did with a schedule: one call.
type Trace struct {
	Engine string    // as the trace names it, "rtpengine-delayed"
	Flags  string    // how it was set up, "strict"; "" if it has no such thing
	Build  string    // the engine as it was built, "rtpengine-10.5.3.5-deb12u1"; "" if it is not known
	Seed   uint64    // of the schedule
	Began  time.Time // wall clock of offset 0; zero: not known
	Notes  []string  // what was staged, for people
	Events []Event   // in order of time
}

// Event is one thing that happened, and for packets what became of it.
type Event struct {
	At    time.Duration // since the trace began
	What  What
	Side  latch.Side
	Place Place // where the packet came from, or what the SDP names

	Hold bool // signalling

	SSRC uint32 // RTP
	Seq  uint16
	PT   uint8 // 0 where the trace does not say

	To Place // packets: where it came out on the other side; Nowhere if it did not
}

// What is the kind of an event.
type What uint8

const (
	RTP     What = iota
	Empty        // a datagram without payload (RFC 6263 section 4.1)
	CRLF         // a datagram of CR LF
	STUN         // a STUN binding indication (RFC 6263 section 4.6)
	NoMedia      // an RTP header without payload
	Offer
	Early  // an answer in a provisional response
	Answer // a final answer
)

var whatWords = [...]string{"rtp", "empty", "crlf", "stun", "rtp-empty", "offer", "early", "answer"}

func (w What) String() string {
	if int(w) < len(whatWords) {
		return whatWords[w]
	}
	return fmt.Sprintf("What(%d)", uint8(w))
}

// Packet reports whether the event is a datagram of a party.
func (w What) Packet() bool { return w < Offer }

// Place is an address of a side as traces name it.
type Place uint8

const (
	Nowhere   Place = iota // "-": a packet that did not come out
	SDP                    // the address that SDP names
	Port                   // another host with SDP's port: a NAT that keeps ports
	Addr                   // SDP's host with another port
	NAT1                   // another host, another port
	NAT2                   // and another
	SDP2                   // what a re-offer names
	Stranger               // somebody else
	None                   // 0.0.0.0
	Elsewhere              // an address that is none of these; only where a packet came out
)

var placeWords = [...]string{"-", "sdp", "port", "addr", "nat1", "nat2", "sdp2", "str", "none", "?"}

func (p Place) String() string {
	if int(p) < len(placeWords) {
		return placeWords[p]
	}
	return fmt.Sprintf("Place(%d)", uint8(p))
}
