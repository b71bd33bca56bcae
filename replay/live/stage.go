// Package live plays a Case over real UDP sockets on loopback: to an engine of
// ours behind sockets of its own, or to somebody else's. What counts is what
// arrives at the parties' sockets.
package live

import (
	"fmt"
	"hash/fnv"
	"net"
	"net/netip"

	"github.com/latchscope/latchscope/analyze/endpoint"
)

// stage gives every captured host an address of its own on loopback and leaves
// the ports as they were, so that whatever compares sources finds the same
// likenesses: same address, same port, same network.
type stage struct {
	to   map[netip.Addr]netip.Addr
	from map[netip.Addr]netip.Addr
	salt byte
	held *net.UDPConn // keeps others from the same stage
}

// newStage takes a part of loopback that no other play uses at the moment: all
// of a stage's addresses differ from those of another in their second byte.
func newStage() (*stage, error) {
	var last error
	for salt := range 256 {
		conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, byte(salt), 254, 253), Port: 47000})
		if err == nil {
			return &stage{map[netip.Addr]netip.Addr{}, map[netip.Addr]netip.Addr{}, byte(salt), conn}, nil
		}
		last = err
	}
	return nil, fmt.Errorf("no room on loopback: %w", cause(last))
}

func (s *stage) close() { s.held.Close() }

// on is where a captured endpoint is on loopback.
func (s *stage) on(e endpoint.Endpoint) (netip.AddrPort, error) {
	ip := e.IP()
	a, ok := s.to[ip]
	if !ok {
		var err error
		if a, err = s.place(ip); err != nil {
			return netip.AddrPort{}, err
		}
		s.to[ip], s.from[a] = a, ip
	}
	return netip.AddrPortFrom(a, e.Port), nil
}

// off is the captured endpoint that one on loopback stands for.
func (s *stage) off(e netip.AddrPort) endpoint.Endpoint {
	a := e.Addr().Unmap()
	if ip, ok := s.from[a]; ok {
		a = ip
	}
	return endpoint.From(netip.AddrPortFrom(a, e.Port()))
}

// place finds a free address. The last three bytes of an IPv4 address are kept
// if they can be.
func (s *stage) place(ip netip.Addr) (netip.Addr, error) {
	var b [4]byte
	if ip.Is4() {
		b = ip.As4()
	} else {
		h := fnv.New32a()
		raw := ip.As16()
		h.Write(raw[:])
		n := h.Sum32()
		b = [4]byte{0, byte(n >> 16), byte(n >> 8), byte(n)}
	}
	b[0], b[1] = 127, b[1]^s.salt
	for range 255 * 255 {
		a := netip.AddrFrom4(b)
		_, taken := s.from[a]
		if !taken && b[3] != 0 && b[3] != 255 && a != netip.AddrFrom4([4]byte{127, 0, 0, 1}) {
			return a, nil
		}
		if b[1]++; b[1] == 0 || b[3] == 0 || b[3] == 255 {
			b[3] = b[3]%254 + 1
		}
	}
	return netip.Addr{}, fmt.Errorf("no loopback address is left for %s", ip)
}
