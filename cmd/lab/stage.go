//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// A stage is the machines and lines of one scenario while it plays.
type stage struct {
	scenario
	dir string
	log *journal

	rooms     map[string]*room
	wires     []*wire
	router    *router
	server    *server
	agents    map[string]*agent
	far       *agent
	calls     []*dialog    // the gateway's ends
	ports     int          // media port pairs given out
	left      atomic.Int64 // ICMP errors that left the server
	openPorts func() error // lifts the firewall that stands in for closed ports
	spawn     []func()     // what ends the programs that were started
	closer    []func()
}

// The addresses are those kept for documentation (RFC 5737, RFC 3849).
var ( // constants, but for their type
	natAddress    = netip.MustParseAddr("198.51.100.7")
	natSpare      = netip.MustParseAddr("198.51.100.9")
	natAddress6   = netip.MustParseAddr("2001:db8:7::7")
	serverOuter   = netip.MustParseAddr("203.0.113.20")
	serverOuter6  = netip.MustParseAddr("2001:db8:1::20")
	serverInner   = netip.MustParseAddr("192.0.2.10")
	serverInner6  = netip.MustParseAddr("2001:db8:2::10")
	farAddress    = netip.MustParseAddr("192.0.2.50")
	farAddress6   = netip.MustParseAddr("2001:db8:2::50")
	thirdAddress  = netip.MustParseAddr("198.51.100.66")
	thirdAddress6 = netip.MustParseAddr("2001:db8:7::66")
)

func phoneAddress(n int, v6 bool) netip.Addr {
	if v6 {
		return netip.MustParseAddr(fmt.Sprintf("fd00:1::%d", 50+n))
	}
	return netip.AddrFrom4([4]byte{192, 168, 1, byte(50 + n)})
}

func phoneName(n int) string {
	if n == 0 {
		return "phone"
	}
	return fmt.Sprintf("phone%d", n+1)
}

// pick chooses by the scenario's family.
func (s *stage) pick(v4, v6 netip.Addr) netip.Addr {
	if s.V6 {
		return v6
	}
	return v4
}

// A machine that is busy with other things makes the laboratory's clocks stand
// still now and then. What is recorded meanwhile is true, but of another story.
const (
	steady   = 15 * time.Millisecond // less than a packet
	attempts = 6
)

// performSteadily plays a scenario until nothing has disturbed it, as often as
// attempts; the last one counts in any case.
func performSteadily(ctx context.Context, sc scenario, dir string) (*Truth, error) {
	for n := 1; ; n++ {
		t, err := perform(ctx, sc, dir)
		if n == attempts || ctx.Err() != nil || err == nil && t.Late <= steady.Seconds() {
			return t, err
		}
	}
}

// perform plays a scenario and writes its captures and its truth to dir.
func perform(ctx context.Context, sc scenario, dir string) (truth *Truth, err error) {
	s := &stage{scenario: sc, dir: dir, log: &journal{}, rooms: map[string]*room{}, agents: map[string]*agent{}}
	defer s.close()
	if err := s.build(); err != nil {
		return nil, err
	}
	recorders, err := s.listen()
	defer func() {
		if truth == nil {
			discard(recorders) // half a recording is none
		}
	}()
	if err != nil {
		return nil, err
	}
	playErr := s.play(ctx)
	time.Sleep(400 * time.Millisecond) // the last packets arrive
	for _, r := range recorders {
		err = errors.Join(err, r.stop())
	}
	err = errors.Join(append([]error{err, playErr}, s.log.errs...)...)
	if err != nil {
		return nil, err
	}
	return s.truth(recorders)
}

func (s *stage) room(name string) (*room, error) {
	r, err := newRoom(name)
	if err == nil {
		s.rooms[name] = r
		s.closer = append(s.closer, r.close)
	}
	return r, err
}

// host makes a room with one interface on a wire.
func (s *stage) host(name string, w *wire, setup ...string) (*room, error) {
	r, err := s.room(name)
	if err != nil {
		return nil, err
	}
	e, err := w.plug(r, "eth0")
	if err != nil {
		return nil, err
	}
	if name == "server" {
		w.mu.Lock()
		e.leaving = func(frame []byte) {
			if d, ok := readFrame(frame); ok && d.refusal {
				s.left.Add(1)
			}
		}
		w.mu.Unlock()
	}
	return r, r.script(strings.Join(setup, "\n"))
}

// build makes rooms, wires, router, server and parties.
func (s *stage) build() error {
	lan, wan, core := newWire(0, s.log), newWire(s.Delay, s.log), newWire(0, s.log)
	s.wires = []*wire{lan, wan, core}

	nat, err := s.room("nat")
	if err != nil {
		return err
	}
	inside, err := lan.plug(nat, "lan")
	if err != nil {
		return err
	}
	outside, err := wan.plug(nat, "wan")
	if err != nil {
		return err
	}
	err = nat.script(fmt.Sprintf(`addr add 192.168.1.1/24 dev lan
addr add fd00:1::1/64 dev lan nodad
addr add %s/32 dev wan
addr add %s/32 dev wan
addr add %s/128 dev wan nodad
route add default dev wan src %s
route add default dev wan src %s`, natAddress, natSpare, natAddress6, natAddress, natAddress6))
	if err != nil {
		return err
	}
	if s.router, err = newRouter(nat, s.Router, []netip.Addr{natAddress, natAddress6}, s.log); err != nil {
		return err
	}
	inside.before, outside.after = s.router.outward, s.router.inward

	srv, err := s.host("server", wan,
		fmt.Sprintf("addr add %s/32 dev eth0", serverOuter), fmt.Sprintf("addr add %s/128 dev eth0 nodad", serverOuter6),
		fmt.Sprintf("route add default dev eth0 src %s", serverOuter), fmt.Sprintf("route add default dev eth0 src %s", serverOuter6))
	if err != nil {
		return err
	}
	if _, err := core.plug(srv, "eth1"); err != nil {
		return err
	}
	if err := srv.script(fmt.Sprintf("addr add %s/24 dev eth1\naddr add %s/64 dev eth1 nodad", serverInner, serverInner6)); err != nil {
		return err
	}
	far, err := s.host("gateway", core, fmt.Sprintf("addr add %s/24 dev eth0", farAddress), fmt.Sprintf("addr add %s/64 dev eth0 nodad", farAddress6),
		fmt.Sprintf("route add %s/32 via %s", serverOuter, serverInner))
	if err != nil {
		return err
	}
	if _, err := s.host("third", wan,
		fmt.Sprintf("addr add %s/32 dev eth0", thirdAddress), fmt.Sprintf("addr add %s/128 dev eth0 nodad", thirdAddress6),
		"route add default dev eth0", fmt.Sprintf("route add default dev eth0 src %s", thirdAddress6)); err != nil {
		return err
	}
	// Linux limits the errors it sends; the story's server did not.
	for _, r := range []*room{srv, nat} {
		if err := r.set("net.ipv4.icmp_ratelimit=0", "net.ipv6.icmp.ratelimit=0"); err != nil {
			return err
		}
	}
	if s.Engine.NoICMP {
		if err := s.silenceServer(srv); err != nil {
			return err
		}
	}
	if err := s.buildServer(srv, far); err != nil {
		return err
	}
	return s.buildPhones(lan)
}

// silenceServer takes port-unreachable errors back before they leave.
func (s *stage) silenceServer(srv *room) error {
	_, err := srv.output(`
table inet quiet {
	chain out { type filter hook output priority filter; icmp type destination-unreachable icmp code 3 drop; icmpv6 type destination-unreachable icmpv6 code 4 drop; }
}`, "nft", "-f", "-")
	return err
}

func (s *stage) buildServer(srv, far *room) (err error) {
	outer := netip.AddrPortFrom(s.pick(serverOuter, serverOuter6), 5060)
	inner := netip.AddrPortFrom(s.pick(serverInner, serverInner6), 5060)
	gateway := netip.AddrPortFrom(s.pick(farAddress, farAddress6), 5060)
	if s.server, err = newServer(srv, s.log, outer, inner, gateway); err != nil {
		return err
	}
	s.server.open = s.openRelay
	stop, err := watchRefusals(srv, "server", s.log)
	if err != nil {
		return err
	}
	s.closer = append(s.closer, stop)
	if s.Engine.daemon() {
		if err := s.startDaemon(srv); err != nil {
			return err
		}
	}
	if s.Engine.Closed {
		if err := s.closePorts(srv); err != nil {
			return err
		}
	}
	if s.Far != ours {
		return nil
	}
	s.far, err = newAgent(far, "gateway", gateway.Addr(), inner, s.Codec, s.log)
	return err
}

func (s *stage) buildPhones(lan *wire) error {
	for n := range max(s.Phones, 1) {
		addr, name := phoneAddress(n, s.V6), phoneName(n)
		setup := []string{fmt.Sprintf("addr add %s/24 dev eth0", phoneAddress(n, false)), fmt.Sprintf("addr add %s/64 dev eth0 nodad", phoneAddress(n, true)),
			"route add default via 192.168.1.1", "route add default via fd00:1::1"}
		r, err := s.host(name, lan, setup...)
		if err != nil {
			return err
		}
		stop, err := watchRefusals(r, name, s.log)
		if err != nil {
			return err
		}
		s.closer = append(s.closer, stop)
		if n == 0 && s.Phone != ours {
			continue
		}
		a, err := newAgent(r, name, addr, netip.AddrPortFrom(s.pick(serverOuter, serverOuter6), 5060), s.Codec, s.log)
		if err != nil {
			return err
		}
		a.habits = s.Habits
		s.agents[name] = a
	}
	if s.Router.Taken {
		return s.secondPhone(lan)
	}
	return nil
}

// listen starts the recordings.
func (s *stage) listen() ([]*recorder, error) {
	var all []*recorder
	for _, p := range []struct{ point, room, iface string }{
		{"server", "server", "any"},
		{"public", "server", "eth0"},
		{"phone", "phone", "eth0"},
		{"nat", "nat", "any"},
	} {
		rec, err := record(s.rooms[p.room], p.point, p.iface, s.dir, s.Name)
		if err != nil {
			return all, err
		}
		s.spawn = append(s.spawn, func() { _ = rec.cmd.Process.Kill() })
		all = append(all, rec)
	}
	return all, nil
}

// play lets it happen.
func (s *stage) play(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, s.length())
	defer cancel()
	for _, a := range s.agents {
		if err := a.register(s.TCP); err != nil {
			return err
		}
		if s.Router.Idle > 0 {
			defer a.keepAlive(time.Second)()
		}
	}
	if err := s.startPrograms(ctx); err != nil {
		return err
	}
	if s.Far == ours {
		if err := s.dialAll(); err != nil {
			return err
		}
	}
	answered := time.Now()
	wait := func(t time.Duration) error {
		select {
		case <-time.After(time.Until(answered.Add(t))):
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if s.Far != ours {
		// A program hangs up by itself.
		defer func() { _ = s.await(ctx, "the BYE", func() bool { return s.log.has("server", "bye") }) }()
	}
	for _, st := range s.Steps {
		if err := wait(st.At); err != nil {
			return err
		}
		s.log.signal("lab", "", "step", st.What)
		if err := st.Do(s); err != nil {
			return fmt.Errorf("%s: %w", st.What, err)
		}
	}
	if err := wait(s.Talk); err != nil {
		return err
	}
	var wg sync.WaitGroup
	errs := make([]error, len(s.calls))
	for i, d := range s.calls {
		if !d.over0() {
			wg.Go(func() { errs[i] = d.bye() })
		}
	}
	wg.Wait()
	return errors.Join(errs...)
}

// dialAll calls every phone, and returns when all have answered.
func (s *stage) dialAll() error {
	n := max(s.Phones, 1)
	s.calls = make([]*dialog, n)
	errs := make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			time.Sleep(time.Duration(i) * 100 * time.Millisecond)
			s.calls[i], errs[i] = s.far.call(phoneName(i), s.Pad)
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// openRelay gives a new call its media engine.
func (s *stage) openRelay(callID, _, _ string) (relay, error) {
	if s.Engine.daemon() {
		return s.openDaemonCall(callID)
	}
	policies, err := s.Engine.policies()
	if err != nil {
		return nil, err
	}
	inner := netip.AddrPortFrom(s.pick(serverInner, serverInner6), uint16(34660+10*s.ports))
	outer := netip.AddrPortFrom(s.pick(serverOuter, serverOuter6), uint16(34662+10*s.ports))
	s.ports++
	return newOwnRelay(s.rooms["server"], s.log, callID, inner, outer, policies, s.Engine.Rewrites)
}

// close ends what was begun, in reverse.
func (s *stage) close() {
	for _, end := range s.spawn {
		end()
	}
	for _, a := range s.agents {
		a.close()
	}
	if s.far != nil {
		s.far.close()
	}
	if s.server != nil {
		s.server.close()
	}
	for _, w := range s.wires {
		w.close()
	}
	for i := len(s.closer) - 1; i >= 0; i-- {
		s.closer[i]()
	}
}

func (s *stage) path(name string) string { return filepath.Join(s.dir, name) }

func cut(s string) (name, value string, found bool) { return strings.Cut(s, "=") }
