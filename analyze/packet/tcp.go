package packet

import (
	"bytes"
	"cmp"
	"container/list"
	"slices"

	"github.com/latchscope/latchscope/analyze/endpoint"
)

// gopacket's reassembly package is not used here, only in tests as an oracle:
// its sequence comparison is off by one where numbers wrap, it cannot flush or
// drop one connection (which port reuse and bounded memory need), it flushes in
// map order, later bytes win over earlier ones, and it takes 2 MiB before the
// first segment.

// tcpKey is a connection: its ends in order, so that both directions find it.
// A packet inside a tunnel is another connection than the same one outside.
type tcpKey struct {
	a, b   endpoint.Endpoint
	tunnel bool
}

// tcpTable is the connections. Those that WantTCP said yes to are kept apart
// from those of which only the handshake is known: no flood of connections
// that nobody wants can push out one that somebody does.
type tcpTable struct {
	conns   map[tcpKey]*list.Element // of *tcpConn
	seen    list.List                // handshake only, longest idle first
	wanted  list.List                // reassembled, longest idle first
	holds   list.List                // of *half: those that wait for a hole to fill, by age
	bytes   int                      // that all halves hold
	inside  int                      // that they hold of what is inside them, see carried
	carried bool                     // something was inside
}

type tcpConn struct {
	key    tcpKey
	wanted bool
	halves []*half
	tls    []*tlsOf // one for each tap that sees it
}

// maxHalves bounds the directions of one connection: two for each tap that
// sees it.
const maxHalves = 16

// tcpSegment is what one packet says about its direction of a connection.
type tcpSegment struct {
	seq, ack            uint32
	syn, acks, fin, rst bool
	body                span
	want                bool // WantTCP says so
	src, dst            endpoint.Endpoint
	id                  uint32
	at                  place
}

// segment takes one TCP segment (RFC 9293 section 3.1).
func (d *Decoder) segment(h header, s span, p place) {
	if d.opt.WantTCP == nil {
		return
	}
	if len(s.b) < 20 {
		d.short(s, 20, p)
		return
	}
	// Damaged options are an error for gopacket, and nothing to us: its
	// fields are set by then.
	_ = decodeLayer(&d.tcpL, s.b)
	t := &d.tcpL
	n := int(t.DataOffset) * 4
	body, ok := s.skip(n)
	if n < 20 || !ok {
		d.short(s, n, p)
		return
	}
	g := tcpSegment{
		seq: t.Seq, ack: t.Ack, syn: t.SYN, acks: t.ACK, fin: t.FIN, rst: t.RST, body: body, at: p, id: h.id,
		src: endpoint.Endpoint{Addr: h.src, Port: uint16(t.SrcPort)}, dst: endpoint.Endpoint{Addr: h.dst, Port: uint16(t.DstPort)},
	}
	if g.rst {
		g.body = span{} // RFC 9293 section 3.5.3: at most a text that explains the reset
	}
	g.want = len(g.body.b) > 0 && (d.opt.WantTCP(g.body.b) || d.carries(g.body.b))

	d.expireHoles(p.time)
	c, forward := d.tcpConn(&g)
	if len(g.body.b) > 0 && !g.want && (c == nil || !c.wanted) {
		if code := foreignSegment(g.src.Port, g.dst.Port, g.body.b); code != 0 {
			d.warn.add(code, p.frame)
		}
	}
	if c == nil {
		return
	}
	hf := c.half(forward, p.tap)
	if hf == nil {
		return
	}
	if g.syn {
		d.synchronize(c, hf, &g)
		g.seq++ // the SYN has a number of its own
	}
	if !c.wanted {
		if !g.want {
			d.overhear(hf, &g)
			return
		}
		d.tcpWanted(c, p.frame)
		hf.begin(&g)
	}
	d.take(c, hf, &g)
}

// tcpConn finds the connection of a segment, or opens one where there is
// something to remember: a handshake or a payload that is wanted.
func (d *Decoder) tcpConn(g *tcpSegment) (c *tcpConn, forward bool) {
	t := &d.tcp
	key := tcpKey{g.src, g.dst, d.taps.list[g.at.tap].Tunnel}
	forward = !after(key.a, key.b)
	if !forward {
		key.a, key.b = key.b, key.a
	}
	if e, ok := t.conns[key]; ok {
		c = e.Value.(*tcpConn)
		if c.wanted {
			t.wanted.MoveToBack(e)
		} else {
			t.seen.MoveToBack(e)
		}
		return c, forward
	}
	if !g.syn && !g.want {
		return nil, forward
	}
	if t.conns == nil {
		t.conns = make(map[tcpKey]*list.Element)
	}
	for t.seen.Len() >= d.lim.TCPConns {
		// What is lost is only where those connections began.
		d.tcpDrop(t.seen.Front())
	}
	c = &tcpConn{key: key}
	t.conns[key] = t.seen.PushBack(c)
	return c, forward
}

// after orders endpoints.
func after(a, b endpoint.Endpoint) bool {
	if c := bytes.Compare(a.Addr[:], b.Addr[:]); c != 0 {
		return c > 0
	}
	return a.Port > b.Port
}

// tcpWanted begins the reassembly of a connection.
func (d *Decoder) tcpWanted(c *tcpConn, frame int64) {
	t := &d.tcp
	for t.wanted.Len() >= d.lim.TCPConns {
		d.warn.add(warnTCPLimit, frame)
		d.tcpDrop(t.wanted.Front())
	}
	t.seen.Remove(t.conns[c.key])
	t.conns[c.key] = t.wanted.PushBack(c)
	c.wanted = true
}

// tcpUnwanted forgets all of a connection but its name: another one begins on
// the same ports.
func (d *Decoder) tcpUnwanted(c *tcpConn) {
	t := &d.tcp
	d.drainConn(c)
	d.forget(c)
	c.halves, c.tls = nil, nil
	if c.wanted {
		t.wanted.Remove(t.conns[c.key])
		t.conns[c.key] = t.seen.PushBack(c)
		c.wanted = false
	}
}

// tcpDrop gives up a connection, handing out what it holds.
func (d *Decoder) tcpDrop(e *list.Element) {
	t := &d.tcp
	c := e.Value.(*tcpConn)
	d.drainConn(c)
	d.forget(c)
	delete(t.conns, c.key)
	if c.wanted {
		t.wanted.Remove(e)
	} else {
		t.seen.Remove(e)
	}
}

// drainConn ends the wait of both directions.
func (d *Decoder) drainConn(c *tcpConn) {
	for _, hf := range c.halves {
		d.drain(hf)
	}
}

// half is the state of one direction at one tap. It is nil where there are too
// many taps.
func (c *tcpConn) half(forward bool, tap uint32) *half {
	for _, hf := range c.halves {
		if hf.forward == forward && hf.tap == tap {
			return hf
		}
	}
	if len(c.halves) >= maxHalves {
		return nil
	}
	hf := &half{conn: c, forward: forward, tap: tap}
	c.halves = append(c.halves, hf)
	return hf
}

// expireHoles gives up the holes that were open too long.
func (d *Decoder) expireHoles(now int64) {
	for e := d.tcp.holds.Front(); e != nil; e = d.tcp.holds.Front() {
		hf := e.Value.(*half)
		if now-hf.since <= d.lim.TCPHold {
			return
		}
		d.skipHole(hf)
	}
}

// flushTCP hands out what all connections hold, in the order of the frames that
// each direction's first held bytes came in.
func (d *Decoder) flushTCP() {
	all := make([]*half, 0, d.tcp.holds.Len())
	for e := d.tcp.holds.Front(); e != nil; e = e.Next() {
		all = append(all, e.Value.(*half))
	}
	slices.SortStableFunc(all, func(a, b *half) int { return cmp.Compare(a.held[0].at.frame, b.held[0].at.frame) })
	for _, hf := range all {
		d.drain(hf)
	}
}
