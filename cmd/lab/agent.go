//go:build linux

package main

import (
	"fmt"
	"net/netip"
	"sync"
	"time"
)

// An agent is a telephone or a gateway: SIP at both ends of a call, and a
// speaker for each call.
type agent struct {
	name   string // also its user
	room   *room
	addr   netip.Addr
	server netip.AddrPort
	codec  codec
	log    *journal
	post   *post
	way    link // to the server
	habits habits

	mu     sync.Mutex
	calls  map[string]*dialog
	waits  map[string]chan *message // responses, by Call-ID and CSeq
	number int
}

// habits are what an agent does with a call that comes in.
type habits struct {
	Ring     time.Duration // 180 so long after the INVITE
	Progress time.Duration // 183 with SDP so long after; 0: none
	Early    time.Duration // RTP from so long before the answer; 0: with the answer
	Answer   time.Duration // 200 so long after the INVITE
}

// dialog is a call as one agent knows it.
type dialog struct {
	agent         *agent
	callID        string
	local, remote string // values of From and To, for our requests
	target        string // the other's Contact
	way           link
	cseq          int
	version       int
	speaker       *speaker
	over          chan struct{}
	once          sync.Once
}

func newAgent(r *room, name string, addr netip.Addr, server netip.AddrPort, c codec, log *journal) (*agent, error) {
	a := &agent{name: name, room: r, addr: addr, server: server, codec: c, log: log,
		calls: map[string]*dialog{}, waits: map[string]chan *message{}}
	var err error
	a.post, err = openPost(r, netip.AddrPortFrom(addr, 5060), a.take)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	a.way = a.post.over(server)
	return a, nil
}

func (a *agent) contact() string {
	c := fmt.Sprintf("sip:%s@%s", a.name, netip.AddrPortFrom(a.addr, a.way.local.Port()))
	if a.way.transport == "TCP" {
		c += ";transport=tcp"
	}
	return c
}

// mediaPort is where the agent's n-th call has its audio.
func (a *agent) mediaPort(n int) netip.AddrPort {
	if a.addr.IsPrivate() {
		return netip.AddrPortFrom(a.addr, uint16(4000+10*n))
	}
	return netip.AddrPortFrom(a.addr, uint16(20550+10*n))
}

// register makes the agent known to the server; tcp keeps the connection for
// what the server has to say.
func (a *agent) register(tcp bool) error {
	if tcp {
		way, err := a.post.dial(a.room, a.server)
		if err != nil {
			return err
		}
		a.way = way
	}
	m := a.request("REGISTER", "sip:"+a.server.Addr().String(), newID(a.name), 1)
	m.add("To", "<sip:"+a.name+"@lab.example>")
	m.add("Contact", "<"+a.contact()+">;expires=300")
	res, err := a.ask(m, a.way, 5*time.Second)
	if err == nil && res.status() != 200 {
		err = fmt.Errorf("%s cannot register: %s", a.name, res.start)
	}
	return err
}

// keepAlive refreshes the mapping of the agent's SIP now and then (RFC 5626,
// section 4.4.1, in the form for which any old server has ears).
func (a *agent) keepAlive(every time.Duration) (stop func()) {
	done := make(chan struct{})
	go func() {
		for {
			select {
			case <-time.After(every):
				_ = a.way.send([]byte("\r\n\r\n"))
			case <-done:
				return
			}
		}
	}()
	return func() { close(done) }
}

// request begins a request; the caller adds To and what else it needs.
func (a *agent) request(method, to, callID string, cseq int) *message {
	m := &message{start: method + " " + to + " SIP/2.0"}
	m.add("Via", fmt.Sprintf("SIP/2.0/%s %s;rport;branch=z9hG4bK%s", a.way.transport, a.way.local, newID(method)))
	m.add("Max-Forwards", "70")
	if method != "CANCEL" && method != "ACK" && method != "BYE" {
		m.add("User-Agent", "latchscope-lab")
	}
	m.add("From", fmt.Sprintf("<sip:%s@lab.example>;tag=%s", a.name, callID[:6]+a.name))
	m.add("Call-ID", callID)
	m.add("CSeq", fmt.Sprintf("%d %s", cseq, method))
	return m
}

// ask sends a request and waits for its final response.
func (a *agent) ask(m *message, way link, patience time.Duration) (*message, error) {
	key := m.get("Call-ID") + " " + m.get("CSeq")
	answers := make(chan *message, 8)
	a.mu.Lock()
	a.waits[key] = answers
	a.mu.Unlock()
	defer func() {
		a.mu.Lock()
		delete(a.waits, key)
		a.mu.Unlock()
	}()
	if err := way.send(m.bytes()); err != nil {
		return nil, err
	}
	timeout := time.After(patience)
	for {
		select {
		case res := <-answers:
			if res.status() >= 200 {
				return res, nil
			}
			if at, _, ok := mediaOf(res.body); ok {
				a.hearsEarly(res, at)
			}
		case <-timeout:
			return nil, fmt.Errorf("%s: no answer to %s", a.name, m.start)
		}
	}
}

// hearsEarly takes the SDP of an 18x: media may flow from now on.
func (a *agent) hearsEarly(res *message, at netip.AddrPort) {
	a.mu.Lock()
	d := a.calls[res.get("Call-ID")]
	a.mu.Unlock()
	if d != nil {
		d.speaker.sendTo(at)
	}
}

// take handles what arrives.
func (a *agent) take(m *message, from link) {
	a.mu.Lock()
	answers := a.waits[m.get("Call-ID")+" "+m.get("CSeq")]
	d := a.calls[m.get("Call-ID")]
	a.mu.Unlock()
	switch m.method() {
	case "":
		if answers != nil {
			answers <- m
		}
	case "INVITE":
		if d == nil {
			go a.answer(m, from)
		} else if !d.over0() {
			d.reoffered(m, from)
		}
	case "BYE":
		_ = from.send(respond(m, 200, "OK", "", "", "").bytes())
		if d != nil {
			d.end("bye-heard")
		}
	case "ACK":
		if d != nil {
			a.log.signal(a.name, d.callID, "ack", "")
		}
	default:
		_ = from.send(respond(m, 200, "OK", "lab", a.contact(), "").bytes())
	}
}

// call invites a user and returns when it has answered. padding makes the
// INVITE longer than a packet.
func (a *agent) call(user string, padding int) (*dialog, error) {
	a.mu.Lock()
	n := a.number
	a.number++
	a.mu.Unlock()
	callID := newID(a.name) + "@" + a.addr.String()
	sp, err := openSpeaker(a.room, a.name, callID, a.mediaPort(n), a.codec, ssrcOf(a.name, n), a.log)
	if err != nil {
		return nil, err
	}
	to := fmt.Sprintf("sip:%s@%s", user, a.server)
	m := a.request("INVITE", to, callID, 1)
	m.add("To", "<sip:"+user+"@lab.example>")
	m.add("Contact", "<"+a.contact()+">")
	for i := 0; padding > 0; i++ {
		m.add("X-Route-Note", fmt.Sprintf("%04d %0*d", i, min(padding, 200), i))
		padding -= 220
	}
	m.body = describe(a.name, 1, sp.local, a.codec, "sendrecv")
	d := &dialog{agent: a, callID: callID, local: m.get("From"), way: a.way, cseq: 1, version: 1, speaker: sp, over: make(chan struct{})}
	a.mu.Lock()
	a.calls[callID] = d
	a.mu.Unlock()
	a.log.signal(a.name, callID, "invite", user)
	res, err := a.ask(m, a.way, 20*time.Second)
	if err != nil {
		return d, err
	}
	if res.status() != 200 {
		return d, fmt.Errorf("%s calls %s: %s", a.name, user, res.start)
	}
	d.remote, d.target = res.get("To"), uri(res.get("Contact"))
	d.acknowledge(1)
	a.log.signal(a.name, callID, "answered", "")
	if at, _, ok := mediaOf(res.body); ok {
		sp.sendTo(at)
	}
	sp.talk()
	return d, nil
}

func (d *dialog) acknowledge(cseq int) {
	m := d.request("ACK")
	for i := range m.fields {
		if m.fields[i].name == "CSeq" {
			m.fields[i].value = fmt.Sprintf("%d ACK", cseq)
		}
	}
	d.cseq--
	_ = d.way.send(m.bytes())
}

// request is a request within the dialog.
func (d *dialog) request(method string) *message {
	d.cseq++
	m := d.agent.request(method, d.target, d.callID, d.cseq)
	for i := range m.fields {
		if m.fields[i].name == "From" {
			m.fields[i].value = d.local
		}
	}
	m.add("To", d.remote)
	return m
}

// answer plays the called party.
func (a *agent) answer(invite *message, from link) {
	a.mu.Lock()
	n := a.number
	a.number++
	a.mu.Unlock()
	callID := invite.get("Call-ID")
	h := a.habits
	start := time.Now()
	sp, err := openSpeaker(a.room, a.name, callID, a.mediaPort(n), a.codec, ssrcOf(a.name, n), a.log)
	if err != nil {
		a.log.trouble(err)
		return
	}
	tag := newID(a.name)
	d := &dialog{agent: a, callID: callID, local: invite.get("To") + ";tag=" + tag, remote: invite.get("From"),
		target: uri(invite.get("Contact")), way: from, version: 1, speaker: sp, over: make(chan struct{})}
	a.mu.Lock()
	a.calls[callID] = d
	a.mu.Unlock()
	a.log.signal(a.name, callID, "invited", "")
	if at, _, ok := mediaOf(invite.body); ok {
		sp.sendTo(at)
	}
	reply := func(status int, reason, body string) {
		_ = from.send(respond(invite, status, reason, tag, a.contact(), body).bytes())
	}
	until := func(t time.Duration) { time.Sleep(time.Until(start.Add(t))) }
	sdp := describe(a.name, 1, sp.local, a.codec, "sendrecv")
	reply(100, "Trying", "")
	until(h.Ring)
	reply(180, "Ringing", "")
	if h.Progress > 0 {
		until(h.Progress)
		sp.order.Lock()
		a.log.signal(a.name, callID, "sdp", "183")
		reply(183, "Session Progress", sdp)
		sp.order.Unlock()
	}
	if h.Early > 0 {
		until(h.Answer - h.Early)
		a.log.signal(a.name, callID, "talks", "")
		sp.talk()
		// Between two packets, as a program does that has other things to do too.
		until(h.Answer + 10*time.Millisecond)
	} else {
		until(h.Answer)
	}
	sp.order.Lock()
	if h.Progress == 0 {
		a.log.signal(a.name, callID, "sdp", "200")
	}
	a.log.signal(a.name, callID, "answer", "")
	reply(200, "OK", sdp)
	sp.order.Unlock()
	time.Sleep(25 * time.Millisecond) // a telephone opens its microphone first
	sp.talk()
}

func (d *dialog) over0() bool {
	select {
	case <-d.over:
		return true
	default:
		return false
	}
}

// reoffered takes the other's re-INVITE.
func (d *dialog) reoffered(m *message, from link) {
	at, direction, ok := mediaOf(m.body)
	d.version++
	answer := map[string]string{"sendonly": "recvonly", "recvonly": "sendonly", "inactive": "inactive"}[direction]
	if answer == "" {
		answer = "sendrecv"
	}
	body := describe(d.agent.name, d.version, d.speaker.local, d.agent.codec, answer)
	_ = from.send(respond(m, 200, "OK", "", d.agent.contact(), body).bytes())
	if ok {
		d.speaker.sendTo(at)
	}
	d.speaker.hush(answer != "sendrecv" && answer != "sendonly")
}

// reinvite offers again, on hold or not, and waits for the answer.
func (d *dialog) reinvite(direction string) error {
	d.version++
	m := d.request("INVITE")
	m.add("Contact", "<"+d.agent.contact()+">")
	m.body = describe(d.agent.name, d.version, d.speaker.local, d.agent.codec, direction)
	d.agent.log.signal(d.agent.name, d.callID, "reoffer", direction)
	if direction != "sendrecv" {
		d.speaker.hush(true)
	}
	res, err := d.agent.ask(m, d.way, 5*time.Second)
	if err != nil {
		return err
	}
	d.acknowledge(d.cseq)
	if at, _, ok := mediaOf(res.body); ok {
		d.speaker.sendTo(at)
	}
	if direction == "sendrecv" {
		d.speaker.hush(false)
	}
	d.agent.log.signal(d.agent.name, d.callID, "reanswered", direction)
	return nil
}

// bye hangs up.
func (d *dialog) bye() error {
	m := d.request("BYE")
	d.end("bye")
	_, err := d.agent.ask(m, d.way, 5*time.Second)
	return err
}

func (d *dialog) end(how string) {
	d.once.Do(func() {
		d.agent.log.signal(d.agent.name, d.callID, how, "")
		close(d.over)
		// The port stays open a little: what is under way is no error.
		d.speaker.sendTo(netip.AddrPort{})
		time.AfterFunc(300*time.Millisecond, d.speaker.close)
	})
}

func (a *agent) close() {
	a.post.close()
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, d := range a.calls {
		d.speaker.close()
	}
}
