package redact

import (
	"net/netip"
	"strings"

	"github.com/latchscope/latchscope/analyze/ng"
)

// control is a message of rtpengine's control protocol with pseudonyms, built anew
// of what a reader knows: nothing where it is none.
func (p *Pseudonyms) control(b []byte) []byte {
	var m ng.Message
	if !ng.Parse(b, &m) {
		return nil
	}
	m.Cookie = strings.ReplaceAll(p.Word(m.Cookie), " ", "_")
	if !ng.Command(m.Command) {
		m.Command = p.Text(m.Command)
	}
	switch m.Result {
	case "ok", "error", "pong", "load limit", "":
	default:
		m.Result = p.Text(m.Result)
	}
	m.Reason, m.CallID, m.ViaBranch = p.Text(m.Reason), p.Text(m.CallID), p.Text(m.ViaBranch)
	m.FromTag, m.ToTag = p.tag(m.FromTag), p.tag(m.ToTag)
	m.SDP = string(p.SDP([]byte(m.SDP)))
	if m.From.IsValid() {
		m.From = p.Addr(m.From)
	}
	for i, s := range m.Settings {
		if !ng.Plain(s) {
			key, value, option := strings.Cut(s, "=")
			if m.Settings[i] = p.Text(s); option { // the key is one that a reader knows
				m.Settings[i] = key + "=" + p.Host(value)
			}
		}
	}
	addr := func(a netip.AddrPort) netip.AddrPort {
		if !a.IsValid() {
			return a
		}
		return netip.AddrPortFrom(p.Addr(a.Addr()), a.Port())
	}
	for i := range m.Streams {
		s := &m.Streams[i]
		s.Tag, s.Local, s.Endpoint, s.Advertised = p.tag(s.Tag), addr(s.Local), addr(s.Endpoint), addr(s.Advertised)
	}
	return m.Append(nil)
}

// tag is that of a From or To header, as it becomes in SIP.
func (p *Pseudonyms) tag(s string) string {
	return strings.TrimPrefix(p.Text(";tag="+s), ";tag=")
}
