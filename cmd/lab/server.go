//go:build linux

package main

import (
	"fmt"
	"net/netip"
	"sync"
)

// A server is the provider's: a registrar and a B2BUA whose media goes through
// a relay. Everything that it does not understand it passes on.
type server struct {
	room    *room
	log     *journal
	outer   *post // towards the phones
	inner   *post // towards the gateway
	gateway netip.AddrPort
	open    func(callID, caller, callee string) (relay, error) // a media relay for a new call

	mu       sync.Mutex
	bindings map[string]binding  // by user
	legs     map[string]*leg     // by Call-ID
	pending  map[string]*pending // requests passed on, by Call-ID and CSeq
}

// binding is where a registered user is reached.
type binding struct {
	way     link
	contact string
}

// relay is a call's media engine. Each SDP goes through it on its way to the
// other party and comes back with the relay's own address.
type relay interface {
	offer(fromCaller bool, sdp string) (string, error)
	answer(fromCaller bool, sdp string, early bool) (string, error)
	bye()
}

// leg is one of the two dialogs of a call.
type leg struct {
	callID        string
	way           link
	local, remote string // From and To of our requests
	target        string
	cseq          int
	caller        bool     // this leg is with the caller
	invite        *message // that this leg received and has not answered finally
	tag           string
	other         *leg
	media         relay
	over          bool
}

// pending is a request that was passed on.
type pending struct {
	request *message // as it came
	from    link
	leg     *leg // it went out on
}

func newServer(r *room, log *journal, outer, inner, gateway netip.AddrPort) (*server, error) {
	s := &server{room: r, log: log, gateway: gateway, bindings: map[string]binding{}, legs: map[string]*leg{}, pending: map[string]*pending{}}
	var err error
	if s.outer, err = openPost(r, outer, s.take); err != nil {
		return nil, err
	}
	if s.inner, err = openPost(r, inner, s.take); err != nil {
		s.outer.close()
		return nil, err
	}
	return s, nil
}

func (s *server) close() {
	s.outer.close()
	s.inner.close()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range s.legs {
		if l.caller {
			l.media.bye()
		}
	}
}

// take handles one message. The lock is held throughout: calls are few, and
// the order in which things happen is worth more than speed.
func (s *server) take(m *message, from link) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.legs[m.get("Call-ID")]
	switch m.method() {
	case "":
		s.response(m)
	case "REGISTER":
		s.bindings[user(uri(m.get("To")))] = binding{from, uri(m.get("Contact"))}
		res := respond(m, 200, "OK", "reg", "", "")
		res.add("Contact", m.get("Contact"))
		res.add("Expires", "300")
		_ = from.send(res.bytes())
	case "INVITE":
		_ = from.send(respond(m, 100, "Trying", "", "", "").bytes())
		if l == nil {
			s.begin(m, from)
		} else {
			s.reoffer(l, m, from)
		}
	case "ACK":
		// Every 200 is acknowledged by us on its own leg.
	case "BYE":
		_ = from.send(respond(m, 200, "OK", "", "", "").bytes())
		if l != nil && !l.over {
			l.over, l.other.over = true, true
			s.log.signal("server", l.callID, "bye", "")
			_ = l.other.way.send(l.other.request("BYE").bytes())
			l.media.bye()
		}
	default:
		_ = from.send(respond(m, 200, "OK", "lab", s.contact(from), "").bytes())
	}
}

func (s *server) contact(to link) string {
	c := "sip:" + to.local.String()
	if to.transport == "TCP" {
		c += ";transport=tcp"
	}
	return c
}

// begin passes a new call on to whom it is for.
func (s *server) begin(m *message, from link) {
	to := user(uri(m.start[len("INVITE "):]))
	way, target := s.inner.over(s.gateway), fmt.Sprintf("sip:%s@%s", to, s.gateway)
	if b, ok := s.bindings[to]; ok {
		way, target = b.way, b.contact
	}
	media, err := s.open(m.get("Call-ID"), user(uri(m.get("From"))), to)
	if err != nil {
		s.log.trouble(err)
		_ = from.send(respond(m, 500, "No Media", newID("s"), "", "").bytes())
		return
	}
	in := &leg{callID: m.get("Call-ID"), way: from, caller: true, invite: m, tag: newID("s"), media: media, remote: m.get("From"), target: uri(m.get("Contact"))}
	in.local = m.get("To") + ";tag=" + in.tag
	out := &leg{callID: "b2b-" + newID("") + "@" + way.local.Addr().String(), way: way, target: target, media: media, other: in}
	in.other = out
	out.local = fmt.Sprintf("<sip:%s@lab.example>;tag=%s", user(uri(m.get("From"))), newID("s"))
	out.remote = fmt.Sprintf("<sip:%s@lab.example>", to)
	s.legs[in.callID], s.legs[out.callID] = in, out
	s.log.signal("server", in.callID, "leg", out.callID)

	body, err := media.offer(true, m.body)
	if err != nil {
		s.log.trouble(err)
		return
	}
	invite := out.request("INVITE")
	invite.add("Contact", "<"+s.contact(way)+">")
	invite.copy(m, "X-Route-Note")
	invite.body = body
	s.pass(invite, &pending{m, from, out})
}

// request is a request of ours on a leg.
func (l *leg) request(method string) *message {
	l.cseq++
	m := &message{start: method + " " + l.target + " SIP/2.0"}
	m.add("Via", fmt.Sprintf("SIP/2.0/%s %s;rport;branch=z9hG4bK%s", l.way.transport, l.way.local, newID("")))
	m.add("Max-Forwards", "70")
	m.add("From", l.local)
	m.add("To", l.remote)
	m.add("Call-ID", l.callID)
	m.add("CSeq", fmt.Sprintf("%d %s", l.cseq, method))
	return m
}

func (s *server) pass(m *message, p *pending) {
	s.pending[m.get("Call-ID")+" "+m.get("CSeq")] = p
	if err := p.leg.way.send(m.bytes()); err != nil {
		s.log.trouble(err)
	}
}

// reoffer passes a re-INVITE on.
func (s *server) reoffer(l *leg, m *message, from link) {
	body, err := l.media.offer(l.caller, m.body)
	if err != nil {
		s.log.trouble(err)
		return
	}
	l.invite = m
	invite := l.other.request("INVITE")
	invite.add("Contact", "<"+s.contact(l.other.way)+">")
	invite.body = body
	s.pass(invite, &pending{m, from, l.other})
}

// response passes a response back, SDP through the media relay.
func (s *server) response(m *message) {
	key := m.get("Call-ID") + " " + m.get("CSeq")
	p := s.pending[key]
	if p == nil || m.status() == 100 {
		return
	}
	l, back := p.leg, p.leg.other
	body := ""
	if m.body != "" && m.status() < 300 {
		var err error
		if body, err = l.media.answer(l.caller, m.body, m.status() < 200); err != nil {
			s.log.trouble(err)
			return
		}
	}
	if m.status() >= 200 {
		delete(s.pending, key)
		if m.status() < 300 {
			l.remote, l.target = m.get("To"), uri(m.get("Contact"))
			if body != "" {
				s.log.signal("server", back.callID, "answer", "")
			}
		}
		if m.cseq() == "INVITE" {
			cseq := l.cseq
			ack := l.request("ACK")
			ack.fields[len(ack.fields)-1].value = fmt.Sprintf("%d ACK", m.cseqNumber())
			l.cseq = cseq
			_ = l.way.send(ack.bytes())
		}
	}
	res := respond(p.request, m.status(), m.start[min(len(m.start), 12):], back.tag, s.contact(p.from), body)
	_ = p.from.send(res.bytes())
}
