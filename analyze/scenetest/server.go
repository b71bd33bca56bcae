package scenetest

import (
	"net/netip"
	"time"
)

// serverGot is the B2BUA or proxy at work.
func (w *world) serverGot(c *call, m *message) {
	if m.sdp != nil {
		w.sdpArrived(c, m)
	}
	if m.status != 0 {
		w.serverAnswered(c, m)
		return
	}
	proxy := c.proxied()
	switch m.method {
	case "INVITE":
		if m.auth {
			r := response(m, 407)
			r.extra = []string{`Proxy-Authenticate: Digest realm="example.net", nonce="5f1e8a", algorithm=MD5`}
			w.sip(r)
			return
		}
		if !m.inside {
			c.served = m
		}
		w.sip(response(m, 100))
		w.after(900*time.Microsecond, func() { w.carryOn(c, m) })
	case "UPDATE":
		w.carryOn(c, m)
	case "PRACK":
		if proxy {
			w.carryOn(c, m)
			return
		}
		w.sip(response(m, 200))
	case "BYE":
		w.ended(c)
		w.after(c.server.server.linger, func() { w.closeSide(c.sides[0]); w.closeSide(c.sides[1]) })
		if !proxy {
			w.sip(response(m, 200))
		}
		w.carryOn(c, m)
	case "CANCEL":
		w.sip(response(m, 200))
		if c.served == nil || c.answer >= 0 {
			return // nothing to cancel any more (RFC 3261 section 9.2)
		}
		w.ended(c)
		if c.served.onward != nil {
			w.sip(cancelOf(c.served.onward))
		}
		if !proxy {
			c.served.done = true
			w.sip(response(c.served, 487))
		}
	case "ACK":
		if m.acked.status >= 300 {
			return // its transaction ends here
		}
		if up := m.acked.upstream; up != nil && (proxy || m.sdp != nil) {
			w.ackOnward(c, m, up)
		}
	}
}

// ackOnward takes an ACK, with the answer to a late offer in it, to the next leg.
func (w *world) ackOnward(c *call, m, up *message) {
	if !c.proxied() {
		w.ack(up, c.ownSDP(m, up.leg))
		return
	}
	q := *m
	q.leg, q.route, q.acked = up.leg, false, up
	q.via = append([]via{{at: up.leg.ends[m.sender].sock, branch: up.leg.branch()}}, seen(m)...)
	q.sdp = c.ownSDP(m, up.leg)
	w.sip(&q)
}

// seen is a request's Via list with the address it really came from.
func seen(m *message) []via {
	v := append([]via(nil), m.via...)
	v[0].received = m.from
	return v
}

// ownSDP is the server's description in place of a party's, for a leg.
func (c *call) ownSDP(m *message, to *leg) *sdp {
	if m.sdp == nil || c.server.server.noMedia {
		return m.sdp
	}
	s := c.sides[to.i]
	s.told = true
	s.image = m.sdp.image
	d := *m.sdp
	if !c.proxied() {
		d.owner, d.id = "scene", 1000+int(s.local.Port())
	}
	if s.opens() {
		d.srtp = c.suite.inline(s.serverKey())
	}
	d.addr, d.zero = s.local, false
	if m.sdp.zero {
		d.dir = "inactive"
	}
	return &d
}

// sdpArrived lets the latches and the ports know.
func (w *world) sdpArrived(c *call, m *message) {
	s := c.sides[m.leg.i]
	s.heard, s.rtp.sdp = true, m.sdp.addr
	p := c.parties[m.leg.i]
	p.known = min(p.known, w.now)
	offer := m.status == 0 && m.method != "ACK" || m.status == 200 && m.req.sdp == nil
	for _, each := range c.sides {
		each.rtp.signal(w.now, offer && c.answer >= 0)
	}
	w.after(0, func() { w.bindSides(c) })
}

// bindSides opens what the server's custom opens by now.
func (w *world) bindSides(c *call) {
	for _, s := range c.sides {
		if s.heard && s.told || c.server.server.atOffer && (s.heard || s.told) {
			w.bindSide(s)
		}
	}
}

// carryOn sends a request on along the other leg.
func (w *world) carryOn(c *call, m *message) {
	l := c.legs[1-m.leg.i]
	from := 1 - l.i // the server's end
	var q *message
	if c.proxied() {
		copied := *m
		q = &copied
		q.leg, q.sender, q.routed, q.route = l, from, true, false
		q.via = append([]via{{at: l.ends[from].sock, branch: l.branch()}}, seen(m)...)
		q.target = contactOf(m.dialog, 1-m.by)
	} else {
		q = w.request(l, from, m.method)
		q.inside = m.inside
		q.pad, q.expires = m.pad, m.expires
		if m.expires > 0 {
			q.extra = m.extra
		}
		if m.method == "INVITE" && len(m.extra) > 0 && m.inside || m.method == "UPDATE" {
			q.extra = m.extra
		}
	}
	q.auth, q.origin = false, m
	q.sdp = c.ownSDP(m, l)
	m.onward = q
	if q.sdp != nil {
		w.bindSides(c)
	}
	w.sip(q)
}

// serverAnswered takes a response back to where its request came from.
func (w *world) serverAnswered(c *call, m *message) {
	if m.status == 100 {
		return
	}
	origin := m.req.origin
	if m.method == "INVITE" {
		if m.rel && !c.proxied() {
			w.prack(m)
		}
		switch {
		case m.status >= 300:
			w.ack(m, nil)
		case m.status >= 200:
			if c.answer < 0 {
				c.answer = w.now
			}
			if !c.proxied() && (m.req.sdp != nil || origin == nil) {
				w.ack(m, nil)
			}
		}
	}
	if origin == nil || origin.done || !c.proxied() && (m.method == "BYE" || m.method == "PRACK" || m.method == "CANCEL") {
		return
	}
	r := response(origin, m.status)
	if c.proxied() {
		copied := *m
		r = &copied
		r.leg, r.sender, r.req, r.via = origin.leg, 1-origin.sender, origin, seen(origin)
	}
	r.extra, r.rel, r.toTag = m.extra, m.rel, m.toTag
	if !c.proxied() {
		r.toTag = ""
	}
	r.upstream = m
	r.sdp = c.ownSDP(m, origin.leg)
	if r.sdp != nil {
		w.bindSides(c)
	}
	if m.status >= 300 && !m.req.inside {
		w.ended(c)
	}
	w.after(300*time.Microsecond, func() { w.sip(r) })
}

// direct takes the server out of the media: each party is told of the other.
func (w *world) direct(c *call) {
	for i, l := range c.legs {
		m := w.request(l, 1-i, "INVITE")
		other := c.parties[1-i]
		d := other.describe(other.dir)
		if !c.proxied() {
			d.owner, d.id = "scene", 1000+int(c.sides[i].local.Port())
		}
		d.version = other.version + 1
		m.sdp = d
		w.sip(m)
	}
}

// registers shows the registration that every telephone behind a NAT has made
// before the scene begins.
func (w *world) registers(n *node, server *node) {
	at, to := netip.AddrPortFrom(n.addr, sipPort), netip.AddrPortFrom(server.server.addr, sipPort)
	w.listen(n, n.addr)
	w.listen(server, server.server.addr)
	user := n.name
	if n.host.user != "" {
		user = n.host.user
	}
	d := &dialog{callID: "reg-" + user + "@" + n.addr.String(), tag: [2]string{"r1" + user, "r2" + user}, user: [2]string{user, user},
		addr: [2]netip.AddrPort{at, to}, host: server.server.addr}
	l := &leg{dialog: d, ends: [2]end{{n, at, to}, {server, to, at}}}
	m := w.request(l, 0, "REGISTER")
	m.inside = false
	_, m.target, _ = cutAt(uri(user, d.host))
	m.extra = []string{"Contact: " + contact(user, at), "Expires: 300"}
	w.sip(m)
}

func cutAt(uri string) (string, string, bool) {
	for i := range uri {
		if uri[i] == '@' {
			return uri[:i], "sip:" + uri[i+1:], true
		}
	}
	return "", uri, false
}
