//go:build linux

package main

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"sync"
	"time"
)

// portChoice is how a router chooses the outside port of a new mapping.
type portChoice string

const (
	keepPort   portChoice = "keep"   // the inside port if it is free, else the next above
	lowestPort portChoice = "lowest" // the lowest free one
	nextPort   portChoice = "next"   // never the last one again: next free
	randomPort portChoice = "random"
)

// routerPlan is a router's habits.
type routerPlan struct {
	Ports      portChoice
	DropOnICMP bool          // tears a mapping down when an ICMP error about it arrives
	Idle       time.Duration // forgets a mapping without traffic; 0: the kernel's 30 s
	Silent     bool          // says nothing about packets to ports without a mapping
	Taken      bool          // a second phone takes the port that the last refusal set free
}

// mediaBase and otherBase are where routers that count begin.
const (
	mediaBase = 36716
	otherBase = 1540
)

// A router is a room whose kernel translates. The kernel does all the work;
// this is the part of a customer's router that Linux has otherwise: which
// outside port a flow gets, and what an ICMP error does to it. Mappings do not
// depend on the destination (RFC 4787, section 4.1), as is usual in homes.
type router struct {
	room   *room
	plan   routerPlan
	public []netip.Addr // the address in use first, by family
	log    *journal

	mu      sync.Mutex
	flows   map[netip.AddrPort]*mapping // by inside endpoint
	counter uint16
	dice    *rand.Rand
	refused func() <-chan struct{}      // an ICMP error has come and been dealt with; others wait for what it returns
	opened  func(inside netip.AddrPort) // a flow got its mapping
	busy    <-chan struct{}
	first   netip.AddrPort // for whom they wait
}

type mapping struct {
	outside netip.AddrPort
	dst     map[netip.AddrPort]bool
	used    time.Time
	gone    string // why it does not exist any more: icmp, idle, failover, forgotten
}

func newRouter(r *room, plan routerPlan, public []netip.Addr, log *journal) (*router, error) {
	n := &router{room: r, plan: plan, public: public, log: log,
		flows: map[netip.AddrPort]*mapping{}, dice: rand.New(rand.NewPCG(7, 36716))}
	refuse := ""
	if plan.Silent {
		refuse = `iifname "wan" meta l4proto udp drop`
	} else {
		// Refused here rather than by a closed port: else the kernel would keep
		// an entry for what it refused, and the entry the port.
		refuse = `iifname "wan" meta l4proto udp reject`
	}
	_, err := r.output(fmt.Sprintf(`
table inet filter {
	chain input { type filter hook input priority filter; ct state established,related accept; %s; }
	chain forward { type filter hook forward priority filter; }
}
table ip nat {
	map ports { type ipv4_addr . inet_service : ipv4_addr . inet_service; }
	chain out { type nat hook postrouting priority srcnat; oifname "wan" ip protocol udp snat ip to ip saddr . udp sport map @ports; oifname "wan" masquerade; }
}
table ip6 nat {
	map ports { type ipv6_addr . inet_service : ipv6_addr . inet_service; }
	chain out { type nat hook postrouting priority srcnat; oifname "wan" meta l4proto udp snat ip6 to ip6 saddr . udp sport map @ports; oifname "wan" meta l4proto tcp masquerade; }
}
`, refuse), "nft", "-f", "-")
	if err != nil {
		return nil, err
	}
	idle := 30
	if plan.Idle > 0 {
		idle = int(plan.Idle / time.Second)
	}
	return n, r.set("net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1",
		fmt.Sprintf("net.netfilter.nf_conntrack_udp_timeout=%d", idle),
		fmt.Sprintf("net.netfilter.nf_conntrack_udp_timeout_stream=%d", idle))
}

// outward sees each frame from the LAN just before the kernel does, and sees to
// it that its flow has a mapping.
func (n *router) outward(frame []byte) {
	d, ok := readFrame(frame)
	if !ok || d.refusal || d.dst.Addr().IsMulticast() || d.dst.Addr().IsPrivate() {
		return
	}
	n.mu.Lock()
	if wait := n.busy; wait != nil && d.src != n.first {
		n.mu.Unlock()
		select {
		case <-wait:
		case <-time.After(time.Second):
		}
		n.mu.Lock()
	}
	defer n.mu.Unlock()
	now := time.Now()
	m := n.flows[d.src]
	if m != nil && m.gone == "" && n.plan.Idle > 0 && now.Sub(m.used) > n.plan.Idle {
		n.drop(d.src, m, "idle")
	}
	if m == nil || m.gone != "" {
		m = n.assign(d.src, m)
	}
	m.used, m.dst[d.dst] = now, true
}

// inward sees each frame from outside just after the kernel has taken it: the
// error has been passed on to the phone when its mapping falls.
func (n *router) inward(frame []byte) {
	d, ok := readFrame(frame)
	if !ok {
		return
	}
	if d.refusal {
		seq, _, rtp := rtpSeq(d.payload)
		note(n.log, &n.log.refusals, refusalNote{time.Now(), "nat", d.by, d.src, d.dst, seq, rtp})
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	inside, m := n.owner(d)
	if m != nil && !d.refusal {
		m.used = time.Now()
	}
	if m != nil && d.refusal && n.plan.DropOnICMP {
		n.drop(inside, m, "icmp")
	}
	if d.refusal && n.refused != nil {
		if wait := n.refused(); wait != nil {
			n.busy = wait
		}
	}
}

// owner finds whose mapping a packet from outside is for.
func (n *router) owner(d datagram) (netip.AddrPort, *mapping) {
	at := d.dst
	if d.refusal {
		at = d.src
	}
	for inside, m := range n.flows {
		if m.gone == "" && m.outside == at {
			return inside, m
		}
	}
	return netip.AddrPort{}, nil
}

// drop takes a mapping away, and its entries in the kernel.
func (n *router) drop(inside netip.AddrPort, m *mapping, why string) {
	m.gone = why
	note(n.log, &n.log.dropped, mappingNote{time.Now(), inside, m.outside, why})
	for dst := range m.dst {
		if err := n.room.forgetFlow(inside, dst); err != nil {
			n.log.trouble(err)
		}
	}
	clear(m.dst)
}

// assign gives a flow an outside port, and tells the kernel.
func (n *router) assign(inside netip.AddrPort, old *mapping) *mapping {
	m, lines := n.allot(inside, old)
	n.tell(lines)
	return m
}

// allot gives a flow an outside port; the lines are for the kernel.
func (n *router) allot(inside netip.AddrPort, old *mapping) (m *mapping, lines string) {
	m = &mapping{dst: map[netip.AddrPort]bool{}, used: time.Now()}
	m.outside = netip.AddrPortFrom(n.address(inside.Addr()), n.choose(inside))
	n.flows[inside] = m
	why := ""
	if old != nil {
		why = old.gone
	}
	n.log.mapped(inside, m.outside, why)
	if n.opened != nil {
		n.opened(inside)
	}
	if old != nil && old.outside == m.outside {
		return m, ""
	}
	family, from, to := "ip", inside.Addr().String(), m.outside.Addr().String()
	if inside.Addr().Is6() {
		family = "ip6"
	}
	if old != nil {
		lines = fmt.Sprintf("delete element %s nat ports { %s . %d }\n", family, from, inside.Port())
	}
	return m, lines + fmt.Sprintf("add element %s nat ports { %s . %d : %s . %d }\n", family, from, inside.Port(), to, m.outside.Port())
}

func (n *router) tell(lines string) {
	if lines == "" {
		return
	}
	if _, err := n.room.output(lines, "nft", "-f", "-"); err != nil {
		n.log.trouble(err)
	}
}

func (n *router) address(like netip.Addr) netip.Addr {
	for _, a := range n.public {
		if a.Is4() == like.Is4() {
			return a
		}
	}
	return netip.Addr{}
}

// choose picks the outside port of a new mapping.
func (n *router) choose(inside netip.AddrPort) uint16 {
	port := uint16(mediaBase)
	switch {
	case inside.Port() == 5060:
		port = otherBase
	case n.plan.Ports == keepPort:
		port = inside.Port()
	case n.plan.Ports == nextPort:
		port += n.counter
		n.counter++
	case n.plan.Ports == randomPort:
		port = 20000 + uint16(n.dice.IntN(40000))
	}
	for n.taken(port) {
		port++
	}
	return port
}

func (n *router) taken(port uint16) bool {
	for _, m := range n.flows {
		if m.gone == "" && m.outside.Port() == port {
			return true
		}
	}
	return false
}

// failOver moves everything to another address, at once.
func (n *router) failOver(to netip.Addr) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.public = append([]netip.Addr{to}, n.public...)
	lines := ""
	for inside, m := range n.flows {
		if inside.Port() != 5060 && m.gone == "" {
			n.drop(inside, m, "failover")
		}
	}
	for inside, m := range n.flows {
		if m.gone == "failover" {
			_, more := n.allot(inside, m)
			lines += more
		}
	}
	n.tell(lines)
}

// forget drops the media mappings of one inside host.
func (n *router) forget(host netip.Addr) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for inside, m := range n.flows {
		if inside.Addr() == host && inside.Port() != 5060 && m.gone == "" {
			n.drop(inside, m, "forgotten")
		}
	}
}
