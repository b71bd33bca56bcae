//go:build linux

package main

import (
	"net"
	"net/netip"
	"sync/atomic"
	"time"
)

// secondPhone puts another customer's device behind the router. It is quiet
// until the last refusal has set the phone's port free, and then begins a
// session of its own before the phone's next packet: the coincidence that the
// story needs, staged.
func (s *stage) secondPhone(lan *wire) error {
	r, err := s.host("neighbour", lan, "addr add 192.168.1.99/24 dev eth0", "addr add fd00:1::99/64 dev eth0 nodad",
		"route add default via 192.168.1.1", "route add default via fd00:1::1")
	if err != nil {
		return err
	}
	from := netip.AddrPortFrom(phoneAddress(49, s.V6), 61000)
	to := netip.AddrPortFrom(s.pick(thirdAddress, thirdAddress6), 9)
	c, err := listenUDP(r, from)
	if err != nil {
		return err
	}
	sink, err := listenUDP(s.rooms["third"], to) // so that it draws no errors
	if err != nil {
		c.Close()
		return err
	}
	stop, begin, begun := make(chan struct{}), make(chan struct{}), make(chan struct{})
	s.closer = append(s.closer, func() { close(stop); c.Close(); sink.Close() })
	go func() {
		select {
		case <-begin:
		case <-stop:
			return
		}
		for {
			// Nothing that could be taken for media: it is another story.
			if _, err := c.WriteToUDPAddrPort([]byte("\x00neighbour"), to); err != nil {
				return
			}
			select {
			case <-time.After(200 * time.Millisecond):
			case <-stop:
				return
			}
		}
	}()
	var met atomic.Int64
	s.router.first = from
	s.router.refused = func() <-chan struct{} {
		if met.Add(1) < s.left.Load() || !s.opened() {
			return nil
		}
		// No more errors are under way. Until the neighbour's first packet has
		// its mapping the router has no time for others.
		s.router.refused, s.router.opened = nil, func(who netip.AddrPort) {
			if who == from {
				close(begun)
				s.router.opened = nil
			}
		}
		close(begin)
		return begun
	}
	return nil
}

// opened tells whether the server takes the phone's media by now.
func (s *stage) opened() bool {
	return s.log.has("server", "bound") || s.log.has("server", "firewall-lifted")
}

func listenUDP(r *room, at netip.AddrPort) (c *net.UDPConn, err error) {
	err = r.do(func() error {
		c, err = net.ListenUDP("udp", net.UDPAddrFromAddrPort(at))
		return err
	})
	return c, err
}
