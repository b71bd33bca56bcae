package measure

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/latchscope/latchscope/replay/latch"
)

// settling is how long the last packets are waited for.
const settling = 300 * time.Millisecond

// Play plays a schedule to a real engine over loopback, as fast as it is written,
// and returns what the engine did with every packet. It takes as long as the
// call. Errors are the driver's, or that sockets could not be opened.
func Play(ctx context.Context, schedule *Trace, d Driver) (*Trace, error) {
	p, err := newPlayers(schedule)
	if err != nil {
		return nil, err
	}
	defer p.close()
	out := &Trace{Engine: schedule.Engine, Flags: schedule.Flags, Build: schedule.Build, Seed: schedule.Seed, Notes: schedule.Notes}
	began := start(schedule, time.Now())
	out.Began = began
	for _, ev := range schedule.Events {
		if err := sleep(ctx, time.Until(began.Add(ev.At))); err != nil {
			return nil, err
		}
		if !ev.What.Packet() {
			media := p.where[ev.Side][ev.Place]
			if ev.Place == None {
				media = netip.AddrPortFrom(netip.IPv4Unspecified(), p.where[ev.Side][SDP].Port())
			}
			ev.At = time.Since(began)
			if err := d.Signal(ctx, ev, media); err != nil {
				return nil, err
			}
			out.Events = append(out.Events, ev)
			continue
		}
		to := d.Ports()[ev.Side]
		if !to.IsValid() {
			continue // nobody knows where to send to yet
		}
		ev.At = time.Since(began)
		if _, err := p.socks[ev.Side][ev.Place].WriteToUDPAddrPort(payloadOf(&ev, len(out.Events)), to); err != nil && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		out.Events = append(out.Events, ev)
	}
	if err := sleep(ctx, settling); err != nil {
		return nil, err
	}
	p.close()
	for i := range out.Events {
		if at, ok := p.came.Load(i); ok {
			out.Events[i].To = at.(Place)
		}
	}
	return out, nil
}

// start is a moment soon after now from which no signalling falls near a whole
// second of the wall clock: engines that count in seconds would decide by chance.
func start(schedule *Trace, now time.Time) time.Time {
	const clear = 4 * nearSecond
	for began := now; began.Sub(now) < time.Second; began = began.Add(clear / 2) {
		ok := true
		for _, ev := range schedule.Events {
			if within := time.Duration(began.Add(ev.At).Nanosecond()); !ev.What.Packet() && (within < clear || time.Second-within < clear) {
				ok = false
				break
			}
		}
		if ok {
			return began
		}
	}
	return now
}

func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// payloadOf is a datagram that says in its payload which event it is. RTP is of
// a clock that runs on, whatever its numbers do: engines with a jitter buffer
// drop what seems to be late.
func payloadOf(ev *Event, event int) []byte {
	if ev.What != RTP {
		return keepalive(ev)
	}
	b := packetOf(ev)
	binary.BigEndian.PutUint32(b[4:], uint32(ev.At/time.Millisecond)*8)
	b[12], b[13], b[14], b[15] = byte(event>>24), byte(event>>16), byte(event>>8), byte(event)
	return b
}

// players are the sockets of both parties at all of their places.
type players struct {
	where  [2]map[Place]netip.AddrPort
	socks  [2]map[Place]*net.UDPConn
	came   sync.Map // by event: the Place at which it came out
	events int
	wait   sync.WaitGroup
	closed atomic.Bool
}

// networks is how many calls can be played at once: each has a /16 of loopback,
// from 127.64.0.0 on, of its own.
const networks = 128

func newPlayers(t *Trace) (p *players, err error) {
	first := rand.N(networks) // other processes play, too
	for i := range networks {
		if p, err = playersIn(t, byte(64+(first+i)%networks)); !errors.Is(err, syscall.EADDRINUSE) {
			break
		}
	}
	return p, err
}

// playersIn opens the sockets in one network.
func playersIn(t *Trace, net16 byte) (*players, error) {
	p := &players{events: len(t.Events)}
	for side := range p.socks {
		p.where[side], p.socks[side] = map[Place]netip.AddrPort{}, map[Place]*net.UDPConn{}
		for place := SDP; place <= Stranger; place++ {
			e := Endpoint(latch.Side(side), place).AddrPort()
			a := e.Addr().As4()
			at := netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, net16, a[2]&0x3f<<2 | byte(side), a[3]}), e.Port())
			conn, err := net.ListenUDP("udp4", net.UDPAddrFromAddrPort(at))
			if err != nil {
				p.close()
				return nil, fmt.Errorf("a party of the call: %w", err)
			}
			_ = conn.SetReadBuffer(1 << 20)
			p.where[side][place], p.socks[side][place] = at, conn
			p.wait.Add(1)
			go p.read(conn, place)
		}
	}
	return p, nil
}

func (p *players) read(conn *net.UDPConn, place Place) {
	defer p.wait.Done()
	b := make([]byte, 2048)
	for {
		n, err := conn.Read(b)
		if err != nil {
			if p.closed.Load() {
				return
			}
			continue // an ICMP error for what was sent from here
		}
		if n < 16 || b[0]>>6 != 2 {
			continue
		}
		event := int(b[12])<<24 | int(b[13])<<16 | int(b[14])<<8 | int(b[15])
		if event < p.events {
			p.came.Store(event, place)
		}
	}
}

func (p *players) close() {
	if p.closed.Swap(true) {
		return
	}
	for side := range p.socks {
		for _, c := range p.socks[side] {
			c.Close()
		}
	}
	p.wait.Wait()
}
