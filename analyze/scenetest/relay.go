package scenetest

import (
	"encoding/binary"
	"net/netip"
	"time"
)

// side is the server's media port towards one party of a call.
type side struct {
	call    *call
	party   int
	local   netip.AddrPort
	bound   bool
	heard   bool          // this party's SDP is known
	told    bool          // this party was sent our SDP
	stalled time.Duration // until then nothing of this party is passed on
	image   bool
	rtp     latch
	rtcp    netip.AddrPort // where this party's RTCP comes from
	last    time.Duration
	trans   map[uint32]*rewriting

	heardSRTP map[uint32]*receiver
}

// rewriting gives a stream that leaves here an identity of its own.
type rewriting struct {
	ssrc  uint32
	seq   uint16
	shift uint32

	began bool // SRTP: the number that left last, and how often numbers began anew
	last  uint16
	roc   uint32
}

// bindSide opens a side's ports.
func (w *world) bindSide(s *side) {
	if s.bound {
		return
	}
	s.bound = true
	n := s.call.server
	n.bind(s.local, func(p packet) { w.relay(s, p) })
	if at := s.call.control(s.local); at != s.local {
		n.bind(at, func(p packet) { w.relayRTCP(s, p) })
	}
}

func (w *world) closeSide(s *side) {
	s.call.server.closeSocket(s.local)
	s.call.server.closeSocket(s.call.control(s.local))
}

// relay is one packet from a party: judged by its side's latch, sent to where
// the other side's latch points.
func (w *world) relay(s *side, p packet) {
	other := s.call.sides[1-s.party]
	if other.image && other.rtp.source.IsValid() && !p.rtp && len(p.payload) > 0 {
		q := packet{src: other.local, dst: other.rtp.source, proto: udp, tos: 0xb8, payload: p.payload}
		w.after(90*time.Microsecond, func() { w.send(s.call.server, q) })
		return // fax over UDPTL
	}
	if len(p.payload) < 12 || p.payload[0]>>6 != 2 {
		return // STUN, empty keepalives: not relayed and not learned from
	}
	if p.payload[1] >= 192 && p.payload[1] < 224 { // RTCP on the port of RTP (RFC 5761 section 4)
		w.relayRTCP(s, p)
		return
	}
	before := s.rtp.source
	pass, what := s.rtp.hear(w.now, p.src)
	if what != "" {
		w.truth.Locks = append(w.truth.Locks, Lock{Call: s.call.name, Party: s.call.parties[s.party].node.name,
			Time: w.now, Event: what, Before: before, Source: s.rtp.source})
	}
	switch {
	case !s.heard || !other.heard, w.now < s.stalled:
		p.media.fate(held)
		return
	case !pass, s.opens() && !s.authentic(p.payload):
		p.media.fate(dropped)
		return
	}
	to, ok := other.rtp.destination()
	if !ok || to.Addr().Is6() != other.local.Addr().Is6() { // a phone behind a NAT64 names an address of another world
		p.media.fate(withheld)
		return
	}
	p.media.fate(lostAfter)
	p.media.relayed = true
	q := packet{src: other.local, dst: to, proto: udp, tos: 0xb8, payload: w.rewrite(other, p.payload), rtp: p.rtp, media: p.media}
	t := max(w.now+70*time.Microsecond+upTo(s.call.dice, 40*time.Microsecond), other.last+time.Microsecond)
	other.last = t
	w.at(t, func() { w.send(s.call.server, q) })
}

// opens reports whether the server takes SRTP apart: it has to where it changes
// anything, the header included.
func (s *side) opens() bool {
	spec := s.call.server.server
	return s.call.srtp && !s.call.spec.keyless && (spec.recrypt || spec.rewrite)
}

// rewrite is the payload as it leaves by a side.
func (w *world) rewrite(s *side, payload []byte) []byte {
	spec := s.call.server.server
	if !spec.rewrite && !spec.recrypt {
		return payload
	}
	b := append([]byte(nil), payload...)
	ssrc := binary.BigEndian.Uint32(b[8:])
	t := s.trans[ssrc]
	if t == nil {
		t = &rewriting{ssrc: s.call.dice.Uint32(), seq: uint16(s.call.dice.Uint32N(20000)), shift: s.call.dice.Uint32()}
		s.trans[ssrc] = t
	}
	if spec.rewrite {
		binary.BigEndian.PutUint16(b[2:], t.seq)
		binary.BigEndian.PutUint32(b[4:], binary.BigEndian.Uint32(b[4:])+t.shift)
		binary.BigEndian.PutUint32(b[8:], t.ssrc)
		t.seq++
	}
	if s.opens() {
		seq := binary.BigEndian.Uint16(b[2:])
		if t.began && seq < t.last && t.last-seq > 1<<15 {
			t.roc++
		}
		t.began, t.last = true, seq
		b = s.call.suite.protect(b[:max(12, len(b)-s.call.suite.tag)], s.call.suite.secret(s.serverKey()), t.roc)
	}
	return b
}

// relayRTCP passes reports on; a relay that rewrites ends them instead.
func (w *world) relayRTCP(s *side, p packet) {
	other := s.call.sides[1-s.party]
	s.rtcp = p.src
	if s.call.server.server.rewrite || !s.heard || !other.heard {
		return
	}
	to := other.rtcp
	if !to.IsValid() {
		rtp, ok := other.rtp.destination()
		if !ok || rtp.Addr().Is6() != other.local.Addr().Is6() {
			return
		}
		to = s.call.control(rtp)
	}
	w.after(90*time.Microsecond, func() {
		w.send(s.call.server, packet{src: s.call.control(other.local), dst: to, proto: udp, tos: 0xb8, payload: p.payload})
	})
}
