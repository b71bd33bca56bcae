//go:build linux

package main

import (
	"encoding/binary"
	"errors"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/replay/latch"
)

// ownRelay is the project's latching engine behind real sockets: one pair of
// ports for each party, bound when the engine says so and not before, so that
// early packets meet a closed port.
type ownRelay struct {
	room *room
	log  *journal
	name string // Call-ID of the caller's leg
	at   [2]netip.AddrPort

	rewrites bool // RTP goes out as the relay's own: another SSRC, sequence and clock

	mu     sync.Mutex
	engine *latch.Engine
	conns  [2][2]*net.UDPConn // by side, then RTP and RTCP
	own    [2]renumbering
	ended  bool
	wait   sync.WaitGroup
}

// renumbering is what a B2BUA makes of the RTP that it sends to one side.
type renumbering struct {
	ssrc   uint32
	seq    uint16
	clock  uint32 // added to the incoming timestamps
	source uint32
}

func newOwnRelay(r *room, log *journal, name string, caller, callee netip.AddrPort, policies [2]latch.Policy, rewrites bool) (*ownRelay, error) {
	e, err := latch.New(policies[0], policies[1])
	if err != nil {
		return nil, err
	}
	return &ownRelay{room: r, log: log, name: name, at: [2]netip.AddrPort{caller, callee}, engine: e, rewrites: rewrites,
		own: [2]renumbering{{ssrc: ssrcOf("relay"+name, 0), seq: 4711}, {ssrc: ssrcOf("relay"+name, 1), seq: 815}}}, nil
}

func sideOf(caller bool) latch.Side {
	if caller {
		return latch.SideA
	}
	return latch.SideB
}

func (o *ownRelay) offer(fromCaller bool, sdp string) (string, error) {
	return o.signal(latch.KindOffer, fromCaller, sdp, false)
}

func (o *ownRelay) answer(fromCaller bool, sdp string, early bool) (string, error) {
	return o.signal(latch.KindAnswer, fromCaller, sdp, early)
}

func (o *ownRelay) signal(kind latch.Kind, fromCaller bool, sdp string, early bool) (string, error) {
	media, direction, _ := mediaOf(sdp)
	side := sideOf(fromCaller)
	o.mu.Lock()
	defer o.mu.Unlock()
	d := o.engine.Step(latch.Event{
		Time: time.Now().UnixNano(), Kind: kind, Side: side, Early: early,
		Hold:  direction == "sendonly" || direction == "inactive",
		Media: endpoint.From(media),
	})
	if changes := d.Changes.String() + d.Other.String(); changes != "" {
		note(o.log, &o.log.relayed, relayNote{at: time.Now(), call: o.name, caller: fromCaller, action: "signal", events: changes})
	}
	for _, s := range []latch.Side{latch.SideA, latch.SideB} {
		if o.conns[s][0] == nil && o.engine.State(s, latch.KindRTP).Bound {
			if err := o.bind(s); err != nil {
				return "", err
			}
		}
	}
	return readdress(sdp, o.at[side.Other()]), nil
}

func (o *ownRelay) bind(s latch.Side) (err error) {
	o.conns[s][0], o.conns[s][1], err = listenPair(o.room, o.at[s])
	if err != nil {
		return err
	}
	o.log.signal("server", o.name, "bound", s.String())
	o.wait.Add(2)
	go o.read(s, latch.KindRTP)
	go o.read(s, latch.KindRTCP)
	return nil
}

func (o *ownRelay) read(s latch.Side, kind latch.Kind) {
	defer o.wait.Done()
	buf := make([]byte, 2048)
	conn := o.conns[s][kind&1]
	for {
		n, from, err := conn.ReadFromUDPAddrPort(buf)
		now := time.Now()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			continue
		}
		from = netip.AddrPortFrom(from.Addr().Unmap(), from.Port())
		o.packet(now, s, kind, from, buf[:n])
	}
}

func (o *ownRelay) packet(now time.Time, s latch.Side, kind latch.Kind, from netip.AddrPort, b []byte) {
	ev := latch.Event{Time: now.UnixNano(), Kind: kind, Side: s, Source: endpoint.From(from)}
	seq, ssrc, ok := rtpSeq(b)
	if kind == latch.KindRTP {
		if !ok {
			return // a keepalive
		}
		ev.SSRC, ev.Seq, ev.PT = ssrc, seq, b[1]&0x7f
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	d := o.engine.Step(ev)
	n := relayNote{at: now, call: o.name, caller: s == latch.SideA, source: from, seq: seq, ssrc: ssrc,
		action: d.Action.String(), outSeq: seq, events: d.Changes.String()}
	if d.Action == latch.Relayed {
		n.to = d.To.AddrPort()
		if o.rewrites {
			if kind == latch.KindRTCP {
				return // ends here: what it says is about other packets
			}
			b, n.outSeq = o.own[s.Other()].rewrite(b)
		}
		_, _ = o.conns[s.Other()][kind&1].WriteToUDPAddrPort(b, n.to)
	}
	if kind == latch.KindRTP {
		note(o.log, &o.log.relayed, n)
	}
}

// rewrite makes a packet the relay's own.
func (r *renumbering) rewrite(b []byte) ([]byte, uint16) {
	r.seq++
	if source := binary.BigEndian.Uint32(b[8:]); source != r.source {
		r.source, r.clock = source, r.ssrc*7-binary.BigEndian.Uint32(b[4:])
	}
	binary.BigEndian.PutUint16(b[2:], r.seq)
	binary.BigEndian.PutUint32(b[4:], binary.BigEndian.Uint32(b[4:])+r.clock)
	binary.BigEndian.PutUint32(b[8:], r.ssrc)
	return b, r.seq
}

func (o *ownRelay) bye() {
	o.mu.Lock()
	if o.ended {
		o.mu.Unlock()
		return
	}
	o.ended = true
	o.engine.Step(latch.Event{Time: time.Now().UnixNano(), Kind: latch.KindBye})
	o.mu.Unlock()
	// The ports stay open while the BYE travels: what comes meanwhile is ignored.
	time.AfterFunc(250*time.Millisecond, func() {
		for _, pair := range o.conns {
			for _, c := range pair {
				if c != nil {
					c.Close()
				}
			}
		}
		o.wait.Wait()
	})
}
