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
}

// readMessage is a message that was read, or would have been, had not the same bytes
// come by lately: most likely whoever collects knows them.
type readMessage struct {
	hash       uint64
	read       bool
	wanted, ok bool // see sip.ParseFor
	msg        sip.Message
}

const (
	mostAhead = 1024 // messages of a batch
	fewValues = 8    // for which a message keeps room
)

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
	m.read = *at != m.hash
	if m.read {
		*at = m.hash
		if cap(m.msg.Vias) > fewValues || cap(m.msg.Related) > fewValues {
			m.msg = sip.Message{} // room for all that one message may say, in each, would be much
		}
		m.wanted, m.ok = sip.ParseFor(d.Payload, &m.msg, ofCalls)
	}
	return int32(n + 1)
}
