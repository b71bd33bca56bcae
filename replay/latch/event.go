package latch

import "github.com/latchscope/latchscope/analyze/endpoint"

// Side is a party of the call, as the engine sees it.
type Side uint8

const (
	SideA Side = iota // the caller's, as a rule
	SideB             // the callee's
)

// Other is the opposite side.
func (s Side) Other() Side { return s ^ 1 }

func (s Side) String() string { return choiceText(s) }

func (Side) names() []string { return []string{"A", "B"} }

// Kind is what happened.
type Kind uint8

const (
	KindRTP       Kind = iota // an RTP packet arrived at a side
	KindRTCP                  // an RTCP packet arrived at a side
	KindKeepalive             // a datagram without media arrived at a side's RTP port: an empty one, STUN, a line break (RFC 6263)
	KindError                 // an ICMP error came back for what was sent to a side
	KindOffer                 // a party offered: INVITE, re-INVITE, UPDATE, or the 200 of a delayed offer
	KindAnswer                // a party answered: 200, an 18x with SDP (Early), or the ACK of a delayed offer
	KindBye                   // the call ended: the ports are closed
)

func (k Kind) String() string { return choiceText(k) }

func (Kind) names() []string {
	return []string{"rtp", "rtcp", "keepalive", "error", "offer", "answer", "bye"}
}

// Packet reports whether the event is a datagram that arrived at a side.
func (k Kind) Packet() bool { return k <= KindKeepalive }

// Ref is where in the capture an event stands: index of the file, and the frame
// number that Wireshark shows. The engine carries it and never looks at it.
type Ref struct {
	Frame uint32
	File  int32
}

// Event is one thing that happens to an engine. Events come in time order; the
// engine has no other clock than theirs.
type Event struct {
	Time   int64 // ns since the epoch
	Ref    Ref
	SSRC   uint32            // RTP, RTCP
	Seq    uint16            // RTP
	PT     uint8             // RTP, without the marker bit
	Marker bool              // RTP: the marker bit
	Empty  bool              // RTP: a header without payload
	Other  bool              // RTP: of a payload type that no SDP names
	Kind   Kind              // zero: RTP
	Side   Side              // where the packet arrives, or whose SDP it is
	Hold   bool              // offer, answer: this party is on hold (inactive, sendonly, 0.0.0.0)
	Source endpoint.Endpoint // packets: the source as the engine sees it

	Early     bool              // answer: provisional, a final one follows
	Media     endpoint.Endpoint // offer, answer: where this party's SDP wants RTP
	MediaRTCP endpoint.Endpoint // offer, answer: where it wants RTCP; zero is the port beside; equal to Media is rtcp-mux
}
