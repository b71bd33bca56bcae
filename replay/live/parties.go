package live

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"syscall"
	"time"

	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/replay"
	"github.com/latchscope/latchscope/replay/latch"
)

// mostSockets bounds how many addresses are played; a port that is sprayed has
// no end of them.
const mostSockets = 256

// parties are the sockets of everybody who sends to the server, or announced in
// SDP to hear it: each is one captured address and port.
type parties struct {
	stage   *stage
	clock   clock
	events  int
	sockets map[endpoint.Endpoint]*socket

	mu      sync.Mutex
	arrived []endpoint.Endpoint
	at      []int64
	refused []bool
}

// clock ties the capture's time to the wall's.
type clock struct {
	capture int64
	wall    time.Time
}

func (c clock) now() int64                  { return c.capture + int64(time.Since(c.wall)) }
func (c clock) until(t int64) time.Duration { return time.Duration(t-c.capture) - time.Since(c.wall) }

type socket struct {
	conn      *net.UDPConn
	connected bool
	last      int           // the event sent last, -1 for none
	done      chan struct{} // closed when reading has ended, and the port is free
}

func newParties(s *stage, c clock, events int) *parties {
	return &parties{
		stage: s, clock: c, events: events, sockets: map[endpoint.Endpoint]*socket{},
		arrived: make([]endpoint.Endpoint, events), at: make([]int64, events), refused: make([]bool, events),
	}
}

// open binds the socket of an endpoint. With a server address it is connected:
// then the kernel tells when that port is closed.
func (p *parties) open(e endpoint.Endpoint, server netip.AddrPort) (*socket, error) {
	s := p.sockets[e]
	if s != nil && (s.connected || !server.IsValid()) {
		return s, nil
	}
	if s == nil && len(p.sockets) >= mostSockets {
		return nil, fmt.Errorf("more than %d addresses send to this call: too many to play live", mostSockets)
	}
	at, err := p.stage.on(e)
	if err != nil {
		return nil, err
	}
	if s != nil {
		s.conn.Close()
		<-s.done
	}
	local := net.UDPAddrFromAddrPort(at)
	var conn *net.UDPConn
	if server.IsValid() {
		conn, err = net.DialUDP("udp4", local, net.UDPAddrFromAddrPort(server))
	} else {
		conn, err = net.ListenUDP("udp4", local)
	}
	if err != nil {
		return nil, fmt.Errorf("binding %s, which stands for %s: %w", at, e, cause(err))
	}
	_ = conn.SetReadBuffer(1 << 20)
	s = &socket{conn: conn, connected: server.IsValid(), last: -1, done: make(chan struct{})}
	p.sockets[e] = s
	go p.read(s, e)
	return s, nil
}

// read notes what arrives at an endpoint, until its socket is closed.
func (p *parties) read(s *socket, e endpoint.Endpoint) {
	defer close(s.done)
	buf := make([]byte, 2048)
	for {
		n, err := s.conn.Read(buf)
		now := p.clock.now()
		switch {
		case err == nil:
		case errors.Is(err, syscall.ECONNREFUSED):
			p.mu.Lock()
			if s.last >= 0 {
				p.refused[s.last] = true
			}
			p.mu.Unlock()
			continue
		default:
			return
		}
		i, ok := known(buf[:n], p.events)
		if !ok {
			continue
		}
		p.mu.Lock()
		if p.at[i] == 0 {
			p.arrived[i], p.at[i] = e, now
		}
		p.mu.Unlock()
	}
}

// send writes one packet from an endpoint. An error that an earlier packet
// drew swallows a write: it is written again.
func (p *parties) send(s *socket, i int, b []byte) error {
	p.mu.Lock()
	before := s.last
	s.last = i
	p.mu.Unlock()
	for try := 0; ; try++ {
		_, err := s.conn.Write(b)
		switch {
		case err == nil:
			return nil
		case errors.Is(err, syscall.ECONNREFUSED) && try < 3:
			p.mu.Lock()
			if before >= 0 {
				p.refused[before] = true
			}
			p.mu.Unlock()
		case errors.Is(err, syscall.ECONNREFUSED):
			p.mu.Lock()
			p.refused[i] = true
			p.mu.Unlock()
			return nil
		default:
			return fmt.Errorf("sending: %w", cause(err))
		}
	}
}

// close ends all reading.
func (p *parties) close() {
	for _, s := range p.sockets {
		s.conn.Close()
		<-s.done
	}
}

// played is what was seen to become of the events.
func (p *parties) played(events []latch.Event, decisions []latch.Decision) replay.Played {
	return replay.Played{Events: events, Arrived: p.arrived, At: p.at, Refused: p.refused, Decisions: decisions}
}

// cause takes the addresses out of an error of package net, which would name
// them twice.
func cause(err error) error {
	if op, ok := errors.AsType[*net.OpError](err); ok {
		err = op.Err
	}
	if sys, ok := errors.AsType[syscall.Errno](err); ok {
		return sys
	}
	return err
}
