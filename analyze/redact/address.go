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
// The pseudonym of a public address is nobody's, and looks like it: it stands in
// the ranges for documentation (RFC 5737), or in 198.18.0.0/15, which is for
// benchmarks (RFC 2544), a /24 for each /24; what finds no place there, of more
// than 515 networks, stands in 240.0.0.0/4, which is reserved (RFC 1112 section
// 4). IPv6 has 2001:db8::/32 (RFC 3849).

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
	return p.nobodys(a)
}

// Places for public IPv4 networks, a /24 each: those for documentation, those for
// benchmarks, and the rest, which is reserved, without 255.255.0.0/16.
const (
	documents  = 3
	benchmarks = 512
	reserved   = 0xfff00
)

// nobodys is the pseudonym of a public IPv4 address: its last byte flipped within
// the place of its network. The place is drawn from the key, unless it is
// another's; where nothing has to fit together with other runs, the ranges for
// documentation are taken first.
func (p *Pseudonyms) nobodys(a netip.Addr) netip.Addr {
	b := a.As4()
	net := netip.PrefixFrom(a, 24).Masked()
	p.flip(b[:], a.AsSlice(), 24)
	drawn := uint32(p.number(useNetwork, a.AsSlice()[:3]))
	var at uint32
	switch {
	case documented4(a): // as in a laboratory: what stands in for it must not look like another of them
		at = p.network(net, documents+drawn%benchmarks, documents, documents+benchmarks)
	case benchmarked(a):
		at = p.network(net, drawn%documents, 0, documents)
	case p.Alone && p.networks4() < documents:
		at = p.network(net, p.networks4(), 0, documents+benchmarks)
	default:
		at = p.network(net, drawn%(documents+benchmarks), 0, documents+benchmarks)
	}
	if at < documents {
		doc := [documents][3]byte{{192, 0, 2}, {198, 51, 100}, {203, 0, 113}}[at]
		return netip.AddrFrom4([4]byte{doc[0], doc[1], doc[2], b[3]})
	}
	if at -= documents; at < benchmarks {
		return netip.AddrFrom4([4]byte{198, 18 | byte(at>>8), byte(at), b[3]})
	}
	at -= benchmarks
	return netip.AddrFrom4([4]byte{240 | byte(at>>16), byte(at >> 8), byte(at), b[3]})
}

// networks4 is how many public IPv4 networks have a place, up to as many as there
// are ranges for documentation.
func (p *Pseudonyms) networks4() (n uint32) {
	for net := range p.networks {
		if net.Addr().Is4() {
			n++
		}
		if n == documents {
			break
		}
	}
	return n
}

// documented is the pseudonym of a public IPv6 address.
func (p *Pseudonyms) documented(a netip.Addr) netip.Addr {
	b := a.As16()
	p.flip(b[:], a.AsSlice(), 48)
	at := p.network(netip.PrefixFrom(a, 48).Masked(), uint32(p.number(useNetwork, a.AsSlice()[:6])&0xffff), 0, 0x10000)
	copy(b[:], []byte{0x20, 0x01, 0x0d, 0xb8, byte(at >> 8), byte(at)})
	return netip.AddrFrom16(b)
}

// network is which place, from one on and before another, stands for a network:
// the one that was drawn, unless it stands for another. Where all are taken, IPv4
// goes beyond them.
func (p *Pseudonyms) network(n netip.Prefix, drawn, from, to uint32) uint32 {
	if at, ok := p.networks[n]; ok {
		return at
	}
	v6 := n.Addr().Is6()
	at, free := p.place(drawn, from, to, v6)
	if !free && !v6 {
		const beyond = documents + benchmarks
		at, _ = p.place(beyond+uint32(p.number(useNetwork, n.Addr().AsSlice())%reserved), beyond, beyond+reserved, v6)
	}
	p.taken[network{at, v6}] = true
	p.networks[n] = at
	return at
}

// place is the first that is free from the one that was drawn on.
func (p *Pseudonyms) place(drawn, from, to uint32, v6 bool) (at uint32, free bool) {
	at = drawn
	for range to - from {
		if !p.taken[network{at, v6}] {
			return at, true
		}
		if at++; at == to {
			at = from
		}
	}
	return drawn, false
}

// documented4 reports whether an address is for documentation (RFC 5737).
func documented4(a netip.Addr) bool {
	return netip.MustParsePrefix("192.0.2.0/24").Contains(a) || netip.MustParsePrefix("198.51.100.0/24").Contains(a) || netip.MustParsePrefix("203.0.113.0/24").Contains(a)
}

// benchmarked reports whether an address is for benchmarks (RFC 2544).
func benchmarked(a netip.Addr) bool { return netip.MustParsePrefix("198.18.0.0/15").Contains(a) }

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
