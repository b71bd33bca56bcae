package scenetest

import (
	"net/netip"
	"time"
)

// conn is a TCP connection that carries one leg's SIP. Nothing is lost on it.
type conn struct {
	leg   *leg
	spec  *callSpec
	up    bool
	dial  bool
	ends  [2]stream
	ports [2]uint16
}

// stream is one direction: what waits to be written, and which messages end where.
type stream struct {
	seq, ack uint32
	queue    []byte
	marks    []mark
	waiting  bool
}

type mark struct {
	end int // in queue, behind the message
	msg *message
}

func newConn(w *world, l *leg, spec *callSpec) *conn {
	c := &conn{leg: l, spec: spec}
	r := w.dice(spec.name + "/tcp")
	c.ends[0].seq, c.ends[1].seq = r.Uint32(), r.Uint32()
	c.ports = [2]uint16{uint16(40000 + r.IntN(20000)), sipPort}
	return c
}

// write queues a message; the caller's end connects first if need be.
func (w *world) write(c *conn, m *message) {
	s := &c.ends[m.sender]
	s.queue = append(s.queue, m.bytes()...)
	s.marks = append(s.marks, mark{len(s.queue), m})
	if !c.up {
		if !c.dial {
			c.dial = true
			w.tcp(c, m.sender, tcpHeader{syn: true}, nil, nil)
			c.ends[m.sender].seq++
		}
		return
	}
	w.flushLater(c, m.sender)
}

func (w *world) flushLater(c *conn, end int) {
	s := &c.ends[end]
	if s.waiting || len(s.queue) == 0 {
		return
	}
	s.waiting = true
	w.after(c.spec.nagle, func() { s.waiting = false; w.flush(c, end) })
}

// flush cuts the queue into segments, without regard for where messages end.
func (w *world) flush(c *conn, end int) {
	s := &c.ends[end]
	for at := 0; at < len(s.queue); {
		stop := min(at+c.spec.mss, len(s.queue))
		var done []*message
		for _, m := range s.marks {
			if m.end > at && m.end <= stop {
				done = append(done, m.msg)
			}
		}
		w.tcp(c, end, tcpHeader{ackd: true, psh: stop == len(s.queue)}, s.queue[at:stop], done)
		s.seq += uint32(stop - at)
		at = stop
	}
	s.queue, s.marks = nil, nil
}

func (w *world) tcp(c *conn, from int, h tcpHeader, payload []byte, done []*message) {
	h.seq = c.ends[from].seq
	if h.ackd {
		h.ack = c.ends[from].ack
	}
	w.send(c.leg.ends[from].node, packet{src: c.endpoint(from), dst: c.endpoint(1 - from), proto: tcp, tos: 0x60, tcp: h, payload: payload,
		msgs: done, conn: c, end: from, hidden: c.spec.hidden})
}

func (c *conn) endpoint(end int) netip.AddrPort {
	return netip.AddrPortFrom(c.leg.ends[end].sock.Addr(), c.ports[end])
}

// segment is a TCP packet at its end.
func (w *world) segment(p packet) {
	c, at := p.conn, 1-p.end
	s := &c.ends[at]
	switch {
	case p.tcp.syn && !p.tcp.ackd:
		s.ack = p.tcp.seq + 1
		w.tcp(c, at, tcpHeader{syn: true, ackd: true}, nil, nil)
		s.seq++
	case p.tcp.syn:
		s.ack, c.up = p.tcp.seq+1, true
		w.tcp(c, at, tcpHeader{ackd: true}, nil, nil)
		w.flushLater(c, at)
		w.flushLater(c, 1-at)
	case len(p.payload) > 0:
		s.ack = p.tcp.seq + uint32(len(p.payload))
		w.after(40*time.Microsecond, func() { w.tcp(c, at, tcpHeader{ackd: true}, nil, nil) })
		w.think(c.leg.ends[at].node, p)
	}
}
