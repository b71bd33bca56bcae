package scenetest

import "net/netip"

// A NAT whose inside speaks IPv6 is a NAT64 (RFC 6146): inside, the internet's
// addresses stand behind the well-known prefix 64:ff9b::/96 (RFC 6052 section 2.1).

func (t *nat) six() bool { return t.spec.inside.Is6() }

// embedded is an IPv4 endpoint as the inside of a NAT64 writes it.
func embedded(a netip.AddrPort) netip.AddrPort {
	if !a.Addr().Is4() {
		return a
	}
	b := [16]byte{0x00, 0x64, 0xff, 0x9b}
	four := a.Addr().As4()
	copy(b[12:], four[:])
	return netip.AddrPortFrom(netip.AddrFrom16(b), a.Port())
}

// extracted is what embedded made of an endpoint, undone.
func extracted(a netip.AddrPort) netip.AddrPort {
	if b := a.Addr().As16(); a.Addr().Is6() && b[1] == 0x64 && b[2] == 0xff && b[3] == 0x9b {
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte(b[12:])), a.Port())
	}
	return a
}

// addressed is a packet with the destination as its sender's network writes it.
func (n *node) addressed(p packet) packet {
	if n.behind != nil && n.behind.nat.six() {
		p.dst = embedded(p.dst)
	}
	return p
}
