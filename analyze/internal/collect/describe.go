package collect

import (
	"bytes"
	"net/netip"
	"slices"
	"strings"

	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/sip"
	"github.com/latchscope/latchscope/analyze/trace"
)

// describe keeps of a session description what the correlation needs.
func (c *collector) describe(s *sip.Session, n *callIDState) *trace.SDP {
	list := c.media[:0]
	for i := range s.Media {
		m := &s.Media[i]
		list = append(list, trace.Media{Addr: endpointText(m.Conn.Addr, m.Port), Terms: c.interned.term(m)})
	}
	c.media = list
	if c.mediaKeys != nil && slices.ContainsFunc(s.Media, func(m sip.Media) bool { return len(m.Secrets) > 0 }) {
		return &trace.SDP{Media: slices.Clone(list)} // nobody else's keys are the same
	}
	for _, old := range n.sdps {
		if old != nil && slices.Equal(old.Media, list) {
			return &old.SDP
		}
	}
	return &remember(n.sdps[:], &n.next.sdp, c.made.description(list)).SDP
}

// terms are those of an m= line, without what is its sender's alone.
func terms(m *sip.Media, name func([]byte) string) trace.Terms {
	t := trace.Terms{
		Kind: strings.ToLower(name(m.KindRaw)), Mux: m.RTCPMux, Direction: trace.Direction(m.Direction),
		Secure: m.Secure || m.Crypto || m.Fingerprint, Keyless: keyless(m), T38: m.T38, ICE: m.ICE || len(m.Candidates) > 0,
	}
	if n := len(m.Formats); n > 0 {
		t.Formats = make([]trace.Format, 0, n)
	}
	for _, f := range m.Formats {
		t.Formats = append(t.Formats, trace.Format{PT: f.PT, Name: name(f.Name), Clock: uint32(f.Clock)})
	}
	return t
}

// keyless reports whether an m= line asks for SRTP and names no way to a key: no
// a=crypto (RFC 4568), no fingerprint (RFC 5763), no key management (RFC 4567) and
// no ZRTP (RFC 6189).
func keyless(m *sip.Media) bool {
	if !m.Secure {
		return false
	}
	proto := bytes.ToUpper(m.Proto)
	return bytes.Contains(proto, []byte("SAVP")) && !bytes.Contains(proto, []byte("TLS")) && !m.Crypto && !m.Fingerprint && !m.KeyMgmt
}

// private completes terms with what is the sender's alone.
func private(t *trace.Terms, m *sip.Media) {
	if m.RTCPPort != 0 {
		addr := m.RTCPAddr
		if !addr.IsValid() {
			addr = m.Conn.Addr
		}
		t.RTCP = endpointText(addr, m.RTCPPort)
	}
	for _, cand := range m.Candidates {
		if cand.Component == 1 && cand.Addr.IsValid() && strings.EqualFold(string(cand.Transport), "udp") {
			t.Candidates = append(t.Candidates, endpoint.From(cand.Addr))
		}
	}
}

func endpointText(a netip.Addr, port uint16) endpoint.Endpoint {
	if !a.IsValid() {
		a = netip.IPv4Unspecified()
	}
	return endpoint.From(netip.AddrPortFrom(a, port))
}
