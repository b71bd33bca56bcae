package measure

import (
	"context"
	"net"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/latchscope/latchscope/replay/latch"
)

// believer is an engine that believes SDP: it takes from anywhere and sends to
// where SDP says.
type believer struct {
	conns [2]*net.UDPConn
	to    chan [2]netip.AddrPort
}

func newBeliever(t *testing.T) *believer {
	b := &believer{to: make(chan [2]netip.AddrPort, 1)}
	b.to <- [2]netip.AddrPort{}
	for side := range b.conns {
		conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
		if err != nil {
			t.Fatal(err)
		}
		b.conns[side] = conn
	}
	for side := range b.conns {
		go func() {
			buf := make([]byte, 2048)
			for {
				n, err := b.conns[side].Read(buf)
				if err != nil {
					return
				}
				to := <-b.to
				b.to <- to
				if at := to[1-side]; at.IsValid() && !at.Addr().IsUnspecified() {
					_, _ = b.conns[1-side].WriteToUDPAddrPort(buf[:n], at)
				}
			}
		}()
	}
	return b
}

func (b *believer) Signal(_ context.Context, ev Event, media netip.AddrPort) error {
	to := <-b.to
	to[ev.Side] = media
	b.to <- to
	return nil
}

func (b *believer) Ports() (out [2]netip.AddrPort) {
	for side, c := range b.conns {
		out[side] = c.LocalAddr().(*net.UDPAddr).AddrPort()
	}
	return out
}

func (b *believer) Close() error {
	for _, c := range b.conns {
		c.Close()
	}
	return nil
}

// A schedule that is played to an engine that believes SDP is what the policy
// without a latch says of it.
func TestPlay(t *testing.T) {
	s := NewSchedule(7, Options{Length: 1500 * time.Millisecond, Keepalives: true})
	d := newBeliever(t)
	defer d.Close()
	got, err := Play(t.Context(), s, d)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Events) != len(s.Events) || got.Seed != 7 || got.Began.IsZero() {
		t.Fatalf("%d of %d events", len(got.Events), len(s.Events))
	}
	policy := latch.Policy{HoldSends: latch.HoldSendsChanges}
	c, err := Compare(got, policy)
	if err != nil {
		t.Fatal(err)
	}
	if c.Packets < 60 || len(c.Differ) > 0 {
		t.Errorf("%d packets, %d differ: %+v", c.Packets, len(c.Differ), c.Differ)
	}
	// And not what another policy says.
	policy.LearnPackets, policy.Destination, policy.LockedMismatch = 1, latch.DestinationSource, latch.MismatchDrop
	if c, err = Compare(got, policy); err != nil || len(c.Differ) == 0 {
		t.Errorf("a latch makes no difference: %v", err)
	}
}

func TestPlayInterrupted(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	d := newBeliever(t)
	defer d.Close()
	begun := time.Now()
	if _, err := Play(ctx, NewSchedule(1, Options{}), d); err == nil || time.Since(begun) > 2*time.Second {
		t.Errorf("%v after %v", err, time.Since(begun))
	}
}

// The same seed makes the same call; what happens is in order, of both sides,
// and well apart, so that little is left to chance.
func TestSchedule(t *testing.T) {
	for seed := range uint64(200) {
		a, b := NewSchedule(seed, Options{Keepalives: true}), NewSchedule(seed, Options{Keepalives: true})
		if !slices.Equal(a.Events, b.Events) || !slices.Equal(a.Notes, b.Notes) {
			t.Fatalf("seed %d makes two calls", seed)
		}
		var packets [2]int
		races := 0
		for i, ev := range a.Events {
			if i > 0 && ev.At < a.Events[i-1].At {
				t.Fatalf("seed %d: time runs backwards", seed)
			}
			if ev.What == RTP {
				packets[ev.Side]++
				if a.race(i) {
					races++
				}
			}
		}
		if a.Events[0].What != Offer || packets[0] < 50 || packets[1] < 50 || races*20 > packets[0]+packets[1] {
			t.Errorf("seed %d: %d and %d packets, %d races", seed, packets[0], packets[1], races)
		}
	}
	if slices.Equal(NewSchedule(1, Options{}).Events, NewSchedule(2, Options{}).Events) {
		t.Error("two seeds make one call")
	}
}

// No signalling is near a whole second of the wall clock.
func TestStart(t *testing.T) {
	for seed := range uint64(100) {
		s := NewSchedule(seed, Options{})
		began := start(s, time.Unix(1_700_000_000, int64(seed)*9_999_999))
		for _, ev := range s.Events {
			if within := time.Duration(began.Add(ev.At).Nanosecond()); !ev.What.Packet() && (within < nearSecond || time.Second-within < nearSecond) {
				t.Errorf("seed %d: %s at %v of a second", seed, ev.What, within)
			}
		}
	}
}

// A capture written from a trace holds every datagram.
func TestWriteCapture(t *testing.T) {
	s := NewSchedule(3, Options{Length: time.Second, Keepalives: true})
	var n counter
	if err := s.WriteCapture(&n); err != nil || n < 1000 {
		t.Errorf("%d bytes, %v", n, err)
	}
}

type counter int

func (c *counter) Write(b []byte) (int, error) { *c += counter(len(b)); return len(b), nil }
