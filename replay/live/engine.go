package live

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/netip"
	"sync"

	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/rtp"
	"github.com/latchscope/latchscope/replay"
	"github.com/latchscope/latchscope/replay/latch"
)

// Run plays a Case to the engine of two policies behind real sockets. Its ports
// are closed until the engine binds them: what comes before draws the kernel's
// own ICMP error.
func Run(ctx context.Context, c *replay.Case, a, b latch.Policy, opt Options) (replay.Result, error) {
	for _, w := range opt.Ifs {
		if w.Policy != nil {
			w.Policy(&a)
			w.Policy(&b)
		}
	}
	engine, err := latch.New(a, b)
	if err != nil {
		return replay.Result{}, err
	}
	stage, err := NewStage()
	if err != nil {
		return replay.Result{}, err
	}
	defer stage.Close()
	r := &relay{engine: engine, stage: stage, waiting: map[int64]early{}}
	for side := range r.ports {
		if r.ports[side], err = stage.At(c.Ports[side]); err != nil {
			return replay.Result{}, err
		}
	}
	defer r.close()
	srv := Server{
		Signal: r.signal,
		Port:   func(side latch.Side) (netip.AddrPort, bool) { return r.ports[side], true },
		Takes:  r.takes,
	}
	played, err := Play(ctx, c, stage, srv, opt, func(now func() int64, events []latch.Event) {
		r.now, r.decisions = now, make([]latch.Decision, len(events))
	})
	if err != nil {
		return replay.Result{}, err
	}
	r.close()
	if r.failed != nil {
		return replay.Result{}, r.failed
	}
	played.Decisions = r.decisions
	for i := range played.Decisions {
		if d := &played.Decisions[i]; !d.To.IsZero() {
			d.To = stage.off(d.To.AddrPort())
		}
	}
	return c.Conclude(played, opt.Ifs...), nil
}

// relay is the engine with a socket for each side.
type relay struct {
	stage   Stage
	ports   [2]netip.AddrPort
	now     func() int64
	reading sync.WaitGroup

	mu        sync.Mutex
	steps     int64           // events given to the engine
	waiting   map[int64]early // packets that it left in the socket, by their step
	engine    *latch.Engine
	conns     [2]*net.UDPConn
	decisions []latch.Decision
	failed    error
}

// signal lets the engine know, and opens and closes its ports as it says.
func (r *relay) signal(_ context.Context, ev *latch.Event) error {
	e := *ev
	var err error
	if e.Media, err = r.here(e.Media); err != nil {
		return err
	}
	if e.MediaRTCP, err = r.here(e.MediaRTCP); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	e.Time = r.now()
	r.engine.Step(e)
	r.steps++
	for _, late := range r.engine.Late() {
		w, ok := r.waiting[late.Nth]
		if !ok {
			continue // it was without media
		}
		delete(r.waiting, late.Nth)
		r.decisions[w.event] = late.Decision
		r.forward(w.side, w.data, &late.Decision)
	}
	for side := range r.conns {
		bound := r.engine.State(latch.Side(side), latch.KindRTP).Bound
		switch {
		case bound && r.conns[side] == nil:
			conn, err := net.ListenUDP("udp4", net.UDPAddrFromAddrPort(r.ports[side]))
			if err != nil {
				return fmt.Errorf("binding %s for the engine: %w", r.ports[side], cause(err))
			}
			_ = conn.SetReadBuffer(1 << 20)
			r.conns[side] = conn
			r.reading.Add(1)
			go r.read(latch.Side(side), conn)
		case !bound && r.conns[side] != nil:
			r.conns[side].Close()
			r.conns[side] = nil
		}
	}
	return nil
}

// here is an announced address as the engine finds it on loopback.
func (r *relay) here(e endpoint.Endpoint) (endpoint.Endpoint, error) {
	if e.IsZero() || e.IP().IsUnspecified() {
		return e, nil
	}
	at, err := r.stage.At(e)
	return endpoint.From(at), err
}

func (r *relay) takes(side latch.Side) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.conns[side] != nil
}

// read relays what arrives at one side until its port is closed.
func (r *relay) read(side latch.Side, conn *net.UDPConn) {
	defer r.reading.Done()
	buf := make([]byte, 2048)
	for {
		n, from, err := conn.ReadFromUDPAddrPort(buf)
		if err != nil {
			return
		}
		r.packet(side, buf[:n], endpoint.From(netip.AddrPortFrom(from.Addr().Unmap(), from.Port())))
	}
}

func (r *relay) packet(side latch.Side, b []byte, from endpoint.Endpoint) {
	var h rtp.Header
	i, media := known(b, len(r.decisions))
	ev := latch.Event{Kind: latch.KindKeepalive, Side: side, Source: from}
	if rtp.Parse(b, &h) {
		ev.Kind, ev.Empty = latch.KindRTP, len(b) == headerLen
		ev.SSRC, ev.Seq, ev.PT, ev.Marker = h.SSRC, h.Seq, h.PT, h.Marker
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	ev.Time = r.now()
	d := r.engine.Step(ev)
	if !media {
		r.steps++
		return // a datagram without media: nothing is passed on
	}
	r.decisions[i] = d
	if d.Action == latch.Queued {
		r.waiting[r.steps] = early{side, i, bytes.Clone(b)}
	}
	r.steps++
	r.forward(side, b, &d)
}

// early is a packet that waits until the engine reads it.
type early struct {
	side  latch.Side
	event int
	data  []byte
}

// forward sends a packet on that arrived at a side, if the engine said so.
func (r *relay) forward(side latch.Side, b []byte, d *latch.Decision) {
	out := r.conns[side.Other()]
	if d.Action != latch.Relayed || out == nil {
		return
	}
	// Whether it arrives is for the far socket to say.
	_, _ = out.WriteToUDPAddrPort(b, d.To.AddrPort())
}

// close ends the engine.
func (r *relay) close() {
	r.mu.Lock()
	for side, conn := range r.conns {
		if conn != nil {
			conn.Close()
			r.conns[side] = nil
		}
	}
	r.mu.Unlock()
	r.reading.Wait()
}
