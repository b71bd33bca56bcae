package trunk

import "time"

// Shape is what a capture is to be like. Calls have two legs and four streams:
// gateway to server to telephone and back.
type Shape struct {
	Calls   int           // in all
	AtOnce  int           // of them at a time; each slot plays one call after another
	Packets int           // of each stream
	Pace    time.Duration // between a stream's packets; 0: 20 ms
	Payload int           // bytes of audio in a packet; 0: 160
	PT      uint8         // payload type; 0 is PCMU
	Flips   int           // the first so many calls live through the story
	Idle    int           // OPTIONS and REGISTER exchanges outside of calls, spread over the capture
	Flood   Flood
	Rate    int  // packets of the flood in each step of Pace
	Steps   int  // of Pace that a capture lasts at least; without calls only the flood fills it
	SIPOnly bool // the calls' signalling was recorded alone
	NG      bool // pcapng instead of pcap
}

// Flood is what comes in between the calls to do harm.
type Flood uint8

const (
	NoFlood     Flood = iota
	NewSSRC           // every packet is RTP of an SSRC never seen before
	NewCallID         // every packet is an INVITE with SDP and a Call-ID of its own
	NewFlow           // every packet is UDP between ports never seen before, and no RTP
	NewError          // every packet is an ICMP error about another packet
	NewConn           // every packet opens a TCP connection and carries the head of a SIP message
	NewFragment       // every packet is the first fragment of a datagram that never becomes whole
	NewHosts          // every packet is an INVITE of one caller's name between hosts never seen before
	NewSource         // every few packets one talker has another source, and is refused
)

func (s Shape) withDefaults() Shape {
	if s.Pace == 0 {
		s.Pace = 20 * time.Millisecond
	}
	if s.Payload == 0 {
		s.Payload = 160
	}
	s.AtOnce = max(1, min(s.AtOnce, s.Calls))
	return s
}

// Steps of Pace in the life of a call.
const (
	ringing = 40 // from the INVITE to the answer
	ending  = 4  // from the last packet until the slot is free again
)

// life is how many steps a call takes.
func (s Shape) life() int { return ringing + s.Packets + ending }

// length is how many steps the capture takes.
func (s Shape) length() int {
	n := s.Steps
	if s.Calls > 0 {
		rounds := (s.Calls + s.AtOnce - 1) / s.AtOnce
		n = max(n, rounds*s.life()+s.stagger(s.AtOnce-1))
	}
	return n
}

// stagger is by how many steps a slot begins later than the first: the calls
// begin over the first second, not all at once.
func (s Shape) stagger(slot int) int { return slot * 50 / s.AtOnce }
