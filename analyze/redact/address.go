package redact

import (
	"net/netip"

	"github.com/latchscope/latchscope/analyze/endpoint"
)

// Addresses keep their neighbourhoods: two that share their first n bits have
// pseudonyms that share as many, and no more, within a private range and within
// a public /24 (IPv4) or /48 (IPv6). This is the scheme of Crypto-PAn (Xu, Fan,
// Ammar and Moon, 2002). What the first bits say about an address stays true:
// private, carrier NAT, link local, unique local.
//
// The pseudonym of a public address is nobody's: it stands in 240.0.0.0/4, which
// is reserved (RFC 1112 section 4) and large enough to hold every /24 apart, or
// in 2001:db8::/32, which is for documentation (RFC 3849).

// family is a range whose members stay within it; fixed bits are left alone.
type family struct {
	prefix netip.Prefix
	fixed  int // bits that stay; all of them where the address says nothing about anybody
}

// families in order of preference.
func families() []family {
	one := func(s string, fixed int) family { return family{netip.MustParsePrefix(s), fixed} }
	return []family{
		one("0.0.0.0/8", 32), one("127.0.0.0/8", 32), one("224.0.0.0/3", 32), // unspecified, loopback, multicast and broadcast
		one("10.0.0.0/8", 8), one("172.16.0.0/12", 12), one("192.168.0.0/16", 16), one("100.64.0.0/10", 10), one("169.254.0.0/16", 16),
		one("::/127", 128), one("ff00::/8", 128), // unspecified and loopback, multicast
		one("fe80::/10", 64), one("fc00::/7", 8),
	}
}

// Addr is the pseudonym of an address. The addresses that NAT64 and mapped
// ones hold become those of the IPv4 address within.
func (p *Pseudonyms) Addr(a netip.Addr) netip.Addr {
	if !a.IsValid() {
		return a
	}
	a = a.WithZone("")
	if a.Is4In6() {
		in := p.Addr(a.Unmap()).As16()
		return netip.AddrFrom16(in)
	}
	if to, ok := p.addrs[a]; ok {
		return to
	}
	to := p.newAddr(a)
	p.addrs[a] = to
	return to
}

func (p *Pseudonyms) newAddr(a netip.Addr) netip.Addr {
	if nat64 := netip.MustParsePrefix("64:ff9b::/96"); nat64.Contains(a) {
		b := a.As16()
		in := p.Addr(netip.AddrFrom4([4]byte(b[12:]))).As4()
		copy(b[12:], in[:])
		return netip.AddrFrom16(b)
	}
	fixed, known := 0, false
	for _, f := range families() {
		if f.prefix.Contains(a) {
			fixed, known = f.fixed, true
			break
		}
	}
	if a.Is6() {
		b := a.As16()
		if known {
			p.flip(b[:], a.AsSlice(), fixed)
			return netip.AddrFrom16(b)
		}
		return p.documented(a)
	}
	b := a.As4()
	if known {
		p.flip(b[:], a.AsSlice(), fixed)
		return netip.AddrFrom4(b)
	}
	return p.reserved(a)
}

// reserved is the pseudonym of a public IPv4 address. The /16 is drawn, what
// follows is flipped; a /24 that would be another's takes the next that is free.
func (p *Pseudonyms) reserved(a netip.Addr) netip.Addr {
	b := a.As4()
	network := netip.PrefixFrom(a, 24).Masked()
	p.flip(b[:], a.AsSlice(), 16)
	drawn := uint32(p.number(useNetwork, a.AsSlice()[:2])%0xfff)<<8 | uint32(b[2]) // 255.255.0.0/16 is left out
	at := p.network(network, drawn, 0xfff00)
	return netip.AddrFrom4([4]byte{240 | byte(at>>16), byte(at >> 8), byte(at), b[3]})
}

// documented is the pseudonym of a public IPv6 address.
func (p *Pseudonyms) documented(a netip.Addr) netip.Addr {
	b := a.As16()
	p.flip(b[:], a.AsSlice(), 48)
	at := p.network(netip.PrefixFrom(a, 48).Masked(), uint32(p.number(useNetwork, a.AsSlice()[:6])&0xffff), 0x10000)
	copy(b[:], []byte{0x20, 0x01, 0x0d, 0xb8, byte(at >> 8), byte(at)})
	return netip.AddrFrom16(b)
}

// network is which of so many networks stands for one: the one that was drawn,
// unless it stands for another.
func (p *Pseudonyms) network(n netip.Prefix, drawn, of uint32) uint32 {
	if at, ok := p.networks[n]; ok {
		return at
	}
	for range of {
		t := network{drawn, n.Addr().Is6()}
		if !p.taken[t] {
			p.taken[t] = true
			break
		}
		drawn = (drawn + 1) % of
	}
	p.networks[n] = drawn
	return drawn
}

// network is one of those that pseudonyms stand in.
type network struct {
	at uint32
	v6 bool
}

// flip flips the bits of b from the fixed ones on, each or not by what stands
// in front of it in the original.
func (p *Pseudonyms) flip(b, original []byte, fixed int) {
	prefix := make([]byte, len(original)+1)
	for bit := fixed; bit < len(b)*8; bit++ {
		clear(prefix)
		copy(prefix, original[:bit/8])
		prefix[bit/8] = original[bit/8] &^ (0xff >> (bit % 8))
		prefix[len(original)] = byte(bit)
		if p.number(useBit, prefix)&1 == 1 {
			b[bit/8] ^= 0x80 >> (bit % 8)
		}
	}
}

// Endpoint is the pseudonym of an address; ports stay.
func (p *Pseudonyms) Endpoint(e endpoint.Endpoint) endpoint.Endpoint {
	to := endpoint.From(netip.AddrPortFrom(p.Addr(e.IP()), e.Port))
	return to
}

// MAC writes the pseudonym of a hardware address over it: a locally
// administered one. Group addresses and all zeros stay.
func (p *Pseudonyms) MAC(b []byte) {
	if len(b) != 6 || b[0]&1 != 0 || [6]byte(b) == [6]byte{} {
		return
	}
	d := p.digest(useMAC, b)
	copy(b, d[:6])
	b[0] = b[0]&^1 | 2
}
