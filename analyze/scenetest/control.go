package scenetest

import (
	"net/netip"

	"github.com/pion/rtcp"
)

// control is the RTCP endpoint that belongs to an RTP endpoint of the call.
func (c *call) control(a netip.AddrPort) netip.AddrPort {
	switch c.spec.rtcp {
	case "mux":
		return a // RFC 5761
	case "odd":
		return oddPort(a)
	}
	return nextUp(a)
}

// oddPort is where RTCP goes that is named by a=rtcp (RFC 3605).
func oddPort(a netip.AddrPort) netip.AddrPort { return netip.AddrPortFrom(a.Addr(), a.Port()+101) }

// lastReport says RTCP BYE for a party that hangs up, if it is so civil.
func (w *world) lastReport(p *party) {
	t := p.sending
	if t == nil || !t.bye || t.sent == 0 || !p.remote.IsValid() {
		return
	}
	b, err := rtcp.Marshal([]rtcp.Packet{&rtcp.ReceiverReport{SSRC: t.ssrc}, &rtcp.Goodbye{Sources: []uint32{t.ssrc}}})
	if err != nil {
		w.err = err
		return
	}
	w.send(p.machine, packet{src: p.call.control(p.mediaAddr(t.fork)), dst: p.call.control(p.remote), proto: udp, tos: 0xb8, payload: b})
}
