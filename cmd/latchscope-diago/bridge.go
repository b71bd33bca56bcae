package main

import (
	"context"
	"net"
	"net/netip"
	"sync"

	"github.com/emiago/diago/media"
	"github.com/pion/rtp"

	"github.com/latchscope/latchscope/replay/measure"
)

// bridge is two media sessions of diago with RTPNAT = 1, one for each party, and
// what an application does with them: once offer and answer are there, what one
// reads the other writes. SDP of a later exchange makes a fork, as a re-INVITE
// does.
type bridge struct {
	mu       sync.Mutex
	sessions [2]*media.MediaSession
	recall   [2]chan chan struct{} // calls the reader of a side out of its session
	told     [2]bool               // SDP has come
	bridged  bool
	closed   bool
	answered bool
	reading  sync.WaitGroup
}

func newBridge() (*bridge, error) {
	b := new(bridge)
	for side := range b.sessions {
		s, err := media.NewMediaSession(net.IPv4(127, 0, 0, 1), 0)
		if err != nil {
			return nil, err
		}
		s.RTPNAT = media.RTPNATSymetric
		b.sessions[side] = s
		b.recall[side] = make(chan chan struct{})
	}
	return b, nil
}

// Signal gives a session its party's address.
func (b *bridge) Signal(_ context.Context, ev measure.Event, at netip.AddrPort) error {
	if b.answered {
		// The reader that waits in the old session is called back first: it
		// would read one more packet into that.
		s := b.sessions[ev.Side]
		if err := s.StopRTP(1, 0); err != nil {
			return err
		}
		resume := make(chan struct{})
		b.recall[ev.Side] <- resume
		b.mu.Lock()
		b.sessions[ev.Side] = s.Fork()
		b.mu.Unlock()
		err := s.StartRTP(1)
		defer close(resume)
		if err != nil {
			return err
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.sessions[ev.Side]
	s.SetRemoteAddr(net.UDPAddrFromAddrPort(at))
	b.told[ev.Side] = true
	if ev.What == measure.Answer {
		b.answered = true
	}
	if b.told[0] && b.told[1] && !b.bridged {
		b.bridged = true
		for side := range b.sessions {
			b.reading.Add(1)
			go b.read(side)
		}
	}
	return nil
}

// read passes on what one party sends.
func (b *bridge) read(side int) {
	defer b.reading.Done()
	buf := make([]byte, media.RTPBufSize)
	for {
		b.mu.Lock()
		from, closed := b.sessions[side], b.closed
		b.mu.Unlock()
		if closed {
			return
		}
		var p rtp.Packet
		n, err := from.ReadRTP(buf, &p)
		if err != nil {
			select {
			case resume := <-b.recall[side]:
				<-resume
			default: // a keepalive, or the session was closed
			}
			continue
		}
		if n == 0 {
			continue
		}
		b.mu.Lock()
		to := b.sessions[1-side]
		b.mu.Unlock()
		_ = to.WriteRTP(&p) // whether it arrives is for the party to say
	}
}

// Ports are where the sessions listen.
func (b *bridge) Ports() (out [2]netip.AddrPort) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for side, s := range b.sessions {
		out[side] = s.Laddr.AddrPort()
	}
	return out
}

// Close ends both sessions.
func (b *bridge) Close() error {
	b.mu.Lock()
	b.closed = true
	for _, s := range b.sessions {
		_ = s.Close()
	}
	b.mu.Unlock()
	b.reading.Wait()
	return nil
}
