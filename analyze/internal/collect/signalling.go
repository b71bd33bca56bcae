package collect

import (
	"bytes"
	"hash/maphash"
	"strings"

	"github.com/latchscope/latchscope/analyze/packet"
	"github.com/latchscope/latchscope/analyze/sip"
	"github.com/latchscope/latchscope/analyze/trace"
)

// tcp takes the next bytes of one direction of a TCP connection.
func (c *collector) tcp(d *packet.Datagram) {
	key := streamKey{d.Src, d.Dst}
	fr := c.frames.get(key)
	if fr == nil {
		fr = &sip.Framer{Max: c.limits.MessageLen}
		if n := c.frames.put(key, fr); n > 0 {
			c.bound("connections", d.Frame, int64(n), "byte streams that had not been used for the longest were forgotten")
		}
	}
	if fr.Skipped() > int64(c.limits.MessageLen) {
		return // whatever it is, it is not SIP any more
	}
	yield := func(msg []byte) {
		via, secured := trace.TCP, trace.TLS
		if fr.WebSocket() {
			via, secured = trace.WebSocket, trace.WSS
		}
		if d.Flags&packet.Secured != 0 {
			via = secured
		}
		c.sip(d, msg, via)
	}
	if d.Flags&packet.Gap != 0 {
		fr.Gap(yield)
	}
	if len(d.Payload) > 0 {
		fr.Write(d.Payload, yield)
	}
	if d.Flags&packet.Closed != 0 {
		c.frames.drop(key)
	}
}

// sip takes one message that nobody has read yet.
func (c *collector) sip(d *packet.Datagram, raw []byte, via trace.Transport) {
	c.hear(d, raw, via, maphash.Bytes(c.seed, raw), nil)
}

// hear takes one message, of which a hash is known; ahead is nil where it was not
// read yet. Only those of INVITE dialogs are kept; a capture may hold far more
// registrations and keepalives than calls.
func (c *collector) hear(d *packet.Datagram, raw []byte, via trace.Transport, hash uint64, ahead *readMessage) {
	known := c.latest.find(hash)
	if d.Flags&packet.Truncated != 0 {
		c.warn("sip-cut", d.Frame, 1, "SIP messages that the snap length cut: record with -s 0")
	}
	var m heardNow
	if known.message == 0 {
		if ahead == nil || !ahead.read || ahead.more {
			ahead = &c.own
			ahead.parse(raw, &c.msg, c.seed)
			m.defects, m.related = c.msg.Defects, c.msg.Related
		}
		if !ahead.ok {
			return
		}
		m.said, m.raw = &ahead.said, raw
		c.out.SIP++
		switch {
		case !ahead.wanted:
			c.other(d, raw, ahead.method.in(raw))
			return
		case m.callID.length == 0:
			c.nameless(d)
			return
		}
	} else {
		c.out.SIP++
	}
	if c.out.Messages.Len() >= c.limits.Messages {
		c.bound("messages", d.Frame, 1, "further SIP messages were not kept")
		return
	}
	note := known.note
	var r trace.Record
	if known.message != 0 {
		r = *c.made.Records.At(known.message)
	} else {
		note = c.note(d, &m)
		r = c.record(&m, note, piecesOf(d))
	}
	r.Moment, r.Passage = c.moment(d), c.passage(d, via, note)
	if note.heard(d.Time, hash) {
		c.questions--
	}
	if r.Content != 0 && c.said != nil {
		c.announce(c.made.Contents.At(r.Content).SDP, note)
	}
	number := c.out.Messages.Append(r)
	if known.message == 0 {
		c.latest.add(hash, heardMessage{number, note})
	}
}

// heardNow is a message that nobody heard before.
type heardNow struct {
	*said
	raw     []byte
	defects []sip.Defect
	related []sip.Header
}

// otherMethods are those of SIP that belong to no call.
var otherMethods = [...]string{"REGISTER", "OPTIONS", "SUBSCRIBE", "NOTIFY", "PUBLISH", "MESSAGE", "INFO"}

// other counts a message that belongs to no call. What a stranger made up has no
// name in a report.
func (c *collector) other(d *packet.Datagram, raw, method []byte) {
	name := "other"
	for _, m := range otherMethods {
		if m == string(method) {
			name = m
		}
	}
	// Reading stopped before the Call-ID, which is there as good as always.
	if !bytes.Contains(raw, []byte("Call-ID:")) {
		if sip.Parse(raw, &c.msg); len(c.msg.CallID) == 0 {
			c.nameless(d)
		}
	}
	if c.out.Others == nil {
		c.out.Others = map[string]int64{}
	}
	c.out.Others[name]++
}

// nameless counts a message without a Call-ID, if it is not the capture that cut it.
func (c *collector) nameless(d *packet.Datagram) {
	if d.Flags&packet.Truncated == 0 {
		c.warn("sip-no-call-id", d.Frame, 1, "SIP messages without a Call-ID: they belong to no call")
	}
}

// piecesOf is whether a datagram came in one IP packet.
func piecesOf(d *packet.Datagram) trace.Pieces {
	switch d.Flags & (packet.Fragmented | packet.Truncated) {
	case packet.Fragmented:
		return trace.Fragments
	case packet.Fragmented | packet.Truncated:
		return trace.FirstOnly
	}
	return trace.OnePiece
}

// record is what is kept of m, whenever and wherever it comes by.
func (c *collector) record(m *heardNow, note *callIDState, pieces trace.Pieces) trace.Record {
	r := trace.Record{
		Dialog: note.dialog(m.fromTag.in(m.raw), m.toTag.in(m.raw), &c.words, &c.made),
		Kind:   c.interned.kind(m.said, m.defects, m.reason.in(m.raw), pieces, &c.made), CSeq: m.cseq, Branch: m.branch,
	}
	var content trace.Content
	if m.worthHead() {
		h := m.headers(m.raw, m.related)
		content.Tracked = note.head(&h, &c.interned, &c.words, &c.made)
	}
	if m.sdp.length > 0 && sip.ParseSDP(m.sdp.in(m.raw), &c.sdp) {
		content.SDP = c.describe(&c.sdp, note)
		c.keepKeys(content.SDP)
	}
	if content != (trace.Content{}) {
		r.Content = c.made.Contents.Add(content)
	}
	return r
}

// keepKeys keeps the keys of a session description until tags have been checked
// with them. Where DTLS, ZRTP or key management stand beside them, they may not be
// the ones that were used.
func (c *collector) keepKeys(s *trace.SDP) {
	for i := range c.sdp.Media {
		if m := &c.sdp.Media[i]; len(m.Secrets) > 0 && !m.Fingerprint && !m.KeyMgmt {
			c.mediaKeys.Add(s, int32(i), m.Secrets)
		}
	}
}

// note finds what is known of the message's Call-ID. A hash with a secret seed
// stands for it, under which no two will meet.
func (c *collector) note(d *packet.Datagram, m *heardNow) *callIDState {
	n, at := c.callIDs.find(m.key)
	if n != nil {
		c.words.n = 0
		return n
	}
	if c.questions >= c.limits.Questions {
		if dropped := c.evictUnanswered(d.Time); dropped > 0 {
			c.bound("questions", d.Frame, int64(dropped), "SIP requests that nobody answered were not kept")
		}
		c.questions = 0
		_, at = c.callIDs.find(m.key)
	}
	c.words = wordsOf(m, &c.made.texts)
	n = c.made.states.One()
	n.id, n.owner, n.key = c.words.said[0], ownerOf(atMost(m.callID.in(m.raw))), m.key
	c.callIDs.insert(at, n)
	c.questions++
	return n
}

// callMethods are the methods that build, change or end a call.
var callMethods = [...]string{"INVITE", "ACK", "BYE", "CANCEL", "PRACK", "UPDATE", "REFER"}

// callMethod is the index of a method among callMethods, -1 if it is none.
func callMethod(method []byte) int {
	for i, m := range callMethods {
		if m == string(method) {
			return i
		}
	}
	return -1
}

// ofCalls reports whether messages of a method are kept.
func ofCalls(method []byte) bool { return callMethod(method) >= 0 }

// keysCall reports whether a header's value is a key of the call.
func keysCall(h sip.Header) bool {
	return min(len(h.Value), maxName) >= 8 && namesCall(string(h.Name))
}

// namesCall tells the headers whose value stays the same on all legs of a call
// and differs between calls: RFC 7989, RFC 7315 section 4.6, and what B2BUAs
// call X-Call-ID, X-CID, X-Correlation-ID and so on.
func namesCall(header string) bool {
	h := strings.ToLower(header)
	for _, s := range []string{"session-id", "call-id", "callid", "cid", "correlation", "charging-vector", "uuid"} {
		if strings.Contains(h, s) {
			return true
		}
	}
	return false
}

// maxName bounds what is kept of one header value; Call-IDs are far shorter.
const maxName = 512

// atMost is as much of a header value as is kept.
func atMost(b []byte) []byte { return b[:min(len(b), maxName)] }
