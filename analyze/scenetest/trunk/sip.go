package trunk

import "fmt"

// message is one SIP message: who sends it to whom, and its text.
type message struct {
	src, dst endpoint
	text     []byte
}

// outerDelay is how many steps later the outer leg does what the inner one does.
const (
	inviteAt = 0
	ringAt   = 10
	answerAt = ringing
)

// signalling is what is said in a step of the call.
func (c *call) signalling(s Shape, step int, out []message) []message {
	bye := ringing + s.Packets
	inner, outer := c.innerLeg(), c.outerLeg()
	switch step {
	case inviteAt:
		out = append(out, inner.request("INVITE", 1, inner.offer(s)), outer.request("INVITE", 1, outer.offer(s)))
	case ringAt:
		out = append(out, outer.response(180, "Ringing", "INVITE", 1, ""), inner.response(180, "Ringing", "INVITE", 1, ""))
	case answerAt:
		out = append(out, outer.response(200, "OK", "INVITE", 1, outer.answer(s)), inner.response(200, "OK", "INVITE", 1, inner.answer(s)),
			inner.request("ACK", 1, ""), outer.request("ACK", 1, ""))
	case bye:
		out = append(out, inner.request("BYE", 2, ""), outer.request("BYE", 2, ""))
	case bye + 1:
		out = append(out, outer.response(200, "OK", "BYE", 2, ""), inner.response(200, "OK", "BYE", 2, ""))
	}
	return out
}

// leg is one dialog.
type leg struct {
	id             string
	number         int
	caller, callee endpoint // of the signalling
	offers, takes  endpoint // of the media
}

func (c *call) innerLeg() leg {
	return leg{fmt.Sprintf("in-%08x@192.0.2.1", c.id), c.id, c.gwSIP, c.server, c.gw, c.inner}
}

func (c *call) outerLeg() leg {
	private := endpoint{ip4(192, 168, 1, 50), 4000} // what the telephone believes its address to be
	return leg{fmt.Sprintf("in-%08x@192.0.2.1_b2b-1", c.id), c.id, c.server, c.phoneSIP, c.outer, private}
}

func (l leg) offer(s Shape) string  { return describe(s, l.offers, l.number) }
func (l leg) answer(s Shape) string { return describe(s, l.takes, l.number+1) }

func describe(s Shape, at endpoint, id int) string {
	name := map[uint8]string{0: "PCMU", 8: "PCMA", 18: "G729"}[s.PT]
	return fmt.Sprintf("v=0\r\no=- %d 1 IN IP4 %s\r\ns=-\r\nc=IN IP4 %s\r\nt=0 0\r\nm=audio %d RTP/AVP %d 101\r\n"+
		"a=rtpmap:%d %s/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:%d\r\na=sendrecv\r\n",
		id, at.addr(), at.addr(), at.port, s.PT, s.PT, name, s.Pace.Milliseconds())
}

func (l leg) request(method string, cseq int, body string) message {
	to := ""
	if method != "INVITE" {
		to = fmt.Sprintf(";tag=to%d", l.number)
	}
	start := fmt.Sprintf("%s sip:%d@%s SIP/2.0", method, 2000+l.number, l.callee.addr())
	return message{l.caller, l.callee, l.text(start, to, method, cseq, body)}
}

func (l leg) response(code int, reason, method string, cseq int, body string) message {
	start := fmt.Sprintf("SIP/2.0 %d %s", code, reason)
	return message{l.callee, l.caller, l.text(start, fmt.Sprintf(";tag=to%d", l.number), method, cseq, body)}
}

func (l leg) text(start, toTag, method string, cseq int, body string) []byte {
	b := fmt.Appendf(nil, "%s\r\nVia: SIP/2.0/UDP %s:5060;branch=z9hG4bK%08x%s%d;rport\r\nMax-Forwards: 70\r\n"+
		"From: <sip:%d@%s>;tag=from%d\r\nTo: <sip:%d@%s>%s\r\nCall-ID: %s\r\nCSeq: %d %s\r\nContact: <sip:%d@%s:5060>\r\nUser-Agent: trunk\r\n",
		start, l.caller.addr(), l.number, method, cseq, 1000+l.number, l.caller.addr(), l.number,
		2000+l.number, l.callee.addr(), toTag, l.id, cseq, method, 1000+l.number, l.caller.addr())
	if body != "" {
		b = append(b, "Content-Type: application/sdp\r\n"...)
	}
	return fmt.Appendf(b, "Content-Length: %d\r\n\r\n%s", len(body), body)
}

// idle is an exchange outside of calls: a question, every other time an
// OPTIONS, and its answer.
func idle(n int) [2]message {
	method := "OPTIONS"
	if n%2 == 1 {
		method = "REGISTER"
	}
	l := leg{id: fmt.Sprintf("idle-%x@198.51.100.1", n), number: n, caller: endpoint{ip4(198, 51, 100, 1+n%200), 5060}, callee: endpoint{ip4(203, 0, 113, 10), 5060}}
	return [2]message{l.request(method, 1, ""), l.response(200, "OK", method, 1, "")}
}
