package e2e

import (
	"fmt"
	"net/netip"
	"strings"
)

// dialog writes the SIP messages of one call between two hosts.
type dialog struct {
	id       string
	from, to netip.AddrPort // signalling addresses
	fromTag  string
	toTag    string
	cseq     int
	extra    string // header lines of every message
	name     string // of the caller
	media    [2]netip.AddrPort
}

func sdp(media ...netip.AddrPort) string {
	var b strings.Builder
	fmt.Fprintf(&b, "v=0\r\no=- 1 1 IN IP4 %s\r\ns=-\r\nc=IN IP4 %[1]s\r\nt=0 0\r\n", media[0].Addr())
	for _, m := range media {
		fmt.Fprintf(&b, "m=audio %d RTP/AVP 0\r\n", m.Port())
	}
	return b.String()
}

// request of the caller, or of the callee if back.
func (d *dialog) request(method, body string, back bool) string {
	return d.message(fmt.Sprintf("%s sip:x@%s SIP/2.0", method, d.to), method, body, back)
}

func (d *dialog) response(status int, method, body string) string {
	return d.message(fmt.Sprintf("SIP/2.0 %d X", status), method, body, false)
}

func (d *dialog) message(start, method, body string, back bool) string {
	from, to := d.fromTag, d.toTag
	if back {
		from, to = to, from
	}
	tag := func(s string) string {
		if s == "" {
			return ""
		}
		return ";tag=" + s
	}
	name := d.name
	if name == "" {
		name = "a"
	}
	kind := ""
	if body != "" {
		kind = "Content-Type: application/sdp\r\n"
	}
	return fmt.Sprintf("%s\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK%s-%d-%s\r\nFrom: <sip:%s@x>%s\r\nTo: <sip:b@x>%s\r\nCall-ID: %s\r\nCSeq: %d %s\r\n%s%sContent-Length: %d\r\n\r\n%s",
		start, d.from, d.id, d.cseq, method, name, tag(from), tag(to), d.id, d.cseq, method, d.extra, kind, len(body), body)
}

// begin is a dialog between two hosts that name a media port each.
func begin(id string, a, b netip.AddrPort) *dialog {
	return &dialog{id: id, from: at(a.Addr(), 5060), to: at(b.Addr(), 5060), fromTag: "f", cseq: 1, media: [2]netip.AddrPort{a, b}}
}

// up is the caller's message on the tape, down the callee's.
func (t *tape) up(d *dialog, msg string)   { t.udp(d.from, d.to, []byte(msg)) }
func (t *tape) down(d *dialog, msg string) { t.udp(d.to, d.from, []byte(msg)) }

// answer sets a call up: INVITE, 200, ACK.
func (t *tape) answer(d *dialog) {
	t.up(d, d.request("INVITE", sdp(d.media[0]), false))
	t.now += 1e6
	d.toTag = "t"
	t.down(d, d.response(200, "INVITE", sdp(d.media[1])))
	t.now += 1e6
	t.up(d, d.request("ACK", "", false))
	t.now += 1e6
}

func (t *tape) bye(d *dialog) {
	d.cseq++
	t.up(d, d.request("BYE", "", false))
	t.now += 1e6
	t.down(d, d.response(200, "BYE", ""))
	t.now += 1e6
}

// talk is n packets of a talker, 20 ms apart, from a sequence number on.
func (t *tape) talk(src, dst netip.AddrPort, ssrc uint32, seq, n int) {
	for i := range n {
		t.udp(src, dst, rtp(ssrc, uint16(seq+i), uint32(seq+i)*160))
		t.now += 20e6
	}
}
