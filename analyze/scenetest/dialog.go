package scenetest

import (
	"fmt"
	"hash/crc32"
	"net/netip"
	"time"
)

// describe is a party's own session description.
func (p *party) describe(dir string) *sdp {
	d := &sdp{owner: "-", id: int(crc32.ChecksumIEEE([]byte(p.call.name+p.node.name)) >> 4), version: p.version,
		addr: netip.AddrPortFrom(p.addr, p.offered), dir: dir, codec: p.call.codec, image: p.image, zero: p.zero}
	if p.next != nil {
		d.addr = netip.AddrPortFrom(p.next.addr, p.offered)
	}
	d.keyless, d.rtcp = p.call.spec.keyless, p.call.spec.rtcp
	if p.call.srtp {
		d.suite, d.srtp = p.call.suite.name, p.call.suite.inline(p.keyName(p.newKey))
	}
	return d
}

// mirror is the direction that answers a direction.
func mirror(dir string) string {
	switch dir {
	case "sendonly":
		return "recvonly"
	case "recvonly":
		return "sendonly"
	}
	return dir
}

// hears takes the other side's description to heart.
func (p *party) hears(d *sdp) {
	p.remote, p.remoteDir, p.image = d.addr, d.dir, d.image
	if d.zero {
		p.remoteDir = "inactive"
	}
}

// bindMedia opens a party's ports.
func (w *world) bindMedia(p *party, fork int) {
	a := p.mediaAddr(fork)
	w.bindParty(p, a)
}

func (w *world) bindParty(p *party, a netip.AddrPort) {
	p.machine.bind(a, func(pkt packet) { w.heardRTP(p, pkt) })
	if at := p.call.control(a); !p.machine.host.noRTCP && at != a {
		p.machine.bind(at, func(pkt packet) { w.heardRTCP(p, pkt) })
	}
}

// closeMedia closes a party's ports on the machine that has its media.
func (p *party) closeMedia(ports ...uint16) {
	for _, port := range ports {
		a := netip.AddrPortFrom(p.addr, port)
		p.machine.closeSocket(a)
		p.machine.closeSocket(p.call.control(a))
	}
}

// accepted is what a party does when its offer is: another machine may have its media
// from now on, and speaks for itself.
func (w *world) accepted(p *party) {
	before := p.port
	p.port, p.key = p.offered, p.newKey
	if p.next == nil {
		return
	}
	p.closeMedia(before)
	p.machine, p.addr, p.next, p.rx = p.next, p.next.addr, nil, reception{}
	w.bindMedia(p, 0)
	if t := p.sending; t != nil {
		again := action{at: w.now, until: t.until, talk: t.talkSpec}
		again.talk.ssrc, again.talk.seq, again.talk.ts, again.talk.port = 0, 0, 0, 0
		w.talk(p.call, p, again)
	}
}

// hangUp ends a party's media.
func (w *world) hangUp(p *party) {
	if p.over {
		return
	}
	p.over = true
	w.lastReport(p)
	ports := []uint16{p.port, p.offered}
	for _, port := range p.forks {
		ports = append(ports, port)
	}
	w.after(p.machine.host.linger, func() { p.closeMedia(ports...) })
	if p.call.server == nil || p.call.direct != nil {
		w.ended(p.call)
	}
}

func (w *world) ended(c *call) {
	if c.end < 0 {
		c.end = w.now
	}
}

// startCall sends the INVITE.
func (w *world) startCall(c *call, a action) {
	p := c.parties[0]
	if c.started < 0 {
		c.started = w.now
	}
	l, e := c.legOf(p)
	w.bindMedia(p, 0)
	m := w.request(l, e, "INVITE")
	m.inside, m.route = false, false
	if c.server != nil {
		m.target = uri(l.dialog.user[1], l.dialog.host)
	}
	m.pad, m.auth, m.wait = a.pad, a.words["auth"], a.wait
	if a.expires > 0 {
		m.expires, m.extra = a.expires, []string{sessionExpires(a.expires)}
	}
	if !a.words["nosdp"] {
		m.sdp = p.describe(p.dir)
	}
	c.invite = m
	w.sip(m)
}

// sessionExpires is the header that agrees on a session interval (RFC 4028): whoever
// asked for it is to refresh.
func sessionExpires(seconds int) string {
	return fmt.Sprintf("Session-Expires: %d;refresher=uac", seconds)
}

// ack acknowledges a final response to an INVITE from the end that sent it.
func (w *world) ack(r *message, d *sdp) {
	req := r.req
	m := &message{leg: req.leg, dialog: req.dialog, by: req.by, sender: req.sender, method: "ACK", cseq: req.cseq, toTag: r.toTag, acked: r, sdp: d}
	if r.status < 300 {
		m.target = contactOf(req.dialog, 1-req.by)
		m.via = []via{{at: req.leg.ends[req.sender].sock, branch: req.leg.branch()}}
		m.route = req.leg.call.proxied()
		if direct := req.leg.call.direct; direct != nil {
			m.leg, m.route = direct, false
		}
	} else {
		m.target, m.via = req.target, req.via[:1] // the same transaction (RFC 3261 section 17.1.1.3)
	}
	w.sip(m)
}

func contactOf(d *dialog, who int) string {
	s := contact(d.user[who], d.addr[who])
	return s[1 : len(s)-1]
}

// partyGot is a telephone at work.
func (w *world) partyGot(p *party, m *message) {
	if m.sdp != nil {
		p.hears(m.sdp)
	}
	if m.status != 0 {
		w.partyAnswered(p, m)
		return
	}
	switch m.method {
	case "INVITE":
		if !m.inside {
			p.invite = m
			w.bindMedia(p, 0)
			w.after(2*time.Millisecond, func() { w.sip(response(m, 100)) })
			return
		}
		w.answerOffer(p, m, 15*time.Millisecond)
	case "UPDATE":
		w.answerOffer(p, m, 8*time.Millisecond)
	case "BYE":
		w.sip(response(m, 200))
		w.hangUp(p)
	case "CANCEL":
		w.sip(response(m, 200))
		if p.invite != nil && p.sure < 200 {
			p.sure = 487
			w.sip(response(p.invite, 487))
			w.hangUp(p)
		}
	case "PRACK":
		w.sip(response(m, 200))
	}
}

// answerOffer accepts a re-INVITE or UPDATE as it comes.
func (w *world) answerOffer(p *party, m *message, after time.Duration) {
	w.after(after, func() {
		r := response(m, 200)
		if m.sdp != nil || m.method == "INVITE" {
			dir := p.dir
			if m.sdp != nil {
				dir = mirror(p.remoteDir)
			}
			r.sdp = p.describe(dir)
		}
		w.sip(r)
	})
}

// partyAnswered is what a telephone does with a response.
func (w *world) partyAnswered(p *party, m *message) {
	if m.rel {
		w.prack(m)
	}
	switch {
	case m.method == "UPDATE" && m.status == 200:
		w.accepted(p)
	case m.method != "INVITE" || m.status < 200:
	case m.status < 300:
		w.accepted(p)
		var d *sdp
		if m.req.sdp == nil {
			d = p.describe(mirror(p.remoteDir))
		}
		w.after(m.req.wait+time.Millisecond, func() { w.ack(m, d) })
	default:
		w.ack(m, nil)
		switch {
		case m.status == 407:
			again := *m.req
			again.dialog.cseq[again.by]++
			again.cseq, again.auth = again.dialog.cseq[again.by], false
			again.via = []via{{at: again.via[0].at, branch: again.leg.branch()}}
			again.extra = []string{`Proxy-Authorization: Digest username="scene", realm="example.net", nonce="5f1e8a", uri="` + again.target + `", response="00000000000000000000000000000000"`}
			p.call.invite = &again
			w.after(3*time.Millisecond, func() { w.sip(&again) })
		case !m.req.inside:
			w.hangUp(p)
		}
	}
}

// prack acknowledges a reliable provisional response (RFC 3262).
func (w *world) prack(r *message) {
	m := w.request(r.leg, r.req.sender, "PRACK")
	m.toTag = r.toTag
	m.extra = []string{fmt.Sprintf("RAck: 1 %d INVITE", r.cseq)}
	w.after(time.Millisecond, func() { w.sip(m) })
}

// respond is the callee's answer to the INVITE, as the scene's text says.
func (w *world) respond(c *call, a action) {
	p := c.parties[1]
	if p.invite == nil {
		w.err = fmt.Errorf("line %d: %s has no INVITE to answer yet", a.line, p.node.name)
		return
	}
	if p.sure >= 200 {
		w.err = fmt.Errorf("line %d: %s has already answered %d", a.line, p.node.name, p.sure)
		return
	}
	p.sure = a.status
	r := response(p.invite, a.status)
	if a.fork > 0 {
		r.toTag = fmt.Sprintf("%s-f%d", r.dialog.tag[1], a.fork)
		w.bindMedia(p, a.fork)
	}
	if a.sdp || a.status == 200 {
		r.sdp = p.describe(mirror(p.remoteDir))
		if a.fork > 0 {
			r.sdp.addr = p.mediaAddr(a.fork)
		}
	}
	if p.invite.expires > 0 && a.status == 200 {
		r.extra = []string{sessionExpires(p.invite.expires)}
	}
	if a.status/100 == 3 {
		r.extra = w.redirection(c)
	}
	if a.words["reliable"] {
		r.rel = true
		r.extra = []string{"Require: 100rel", "RSeq: 1"}
	}
	if a.status == 200 && a.fork > 0 {
		r.dialog.tag[1] = r.toTag
	}
	if r.sdp != nil && c.server == nil {
		p.known = min(p.known, w.now)
	}
	if a.status == 200 && c.server == nil {
		c.answer = w.now
	}
	w.sip(r)
	if a.status >= 300 {
		w.hangUp(p)
	}
}

// offer is a re-INVITE or UPDATE by a party.
func (w *world) offer(p *party, a action) {
	method := "INVITE"
	if a.verb == "update" {
		method = "UPDATE"
	}
	l, e := p.call.legOf(p)
	switch {
	case a.words["hold"]:
		p.dir, p.music = "sendonly", a.words["music"]
	case a.words["inactive"]:
		p.dir = "inactive"
	case a.words["zero"]:
		p.dir, p.zero = "inactive", true
	case a.words["resume"]:
		p.dir, p.zero = "sendrecv", false
	}
	if a.port != 0 {
		p.offered = a.port
		w.bindParty(p, netip.AddrPortFrom(p.addr, a.port))
	}
	if a.toNode != "" {
		p.next = w.nodes[a.toNode]
		p.offered = p.next.nextPort()
	}
	if a.words["rekey"] {
		p.newKey++
	}
	p.image = a.words["t38"]
	if !a.words["refresh"] {
		p.version++
	}
	m := w.request(l, e, method)
	if a.words["refresh"] {
		m.extra = []string{"Session-Expires: 1800;refresher=uac"}
	}
	m.sdp = p.describe(p.dir)
	w.sip(m)
}

// bye ends the call from a party's end.
func (w *world) bye(p *party) {
	l, e := p.call.legOf(p)
	w.sip(w.request(l, e, "BYE"))
	w.hangUp(p)
}

// cancel takes the INVITE back.
func (w *world) cancel(c *call) {
	w.sip(cancelOf(c.invite))
}

// cancelOf is the CANCEL of an INVITE: the same transaction but for the method.
func cancelOf(invite *message) *message {
	m := *invite
	m.method, m.sdp, m.pad, m.extra, m.via, m.origin = "CANCEL", nil, 0, nil, m.via[:1], nil
	return &m
}
