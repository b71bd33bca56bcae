package scenetest

import (
	"net/netip"
	"strings"
	"time"
)

// A server whose public addresses are translated one to one, as a cloud's hosts,
// containers and machines behind a firewall's DNAT are: SDP and the internet know the
// public ones, its own interface shows its own. The firewall before it sees both.

// addrPair reads an option of one address or two.
func (st *statement) addrPair(key string) (pair [2]netip.Addr) {
	text := st.option(key, "")
	if text == "" {
		return pair
	}
	first, second, two := strings.Cut(text, ",")
	pair[0] = st.addr(first)
	if pair[1] = pair[0]; two {
		pair[1] = st.addr(second)
	}
	return pair
}

// translate is the time that a packet needs from one side of the firewall to the other.
const translate = 25 * time.Microsecond

// recordAt lets a machine's capture points see a packet that it sends or gets by its
// address a, on either side of the firewall before it. The packet that comes back is
// the one that travels on.
func (w *world) recordAt(n *node, a netip.Addr, dir direction, p packet) packet {
	own, ok := n.own[a]
	if !ok {
		w.record(n.faceOf(a), dir, p)
		return p
	}
	if dir == out {
		w.record(n.inner, in, p.between(a, own))
		p.ttl--
		w.after(translate, func() { w.record(n.outer, out, p) })
		return p
	}
	w.record(n.outer, in, p)
	p.ttl--
	w.after(translate, func() { w.record(n.inner, out, p.between(a, own)) })
	return p
}

// between is the packet with one address in the place of another, in a quote too.
func (p packet) between(public, own netip.Addr) packet {
	swap := func(a netip.AddrPort) netip.AddrPort {
		if a.Addr() == public {
			return netip.AddrPortFrom(own, a.Port())
		}
		return a
	}
	p.src, p.dst = swap(p.src), swap(p.dst)
	if p.icmp != nil {
		quote := *p.icmp
		quote.quote.src, quote.quote.dst = swap(quote.quote.src), swap(quote.quote.dst)
		p.icmp = &quote
	}
	return p
}
