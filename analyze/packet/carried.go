package packet

import (
	"bytes"
	"slices"

	"github.com/latchscope/latchscope/analyze/tls"
)

// A TCP connection may carry something else than its own bytes: TLS of which the
// keys are known, packets of HEP, TURN messages, and each of the latter inside
// TLS. What is inside is handed on instead.

// within says what a stream is made of.
type within uint8

const (
	unknown within = iota // nothing has passed yet
	itself                // what it says is for somebody above
	records               // TLS
	packets               // HEP
	relays                // TURN
)

// carried is the state of what one direction carries.
type carried struct {
	outer   within // itself or records
	inner   within // of what stands in the records, or in the stream
	pending []byte // the beginning of a packet or a message
}

// tlsOf is a TLS connection as one tap sees it.
type tlsOf struct {
	conn *tls.Conn
	tap  uint32
	held int
}

// carries tells whether a segment begins a stream that has something inside it.
func (d *Decoder) carries(b []byte) bool {
	return isHEP3(b) || isSTUN(b) || d.opt.Secrets.Any() && tls.Opens(b)
}

// isSTUN tells a STUN message; over TCP that is a client of TURN.
func isSTUN(b []byte) bool {
	return len(b) >= stunHeader && b[0] < 4 && be32(b[4:]) == stunCookie
}

// handOn takes the next bytes of a direction to whoever they are for.
func (d *Decoder) handOn(hf *half, dg Datagram) {
	k := &hf.carries
	if k.outer == unknown && len(dg.Payload) > 0 {
		k.outer = itself
		if d.opt.Secrets.Any() && tls.Opens(dg.Payload) {
			k.outer = records
		}
	}
	if k.outer != records {
		d.content(hf, dg)
		return
	}
	t := hf.conn.session(hf.tap, d.opt.Secrets)
	from := 0
	if hf.forward {
		from = 1
	}
	if dg.Flags&Gap != 0 {
		t.conn.Gap(from)
	}
	gap := dg.Flags & Gap
	readable := t.conn.Write(from, dg.Payload, func(plain []byte) {
		inner := dg
		inner.Payload, inner.Len = slices.Clip(plain), uint32(len(plain))
		inner.Flags = dg.Flags&^(Gap|Closed|Truncated) | Secured | gap
		gap = 0
		d.content(hf, inner)
	})
	if dg.Flags&Truncated != 0 {
		t.conn.Gap(from)
	}
	if !readable {
		d.warn.add(foreignSegment(dg.Src.Port, dg.Dst.Port, []byte{applicationData, 3, 3, 0, 1}), dg.Frame)
	}
	d.tcp.inside += t.conn.Held() - t.held
	t.held = t.conn.Held()
	if dg.Flags&Closed != 0 {
		dg.Payload, dg.Len, dg.Flags = nil, 0, dg.Flags&^(Gap|Truncated)|Secured
		d.content(hf, dg)
	}
	d.boundInside(hf, dg.Frame)
}

// applicationData is the type of most TLS records.
const applicationData = 23

// session is the TLS connection as a tap sees it.
func (c *tcpConn) session(tap uint32, secrets *tls.Secrets) *tlsOf {
	for _, t := range c.tls {
		if t.tap == tap {
			return t
		}
	}
	t := &tlsOf{conn: tls.NewConn(secrets), tap: tap}
	c.tls = append(c.tls, t)
	return t
}

// content takes bytes in the clear.
func (d *Decoder) content(hf *half, dg Datagram) {
	k := &hf.carries
	if dg.Flags&Gap != 0 {
		d.drop(k)
		if k.inner != itself {
			k.inner = unknown
		}
	}
	if k.inner == unknown && len(dg.Payload) > 0 {
		switch {
		case isHEP3(dg.Payload):
			k.inner = packets
		case isSTUN(dg.Payload), dg.Flags&Gap != 0 && channelData(dg.Payload):
			k.inner = relays
		default:
			k.inner = itself
		}
	}
	if k.inner == packets || k.inner == relays {
		d.parts(k, &dg)
		d.boundInside(hf, dg.Frame)
		return
	}
	d.emit(dg)
}

// parts takes packets or messages out of a stream one by one.
func (d *Decoder) parts(k *carried, dg *Datagram) {
	in := dg.Payload
	if len(k.pending) > 0 {
		before := cap(k.pending)
		k.pending = append(k.pending, in...)
		d.tcp.inside += cap(k.pending) - before
		in = k.pending
	}
	p := place{time: dg.Time, frame: dg.Frame, tap: dg.Tap, flags: dg.Flags & (Fragmented | Secured)}
	rest := in
	for len(rest) > 0 {
		n, ok := k.inner.length(rest)
		if !ok {
			// Lost: HEP is found again by its letters, TURN not.
			if n = bytes.Index(rest[1:], []byte("HEP3")) + 1; n == 0 || k.inner == relays {
				rest = nil
				break
			}
			rest = rest[n:]
			continue
		}
		if n == 0 || n > len(rest) {
			break
		}
		part := span{slices.Clone(rest[:n]), n}
		d.tcp.carried = true
		if k.inner == packets {
			d.hep(part, p)
		} else {
			d.relayed(dg.Src, dg.Dst, part, p)
		}
		rest = rest[n:]
	}
	switch {
	case len(rest) == 0:
		d.drop(k)
	case len(k.pending) == 0:
		k.pending = append(k.pending, rest...)
		d.tcp.inside += cap(k.pending)
	case len(rest) < len(in):
		k.pending = k.pending[:copy(k.pending, rest)]
	}
}

// length is how long the first packet or message of b is, 0 where too little is
// there to tell. It is false where there is none.
func (w within) length(b []byte) (n int, ok bool) {
	switch {
	case w == packets && len(b) < 6:
		return 0, bytes.HasPrefix([]byte("HEP3"), b[:min(len(b), 4)])
	case w == packets:
		return int(be16(b[4:])), isHEP3(b)
	case len(b) < 8:
		return 0, b[0] < 4 || b[0]>>4 == 4
	case b[0]>>4 == 4: // padded to four bytes, RFC 8656 section 12.5
		return 4 + (int(be16(b[2:]))+3)&^3, true
	}
	return stunHeader + int(be16(b[2:])), b[0] < 4 && be32(b[4:]) == stunCookie
}

func (d *Decoder) drop(k *carried) {
	d.tcp.inside -= cap(k.pending)
	k.pending = nil
}

// boundInside gives up what a direction holds where all hold too much.
func (d *Decoder) boundInside(hf *half, frame int64) {
	if d.tcp.inside > d.lim.TCPBytes {
		d.warn.add(warnTCPBuffer, frame)
		d.forget(hf.conn)
	}
}

// letGo ends what a direction carried: another connection begins.
func (d *Decoder) letGo(hf *half) {
	d.drop(&hf.carries)
	hf.carries = carried{}
}

// forget lets go of all that a connection holds of what is inside it.
func (d *Decoder) forget(c *tcpConn) {
	for _, hf := range c.halves {
		d.drop(&hf.carries)
	}
	for _, t := range c.tls {
		d.tcp.inside -= t.held
		t.held = 0
	}
	c.tls = nil
}
