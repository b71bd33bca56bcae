package scenetest

import (
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"net/netip"
	"time"
)

// call is one call at work: two parties, and perhaps a server between them.
type call struct {
	spec    *callSpec
	name    string
	codec   codec
	srtp    bool
	suite   suite
	server  *node
	parties [2]*party
	legs    []*leg
	direct  *leg // past a proxy that records no route: for all that follows the INVITE
	sides   [2]*side
	talkers []*talker
	dice    *rand.Rand
	invite  *message // the caller's, last sent
	served  *message // the same as the server got it
	started time.Duration
	answer  time.Duration // -1 before
	end     time.Duration // -1 before
}

// party is one end of a call.
type party struct {
	call      *call
	i         int
	node      *node
	machine   *node // that has its media: itself, or where it handed the call over to
	next      *node // the machine in the SDP under way, if it is another
	addr      netip.Addr
	port      uint16
	offered   uint16 // port in the SDP under way; port follows when it is accepted
	forks     map[int]uint16
	remote    netip.AddrPort
	remoteDir string
	dir       string
	version   int
	image     bool
	zero      bool
	music     bool // it holds, and sends music
	over      bool
	known     time.Duration // when its SDP reached the server, or left it in a call without one
	sending   *talker
	rx        reception
	invite    *message // the INVITE to answer
	sure      int      // the last status that answered it
	key       int      // which of its SRTP keys it uses
	newKey    int      // which one its SDP under way names; key follows when it is accepted
	guards    protection
}

func (c *call) proxied() bool { return c.server != nil && c.server.server.proxy }

// party is the party of that name; nil if there is none.
func (c *call) party(name string) *party {
	for _, p := range c.parties {
		if p.node.name == name {
			return p
		}
	}
	return nil
}

// legOf is the leg on which a party is, and its end there.
func (c *call) legOf(p *party) (*leg, int) {
	if c.server == nil {
		return c.legs[0], p.i
	}
	if c.direct != nil && c.answer >= 0 {
		return c.direct, p.i
	}
	return c.legs[p.i], p.i
}

// legSide is the side of the server that a leg is on.
func (c *call) legSide(i int) *side { return c.sides[i] }

func (s *side) sigAddr() netip.Addr {
	spec := s.call.server.server
	if s.call.parties[s.party].node.isInner() {
		return spec.inner
	}
	return spec.addr
}

func (n *node) isInner() bool { return n.host != nil && n.host.inner }

// mediaAddr is where a party sends media from.
func (p *party) mediaAddr(fork int) netip.AddrPort {
	if fork > 0 {
		if p.forks[fork] == 0 {
			p.forks[fork] = p.node.nextPort()
		}
		return netip.AddrPortFrom(p.addr, p.forks[fork])
	}
	return netip.AddrPortFrom(p.addr, p.port)
}

// mute tells whether the offer and answer of the hour let the party speak. One
// who holds says nothing either, but for music.
func (p *party) mute() bool {
	if p.music && p.dir == "sendonly" {
		return false
	}
	return p.image || p.dir != "sendrecv" || p.remoteDir != "sendrecv"
}

func (w *world) newCall(spec *callSpec) (*call, error) {
	c := &call{spec: spec, name: spec.name, codec: spec.codec, srtp: spec.srtp, suite: spec.suite, dice: w.dice(spec.name + "/call"), answer: -1, end: -1, started: -1}
	for i, name := range [2]string{spec.from, spec.to} {
		n := w.nodes[name]
		port := [2]uint16{spec.fromPort, spec.toPort}[i]
		if port == 0 {
			port = n.nextPort()
		}
		c.parties[i] = &party{call: c, i: i, node: n, machine: n, addr: n.addr, port: port, offered: port, forks: map[int]uint16{},
			dir: "sendrecv", remoteDir: "sendrecv", version: 1, known: longest}
		w.listen(n, n.addr)
	}
	if spec.via == "" {
		c.legs = []*leg{c.newLeg(w, 0, c.parties[0].node, c.parties[0].addr, c.parties[1].node, c.parties[1].addr, nil)}
		return c, nil
	}
	c.server = w.nodes[spec.via]
	s := c.server.server
	for i := range c.sides {
		media := s.media
		if c.parties[i].node.isInner() {
			if !s.inner.IsValid() {
				return nil, fmt.Errorf("%s is on the inner side, but %s has none", c.parties[i].node.name, s.name)
			}
			media = s.inner
		}
		port := [2]uint16{spec.portA, spec.portB}[i]
		if port == 0 {
			port = c.server.nextPort()
		}
		c.sides[i] = &side{call: c, party: i, local: netip.AddrPortFrom(media, port), rtp: latch{policy: s.policy, natted: c.parties[i].node.behind != nil}, trans: map[uint32]*rewriting{}}
	}
	a, b := c.sides[0].sigAddr(), c.sides[1].sigAddr()
	w.listen(c.server, a)
	w.listen(c.server, b)
	first := c.newLeg(w, 0, c.parties[0].node, c.parties[0].addr, c.server, a, nil)
	var shared *dialog
	if s.proxy {
		shared = first.dialog
		shared.addr[1] = netip.AddrPortFrom(c.parties[1].addr, sipPort)
	}
	c.legs = []*leg{first, c.newLeg(w, 1, c.server, b, c.parties[1].node, c.parties[1].addr, shared)}
	if s.noRoute {
		c.direct = c.newLeg(w, 0, c.parties[0].node, c.parties[0].addr, c.parties[1].node, c.parties[1].addr, shared)
	}
	return c, nil
}

func (w *world) listen(n *node, a netip.Addr) {
	n.bind(netip.AddrPortFrom(a, sipPort), func(p packet) {
		w.think(n, p)
	})
}

// think hands messages to a machine's software, which needs a moment.
func (w *world) think(n *node, p packet) {
	n.busy = max(n.busy, w.now) + 60*time.Microsecond + upTo(n.line.dice, 60*time.Microsecond)
	w.at(n.busy, func() {
		for _, m := range p.msgs {
			w.gotSIP(m, p)
		}
	})
}

// newLeg joins two machines. A telephone behind a NAT has registered before
// the scene begins, so its mapping is there.
func (c *call) newLeg(w *world, i int, a *node, aa netip.Addr, b *node, ba netip.Addr, shared *dialog) *leg {
	l := &leg{call: c, i: i, dialog: shared}
	l.ends[0] = end{node: a, sock: netip.AddrPortFrom(aa, sipPort)}
	l.ends[1] = end{node: b, sock: netip.AddrPortFrom(ba, sipPort)}
	for e := range l.ends {
		far := l.ends[1-e]
		l.ends[e].peer = far.sock
		if n := far.node.behind; n != nil {
			l.ends[e].peer = n.nat.mapping(0, udp, far.sock).ext
		}
	}
	if shared == nil {
		users := [2]string{c.parties[0].user(), c.parties[1].user()}
		tag := func(k int) string {
			return fmt.Sprintf("%08x", crc32.ChecksumIEEE(fmt.Appendf(nil, "%s/%d/%d", c.name, i, k)))
		}
		host := ba
		if i == 1 {
			host = aa
		}
		id := c.spec.callID
		if id == "" {
			id = fmt.Sprintf("%08x%08x@%s", c.dice.Uint32(), c.dice.Uint32(), aa)
		}
		l.dialog = &dialog{callID: id, tag: [2]string{tag(0), tag(1)}, user: users, host: host,
			addr: [2]netip.AddrPort{l.ends[0].sock, l.ends[1].sock}, cseq: [2]uint32{c.dice.Uint32N(100), c.dice.Uint32N(100)}}
		if i == 0 {
			c.takesAfter(w, l.dialog)
		}
	}
	if c.spec.tcp && a.behind == nil && b.behind == nil {
		l.conn = newConn(w, l, c.spec)
	}
	return l
}

func (p *party) user() string {
	if p.node.host.user != "" {
		return p.node.host.user
	}
	return p.node.name
}
