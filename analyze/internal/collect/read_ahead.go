package collect

import (
	"hash/maphash"

	"github.com/latchscope/latchscope/analyze/ng"
	"github.com/latchscope/latchscope/analyze/packet"
	"github.com/latchscope/latchscope/analyze/rtp"
	"github.com/latchscope/latchscope/analyze/sip"
)

// readAhead reads SIP messages in UDP on the side that reads frames: in a capture of
// signalling whoever collects has more to do. Nothing depends on it but time. It
// keeps hashes only. A nil readAhead reads nothing.
type readAhead struct {
	seed   maphash.Seed
	lately [remembered]uint64 // hashes of messages
	left   int                // of sixteen messages so many are left to whoever collects
	due    int                // sixteenths of a message that are to be left
	msg    sip.Message        // the one that is read, and its parts
}

// readMessage is a message that was read, or would have been, had not the same bytes
// come by lately: most likely whoever collects knows them.
type readMessage struct {
	hash       uint64
	read       bool
	wanted, ok bool  // see sip.ParseFor
	more       bool  // it says what is not in said: defects, other dialogs
	method     place // of one that is not wanted
	said       said  // of one that is
}

// mostAhead is how many messages of a batch are read ahead.
const mostAhead = 1024

// parse reads a message into m, and takes of it what is kept.
func (r *readMessage) parse(raw []byte, m *sip.Message, seed maphash.Seed) {
	r.read, r.more = true, false
	switch r.wanted, r.ok = sip.ParseFor(raw, m, ofCalls); {
	case !r.ok:
	case !r.wanted:
		r.method = placeOf(raw, m.Method)
	default:
		r.said.take(m, raw, seed)
		r.more = len(m.Defects) > 0 || len(m.Related) > 0
	}
}

// read reads a datagram that was put into a batch, if it is a SIP message: its number
// there, from 1; 0 where it was not read.
func (r *readAhead) read(l *batch, d *packet.Datagram) int32 {
	n := len(l.ahead)
	if r == nil || d.Kind != packet.UDP || n == mostAhead || ng.Looks(d.Payload) || rtp.Classify(d.Payload) != rtp.Other || !sip.Looks(d.Payload) {
		return 0
	}
	if n < cap(l.ahead) {
		l.ahead = l.ahead[:n+1]
	} else {
		l.ahead = append(l.ahead, readMessage{})
	}
	m := &l.ahead[n]
	m.hash = maphash.Bytes(r.seed, d.Payload)
	at := &r.lately[m.hash%remembered]
	if m.read = *at != m.hash && !r.leave(); m.read {
		*at = m.hash
		m.parse(d.Payload, &r.msg, r.seed)
	}
	return int32(n + 1)
}

// share has more messages left to whoever collects where that one waited for the batch
// that is begun, and fewer where not.
func (r *readAhead) share(awaited bool) {
	switch {
	case r == nil:
	case awaited:
		r.left = min(r.left+1, 16)
	default:
		r.left = max(r.left-1, 0)
	}
}

// leave reports whether a message is left to whoever collects.
func (r *readAhead) leave() bool {
	if r.due += r.left; r.due < 16 {
		return false
	}
	r.due -= 16
	return true
}
