package scenetest

import (
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"net"
	"net/netip"
	"time"
)

// world is one run of a scene.
type world struct {
	scene  *Scene
	now    time.Duration
	agenda agenda
	order  uint64
	err    error

	nodes  map[string]*node
	byAddr map[netip.Addr]*node // who is reachable from the internet
	calls  []*call
	byName map[string]*call
	taps   []*tap
	truth  Truth
}

// node is a machine with an access line. The network is a star: every line
// ends in the internet's middle, or at the NAT that the machine is behind.
type node struct {
	name    string
	addr    netip.Addr
	behind  *node
	line    line
	icmp    icmpSpec
	refused map[netip.Addr]bucket
	nextID  uint16
	sockets map[netip.AddrPort]func(packet)
	outer   *iface
	inner   *iface // NATs and servers with two sides
	private netip.Addr
	own     map[netip.Addr]netip.Addr // a translated server's own address for each public one

	host   *hostSpec
	nat    *nat
	server *serverSpec
	port   uint16        // next free media port
	busy   time.Duration // its software is, until then
}

// iface is where a capture point listens.
type iface struct {
	name         string
	index        uint32
	mac, gateway net.HardwareAddr
	taps         []*tap
}

type direction uint8

const (
	in direction = iota
	out
)

// line is an access line at work.
type line struct {
	linkSpec
	last  [2]time.Duration // packets do not overtake each other
	dice  *rand.Rand
	rules []rule
}

// rule is weather: something befalls the packets of one direction for a time.
type rule struct {
	span
	dir    direction
	what   string // all, rtp, sip; fragments: all but the first of each packet
	loss   float64
	extra  time.Duration // delayed by so much, and free to be overtaken
	reject uint8         // answered with this ICMP code
	by     netip.Addr    // who answers
}

func (r rule) applies(now time.Duration, dir direction, p *packet) bool {
	return r.dir == dir && now >= r.from && now < r.until && p.proto != tcp &&
		(r.what == "all" || r.what == "rtp" && p.media.talker != nil || r.what == "sip" && len(p.msgs) > 0)
}

// cutsFragments reports whether the line lets nothing but the first fragment of a
// packet through.
func (l *line) cutsFragments(now time.Duration, dir direction, p *packet) bool {
	for _, r := range l.rules {
		if r.what == "fragments" && r.dir == dir && now >= r.from && now < r.until && p.proto == udp && len(p.payload)+28 > mtu {
			return true
		}
	}
	return false
}

func newIface(owner, name string, index uint32) *iface {
	mac := func(s string) net.HardwareAddr {
		h := crc32.ChecksumIEEE([]byte(s))
		return net.HardwareAddr{0x02, 0x1c, byte(h >> 24), byte(h >> 16), byte(h >> 8), byte(h)}
	}
	return &iface{name: name, index: index, mac: mac(owner + "/" + name), gateway: mac(owner + "/" + name + "/gateway")}
}

func (n *node) faceOf(a netip.Addr) *iface {
	if n.inner != nil && n.private == a {
		return n.inner
	}
	return n.outer
}

// send puts a packet of n's own on the wire.
func (w *world) send(n *node, p packet) {
	n.nextID++
	p.id, p.ttl = n.nextID, 64
	p = n.addressed(p)
	if n.behind == nil && n.server == nil {
		w.noticeSource(&p)
	}
	w.leave(n, w.recordAt(n, p.src.Addr(), out, p))
}

// leave takes a packet down n's line.
func (w *world) leave(n *node, p packet) {
	p.cut = p.cut || n.line.cutsFragments(w.now, out, &p)
	t, ok := w.pass(n, out, p)
	if !ok {
		return
	}
	if n.behind != nil {
		w.at(t, func() { w.outbound(n.behind, p) })
		return
	}
	w.at(t, func() { w.core(p) })
}

// core is the middle of the internet: it knows public addresses only.
func (w *world) core(p packet) {
	d := w.byAddr[p.dst.Addr()]
	if d == nil {
		p.media.fate(misdirected)
		return
	}
	p.ttl--
	if d.inner == nil || d.private != p.dst.Addr() {
		p.ttl -= uint8(5 + crc32.ChecksumIEEE([]byte(d.name))%4)
	}
	p.cut = p.cut || d.line.cutsFragments(w.now, in, &p)
	if t, ok := w.pass(d, in, p); ok {
		w.at(t, func() { w.arrive(d, p) })
	}
}

// pass tells when a packet comes out at the other end of n's line.
func (w *world) pass(n *node, dir direction, p packet) (time.Duration, bool) {
	l := &n.line
	if p.proto != tcp && chance(l.dice, l.loss) {
		return 0, false
	}
	var extra time.Duration
	for _, r := range l.rules {
		if !r.applies(w.now, dir, &p) {
			continue
		}
		if r.loss > 0 && (r.loss >= 1 || chance(l.dice, r.loss)) {
			if r.reject != 0 {
				w.firewall(p, r)
			}
			return 0, false
		}
		extra += r.extra
	}
	t := w.now + l.delay + upTo(l.dice, l.jitter)
	if extra > 0 {
		return t + extra, true
	}
	t = max(t, l.last[dir]+2*time.Microsecond)
	l.last[dir] = t
	return t, true
}

// arrive hands a packet to the machine at the end of its way.
func (w *world) arrive(n *node, p packet) {
	if n.server != nil {
		p.media.reached(w.now, p.src)
	}
	w.recordAt(n, p.dst.Addr(), in, p)
	if n.nat != nil {
		w.inbound(n, p)
		return
	}
	w.deliver(n, p)
}

func (w *world) deliver(n *node, p packet) {
	if p.proto == icmp {
		return // an error on a socket changes nothing here
	}
	if p.proto == tcp {
		w.segment(p)
		return
	}
	if p.cut {
		return // its other fragments never come
	}
	if take := n.sockets[p.dst]; take != nil {
		take(p)
		return
	}
	p.media.refused(n)
	w.refuse(n, p)
}

// bucket limits refusals as Linux does: a burst of six, then one a second.
type bucket struct {
	left float64
	at   time.Duration
}

// refuse answers a packet to a closed port.
func (w *world) refuse(n *node, p packet) {
	if n.icmp.off || p.proto != udp {
		return
	}
	if n.icmp.limited {
		b, known := n.refused[p.src.Addr()]
		if !known {
			b = bucket{6, w.now}
		}
		b = bucket{min(6, b.left+(w.now-b.at).Seconds()), w.now}
		allowed := b.left >= 1
		if allowed {
			b.left--
		}
		n.refused[p.src.Addr()] = b
		if !allowed {
			return
		}
	}
	w.after(18*time.Microsecond, func() {
		w.send(n, packet{src: netip.AddrPortFrom(p.dst.Addr(), 0), dst: netip.AddrPortFrom(p.src.Addr(), 0),
			proto: icmp, tos: 0xc0, icmp: &refusal{code: 3, quote: p, quote8: n.icmp.quote8}})
	})
}

// firewall answers for somebody else: by is not the address about which it speaks.
func (w *world) firewall(p packet, r rule) {
	p.media.fate(refusedThere)
	w.after(time.Millisecond, func() {
		w.core(packet{src: netip.AddrPortFrom(r.by, 0), dst: netip.AddrPortFrom(p.src.Addr(), 0), proto: icmp, ttl: 60,
			tos: 0xc0, id: p.id ^ 0x5555, icmp: &refusal{code: r.reject, quote: p}})
	})
}

func (n *node) bind(a netip.AddrPort, take func(packet)) { n.sockets[a] = take }
func (n *node) closeSocket(a netip.AddrPort)             { delete(n.sockets, a) }

func (n *node) nextPort() uint16 {
	n.port += 2
	return n.port - 2
}

// build makes the machines; their order is the text's.
func (w *world) build() error {
	w.nodes, w.byAddr, w.byName = map[string]*node{}, map[netip.Addr]*node{}, map[string]*call{}
	s := w.scene
	for i := range s.nats {
		spec := &s.nats[i]
		n := w.newNode(spec.name, spec.addrs[0], spec.link, spec.icmp)
		n.nat, n.private = newNAT(n, spec, w.dice(spec.name+"/ports")), spec.inside
		n.outer, n.inner = newIface(n.name, "eth1", 3), newIface(n.name, "eth0", 2)
		for _, a := range spec.addrs {
			w.byAddr[a] = n
		}
	}
	for i := range s.servers {
		spec := &s.servers[i]
		n := w.newNode(spec.name, spec.addr, spec.link, spec.icmp)
		n.server, n.port = spec, spec.base
		w.byAddr[spec.addr], w.byAddr[spec.media] = n, n
		if spec.inner.IsValid() {
			n.inner, n.private = newIface(n.name, "eth1", 3), spec.inner
			w.byAddr[spec.inner] = n
		}
		if spec.lan[0].IsValid() {
			n.inner = newIface(n.name, "eth1", 3)
			n.own = map[netip.Addr]netip.Addr{spec.media: spec.lan[0], spec.addr: spec.lan[1]}
		}
	}
	for i := range s.hosts {
		spec := &s.hosts[i]
		n := w.newNode(spec.name, spec.addr, spec.link, spec.icmp)
		n.host, n.port = spec, 20000+uint16(i)*500
		if spec.behind == "" {
			w.byAddr[spec.addr] = n
			continue
		}
		n.behind, n.port = w.nodes[spec.behind], 4000
		n.behind.nat.inside[spec.addr] = n
	}
	for i := range s.calls {
		c, err := w.newCall(&s.calls[i])
		if err != nil {
			return fmt.Errorf("%s: call %s: %w", s.Name, s.calls[i].name, err)
		}
		w.calls = append(w.calls, c)
		w.byName[c.name] = c
	}
	return nil
}

func (w *world) newNode(name string, addr netip.Addr, link linkSpec, icmp icmpSpec) *node {
	dice := w.dice(name)
	n := &node{name: name, addr: addr, icmp: icmp, line: line{linkSpec: link, dice: dice},
		refused: map[netip.Addr]bucket{}, sockets: map[netip.AddrPort]func(packet){},
		outer: newIface(name, "eth0", 2), nextID: uint16(dice.Uint32())}
	w.nodes[name] = n
	return n
}
