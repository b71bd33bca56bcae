package extract

import (
	"bytes"

	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/packet"
	"github.com/latchscope/latchscope/analyze/sip"
)

type flowKey struct {
	src, dst endpoint.Endpoint
	tap      uint32
}

// flow is one direction of a TCP connection that carries SIP. It remembers
// which frames the bytes came in that make no message yet.
type flow struct {
	framer sip.Framer
	buf    []byte
	chunks []chunk
}

type chunk struct {
	frame int64
	n     int
}

// maxPending bounds what a flow remembers of bytes that are no message.
const maxPending = 1 << 20

// flow finds the flow of a datagram. Every sighting of a connection has its own.
func (r *reader) flow(d *packet.Datagram) *flow {
	k := flowKey{d.Src, d.Dst, d.Tap}
	f := r.flows[k]
	if f == nil {
		f = &flow{}
		r.flows[k] = f
	}
	return f
}

// take takes the next bytes and yields the messages that they complete, with
// the frames that these came in.
func (f *flow) take(d *packet.Datagram, yield func(msg []byte, frames []int64)) {
	each := func(msg []byte) { yield(msg, f.framesOf(msg)) }
	if d.Flags&packet.Gap != 0 {
		f.framer.Gap(each)
		f.buf, f.chunks = f.buf[:0], f.chunks[:0]
	}
	if len(d.Payload) > 0 {
		if len(f.buf) > maxPending {
			f.buf, f.chunks = f.buf[:0], f.chunks[:0]
		}
		f.buf = append(f.buf, d.Payload...)
		f.chunks = append(f.chunks, chunk{d.Frame, len(d.Payload)})
		f.framer.Write(d.Payload, each)
	}
	if d.Flags&packet.Closed != 0 {
		f.framer.Reset()
		f.buf, f.chunks = f.buf[:0], f.chunks[:0]
	}
}

// framesOf are the frames that hold a message, which is then forgotten. What
// WebSocket masks is not found again: it came in all that is pending.
func (f *flow) framesOf(msg []byte) []int64 {
	from := bytes.Index(f.buf, msg)
	to := from + len(msg)
	if from < 0 {
		from, to = 0, len(f.buf)
	}
	var out []int64
	at := 0
	for _, c := range f.chunks {
		if at < to && at+c.n > from {
			out = append(out, c.frame)
		}
		at += c.n
	}
	f.drop(to)
	return out
}

// drop forgets the first n bytes.
func (f *flow) drop(n int) {
	f.buf = append(f.buf[:0], f.buf[n:]...)
	for len(f.chunks) > 0 && n >= f.chunks[0].n {
		n -= f.chunks[0].n
		f.chunks = f.chunks[1:]
	}
	if len(f.chunks) > 0 {
		f.chunks[0].n -= n
	}
}
