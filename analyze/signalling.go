package analyze

import (
	"encoding/binary"
	"math/bits"
	"net/netip"
	"strings"

	"github.com/latchscope/latchscope/analyze/packet"
	"github.com/latchscope/latchscope/analyze/rtp"
	"github.com/latchscope/latchscope/analyze/sip"
)

// tcp takes the next bytes of one direction of a TCP connection.
func (c *collector) tcp(d *packet.Datagram) {
	key := streamKey{d.Src, d.Dst}
	fr := c.frames.get(key)
	if fr == nil {
		fr = &sip.Framer{Max: c.limits.MessageLen}
		if n := c.frames.put(key, fr); n > 0 {
			c.bound("connections", d.Frame, int64(n), "byte streams that had not been used for the longest were forgotten")
		}
	}
	if fr.Skipped() > int64(c.limits.MessageLen) {
		return // whatever it is, it is not SIP any more
	}
	yield := func(msg []byte) { c.sip(d, msg, TCP) }
	if d.Flags&packet.Gap != 0 {
		fr.Gap(yield)
	}
	if len(d.Payload) > 0 {
		fr.Write(d.Payload, yield)
	}
	if d.Flags&packet.Closed != 0 {
		c.frames.drop(key)
	}
}

// sip takes one message. Only those of INVITE dialogs are kept; a capture may
// hold far more registrations and keepalives than calls.
func (c *collector) sip(d *packet.Datagram, raw []byte, via Transport) {
	m := &c.msg
	if !sip.Parse(raw, m) {
		return
	}
	c.out.SIP++
	if len(m.CallID) == 0 || !callMethod(m) {
		return
	}
	if len(c.out.Messages) >= c.limits.Messages {
		c.bound("messages", d.Frame, 1, "further SIP messages were not kept")
		return
	}
	note := c.note(d, m)
	msg := &Message{
		Moment: c.moment(d), Src: d.Src, Dst: d.Dst, Tap: d.Tap, Transport: via,
		Method: c.name(m.Method), CSeq: m.CSeq,
		CallID: note.id, FromTag: note.name(m.From.Tag), ToTag: note.name(m.To.Tag),
		Hash: hashBytes(raw),
	}
	if !m.Request {
		msg.Status = int16(m.Status)
		if m.Status == 0 {
			msg.Status = 999 // a response all the same
		}
	}
	if len(m.Vias) > 0 {
		msg.Branch = note.name(m.Vias[0].Branch)
	}
	if len(m.Defects) > 0 {
		var codes []string
		for _, f := range m.Defects {
			codes = append(codes, f.Code.String())
		}
		msg.Defects = c.name([]byte(strings.Join(codes, ",")))
	}
	if note.last = d.Time; note.first == 0 {
		note.first = msg.Hash
	} else if msg.Hash != note.first && !note.settled {
		note.settled = true
		c.questions--
	}
	if worthHead(m) {
		msg.Head = note.head(c.head(m, note), m.Request && string(m.Method) == "INVITE")
	}
	if body := m.SDP(); body != nil && sip.ParseSDP(body, &c.sdp) {
		msg.SDP = c.describe(&c.sdp, note)
		for i := range msg.SDP.Media {
			md := &msg.SDP.Media[i]
			md.callID = msg.CallID
			if md.Addr.Port != 0 && len(c.said) < c.limits.Flows*4 {
				c.said[md.Addr] = md
			}
		}
	}
	c.out.Messages = append(c.out.Messages, msg)
}

// note finds what is kept of the message's Call-ID.
func (c *collector) note(d *packet.Datagram, m *sip.Message) *notes {
	if n := c.notes[string(m.CallID[:min(len(m.CallID), maxName)])]; n != nil {
		return n
	}
	if c.questions >= c.limits.Questions {
		if dropped := c.thinDialogs(d.Time); dropped > 0 {
			c.bound("questions", d.Frame, int64(dropped), "SIP requests that nobody answered were not kept")
		}
		c.questions = 0
	}
	n := &notes{id: string(m.CallID[:min(len(m.CallID), maxName)])}
	c.notes[n.id] = n
	c.questions++
	return n
}

// callMethod tells the messages that build, change or end a call.
func callMethod(m *sip.Message) bool {
	switch string(m.Method) {
	case "INVITE", "ACK", "BYE", "CANCEL", "PRACK", "UPDATE", "REFER":
		return true
	}
	return false
}

// worthHead tells the messages whose other headers are looked at again.
func worthHead(m *sip.Message) bool {
	switch string(m.Method) {
	case "INVITE":
		return m.Request || m.Status >= 180
	case "REFER", "BYE":
		return m.Request
	}
	return false
}

func (c *collector) head(m *sip.Message, n *notes) *Head {
	h := &Head{
		RequestURI: n.name(m.RequestURI),
		FromURI:    n.name(m.From.URI), FromName: n.name(m.From.Display),
		ToURI: n.name(m.To.URI), ToName: n.name(m.To.Display),
		Contact: n.name(m.Contact.URI), Agent: c.name(m.UserAgent),
		Reason: n.name(m.ReasonHeader), Replaces: n.name(m.Replaces), SessionID: n.name(m.SessionID),
		Require100: m.Require100rel,
	}
	if m.Request {
		for _, r := range m.Related {
			v := n.name(r.Value)
			h.Related = append(h.Related, v)
			if len(v) >= 8 && namesCall(string(r.Name)) {
				h.Keys = append(h.Keys, v)
			}
		}
	}
	return h
}

// namesCall tells the headers whose value stays the same on all legs of a call
// and differs between calls: RFC 7989, RFC 7315 section 4.6, and what B2BUAs
// call X-Call-ID, X-CID, X-Correlation-ID and so on.
func namesCall(header string) bool {
	h := strings.ToLower(header)
	for _, s := range []string{"session-id", "call-id", "callid", "cid", "correlation", "charging-vector", "uuid"} {
		if strings.Contains(h, s) {
			return true
		}
	}
	return false
}

// describe keeps of a session description what the correlation needs.
func (c *collector) describe(s *sip.Session, n *notes) *SDP {
	out := &SDP{Bundled: len(s.Bundle) > 0, Media: make([]Media, len(s.Media))}
	out.Origin = n.name([]byte(string(s.Origin.SessionID) + " " + string(s.Origin.Version)))
	for i := range s.Media {
		out.Media[i] = c.media(&s.Media[i])
	}
	return out
}

func (c *collector) media(m *sip.Media) Media {
	out := Media{
		Kind: strings.ToLower(c.name(m.KindRaw)), Addr: endpoint(m.Conn.Addr, m.Port), Mux: m.RTCPMux,
		Secure: m.Secure || m.Crypto || m.Fingerprint, T38: m.T38, ICE: m.ICE || len(m.Candidates) > 0,
		Direction: Direction(m.Direction), Ptime: m.Ptime, NoVAD: m.SilenceSupp == sip.Off,
	}
	if m.RTCPPort != 0 {
		addr := m.RTCPAddr
		if !addr.IsValid() {
			addr = m.Conn.Addr
		}
		out.RTCP = endpoint(addr, m.RTCPPort)
	}
	if n := len(m.Formats); n > 0 {
		out.Formats = make([]Format, 0, n)
	}
	for _, f := range m.Formats {
		out.Formats = append(out.Formats, Format{PT: f.PT, Name: c.name(f.Name), Clock: uint32(f.Clock)})
	}
	for _, cand := range m.Candidates {
		if cand.Component == 1 && cand.Addr.IsValid() && strings.EqualFold(string(cand.Transport), "udp") {
			out.Candidates = append(out.Candidates, packet.EndpointFrom(cand.Addr))
		}
	}
	return out
}

func endpoint(a netip.Addr, port uint16) packet.Endpoint {
	if !a.IsValid() {
		a = netip.IPv4Unspecified()
	}
	return packet.EndpointFrom(netip.AddrPortFrom(a, port))
}

// name interns what recurs, so that a dialog's ten messages share their tags.
func (c *collector) name(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	if s, ok := c.names[string(b)]; ok {
		return s
	}
	if len(b) > maxName {
		b = b[:maxName]
	}
	s := string(b)
	if len(c.names) < c.limits.Messages {
		c.names[s] = s
	}
	return s
}

// maxName bounds what is kept of one header value; Call-IDs are far shorter.
const maxName = 512

// hashBytes tells messages apart; it need not withstand an attacker, for a
// collision only hides one retransmission.
func hashBytes(b []byte) uint64 {
	const k = 0x9e3779b97f4a7c15
	h := uint64(len(b)) * k
	for len(b) >= 8 {
		hi, lo := bits.Mul64(binary.LittleEndian.Uint64(b)^h, k)
		h = hi ^ lo
		b = b[8:]
	}
	var tail [8]byte
	copy(tail[:], b)
	hi, lo := bits.Mul64(binary.LittleEndian.Uint64(tail[:])^h, k)
	return hi ^ lo
}

// codecOf names a payload type by what SDP said of it, else by RFC 3551.
func codecOf(pt uint8, formats []Format) (string, uint32) {
	for _, f := range formats {
		if f.PT == pt && f.Name != "" {
			return f.Name, f.Clock
		}
	}
	name, clock, _ := rtp.StaticCodec(pt)
	return name, clock
}
