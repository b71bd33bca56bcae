package trace

import (
	"bytes"
	"encoding/binary"
	"math/bits"

	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/internal/tracked"
)

// Transport of a SIP message.
type Transport uint8

const (
	UDP Transport = iota + 1
	TCP
	SCTP
	WebSocket
	TLS // of which the keys are known
	WSS
	NG // no SIP: made of what a proxy told a media engine (see Control)
)

func (t Transport) String() string {
	return [...]string{"", "UDP", "TCP", "SCTP", "WS", "TLS", "WSS", "NG"}[t]
}

// Message is what is kept of a SIP message that belongs to an INVITE dialog.
// It is a view of a Record in a Store: what many share stands behind pointers, which
// a message in a Trace always has. The zero Message has none: give it a Passage,
// a Dialog and a Kind before reading fields of theirs.
type Message struct {
	Moment
	*Passage
	*Dialog
	*Kind
	Branch  Branch        // of the topmost Via
	Tracked *tracked.Head // the collector's own; nil in a Trace
	SDP     *SDP
	CSeq    uint32
	Number  uint32 // in its Store
	Copy    bool   // the same message seen again: other tap, other file, other side of a NAT
	Twice   bool   // a Copy between the same addresses in the same file: recorded more than once
	Repeat  bool   // a retransmission
}

// Passage is where a message came by: from where to where, and what recorded it.
type Passage struct {
	Src, Dst  endpoint.Endpoint
	Tap       uint32
	Transport Transport
}

// Dialog is what a message says of the dialog that it belongs to.
type Dialog struct {
	CallID  string
	FromTag string
	ToTag   string
}

// Kind is what sort of message it is.
type Kind struct {
	Status  int16  // 0 in a request
	Method  string // of the request, or the one a response answers
	Defects string // what is broken about it, codes separated by commas
	Expires int32  // Session-Expires, in seconds (RFC 4028); 0 where absent
	Reason  string // the Reason header of a BYE (RFC 3326)
	Pieces  Pieces // in how many IP packets it came
}

// Pieces is whether a message came in one IP packet.
type Pieces uint8

const (
	OnePiece  Pieces = iota
	Fragments        // put together from IP fragments
	FirstOnly        // its first fragment, and some of the others never came by
)

// Branch stands for the branch of a Via, which is only ever compared: a hash of
// it, 0 where there is none. Two branches of one Call-ID, within which they are
// compared, will not meet in 63 bits by chance; whoever makes them meet could
// as well have written the same one twice.
type Branch uint64

// magicCookie begins a branch that is unique across space and time (RFC 3261
// section 8.1.1.7).
const magicCookie = "z9hG4bK"

// unique marks the branches that begin with the magic cookie.
const unique Branch = 1

// BranchOf is what stands for a branch.
func BranchOf(b []byte) Branch {
	if len(b) == 0 {
		return 0
	}
	h := max(Branch(hashBytes(b))&^unique, unique<<1)
	if bytes.HasPrefix(b, []byte(magicCookie)) {
		h |= unique
	}
	return h
}

// Unique reports whether no other transaction has the branch.
func (b Branch) Unique() bool { return b&unique != 0 }

// Request reports whether the message is a request, as one without a Kind is.
func (m *Message) Request() bool { return m.Kind == nil || m.Kind.Status == 0 }

// SDP is what is kept of a session description (RFC 8866).
type SDP struct {
	Media []Media
}

// Direction of media as SDP states it.
type Direction uint8

const (
	SendRecv Direction = iota
	SendOnly
	RecvOnly
	Inactive
)

func (d Direction) String() string {
	return [...]string{"sendrecv", "sendonly", "recvonly", "inactive"}[d]
}

// Media is one m= line: where its sender listens, and for what.
type Media struct {
	Addr endpoint.Endpoint // address 0.0.0.0 on an old-style hold, port 0 when rejected
	*Terms
}

// Terms are what an m= line says beside its address, which is the same in most
// calls.
type Terms struct {
	Kind       string            // audio, video, image, ...
	RTCP       endpoint.Endpoint // a=rtcp, zero if absent
	Mux        bool
	Direction  Direction
	Secure     bool // SRTP or DTLS-SRTP
	Keyless    bool // an SRTP profile, and nothing in the description that agrees on a key
	T38        bool
	ICE        bool
	Formats    []Format
	Candidates []endpoint.Endpoint
}

// Format is one payload type of an m= line.
type Format struct {
	PT    uint8
	Name  string
	Clock uint32
}

// Held reports whether the line's sender asks for no media: old-style hold,
// sendonly, inactive.
func (m *Media) Held() bool {
	return m.Direction == SendOnly || m.Direction == Inactive || m.Addr.IP().IsUnspecified()
}

// hashBytes tells messages apart; it need not withstand an attacker, for a
// collision only hides one retransmission.
func hashBytes(b []byte) uint64 {
	const k = 0x9e3779b97f4a7c15
	h := uint64(len(b)) * k
	for len(b) >= 8 {
		hi, lo := bits.Mul64(binary.LittleEndian.Uint64(b)^h, k)
		h = hi ^ lo
		b = b[8:]
	}
	var tail [8]byte
	copy(tail[:], b)
	hi, lo := bits.Mul64(binary.LittleEndian.Uint64(tail[:])^h, k)
	return hi ^ lo
}
