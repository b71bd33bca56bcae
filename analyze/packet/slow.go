package packet

import (
	"fmt"

	"github.com/google/gopacket"

	"github.com/latchscope/latchscope/analyze/capture"
)

// maxDepth bounds headers inside headers of one frame, whatever they are; a
// real packet has a dozen.
const maxDepth = 48

// place is where the decoder stands inside a frame: what every datagram found
// from here on has in common.
type place struct {
	time    int64
	frame   int64
	tap     uint32
	tunnels int
	depth   int
	vlan    uint16
	ttl     uint8
	flags   Flag
	partial bool // the head of a fragmented datagram: that bytes are missing is known
}

// slow is the road of everything that fast declines.
func (d *Decoder) slow(f *capture.Frame) {
	s := span{f.Data, max(int(f.Len), len(f.Data))}
	p := place{time: f.Time, frame: f.No}
	tap := Tap{Iface: f.Iface}
	switch f.Link {
	case capture.LinuxSLL:
		d.sll(s, p, tap)
	case capture.LinuxSLL2:
		d.sll2(s, p, tap)
	case capture.PKTAP:
		d.pktap(s, p, tap)
	case capture.User2:
		if isPKTAP(s.b) {
			d.pktap(s, p, tap)
		} else {
			d.unknownLink(f.Link, p)
		}
	default:
		if f.Link.Juniper() {
			d.juniper(f.Link, s, p, tap)
			return
		}
		p.tap = d.tap(tap, f.No)
		d.link(f.Link, s, p)
	}
}

// link decodes a frame of a link type that says nothing of where it was seen: a
// record's own, or one that a header inside it names.
func (d *Decoder) link(link capture.LinkType, s span, p place) {
	if !d.deeper(&p) {
		return
	}
	switch link {
	case capture.Ethernet:
		d.ethernet(s, p)
	case capture.Null, capture.Loop:
		d.loopback(s, p)
	case capture.Raw, capture.RawBSD, capture.RawOpen:
		d.rawIP(s, p)
	case capture.IPv4:
		d.ipv4(s, p)
	case capture.IPv6:
		d.ipv6(s, p)
	case capture.PPP:
		d.ppp(s, p)
	case capture.PPPHDLC, capture.CHDLC:
		d.pppHDLC(s, p)
	case capture.PPPDir:
		if body, ok := s.skip(1); ok {
			d.ppp(body, p)
		}
	case capture.NFLog:
		d.nflog(s, p)
	case capture.PPPEther:
		d.pppoe(s, p)
	case capture.WiFi, capture.WiFiRadiotap, capture.WiFiPrism, capture.WiFiAVS:
		d.wireless(link, s, p)
	case capture.PPI:
		d.ppi(s, p)
	default:
		d.unknownLink(link, p)
	}
}

func (d *Decoder) unknownLink(link capture.LinkType, p place) {
	if d.warn.count[warnLinkType] == 0 {
		d.warn.note[warnLinkType] = "first: " + link.String()
	}
	d.warn.add(warnLinkType, p.frame)
}

// short notes a header of n bytes that is not all there: cut by the capture,
// or never sent.
func (d *Decoder) short(s span, n int, p place) {
	switch {
	case p.partial: // the missing fragments are counted already
	case s.wire >= n:
		d.warn.add(warnCutHeader, p.frame)
	default:
		d.warn.add(warnShort, p.frame)
	}
}

// deeper counts one more header, and tells whether it may be looked at.
func (d *Decoder) deeper(p *place) bool {
	p.depth++
	if p.depth > maxDepth {
		d.warn.add(warnDepth, p.frame)
		return false
	}
	return true
}

// tunnelled is the place inside a tunnel.
func (d *Decoder) tunnelled(p *place) bool {
	p.tunnels++
	if p.tunnels > d.lim.TunnelDepth {
		d.warn.add(warnDepth, p.frame)
		return false
	}
	tap := d.taps.list[p.tap]
	tap.Tunnel = true
	p.tap, p.vlan, p.ttl = d.tap(tap, p.frame), 0, 0
	return true
}

// decodeLayer runs one of gopacket's decoders. Several of them panic on short
// input; that is an error like any other here. Fields that were decoded before
// the error stay set.
func decodeLayer(l interface {
	DecodeFromBytes([]byte, gopacket.DecodeFeedback) error
}, b []byte) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("gopacket: %v", r)
		}
	}()
	return l.DecodeFromBytes(b, gopacket.NilDecodeFeedback)
}
