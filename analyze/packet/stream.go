package packet

import (
	"bytes"
	"container/list"
	"slices"
	"sort"
)

// half is one direction of a TCP connection as one tap sees it. Sequence
// numbers are compared by their signed difference (RFC 9293 section 3.4).
type half struct {
	conn    *tcpConn
	next    uint32 // the sequence number due
	origin  uint32 // the first data byte's, where synced
	tap     uint32
	forward bool
	known   bool         // next is set
	synced  bool         // from a SYN
	fresh   bool         // synced, and no data has passed: what comes early is held even before anybody wants it
	midway  bool         // joined in the middle: the next bytes have a gap in front unless they are wanted
	gap     bool         // bytes are missing in front of the next ones
	closed  bool         // by FIN or RST
	carries carried      // what the stream is made of
	held    []tcpSegment // behind a hole, by sequence number
	bytes   int
	since   int64         // when the hole in front of held was seen, capture time
	wait    *list.Element // in tcpTable.holds, while anything is held
}

const (
	segmentOverhead = 192      // what a held segment costs besides its bytes
	maxHeld         = 4096     // segments that one half holds; a window of 4 MiB has 3000
	earlyBytes      = 64 << 10 // held before anybody wants the connection
	ackPatience     = 500e6    // ns: an acknowledgement may be recorded before its data
	wildJump        = 1 << 26  // sequence numbers this far off are another connection's
)

// synchronize takes a SYN: a connection begins, or the same SYN comes again. On
// ports that were in use, what the old connection still holds is handed out
// first.
func (d *Decoder) synchronize(c *tcpConn, hf *half, g *tcpSegment) {
	first := g.seq + 1
	if hf.synced && hf.origin == first {
		return
	}
	if hf.known && !g.acks {
		d.tcpUnwanted(c)
		c.halves = append(c.halves, hf)
	}
	d.drain(hf)
	d.letGo(hf)
	*hf = half{conn: c, tap: hf.tap, forward: hf.forward, known: true, synced: true, fresh: true, next: first, origin: first}
}

// overhear follows a connection that nobody wants yet just so far that it is
// known where the next byte is due.
func (d *Decoder) overhear(hf *half, g *tcpSegment) {
	if !hf.known || g.body.wire == 0 && !g.fin {
		return
	}
	ahead, n := int32(g.seq-hf.next), len(g.body.b)+segmentOverhead
	if ahead > 0 && hf.fresh && hf.bytes+n <= earlyBytes && d.tcp.bytes+n <= d.lim.TCPBytes {
		d.hold(hf, g) // the first segment may yet come, and be wanted
		return
	}
	if end := ahead + int32(g.body.wire); end > 0 {
		d.discard(hf)
		hf.next += uint32(end)
		hf.fresh, hf.midway = false, true
	}
}

// begin puts the start of the reassembly at a segment that is wanted.
func (hf *half) begin(g *tcpSegment) {
	if hf.fresh {
		return // whatever is missing in front is known to be
	}
	hf.gap = hf.known && g.seq != hf.next
	hf.known, hf.next, hf.midway = true, g.seq, false
}

// take puts a segment of a wanted connection in its place: hands its bytes out,
// holds them, or knows them already.
func (d *Decoder) take(c *tcpConn, hf *half, g *tcpSegment) {
	if !hf.known {
		hf.known, hf.next, hf.midway = true, g.seq, true
	}
	if g.acks {
		d.acknowledge(c, hf.forward, g)
	}
	ahead := int32(g.seq - hf.next)
	if wild := ahead > wildJump || ahead < -wildJump; wild || hf.closed && ahead != 0 {
		// Ports used again by a connection whose SYN is not in the capture,
		// or noise.
		if !g.want || !wild && ahead < 0 && ahead+int32(g.body.wire) <= 0 {
			return
		}
		d.drain(hf)
		hf.gap, hf.closed, hf.next, ahead = true, false, g.seq, 0
		d.warn.add(warnTCPHole, g.at.frame)
	}
	switch {
	case g.rst:
		d.reset(c, hf, g)
		return
	case ahead > 0:
		if g.body.wire > 0 || g.fin {
			d.hold(hf, g)
			d.bound(hf, g.at.frame)
		}
	default:
		d.deliver(hf, g)
		d.advance(hf)
	}
}

// deliver hands out what of a segment is due. Its sequence number is not ahead.
func (d *Decoder) deliver(hf *half, g *tcpSegment) {
	old := int(hf.next - g.seq)
	if old > g.body.wire || old == g.body.wire && !g.fin && g.body.wire > 0 {
		return // all known
	}
	body := span{g.body.b[min(old, len(g.body.b)):], g.body.wire - old}
	if body.wire == 0 && (!g.fin || hf.closed) {
		return
	}
	hf.fresh = false
	hf.next += uint32(body.wire)
	dg := Datagram{
		Payload: slices.Clip(body.b), Time: g.at.time, Frame: g.at.frame, Len: uint32(body.wire), Tap: hf.tap, IPID: g.id,
		Src: g.src, Dst: g.dst, Kind: Stream, Flags: g.at.flags,
	}
	if body.wire > 0 {
		if hf.gap || hf.midway && !g.want {
			dg.Flags |= Gap
		}
		hf.gap, hf.midway = false, false
	}
	if len(body.b) < body.wire {
		dg.Flags |= Truncated
		hf.gap = true
		d.warn.add(warnCutPayload, g.at.frame)
	}
	if g.fin {
		dg.Flags |= Closed
		hf.closed = true
	}
	d.handOn(hf, dg)
}

// hold keeps a segment that is ahead of what is due. Of equal ones the first
// stays.
func (d *Decoder) hold(hf *half, g *tcpSegment) {
	at := g.seq - hf.next
	i := sort.Search(len(hf.held), func(i int) bool { return hf.held[i].seq-hf.next > at })
	if i > 0 {
		if q := &hf.held[i-1]; q.seq == g.seq && q.body.wire >= g.body.wire && (q.fin || !g.fin) {
			return
		}
	}
	if len(hf.held) == 0 {
		hf.since = g.at.time
		hf.wait = d.tcp.holds.PushBack(hf)
	}
	kept := *g
	kept.body.b = bytes.Clone(g.body.b)
	hf.held = slices.Insert(hf.held, i, kept)
	n := len(kept.body.b) + segmentOverhead
	hf.bytes += n
	d.tcp.bytes += n
}

// bound gives up waiting where too much is held: by this direction, or, oldest
// hole first, by all of them.
func (d *Decoder) bound(hf *half, frame int64) {
	for len(hf.held) > maxHeld || hf.bytes > d.lim.TCPConnBytes {
		d.warn.add(warnTCPBuffer, frame)
		d.skipHole(hf)
	}
	for d.tcp.bytes > d.lim.TCPBytes {
		d.warn.add(warnTCPBuffer, frame)
		d.skipHole(d.tcp.holds.Front().Value.(*half))
	}
}

// advance hands out held segments up to the next hole.
func (d *Decoder) advance(hf *half) {
	i := 0
	for ; i < len(hf.held) && int32(hf.held[i].seq-hf.next) <= 0; i++ {
		g := &hf.held[i]
		n := len(g.body.b) + segmentOverhead
		hf.bytes -= n
		d.tcp.bytes -= n
		d.deliver(hf, g)
	}
	switch {
	case i == 0:
	case i == len(hf.held):
		d.discard(hf)
	default:
		hf.held = slices.Delete(hf.held, 0, i)
		hf.since = hf.held[0].at.time
		d.tcp.holds.MoveToBack(hf.wait)
	}
}

// skipHole gives up the bytes that are missing in front of the first held
// segment. Where nobody wants the connection, that is the end of all of them.
func (d *Decoder) skipHole(hf *half) {
	if len(hf.held) == 0 {
		return
	}
	if !hf.conn.wanted {
		d.discard(hf)
		return
	}
	d.warn.add(warnTCPHole, hf.held[0].at.frame)
	hf.gap, hf.next = true, hf.held[0].seq
	d.advance(hf)
}

// drain hands out everything that is held.
func (d *Decoder) drain(hf *half) {
	for len(hf.held) > 0 {
		d.skipHole(hf)
	}
}

// discard forgets what is held.
func (d *Decoder) discard(hf *half) {
	if hf.wait != nil {
		d.tcp.holds.Remove(hf.wait)
	}
	d.tcp.bytes -= hf.bytes
	hf.held, hf.bytes, hf.wait = nil, 0, nil
}

// acknowledge looks at the other direction: what its receiver has acknowledged
// will not be sent again, so that a hole below it is the capture's.
func (d *Decoder) acknowledge(c *tcpConn, forward bool, g *tcpSegment) {
	for _, hf := range c.halves {
		for hf.forward != forward && len(hf.held) > 0 &&
			int32(g.ack-hf.held[0].seq) > 0 && g.at.time-hf.since > ackPatience {
			d.skipHole(hf)
		}
	}
}

// reset takes a RST: it ends both directions, and what is missing will not
// come.
func (d *Decoder) reset(c *tcpConn, hf *half, g *tcpSegment) {
	for _, x := range c.halves {
		if x != hf && (x.forward == hf.forward || x.closed) || !x.known {
			continue
		}
		d.drain(x)
		if x.closed {
			continue
		}
		x.closed = true
		dg := Datagram{
			Time: g.at.time, Frame: g.at.frame, Tap: x.tap, IPID: g.id,
			Src: g.src, Dst: g.dst, Kind: Stream, Flags: g.at.flags | Closed,
		}
		if x.forward != hf.forward {
			dg.Src, dg.Dst = g.dst, g.src
		}
		d.handOn(x, dg)
	}
}
