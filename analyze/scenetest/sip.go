package scenetest

import (
	"fmt"
	"hash/crc32"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

const sipPort = 5060

// message is one SIP message, kept as a value so that its receiver need not parse it.
type message struct {
	leg      *leg
	dialog   *dialog
	by       int // which end of the dialog sent the request: 0 made the call
	sender   int // which end of the leg sent this message
	target   string
	inside   bool // the request is in the dialog, or this answers such a one
	route    bool
	rel      bool // a provisional response that wants PRACK
	method   string
	status   int // 0: a request
	cseq     uint32
	via      []via
	routed   bool   // through a proxy that stays in the path
	toTag    string // overrides the dialog's, for forks
	sdp      *sdp
	extra    []string
	pad      int
	req      *message       // what this response answers
	origin   *message       // the request that this one carries on
	onward   *message       // the request that carries this one on
	upstream *message       // the response that this one passes back
	done     bool           // answered by the server itself
	from     netip.AddrPort // where it came from, for received and rport
	acked    *message       // ACK: the response
	auth     bool           // INVITE: the first, to be challenged
	wait     time.Duration  // INVITE: the caller takes so long to ACK
	expires  int            // INVITE: the session's interval in seconds (RFC 4028); 0: none
	arrived  bool           // at its receiver
	answered bool           // a response to this request arrived
	reply    *message       // the last one that was sent
}

type via struct {
	at       netip.AddrPort
	branch   string
	received netip.AddrPort
}

// dialog is what the Call-ID, the tags and the sequence numbers identify. A
// proxy's two legs share one; a B2BUA's have one each.
type dialog struct {
	callID string
	tag    [2]string
	user   [2]string
	addr   [2]netip.AddrPort // for Contact
	cseq   [2]uint32
	host   netip.Addr // the domain part of the URIs
	branch int
}

// leg is the road between two SIP machines: end 0 is nearer the caller.
type leg struct {
	call   *call
	i      int
	dialog *dialog
	ends   [2]end
	conn   *conn // TCP
}

type end struct {
	node *node
	sock netip.AddrPort
	peer netip.AddrPort // where the other end is reached
}

// sdp is one session description.
type sdp struct {
	owner   string
	id      int
	version int
	addr    netip.AddrPort
	dir     string // sendrecv, sendonly, recvonly, inactive
	codec   codec
	srtp    string // the key
	suite   string
	keyless bool
	rtcp    string
	image   bool
	zero    bool // holds with c=0.0.0.0, the old way
}

func (d *sdp) text() string {
	family := "IP4"
	if d.addr.Addr().Is6() {
		family = "IP6"
	}
	at := d.addr.Addr().String()
	conn := at
	if d.zero {
		conn = "0.0.0.0"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "v=0\r\no=%s %d %d IN %s %s\r\ns=-\r\nc=IN %s %s\r\nt=0 0\r\n", d.owner, d.id, d.version, family, at, family, conn)
	if d.image {
		fmt.Fprintf(&b, "m=image %d udptl t38\r\na=T38FaxVersion:0\r\na=T38MaxBitRate:14400\r\na=T38FaxRateManagement:transferredTCF\r\na=T38FaxUdpEC:t38UDPRedundancy\r\n", d.addr.Port())
		return b.String()
	}
	profile := "RTP/AVP"
	if d.srtp != "" {
		profile = "RTP/SAVP"
	}
	channels := ""
	if d.codec.name == "opus" {
		channels = "/2"
	}
	clock := d.codec.clock
	if d.codec.name == "G729" || d.codec.name == "G722" {
		clock = 8000
	}
	fmt.Fprintf(&b, "m=audio %d %s %d 101\r\na=rtpmap:%d %s/%d%s\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\n",
		d.addr.Port(), profile, d.codec.pt, d.codec.pt, d.codec.name, clock, channels)
	if d.srtp != "" && !d.keyless {
		fmt.Fprintf(&b, "a=crypto:1 %s inline:%s\r\n", d.suite, d.srtp)
	}
	switch d.rtcp {
	case "mux":
		b.WriteString("a=rtcp-mux\r\n")
	case "odd":
		fmt.Fprintf(&b, "a=rtcp:%d\r\n", oddPort(d.addr).Port())
	}
	dir := d.dir
	if d.zero {
		dir = "sendrecv" // RFC 2543 knew no other hold than the address
	}
	fmt.Fprintf(&b, "a=%s\r\n", dir)
	return b.String()
}

var reasons = map[int]string{100: "Trying", 180: "Ringing", 181: "Call Is Being Forwarded", 183: "Session Progress", 200: "OK", 202: "Accepted",
	302: "Moved Temporarily", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 407: "Proxy Authentication Required", 408: "Request Timeout",
	480: "Temporarily Unavailable", 486: "Busy Here", 487: "Request Terminated", 488: "Not Acceptable Here", 491: "Request Pending",
	500: "Server Internal Error", 503: "Service Unavailable", 600: "Busy Everywhere", 603: "Decline"}

func uri(user string, host netip.Addr) string {
	if host.Is6() {
		return "sip:" + user + "@[" + host.String() + "]"
	}
	return "sip:" + user + "@" + host.String()
}

func contact(user string, at netip.AddrPort) string { return "<sip:" + user + "@" + at.String() + ">" }

// bytes is the message as it travels.
func (m *message) bytes() []byte {
	d := m.dialog
	var b strings.Builder
	asker, answerer := m.by, 1-m.by
	transport := "UDP"
	if m.leg.conn != nil {
		transport = "TCP"
	}
	if m.status == 0 {
		fmt.Fprintf(&b, "%s %s SIP/2.0\r\n", m.method, m.target)
	} else {
		fmt.Fprintf(&b, "SIP/2.0 %d %s\r\n", m.status, reasons[m.status])
	}
	for _, v := range m.via {
		fmt.Fprintf(&b, "Via: SIP/2.0/%s %s;branch=%s", transport, v.at, v.branch)
		switch {
		case v.received.IsValid():
			fmt.Fprintf(&b, ";received=%s;rport=%d", v.received.Addr(), v.received.Port())
		case m.status == 0 && transport == "UDP":
			b.WriteString(";rport")
		}
		b.WriteString("\r\n")
	}
	if m.routed && m.method == "INVITE" && !m.inside && m.status != 100 && m.leg.call.direct == nil {
		fmt.Fprintf(&b, "Record-Route: <sip:%s;lr>\r\n", m.leg.call.server.server.addr)
	}
	if m.status == 0 && m.route {
		fmt.Fprintf(&b, "Route: <sip:%s;lr>\r\n", m.leg.call.server.server.addr)
	}
	if m.status == 0 {
		b.WriteString("Max-Forwards: " + strconv.Itoa(70-len(m.via)+1) + "\r\n")
	}
	to := ""
	if m.inside || m.status > 100 || m.method == "ACK" {
		if to = m.toTag; to == "" {
			to = d.tag[answerer]
		}
		to = ";tag=" + to
	}
	fmt.Fprintf(&b, "From: <%s>;tag=%s\r\nTo: <%s>%s\r\nCall-ID: %s\r\nCSeq: %d %s\r\n", uri(d.user[asker], d.host), d.tag[asker],
		uri(d.user[answerer], d.host), to, d.callID, m.cseq, m.method)
	if m.method == "INVITE" && m.status != 100 && m.status < 300 || m.method == "UPDATE" && (m.status == 0 || m.status == 200) {
		who := asker
		if m.status != 0 {
			who = answerer
		}
		fmt.Fprintf(&b, "Contact: %s\r\n", contact(d.user[who], d.addr[who]))
		b.WriteString("Allow: INVITE, ACK, CANCEL, BYE, UPDATE, PRACK, OPTIONS\r\n")
	}
	for _, e := range m.extra {
		b.WriteString(e + "\r\n")
	}
	for left, i := m.pad, 1; left > 0; i++ {
		n := min(left, 180)
		fmt.Fprintf(&b, "X-Note-%d: %s\r\n", i, strings.Repeat("lorem ipsum ", n/12+1)[:n])
		left -= n
	}
	agent := m.agent()
	if m.status == 0 {
		fmt.Fprintf(&b, "User-Agent: %s\r\n", agent)
	} else {
		fmt.Fprintf(&b, "Server: %s\r\n", agent)
	}
	body := ""
	if m.sdp != nil {
		body = m.sdp.text()
		b.WriteString("Content-Type: application/sdp\r\n")
	}
	fmt.Fprintf(&b, "Content-Length: %d\r\n\r\n%s", len(body), body)
	return []byte(b.String())
}

// agent names the kind of machine that made the message.
func (m *message) agent() string {
	who := m.by
	if m.status != 0 {
		who = 1 - m.by
	}
	if c := m.leg.call; c != nil && c.server != nil && m.dialog.addr[who].Addr() == c.legSide(m.leg.i).sigAddr() {
		return "SceneB2BUA/1.0"
	}
	return "ScenePhone/1.0"
}

// request begins a request from one end of a leg. Its target is the other
// end's Contact, or before there is one, the address of record.
func (w *world) request(l *leg, from int, method string) *message {
	d := l.dialog
	m := &message{leg: l, dialog: d, by: from, sender: from, method: method, inside: true}
	d.cseq[from]++
	m.cseq = d.cseq[from]
	m.target = strings.Trim(contact(d.user[1-from], d.addr[1-from]), "<>")
	m.via = []via{{at: l.ends[from].sock, branch: l.branch()}}
	m.route = l.call != nil && l.call.proxied() && l != l.call.direct
	return m
}

func (l *leg) branch() string {
	l.dialog.branch++
	return fmt.Sprintf("z9hG4bK%08x%d%03d", crc32.ChecksumIEEE([]byte(l.dialog.callID+l.dialog.tag[0])), l.i, l.dialog.branch)
}

// response answers a request.
func response(req *message, status int) *message {
	m := &message{leg: req.leg, dialog: req.dialog, by: req.by, sender: 1 - req.sender, method: req.method, status: status, cseq: req.cseq,
		via: append([]via(nil), req.via...), inside: req.inside, routed: req.routed, req: req}
	m.via[0].received = req.from
	return m
}

// sip sends a message along its leg.
func (w *world) sip(m *message) {
	l := m.leg
	from := l.ends[m.sender]
	m.arrived, m.answered, m.reply = false, false, nil // it may be a copy of one that is under way
	if m.status != 0 {
		m.req.reply = m
	}
	if l.conn != nil {
		w.write(l.conn, m)
		return
	}
	if m.status == 0 && m.method != "ACK" && l.call != nil {
		w.again(m, timerT1, w.now+64*timerT1)
	}
	w.datagram(m, from)
}

// timerT1 is the estimate of a round trip (RFC 3261 section 17.1.1.1).
const timerT1 = 500 * time.Millisecond

// again sends a request over UDP until a response comes, or for 64*T1: at twice the
// time each, for requests but INVITE at most four seconds apart.
func (w *world) again(m *message, wait, end time.Duration) {
	if w.now+wait >= end {
		return
	}
	w.after(wait, func() {
		if m.answered || m.leg.call.end >= 0 && m.method != "BYE" {
			return
		}
		w.datagram(m, m.leg.ends[m.sender])
		if wait *= 2; m.method != "INVITE" {
			wait = min(wait, 4*time.Second)
		}
		w.again(m, wait, end)
	})
}

// datagram puts a message on the wire as one UDP datagram.
func (w *world) datagram(m *message, from end) {
	l := m.leg
	w.send(from.node, packet{src: from.sock, dst: from.peer, proto: udp, tos: 0x60, payload: m.bytes(), msgs: []*message{m},
		hidden: l.call != nil && l.call.spec.hidden})
}

// gotSIP hands a message to whoever it reached.
func (w *world) gotSIP(m *message, p packet) {
	l := m.leg
	at := 1 - m.sender
	m.from = p.src
	if l.conn == nil {
		l.ends[at].peer = p.src // symmetric response routing (RFC 3581), and requests likewise
	}
	switch {
	case m.status != 0:
		m.req.answered = true
	case m.method == "ACK":
	case m.arrived && l.conn == nil:
		if m.reply != nil {
			w.datagram(m.reply, l.ends[m.reply.sender]) // it got lost
		}
		return
	}
	m.arrived = true
	switch {
	case l.call == nil:
		if m.status == 0 {
			w.sip(response(m, 200))
		}
	case l.ends[at].node == l.call.server:
		w.serverGot(l.call, m)
	default:
		w.partyGot(l.call.parties[at], m)
	}
}
