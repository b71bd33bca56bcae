package collect

import (
	"hash/maphash"

	"github.com/latchscope/latchscope/analyze/sip"
	"github.com/latchscope/latchscope/analyze/trace"
)

// said is what is taken of a SIP message of a call: numbers, and where its words stand
// in its bytes. It is small and leads nowhere: a batch has a thousand of them on their
// way from one processor to another, and a sip.Message is six times as large.
type said struct {
	key     uint64       // hash of the Call-ID
	branch  trace.Branch // of the topmost Via
	cseq    uint32
	expires int32 // Session-Expires
	status  int16 // 0 in a request
	method  int8  // index into callMethods
	request bool

	callID, fromTag, toTag place
	reason                 place // of a BYE
	sdp                    place

	// Of messages whose other headers are looked at again:
	fromURI, toURI, fromName, toName, asserted, agent, requestURI place
}

// place is where a word stands in the bytes of a message.
type place struct{ at, length uint32 }

func (p place) in(raw []byte) []byte { return raw[p.at : p.at+p.length] }

// placeOf is where a word stands that was cut out of raw.
func placeOf(raw, word []byte) place {
	if len(word) == 0 {
		return place{}
	}
	return place{uint32(cap(raw) - cap(word)), uint32(len(word))}
}

// take takes what is kept of a message that was read from raw.
func (s *said) take(m *sip.Message, raw []byte, seed maphash.Seed) {
	*s = said{
		key: maphash.Bytes(seed, atMost(m.CallID)), cseq: m.CSeq, expires: int32(max(0, min(m.SessionExpires, 1<<30))),
		status: int16(m.Status), method: int8(callMethod(m.Method)), request: m.Request,
		callID: placeOf(raw, m.CallID), fromTag: placeOf(raw, m.From.Tag), toTag: placeOf(raw, m.To.Tag), sdp: placeOf(raw, m.SDP()),
	}
	if len(m.Vias) > 0 {
		s.branch = trace.BranchOf(atMost(m.Vias[0].Branch))
	}
	if m.Request && s.is("BYE") {
		s.reason = placeOf(raw, m.ReasonHeader)
	}
	if s.worthHead() {
		s.fromURI, s.toURI = placeOf(raw, m.From.URI), placeOf(raw, m.To.URI)
		s.fromName, s.toName = placeOf(raw, m.From.Display), placeOf(raw, m.To.Display)
		s.asserted, s.agent, s.requestURI = placeOf(raw, m.Asserted), placeOf(raw, m.UserAgent), placeOf(raw, m.RequestURI)
	}
}

// is reports whether it is of a method, a response if it answers one.
func (s *said) is(method string) bool { return callMethods[s.method] == method }

// worthHead tells the messages whose other headers are looked at again.
func (s *said) worthHead() bool {
	switch callMethods[s.method] {
	case "INVITE":
		return s.request || s.status >= 180
	case "REFER", "BYE":
		return s.request
	}
	return false
}

// headers are those of a message that is worth it.
type headers struct {
	fromURI, toURI, fromName, toName, asserted, agent, requestURI []byte
	related                                                       []sip.Header
	invite                                                        bool // a request
}

func (s *said) headers(raw []byte, related []sip.Header) headers {
	return headers{
		s.fromURI.in(raw), s.toURI.in(raw), s.fromName.in(raw), s.toName.in(raw), s.asserted.in(raw), s.agent.in(raw), s.requestURI.in(raw),
		related, s.request && s.is("INVITE"),
	}
}
