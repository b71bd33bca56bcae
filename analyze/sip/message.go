// Package sip reads SIP and SDP from captured bytes: tolerant scanners that
// take what a message says in the order in which it says it, and note what is
// broken instead of refusing it. A parser that serves traffic must reject a
// bad message; one that explains a failed call must read it.
//
// Every []byte in the values here aliases the input and is valid as long as
// that is; nothing is copied, unfolded or unescaped. What is secret by nature
// (credentials, SDES keys, ICE passwords) is recorded as a boolean only.
package sip

// Message is one SIP request or response. The zero value is ready for Parse,
// which reuses its slices.
type Message struct {
	Request    bool
	Status     int    // of a response; 0 in a request, and where it is no number below 1000
	Method     []byte // of the request, or of a response's CSeq
	RequestURI []byte
	Reason     []byte // the status line's phrase; see ReasonHeader for RFC 3326

	CallID     []byte
	CSeq       uint32
	CSeqMethod []byte
	From, To   Address
	Vias       []Via // top first, at most maxVias

	Contact      Address // the first; its URI is "*" where a registration removes all
	Contacts     int
	Routes       int // values of Route
	RecordRoutes int // values of Record-Route

	Asserted []byte // URI of the first P-Asserted-Identity (RFC 3325 section 9.1)

	UserAgent       []byte // User-Agent, else Server
	ContentType     []byte // with its parameters
	ContentEncoding []byte
	ContentLength   int // -1 where absent or no number
	Expires         int // -1 where absent
	SessionExpires  int // -1 where absent (RFC 4028)
	MaxForwards     int // -1 where absent
	RSeq            uint32
	RAck            RAck

	Require100rel   bool // RFC 3262
	Supported100rel bool
	Credentials     bool // Authorization or Proxy-Authorization was there

	Replaces     []byte // RFC 3891, with its tags
	ReferTo      []byte // RFC 3515
	ReferredBy   []byte // RFC 3892
	SessionID    []byte // RFC 7989, with its parameters
	ReasonHeader []byte // RFC 3326; the first
	EarlyMedia   []byte // P-Early-Media, RFC 5009
	Event        []byte // RFC 6665

	// Related are values in which another dialog of the same call may be
	// named, for the caller to compare with Call-IDs and with each other.
	Related []Header

	// Body is cut to Content-Length where that is less than what follows, and
	// is all that follows where it is more, or absent. Extra is what was cut.
	Body, Extra []byte

	// Defects holds each kind of defect once, where it was first met.
	Defects []Defect

	seen    headerSet // single-valued headers met so far
	defects uint64    // kinds in Defects
}

// Header is a header field: its name as spelt, and a value.
type Header struct{ Name, Value []byte }

// RAck is the RAck header (RFC 3262 section 7.2): which response is meant.
type RAck struct {
	RSeq, CSeq uint32
	Method     []byte
}

// Parse reads the message that b holds, one datagram or what a Framer yielded.
// It is false only where b does not begin as SIP does (see Looks); m is then
// empty.
func Parse(b []byte, m *Message) bool {
	_, ok := ParseFor(b, m, nil)
	return ok
}

// ParseFor is Parse for a caller who has no use for most methods: where it is
// not wanted, reading stops as soon as that is known, and what stands behind
// is missing in m. A nil want wants all.
func ParseFor(b []byte, m *Message, want func(method []byte) bool) (wanted, ok bool) {
	m.reset()
	pos := m.parseStartLine(b)
	if pos < 0 {
		return false, false
	}
	if m.Request && want != nil {
		if !want(m.Method) {
			return false, true
		}
		want = nil // asked and answered
	}
	return m.parseHeaders(b, pos, want), true
}

func (m *Message) reset() {
	vias, related, defects := m.Vias[:0], m.Related[:0], m.Defects[:0]
	*m = Message{} // on its own: a literal would be built aside and copied
	m.Vias, m.Related, m.Defects = vias, related, defects
	m.ContentLength, m.Expires, m.SessionExpires, m.MaxForwards = -1, -1, -1, -1
}
