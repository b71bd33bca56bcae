// Package endpoint holds an IP address with a port. It imports nothing of
// latchscope's, because nearly every other package needs it and most need
// nothing else of what reads packets.
package endpoint

import "net/netip"

// Endpoint is an IP address and a port in 18 bytes without a pointer, so that
// tables of them cost the garbage collector nothing. IPv4 addresses are held
// in their IPv4-mapped form (RFC 4291 section 2.5.5.2). The zero value stands
// for an endpoint that is not known.
type Endpoint struct {
	Addr [16]byte
	Port uint16
}

// From returns the Endpoint of a netip.AddrPort.
func From(ap netip.AddrPort) Endpoint {
	return Endpoint{Addr: ap.Addr().As16(), Port: ap.Port()}
}

// AddrPort returns the endpoint as net/netip writes it, IPv4 unmapped.
func (e Endpoint) AddrPort() netip.AddrPort {
	return netip.AddrPortFrom(e.IP(), e.Port)
}

// IP returns the endpoint's address, IPv4 where it is one.
func (e Endpoint) IP() netip.Addr { return netip.AddrFrom16(e.Addr).Unmap() }

// String returns "203.0.113.20:30002" or "[2001:db8::1]:30002".
func (e Endpoint) String() string { return e.AddrPort().String() }

// IsZero reports whether nothing is known of the endpoint.
func (e Endpoint) IsZero() bool { return e == Endpoint{} }

// Embeds reports whether two endpoints are one, of which a NAT64 shows the one side by
// IPv6: its address ends in the IPv4 address of the other (RFC 6052 section 2.2, prefixes
// of 96 bits, the well-known one among them).
func (e Endpoint) Embeds(o Endpoint) bool {
	return e.Port == o.Port && e.Port != 0 && e.IP().Is4() != o.IP().Is4() && [4]byte(e.Addr[12:]) == [4]byte(o.Addr[12:])
}
