package analyze

import "github.com/latchscope/latchscope/analyze/packet"

// Transport of a SIP message.
type Transport uint8

const (
	UDP Transport = iota + 1
	TCP
	SCTP
	WebSocket
)

func (t Transport) String() string {
	return [...]string{"", "UDP", "TCP", "SCTP", "WS"}[t]
}

// Message is what is kept of a SIP message that belongs to an INVITE dialog.
type Message struct {
	Moment
	Src, Dst  packet.Endpoint
	Tap       uint32
	Transport Transport
	Status    int16  // 0 in a request
	Method    string // of the request, or the one a response answers
	CSeq      uint32
	CallID    string
	FromTag   string
	ToTag     string
	Branch    string // of the topmost Via
	Head      *Head  // of the first messages of a dialog and of those with news; else nil
	SDP       *SDP
	Hash      uint64 // of all bytes
	Copy      bool   // the same message seen again: other tap, other file, other side of a NAT
	Twice     bool   // a Copy between the same addresses in the same file: recorded more than once
	Repeat    bool   // a retransmission
	Defects   string // what is broken about it, codes separated by commas
}

// Request tells requests from responses.
func (m *Message) Request() bool { return m.Status == 0 }

// Head is what is kept of the headers that rarely matter.
type Head struct {
	RequestURI string
	FromURI    string
	FromName   string
	ToURI      string
	ToName     string
	Contact    string
	Agent      string
	Reason     string
	Replaces   string
	SessionID  string
	Related    []string // values that may name another dialog's Call-ID
	Keys       []string // values that name the call on all its legs (RFC 7989 and the like)
	Require100 bool
}

// SDP is what is kept of a session description (RFC 8866).
type SDP struct {
	Origin  string // the o= line's session and version
	Media   []Media
	Bundled bool
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

// Media is one m= line.
type Media struct {
	Kind       string          // audio, video, image, ...
	Addr       packet.Endpoint // where its sender listens; address 0.0.0.0 on an old-style hold, port 0 when rejected
	RTCP       packet.Endpoint // a=rtcp, zero if absent
	Mux        bool
	Direction  Direction
	Secure     bool // SRTP or DTLS-SRTP
	T38        bool
	ICE        bool
	Formats    []Format
	Candidates []packet.Endpoint
	Ptime      int  // ms, 0 if not said
	NoVAD      bool // silence suppression is ruled out

	callID string // of the dialog that said so
}

// Format is one payload type of an m= line.
type Format struct {
	PT    uint8
	Name  string
	Clock uint32
}

// Held tells whether the line's sender asks for no media: old-style hold,
// sendonly, inactive.
func (m *Media) Held() bool {
	return m.Direction == SendOnly || m.Direction == Inactive || m.Addr.IP().IsUnspecified()
}
