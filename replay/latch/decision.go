package latch

import (
	"strings"

	"github.com/latchscope/latchscope/analyze/endpoint"
)

// Action is what became of an event. Signalling is always Noted; a packet is
// exactly one of the others.
type Action uint8

const (
	Noted    Action = iota
	Relayed         // sent on, to Decision.To
	Dropped         // discarded by the latch of the side it came to
	NotBound        // the port is closed: the kernel answers with ICMP port unreachable
	Queued          // left in the socket; Engine.Late says later what became of it
	Withheld        // taken, but the other side has nowhere to send it to
)

func (a Action) String() string { return choiceText(a) }

func (Action) names() []string {
	return []string{"noted", "relayed", "dropped", "not-bound", "queued", "withheld"}
}

// Reason is why.
type Reason uint8

const (
	ReasonNone          Reason = iota
	ReasonLatched              // from the latched source
	ReasonSDPSource            // from SDP's address
	ReasonLearned              // the packet that made its source the latched one
	ReasonCandidate            // from a source that is not latched yet
	ReasonOutranked            // from a source that resembles SDP less than another
	ReasonElsewhere            // from elsewhere than the locked source
	ReasonFollowed             // from elsewhere; the latch went along
	ReasonRelatched            // from elsewhere; enough of its packets have come
	ReasonSameStream           // from elsewhere; the SSRC and sequence of the latched source
	ReasonAfterUpdate          // from elsewhere; signalling is fresh
	ReasonSnappedBack          // from a source that may always take the lock back
	ReasonIgnoredType          // a payload type that does not count
	ReasonNoSource             // from port 0, to which nothing can be sent (RFC 768)
	ReasonNoSDP                // it is too early: SDP is still missing
	ReasonQueueFull            // the socket holds no more
	ReasonFlushed              // the first after learning began: thrown away
	ReasonKeepalive            // it carries no media to pass on
	ReasonMarker               // from elsewhere; it has the marker bit
	ReasonNewSSRC              // enough packets of a new SSRC have come
	ReasonOtherSSRC            // of another SSRC than the one that is listened to
	ReasonPortClosed           // the port is not open yet
	ReasonEnded                // the call is over
	ReasonNoDestination        // the other side knows no address yet
	ReasonOtherLearning        // the other side sends nothing while it learns
	ReasonOnHold               // the other side's SDP names no address
)

func (r Reason) String() string { return choiceText(r) }

func (Reason) names() []string {
	return []string{"none", "latched", "sdp-source", "learned", "candidate", "outranked", "elsewhere",
		"followed", "relatched", "same-stream", "after-update", "snapped-back", "ignored-type",
		"no-source", "no-sdp", "queue-full", "flushed", "keepalive", "marker", "new-ssrc", "other-ssrc", "port-closed", "ended", "no-destination", "other-side-learning", "on-hold"}
}

// Change is the set of things that an event did to a latch.
type Change uint8

const (
	Candidate Change = 1 << iota // a new source began to be counted
	Locked                       // the latch locked for the first time
	Relocked                     // it locked again, after a release, a reset or a move
	Released                     // silence opened the lock: learning anew
	Reopened                     // signalling, or following a source, opened it
	Moved                        // the destination of this side is another
)

func (Change) names() []string {
	return []string{"candidate", "locked", "relocked", "released", "reopened", "moved"}
}

// String is the changes joined by commas, or "".
func (c Change) String() string {
	var words []string
	for i, n := range c.names() {
		if c&(1<<i) != 0 {
			words = append(words, n)
		}
	}
	return strings.Join(words, ",")
}

// Decision is what the engine did with one event.
type Decision struct {
	To      endpoint.Endpoint // Relayed: where the other side sent it
	Action  Action
	Reason  Reason
	Changes Change // of the latch that the event concerns: of the packet's side and component, or of the signalling side's RTP
	Other   Change // of the other side's RTP: signalling, and what is followed where both sides learn anew
}
