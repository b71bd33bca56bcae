package redact

import (
	"net/netip"
	"slices"

	"github.com/latchscope/latchscope/analyze/endpoint"
)

// Addresses keep their neighbourhoods: two that share their first n bits (from
// /8 on in IPv4) have pseudonyms that share as many, and no more. This is the
// scheme of Crypto-PAn (Xu, Fan, Ammar and Moon, 2002) with two additions: what
// the first bits say about an address stays true (private, carrier NAT, link
// local, unique local), and the first octet of public IPv4 addresses is
// exchanged as a whole, since around the private ranges bits alone would leave
// most of it standing.

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
		one("fe80::/10", 64), one("fc00::/7", 8), one("2000::/3", 3),
	}
}

// partial are the first octets of IPv4 in which some addresses are private.
// They keep it, since no other octet has its hole in the same place.
var partial = [...]byte{0, 10, 100, 127, 169, 172, 192}

// shuffleOctets draws the exchange of the first octets: one cycle through all
// of them (Sattolo), so that none stays what it was.
func (p *Pseudonyms) shuffleOctets() {
	var free []byte
	for i := range 256 {
		p.octets[i] = byte(i)
		if i < 224 && !slices.Contains(partial[:], byte(i)) {
			free = append(free, byte(i))
		}
	}
	to := slices.Clone(free)
	for i := len(to) - 1; i > 0; i-- {
		j := int(p.number(useOctet, []byte{byte(i)}) % uint64(i))
		to[i], to[j] = to[j], to[i]
	}
	for i, o := range free {
		p.octets[o] = to[i]
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
		p.flip(b[:], a.AsSlice(), max(fixed, 3), false)
		return netip.AddrFrom16(b)
	}
	b := a.As4()
	if known {
		p.flip(b[:], a.AsSlice(), fixed, false)
		return netip.AddrFrom4(b)
	}
	b[0] = p.octets[b[0]]
	p.flip(b[:], a.AsSlice(), 8, true)
	return netip.AddrFrom4(b)
}

// flip flips the bits of b from the fixed ones on, each or not by what stands
// in front of it in the original. The private ranges in public octets are
// holes: no bit in front of one is flipped that would move anything into it.
func (p *Pseudonyms) flip(b, original []byte, fixed int, public bool) {
	prefix := make([]byte, len(original)+1)
	for bit := fixed; bit < len(b)*8; bit++ {
		clear(prefix)
		copy(prefix, original[:bit/8])
		prefix[bit/8] = original[bit/8] &^ (0xff >> (bit % 8))
		prefix[len(original)] = byte(bit)
		if p.number(useBit, prefix)&1 == 0 || public && aboveHole(prefix[:4], bit) {
			continue
		}
		b[bit/8] ^= 0x80 >> (bit % 8)
	}
}

// aboveHole tells whether a private range lies within the first bits of an
// address.
func aboveHole(prefix []byte, bits int) bool {
	within := netip.PrefixFrom(netip.AddrFrom4([4]byte(prefix)), bits)
	for _, f := range families() {
		if f.prefix.Addr().Is4() && f.prefix.Bits() > bits && within.Contains(f.prefix.Addr()) {
			return true
		}
	}
	return false
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
