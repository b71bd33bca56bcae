package scenetest

import (
	"math/rand/v2"
	"net/netip"
	"time"
)

// nat is a router's translation: endpoint-independent mappings.
type nat struct {
	node   *node
	spec   *natSpec
	dice   *rand.Rand
	inside map[netip.Addr]*node
	out    map[natKey]*mapping
	in     map[outside]*mapping
	gone   map[natKey]string // why the last mapping went
	taken  map[uint16]bool   // ports that other sessions hold
	addrs  []netip.Addr
	next   uint16
}

type natKey struct {
	proto proto
	from  netip.AddrPort
	wan   netip.Addr
}

type outside struct {
	proto proto
	at    netip.AddrPort
}

type mapping struct {
	key  natKey
	ext  netip.AddrPort
	used time.Duration // last packet outwards; inbound ones refresh nothing (RFC 4787 REQ-6)
}

func newNAT(n *node, spec *natSpec, dice *rand.Rand) *nat {
	return &nat{node: n, spec: spec, dice: dice, inside: map[netip.Addr]*node{}, out: map[natKey]*mapping{}, in: map[outside]*mapping{},
		gone: map[natKey]string{}, taken: map[uint16]bool{}, addrs: spec.addrs, next: spec.base}
}

// wan is the address by which packets leave at this time.
func (t *nat) wan(now time.Duration) netip.Addr {
	if t.spec.balance {
		return t.addrs[t.dice.IntN(len(t.addrs))]
	}
	if t.spec.alternate > 0 {
		return t.addrs[int(now/t.spec.alternate)%len(t.addrs)]
	}
	return t.addrs[0]
}

// outbound carries a packet from the inside to the internet.
func (w *world) outbound(n *node, p packet) {
	w.record(n.inner, in, p)
	p.ttl--
	t := n.nat
	if p.proto == icmp {
		// The inside refuses: its error is translated with the quote in it.
		m := t.mapping(w.now, udp, p.icmp.quote.dst)
		quote := *p.icmp
		quote.quote.dst = m.ext
		quote.quote.src = extracted(quote.quote.src)
		p.icmp, p.src = &quote, netip.AddrPortFrom(m.ext.Addr(), 0)
	} else {
		p.src = t.mapping(w.now, p.proto, p.src).ext
	}
	p.dst = extracted(p.dst)
	w.noticeSource(&p)
	w.record(n.outer, out, p)
	w.leave(n, p)
}

// inbound carries a packet from the internet to the inside.
func (w *world) inbound(n *node, p packet) {
	t := n.nat
	if p.proto == icmp {
		m := t.lookup(w.now, udp, p.icmp.quote.src)
		if m == nil {
			return
		}
		quote := *p.icmp
		quote.quote.src = m.key.from
		if t.six() {
			quote.quote.dst = embedded(quote.quote.dst)
		}
		p.icmp, p.dst = &quote, netip.AddrPortFrom(m.key.from.Addr(), 0)
		if t.spec.dropOnICMP {
			t.drop(m, "icmp")
		}
	} else {
		m := t.lookup(w.now, p.proto, p.dst)
		if m == nil {
			p.media.fate(misdirected)
			w.refuse(n, p)
			return
		}
		p.dst = m.key.from
	}
	if t.six() {
		p.src = embedded(p.src)
	}
	p.ttl--
	w.record(n.inner, out, p)
	host := t.inside[p.dst.Addr()]
	if at, ok := w.pass(host, in, p); ok {
		w.at(at, func() { w.arrive(host, p) })
	}
}

func (t *nat) lookup(now time.Duration, kind proto, ext netip.AddrPort) *mapping {
	m := t.in[outside{kind, ext}]
	if m != nil && t.expired(m, now) {
		t.drop(m, "idle")
		return nil
	}
	return m
}

func (t *nat) expired(m *mapping, now time.Duration) bool {
	return t.spec.idle > 0 && !signalling(m.key.from) && now-m.used > t.spec.idle
}

// signalling endpoints are kept alive by the telephone and outlive any idling.
func signalling(a netip.AddrPort) bool { return a.Port() == sipPort }

func (t *nat) drop(m *mapping, why string) {
	delete(t.in, outside{m.key.proto, m.ext})
	if t.out[m.key] == m {
		delete(t.out, m.key)
		t.gone[m.key] = why
	}
}

// mapping finds or makes the mapping of an inside endpoint.
func (t *nat) mapping(now time.Duration, kind proto, from netip.AddrPort) *mapping {
	key := natKey{kind, from, t.addrs[0]}
	if !signalling(from) || t.spec.alternate > 0 {
		key.wan = t.wan(now)
	}
	m := t.out[key]
	if m != nil && t.expired(m, now) {
		t.drop(m, "idle")
		m = nil
	}
	if m == nil {
		m = &mapping{key: key, ext: netip.AddrPortFrom(key.wan, t.pick(kind, key.wan, from.Port()))}
		t.out[key], t.in[outside{kind, m.ext}] = m, m
	}
	m.used = now
	return m
}

// pick chooses a port by the router's custom.
func (t *nat) pick(kind proto, wan netip.Addr, local uint16) uint16 {
	free := func(p uint16) bool {
		return !t.taken[p] && t.in[outside{kind, netip.AddrPortFrom(wan, p)}] == nil
	}
	upwards := func(p uint16) uint16 {
		for tries := 0; !free(p) && tries < 1<<16; tries++ {
			if p++; p == 0 {
				p = 1024
			}
		}
		return p
	}
	switch {
	case local == sipPort:
		return upwards(1540) // made long ago, by the registration
	case t.spec.ports == "keep":
		return upwards(local)
	case t.spec.ports == "lowest":
		return upwards(t.spec.base)
	case t.spec.ports == "next":
		p := upwards(t.next)
		t.next = p + 1
		return p
	default: // random
		return upwards(uint16(20000 + t.dice.IntN(40000)))
	}
}

// forget drops the media mappings of one inside host (all: nil). With keepOld
// the old ones go on delivering inwards.
func (t *nat) forget(who *node, why string, keepOld bool) {
	for key, m := range t.out {
		if signalling(key.from) || who != nil && key.from.Addr() != who.addr {
			continue
		}
		t.taken[m.ext.Port()] = true // else a port-preserving router would give it out again
		if keepOld {
			delete(t.out, key)
			t.gone[key] = why
			continue
		}
		t.drop(m, why)
	}
}

// failover moves everything to another address, as a pair of routers does.
func (w *world) failover(n *node, to netip.Addr) {
	t := n.nat
	old := t.out
	t.out, t.in = map[natKey]*mapping{}, map[outside]*mapping{}
	for key, m := range old {
		moved := natKey{key.proto, key.from, to}
		if !signalling(key.from) {
			t.gone[moved] = "failover"
			continue
		}
		// The telephone registers anew at once; its calls go on.
		fresh := &mapping{moved, netip.AddrPortFrom(to, m.ext.Port()), w.now}
		t.out[moved], t.in[outside{key.proto, fresh.ext}] = fresh, fresh
	}
	for _, a := range t.addrs {
		if w.byAddr[a] == n {
			delete(w.byAddr, a)
		}
	}
	t.addrs = []netip.Addr{to}
	w.byAddr[to] = n
}
