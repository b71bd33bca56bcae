package redact

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"strings"
	"testing"

	"github.com/latchscope/latchscope/analyze/capture"
	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/packet"
	"github.com/latchscope/latchscope/analyze/sip"
)

func ep(s string) endpoint.Endpoint { return endpoint.From(netip.MustParseAddrPort(s)) }

// again decodes a frame and what is built of it, and returns both.
func again(p *Pseudonyms, f *capture.Frame) (was, is []packet.Datagram) {
	decode := func(f *capture.Frame) []packet.Datagram {
		dec := packet.NewDecoder(packet.Options{WantTCP: sip.Looks})
		return dec.Flush(dec.Decode(f, nil))
	}
	build := NewBuilder(p, new(Changes))
	for _, d := range decode(f) {
		var msg []byte
		if d.Kind == packet.Stream || sip.Looks(d.Payload) {
			msg = d.Payload
		}
		if d.Kind == packet.Stream && !sip.Looks(msg) {
			continue
		}
		for _, b := range build.Packets(f, &d, packet.Tap{}, msg, new(PayloadTypes)) {
			out := decode(&capture.Frame{Data: b.Data, No: 1, Len: b.Len, Link: b.Link})
			if len(out) == 1 {
				was, is = append(was, d), append(is, out[0])
			} else {
				was, is = append(was, d), append(is, packet.Datagram{})
			}
		}
	}
	return was, is
}

func ethernet(body []byte, tags ...uint16) []byte {
	b := []byte{2, 0, 0, 0, 0, 1, 0, 0x50, 0x56, 1, 2, 3}
	for _, t := range tags {
		b = binary.BigEndian.AppendUint16(b, 0x8100)
		b = binary.BigEndian.AppendUint16(b, t)
	}
	if body[0]>>4 == 6 {
		b = append(b, 0x86, 0xdd)
	} else {
		b = append(b, 8, 0)
	}
	return append(b, body...)
}

// A packet that was built again says the same of other people.
func TestBuiltPacketsDecode(t *testing.T) {
	media := append([]byte{0x80, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3}, bytes.Repeat([]byte{0x11, 0x52, 0x93}, 50)...)
	four, six := [2]endpoint.Endpoint{ep("203.0.113.9:4000"), ep("192.168.1.50:4002")}, [2]endpoint.Endpoint{ep("[2001:db8::9]:4000"), ep("[fd00::50]:4002")}
	f := ipFields{id: 77, tos: 0xb8, ttl: 50}
	for _, ends := range [][2]endpoint.Endpoint{four, six} {
		inner := ip(f, protoUDP, ends[0], ends[1], udp(ends[0], ends[1], media, 0), 0)
		q := packet.Datagram{Kind: packet.ICMP, Src: ends[1], Dst: ends[0], Quote: &packet.Quote{
			Type: 3, Code: 3, Proto: protoUDP, Src: ends[0], Dst: ends[1], Len: uint32(len(media)), Payload: media,
		}}
		proto := uint8(protoICMP)
		if ends[0].IP().Is6() {
			q.Quote.V6, q.Quote.Type, q.Quote.Code, proto = true, 1, 4, protoICMPv6
		}
		_, _, body := NewPseudonyms([]byte("other")).icmp(&q, 0, new(PayloadTypes))
		frames := map[string][]byte{
			"udp":  ethernet(inner),
			"vlan": ethernet(inner, 7, 8),
			"sip":  ethernet(ip(f, protoUDP, ends[0], ends[1], udp(ends[0], ends[1], []byte(invite), 0), 0)),
			"tcp":  ethernet(ip(f, protoTCP, ends[0], ends[1], tcp(ends[0], ends[1], 1000, 1, []byte(invite)), 0)),
			"sctp": ethernet(ip(f, protoSCTP, ends[0], ends[1], sctp(ends[0], ends[1], 5, []byte(invite)), 0)),
			"icmp": ethernet(ip(f, proto, ends[1], ends[0], body, 0)),
		}
		for name, data := range frames {
			p := names()
			was, is := again(p, &capture.Frame{Data: data, No: 1, Len: uint32(len(data)), Link: capture.Ethernet})
			if len(was) != 1 {
				t.Errorf("%s: %d datagrams", name, len(was))
				continue
			}
			a, b := was[0], is[0]
			if b.Kind != a.Kind || b.Src != p.Endpoint(a.Src) || b.Dst != p.Endpoint(a.Dst) || b.Flags&packet.Truncated != 0 {
				t.Errorf("%s: %+v became %+v", name, a, b)
			}
			if a.Kind == packet.UDP && name != "sip" && b.Len != a.Len {
				t.Errorf("%s: %d bytes became %d", name, a.Len, b.Len)
			}
			if a.Quote != nil && (b.Quote == nil || b.Quote.Src != p.Endpoint(a.Quote.Src) || b.Quote.Dst != p.Endpoint(a.Quote.Dst) || b.Quote.Len != a.Quote.Len ||
				len(b.Quote.Payload) != len(a.Quote.Payload) || !bytes.Equal(b.Quote.Payload[:12], a.Quote.Payload[:12])) {
				t.Errorf("%s: the quote %+v became %+v", name, a.Quote, b.Quote)
			}
		}
	}
}

// What the capture cut stays cut, and nobody takes it for whole.
func TestCutPackets(t *testing.T) {
	a, b := ep("203.0.113.9:4000"), ep("192.168.1.50:4002")
	media := append([]byte{0x80, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3}, bytes.Repeat([]byte{0x11, 0x52, 0x93}, 50)...)
	whole := ethernet(ip(ipFields{ttl: 64}, protoUDP, a, b, udp(a, b, media, 0), 0))
	was, is := again(names(), &capture.Frame{Data: whole[:96], No: 1, Len: uint32(len(whole)), Link: capture.Ethernet})
	if len(is) != 1 || is[0].Len != was[0].Len || len(is[0].Payload) != len(was[0].Payload) || is[0].Flags&packet.Truncated == 0 {
		t.Errorf("%+v became %+v", was, is)
	}
}

// FuzzFrame: no frame breaks the rewriting, and what is built of it decodes to
// the same kind of datagram between the pseudonyms of its ends.
func FuzzFrame(f *testing.F) {
	a, b := ep("203.0.113.9:4000"), ep("192.168.1.50:4002")
	f.Add(uint32(1), ethernet(ip(ipFields{ttl: 64}, protoUDP, a, b, udp(a, b, []byte(invite), 0), 0)))
	f.Add(uint32(1), ethernet(ip(ipFields{ttl: 64}, protoSCTP, a, b, sctp(a, b, 1, []byte(invite)), 0)))
	f.Add(uint32(101), ip(ipFields{ttl: 64}, protoTCP, a, b, tcp(a, b, 1, 1, []byte(strings.Repeat(invite, 2))), 0))
	f.Add(uint32(113), append([]byte{0, 4, 0, 1, 0, 6, 0, 0x50, 0x56, 1, 2, 3, 0, 0, 8, 0}, ip(ipFields{}, protoUDP, a, b, udp(a, b, []byte{0x80, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 9}, 0), 0)...))
	f.Fuzz(func(t *testing.T, link uint32, data []byte) {
		if len(data) > 4096 {
			return
		}
		p := names()
		was, is := again(p, &capture.Frame{Data: data, No: 1, Len: uint32(len(data)), Link: capture.LinkType(link)})
		for i := range was {
			if is[i].Kind == 0 {
				continue // the original was no whole packet, either
			}
			if is[i].Kind != was[i].Kind || is[i].Src != p.Endpoint(was[i].Src) || is[i].Dst != p.Endpoint(was[i].Dst) {
				t.Fatalf("%+v became %+v", was[i], is[i])
			}
		}
	})
}
