package measure

import (
	"encoding/binary"
	"fmt"
	"io"
	"net/netip"
	"strings"
	"time"

	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/replay/latch"
)

// Where the engine of a trace stands in a capture of it: one host, which is the
// SIP proxy as well, with a port for each side.
var (
	engineHost = netip.MustParseAddr("203.0.113.10")
	enginePort = [2]uint16{30000, 30002}
)

// WriteCapture writes the pcap that somebody would have taken beside the engine
// while the trace was made: SIP through a proxy, the packets of both parties,
// and those that the engine sent on.
func (t *Trace) WriteCapture(w io.Writer) error {
	c := capture{w: w, began: t.Began, cseq: 1}
	if c.began.IsZero() {
		c.began = time.Unix(1_700_000_000, 0)
	}
	c.head()
	for i := range t.Events {
		ev := &t.Events[i]
		switch {
		case ev.What.Packet():
			c.media(ev)
		case ev.What == Offer:
			c.offer(ev)
		default:
			c.answer(ev)
		}
	}
	if n := len(t.Events); n > 0 {
		c.bye(t.Events[n-1].At + 5*time.Millisecond)
	}
	return c.err
}

type capture struct {
	w      io.Writer
	began  time.Time
	err    error
	cseq   int
	from   latch.Side // who offered last
	talked bool       // the first exchange is over
	ident  uint16
}

func (c *capture) write(b []byte) {
	if c.err == nil {
		_, c.err = c.w.Write(b)
	}
}

// head is a pcap file's, nanoseconds, raw IP.
func (c *capture) head() {
	b := binary.LittleEndian.AppendUint32(nil, 0xa1b23c4d)
	b = binary.LittleEndian.AppendUint16(b, 2)
	b = binary.LittleEndian.AppendUint16(b, 4)
	b = append(b, make([]byte, 8)...)
	b = binary.LittleEndian.AppendUint32(b, 65535)
	c.write(binary.LittleEndian.AppendUint32(b, 101))
}

// datagram writes one UDP datagram over IPv4.
func (c *capture) datagram(at time.Duration, src, dst netip.AddrPort, payload []byte) {
	when := c.began.Add(at)
	n := 28 + len(payload)
	b := binary.LittleEndian.AppendUint32(nil, uint32(when.Unix()))
	b = binary.LittleEndian.AppendUint32(b, uint32(when.Nanosecond()))
	b = binary.LittleEndian.AppendUint32(b, uint32(n))
	b = binary.LittleEndian.AppendUint32(b, uint32(n))
	c.ident++
	ip := len(b)
	b = append(b, 0x45, 0)
	b = binary.BigEndian.AppendUint16(b, uint16(n))
	b = binary.BigEndian.AppendUint16(b, c.ident)
	b = append(b, 0, 0, 64, 17, 0, 0)
	b = append(append(b, src.Addr().AsSlice()...), dst.Addr().AsSlice()...)
	sum := uint32(0)
	for i := ip; i < len(b); i += 2 {
		sum += uint32(binary.BigEndian.Uint16(b[i:]))
	}
	sum = sum&0xffff + sum>>16
	binary.BigEndian.PutUint16(b[ip+10:], ^uint16(sum+sum>>16))
	b = binary.BigEndian.AppendUint16(b, src.Port())
	b = binary.BigEndian.AppendUint16(b, dst.Port())
	b = binary.BigEndian.AppendUint16(b, uint16(n-20))
	b = append(b, 0, 0)
	c.write(append(b, payload...))
}

// media writes a packet of a party and what the engine made of it.
func (c *capture) media(ev *Event) {
	const passing = 100 * time.Microsecond
	payload := keepalive(ev)
	if ev.What == RTP {
		payload = packetOf(ev)
	}
	source := Endpoint(ev.Side, ev.Place).AddrPort()
	c.datagram(ev.At, source, enginePortOf(ev.Side), payload)
	if ev.To == Nowhere || ev.To == Elsewhere {
		return
	}
	other := ev.Side.Other()
	c.datagram(ev.At+passing, enginePortOf(other), Endpoint(other, ev.To).AddrPort(), payload)
}

// packetOf is an RTP packet of PCMU, 20 ms, with a payload of its own.
func packetOf(ev *Event) []byte {
	b := []byte{0x80, ev.PT}
	b = binary.BigEndian.AppendUint16(b, ev.Seq)
	b = binary.BigEndian.AppendUint32(b, uint32(ev.Seq)*160)
	b = binary.BigEndian.AppendUint32(b, ev.SSRC)
	x := uint64(ev.SSRC)<<16 | uint64(ev.Seq)
	for range 160 {
		x = x*6364136223846793005 + 1442695040888963407
		b = append(b, byte(x>>56))
	}
	return b
}

// keepalive is a datagram of one of the kinds of RFC 6263.
func keepalive(ev *Event) []byte {
	switch ev.What {
	case CRLF:
		return []byte("\r\n")
	case STUN: // a binding indication
		b := []byte{0, 0x11, 0, 0, 0x21, 0x12, 0xa4, 0x42}
		return append(b, "latchscope\x00\x00"...)
	case NoMedia:
		return packetOf(ev)[:12]
	}
	return nil
}

func enginePortOf(side latch.Side) netip.AddrPort {
	return netip.AddrPortFrom(engineHost, enginePort[side&1])
}

// sipOf is where a party signals from.
func sipOf(side latch.Side) netip.AddrPort {
	return netip.AddrPortFrom(Endpoint(side, SDP).AddrPort().Addr(), 5060)
}

// offer passes through the proxy, which puts the engine's port for the other
// side into SDP.
func (c *capture) offer(ev *Event) {
	c.from = ev.Side
	other := ev.Side.Other()
	c.cseq++
	c.pass(ev.At, ev.Side, other, fmt.Sprintf("INVITE sip:%s@example.com SIP/2.0", other), "INVITE",
		sdp(Endpoint(ev.Side, ev.Place), ev.Hold), sdp(endpoint.From(enginePortOf(other)), false))
}

func (c *capture) answer(ev *Event) {
	status := "200 OK"
	if ev.What == Early {
		status = "183 Session Progress"
	}
	other := ev.Side.Other()
	c.pass(ev.At, ev.Side, other, "SIP/2.0 "+status, "INVITE",
		sdp(Endpoint(ev.Side, ev.Place), ev.Hold), sdp(endpoint.From(enginePortOf(other)), false))
	if ev.What == Answer {
		c.talked = true
		c.pass(ev.At+2*time.Millisecond, other, ev.Side, fmt.Sprintf("ACK sip:%s@example.com SIP/2.0", ev.Side), "ACK", "", "")
	}
}

func (c *capture) bye(at time.Duration) {
	c.cseq++
	c.from = latch.SideA
	c.pass(at, latch.SideA, latch.SideB, "BYE sip:B@example.com SIP/2.0", "BYE", "", "")
	c.pass(at+2*time.Millisecond, latch.SideB, latch.SideA, "SIP/2.0 200 OK", "BYE", "", "")
}

// pass writes a message from a party to the proxy, and from there to the other.
func (c *capture) pass(at time.Duration, from, to latch.Side, start, method, in, out string) {
	proxy := netip.AddrPortFrom(engineHost, 5060)
	hops := [2]int{1, 2} // a request gains a Via, a response loses one
	if strings.HasPrefix(start, "SIP/2.0") {
		hops = [2]int{2, 1}
	}
	c.datagram(at, sipOf(from), proxy, c.message(start, method, in, hops[0]))
	c.datagram(at+50*time.Microsecond, proxy, sipOf(to), c.message(start, method, out, hops[1]))
}

// message is a SIP message of the call's one dialog; requests go from the party
// that offered last.
func (c *capture) message(start, method, body string, hops int) []byte {
	tags := [2]string{";tag=a", ";tag=b"}
	if !c.talked && strings.HasPrefix(start, "INVITE") {
		tags[1] = ""
	}
	far := c.from.Other()
	var b strings.Builder
	b.WriteString(start + "\r\n")
	for n := hops; n > 0; n-- {
		fmt.Fprintf(&b, "Via: SIP/2.0/UDP %s;branch=z9hG4bK%d.%d\r\n", [2]netip.AddrPort{sipOf(c.from), netip.AddrPortFrom(engineHost, 5060)}[n-1], c.cseq, n)
	}
	fmt.Fprintf(&b, "From: <sip:%s@example.com>%s\r\nTo: <sip:%s@example.com>%s\r\nCall-ID: trace@example.com\r\nCSeq: %d %s\r\nMax-Forwards: 70\r\n",
		c.from, tags[c.from&1], far, tags[far&1], c.cseq, method)
	if body != "" {
		b.WriteString("Content-Type: application/sdp\r\n")
	}
	fmt.Fprintf(&b, "Content-Length: %d\r\n\r\n%s", len(body), body)
	return []byte(b.String())
}

func sdp(at endpoint.Endpoint, hold bool) string {
	a := at.AddrPort()
	direction := "sendrecv"
	if hold {
		direction = "sendonly"
	}
	return fmt.Sprintf("v=0\r\no=- 1 1 IN IP4 %s\r\ns=-\r\nc=IN IP4 %s\r\nt=0 0\r\nm=audio %d RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\na=%s\r\n", a.Addr(), a.Addr(), a.Port(), direction)
}
