package scenetest

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"time"
)

// perform does what a timed statement says.
func (w *world) perform(a action) {
	c := w.byName[a.call]
	var p *party
	if c != nil {
		p = c.party(a.node)
	}
	n := w.nodes[a.node]
	switch a.verb {
	case "invite":
		w.startCall(c, a)
	case "answer":
		w.respond(c, a)
	case "cancel":
		if c.invite == nil {
			w.err = fmt.Errorf("line %d: %s has not been invited", a.line, c.name)
			return
		}
		w.cancel(c)
	case "direct":
		w.direct(c)
	case "stalls":
		for i, s := range c.sides {
			if s != nil && (a.node == "" || c.parties[i].node.name == a.node) {
				s.stalled = longest
				if a.until >= 0 {
					s.stalled = a.until
				}
			}
		}
	case "bye":
		w.bye(p)
	case "reinvite", "update":
		w.offer(p, a)
	case "talks":
		if p.over {
			w.err = fmt.Errorf("line %d: %s has hung up", a.line, a.node)
			return
		}
		w.talk(c, p, a)
	case "moves":
		if p.sending == nil {
			w.err = fmt.Errorf("line %d: %s does not talk", a.line, a.node)
			return
		}
		p.sending.port = a.port
		w.bindParty(p, netip.AddrPortFrom(p.addr, a.port))
	case "protects":
		p.guards = a.guards
	case "falls-back":
		if p.sending == nil {
			w.err = fmt.Errorf("line %d: %s does not talk", a.line, a.node)
			return
		}
		p.sending.seq -= uint16(a.n)
	case "sends":
		w.burst(a, n, c, p)
	case "registers":
		w.registers(n, w.nodes[a.toNode])
	case "loses", "blocks", "delays":
		n.line.rules = append(n.line.rules, a.rule)
	case "takes":
		n.nat.taken[a.port] = true
	case "forgets":
		why := "unknown"
		if a.words["idle"] {
			why = "idle"
		}
		n.nat.forget(w.nodes[a.toNode], why, a.words["keep-old"])
	case "fails-over":
		w.failover(n, a.addr)
	}
}

// burst sends datagrams that belong to no talker: keepalives, other traffic,
// an intruder's packets.
func (w *world) burst(a action, n *node, c *call, p *party) {
	src, dst := netip.AddrPortFrom(n.addr, a.port), a.target
	if p != nil {
		src, dst = p.mediaAddr(0), p.remote
		if dst.Addr().IsValid() && p.sending != nil && p.sending.port != 0 {
			src = netip.AddrPortFrom(p.addr, p.sending.port)
		}
	}
	if a.toCall != "" {
		dst = w.byName[a.toCall].party(a.toNode).remote
	}
	if !dst.IsValid() || dst.Addr().Is6() != src.Addr().Is6() && (n.behind == nil || !n.behind.nat.six()) {
		w.err = fmt.Errorf("line %d: %s knows no address to send to", a.line, n.name)
		return
	}
	dice := w.dice(n.name + a.kind + a.at.String())
	ssrc, seq, ts := a.ssrc, uint16(dice.Uint32N(30000)), dice.Uint32()
	if ssrc == 0 {
		ssrc = dice.Uint32()
	}
	for i := range a.n {
		to := netip.AddrPortFrom(dst.Addr(), dst.Port()+2*uint16(i%a.fork))
		var b []byte
		switch a.kind {
		case "empty":
		case "zero4":
			b = make([]byte, 4)
		case "rtp", "pt20":
			pt := uint8(0)
			size := 160
			if a.kind == "pt20" {
				pt, size = 20, 0 // RFC 6263 section 4.6: a payload type nobody negotiated
			}
			b = rtpHeader(pt, false, seq+uint16(i), ts+160*uint32(i), ssrc)
			for range size {
				b = append(b, byte(dice.Uint32()))
			}
		case "stun":
			b = []byte{0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42} // Binding request, RFC 8489
			for range 3 {
				b = binary.BigEndian.AppendUint32(b, dice.Uint32())
			}
		case "dns":
			b = binary.BigEndian.AppendUint16(nil, uint16(dice.Uint32()))
			b = append(b, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 3, 's', 'i', 'p', 7, 'e', 'x', 'a', 'm', 'p', 'l', 'e', 3, 'n', 'e', 't', 0, 0, 1, 0, 1)
		case "sip":
			b = fmt.Appendf(nil, "OPTIONS sip:%s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK%08x;rport\r\nMax-Forwards: 70\r\nFrom: <sip:ping@%s>;tag=%08x\r\n"+
				"To: <sip:%s>\r\nCall-ID: ping-%08x@%s\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n",
				to, src, dice.Uint32(), hostPart(src), dice.Uint32(), hostPart(to), dice.Uint32(), src.Addr())
		case "udptl":
			b = []byte{byte(i >> 8), byte(i), 1, 0x06, 0, 0} // T.38: the V.21 preamble, and no older packets
		}
		w.at(a.at+a.every*time.Duration(i), func() {
			w.send(n, packet{src: src, dst: to, proto: udp, payload: b, rtp: a.kind == "rtp" || a.kind == "pt20"})
		})
	}
}

// hostPart is an address as a SIP URI writes it.
func hostPart(a netip.AddrPort) string {
	if a.Addr().Is6() {
		return "[" + a.Addr().String() + "]"
	}
	return a.Addr().String()
}
