package packet

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"

	"github.com/latchscope/latchscope/analyze/capture"
)

// build serialises layers with lengths set. Checksums stay zero: nothing here
// looks at them.
func build(t testing.TB, ls ...gopacket.SerializableLayer) []byte {
	t.Helper()
	b := gopacket.NewSerializeBuffer()
	if err := gopacket.SerializeLayers(b, gopacket.SerializeOptions{FixLengths: true}, ls...); err != nil {
		t.Fatal(err)
	}
	return bytes.Clone(b.Bytes())
}

var (
	mac1 = []byte{2, 0, 0, 0, 0, 1}
	mac2 = []byte{2, 0, 0, 0, 0, 2}
)

func ether(t layers.EthernetType) *layers.Ethernet {
	return &layers.Ethernet{SrcMAC: mac1, DstMAC: mac2, EthernetType: t}
}

func ipv4(proto layers.IPProtocol) *layers.IPv4 {
	return &layers.IPv4{Version: 4, TTL: 64, Id: 4711, Protocol: proto,
		SrcIP: []byte{192, 0, 2, 1}, DstIP: []byte{203, 0, 113, 20}}
}

func ipv6(next layers.IPProtocol) *layers.IPv6 {
	return &layers.IPv6{Version: 6, HopLimit: 64, NextHeader: next,
		SrcIP: netip.MustParseAddr("2001:db8::1").AsSlice(), DstIP: netip.MustParseAddr("2001:db8::2").AsSlice()}
}

func udp() *layers.UDP { return &layers.UDP{SrcPort: 30002, DstPort: 36716} }

func udpTo(port layers.UDPPort) *layers.UDP { return &layers.UDP{SrcPort: 40000, DstPort: port} }

func rtpBytes() gopacket.Payload {
	return append([]byte{0x80, 0, 0, 1, 0, 0, 0, 160, 0x35, 0xbf, 0x99, 0x2d}, bytes.Repeat([]byte{0xd5}, 160)...)
}

func frame(link capture.LinkType, b []byte) *capture.Frame {
	return &capture.Frame{Data: b, Link: link, No: 1, Time: 1e18, Len: uint32(len(b))}
}

// raw is bytes from hexadecimal digits, blanks ignored, and what follows them.
func raw(digits string, rest ...[]byte) []byte {
	var b []byte
	var hi byte
	n := 0
	for _, c := range []byte(digits) {
		var v byte
		switch {
		case c >= '0' && c <= '9':
			v = c - '0'
		case c >= 'a' && c <= 'f':
			v = c - 'a' + 10
		default:
			continue
		}
		if n++; n%2 == 1 {
			hi = v << 4
		} else {
			b = append(b, hi|v)
		}
	}
	return append(b, bytes.Join(rest, nil)...)
}

// str is one datagram in short: what the tables of these tests compare.
func str(g Datagram) string {
	var s string
	switch g.Kind {
	case UDP:
		s = "udp"
	case Stream:
		s = "tcp"
	case SCTP:
		s = "sctp"
	case ICMP:
		q := g.Quote
		return fmt.Sprintf("icmp %v>%v %d/%d v6=%t about %v>%v proto=%d id=%d len=%d have=%d%s",
			g.Src.IP(), g.Dst.IP(), q.Type, q.Code, q.V6, q.Src, q.Dst, q.Proto, q.IPID, q.Len, len(q.Payload), flagStr(g.Flags))
	}
	return fmt.Sprintf("%s %v>%v len=%d have=%d%s", s, g.Src, g.Dst, g.Len, len(g.Payload), flagStr(g.Flags))
}

func flagStr(f Flag) (s string) {
	for i, n := range []string{"truncated", "fragmented", "gap", "closed"} {
		if f&(1<<i) != 0 {
			s += " " + n
		}
	}
	return s
}

func strs(gs []Datagram) []string {
	out := make([]string, 0, len(gs))
	for _, g := range gs {
		out = append(out, str(g))
	}
	return out
}

// run decodes frames one after another, numbered and a millisecond apart, and
// flushes.
func run(opt Options, fs ...*capture.Frame) ([]Datagram, *Decoder) {
	d := NewDecoder(opt)
	var out []Datagram
	for i, f := range fs {
		g := *f
		g.No = int64(i + 1)
		g.Time += int64(i) * 1e6
		out = d.Decode(&g, out)
	}
	return d.Flush(out), d
}

// codes are the warnings in short.
func codes(d *Decoder) (out []string) {
	for _, w := range d.Warnings() {
		out = append(out, fmt.Sprintf("%s@%d*%d", w.Code, w.Frame, w.Count))
	}
	return out
}

// hep3 is a HEP packet from the usual source to the usual destination.
func hep3(proto byte, payload []byte) []byte {
	var b []byte
	chunk := func(kind uint16, v ...byte) {
		b = binary.BigEndian.AppendUint16(append(b, 0, 0), kind)
		b = append(binary.BigEndian.AppendUint16(b, uint16(6+len(v))), v...)
	}
	chunk(1, 2)
	chunk(2, proto)
	chunk(3, 192, 0, 2, 1)
	chunk(4, 203, 0, 113, 20)
	chunk(7, 0x75, 0x32)
	chunk(8, 0x8f, 0x6c)
	chunk(11, 1)
	chunk(14, []byte("secret")...)
	if payload != nil {
		chunk(15, payload...)
	}
	return append(binary.BigEndian.AppendUint16([]byte("HEP3"), uint16(6+len(b))), b...)
}

// transaction is that of all STUN messages here.
var transaction = []byte("transaction1")

// stunOf is a STUN message of attributes, each a number and a value.
func stunOf(kind uint16, attrs ...any) []byte {
	var b []byte
	for i := 0; i < len(attrs); i += 2 {
		v := []byte(nil)
		switch x := attrs[i+1].(type) {
		case []byte:
			v = x
		case gopacket.Payload:
			v = x
		}
		b = binary.BigEndian.AppendUint16(b, uint16(attrs[i].(int)))
		b = append(binary.BigEndian.AppendUint16(b, uint16(len(v))), v...)
		for len(b)%4 != 0 {
			b = append(b, 0)
		}
	}
	head := binary.BigEndian.AppendUint16(nil, kind)
	head = binary.BigEndian.AppendUint16(head, uint16(len(b)))
	return append(append(append(head, raw("2112a442")...), transaction...), b...)
}

// xor is an address as STUN hides it from NATs that rewrite payloads.
func xor(s string) []byte {
	ep := netip.MustParseAddrPort(s)
	mask := append(raw("2112a442"), transaction...)
	family := byte(1)
	if ep.Addr().Is6() {
		family = 2
	}
	b := binary.BigEndian.AppendUint16([]byte{0, family}, ep.Port()^0x2112)
	for i, c := range ep.Addr().AsSlice() {
		b = append(b, c^mask[i])
	}
	return b
}

// sample is a frame, how often the decoder finds a datagram in it, and what it
// looks like.
type sample struct {
	name string
	f    *capture.Frame
	want string // of str; empty: none
	tunn bool
}

const (
	plain4 = "udp 192.0.2.1:30002>203.0.113.20:36716 len=172 have=172"
	plain6 = "udp [2001:db8::1]:30002>[2001:db8::2]:36716 len=172 have=172"
)

// samples are packets on every road there is: tables, seeds for the fuzzers and
// what tshark is asked about.
func samples(t testing.TB) []sample {
	p4 := build(t, ipv4(17), udp(), rtpBytes())
	p6 := build(t, ipv6(17), udp(), rtpBytes())
	e4 := build(t, ether(0x800), ipv4(17), udp(), rtpBytes())
	e6 := build(t, ether(0x86dd), ipv6(17), udp(), rtpBytes())
	macs := raw("020000000002 020000000001")
	eth := func(etherType string, rest ...[]byte) []byte {
		return append(append(bytes.Clone(macs), raw(etherType)...), bytes.Join(rest, nil)...)
	}
	outer := func(proto layers.IPProtocol, rest ...[]byte) []byte {
		return build(t, ether(0x800), &layers.IPv4{Version: 4, TTL: 64, Protocol: proto,
			SrcIP: []byte{10, 0, 0, 1}, DstIP: []byte{10, 0, 0, 2}}, gopacket.Payload(bytes.Join(rest, nil)))
	}
	tunnel := func(port layers.UDPPort, rest ...[]byte) []byte {
		return build(t, ether(0x800), &layers.IPv4{Version: 4, TTL: 64, Protocol: 17,
			SrcIP: []byte{10, 0, 0, 1}, DstIP: []byte{10, 0, 0, 2}}, udpTo(port), gopacket.Payload(bytes.Join(rest, nil)))
	}
	plainTo := func(port int, n int) string {
		return fmt.Sprintf("udp 10.0.0.1:40000>10.0.0.2:%d len=%d have=%d", port, n, n)
	}
	len16 := func(b []byte) []byte { return binary.BigEndian.AppendUint16(nil, uint16(len(b))) }
	u := p6[40:] // the UDP part
	snap4 := raw("aaaa03 000000 0800", p4)
	dot11 := func(control string, rest ...[]byte) []byte {
		return raw(control+"0000 020000000002 020000000001 020000000003 1000", rest...)
	}
	espNull := func(icv int, next byte, inner []byte) []byte {
		b := append(raw("00001000 00000001"), inner...)
		for n := byte(1); len(b)%4 != 2; n++ {
			b = append(b, n)
		}
		b = append(b, byte(len(b)-8-len(inner)), next)
		ip := ipv4(50)
		return build(t, ether(0x800), ip, gopacket.Payload(append(b, bytes.Repeat([]byte{0xa5}, icv)...)))
	}
	pktapOf := func(dlt byte, name string, rest []byte) []byte {
		b := make([]byte, 108)
		b[0], b[4], b[8], b[36] = 108, 1, dlt, 1
		copy(b[12:], name)
		return append(b, rest...)
	}
	sum4 := func(b []byte) []byte {
		b = bytes.Clone(b)
		b[10], b[11] = 0, 0
		binary.BigEndian.PutUint16(b[10:], ^uint16(onesComplement(b[:20])))
		return b
	}
	v6with := func(next byte, ext []byte) []byte {
		b := append(append(bytes.Clone(p6[:40]), ext...), u...)
		b[6] = next
		binary.BigEndian.PutUint16(b[4:], uint16(len(b)-40))
		return eth("86dd", b)
	}
	opts := ipv4(17)
	opts.Options = []layers.IPv4Option{{OptionType: 7, OptionLength: 7, OptionData: []byte{4, 0, 0, 0, 0}}, {OptionType: 1}}
	tso := bytes.Clone(e4)
	tso[16], tso[17] = 0, 0
	badOpts := build(t, ether(0x800), opts, udp(), rtpBytes())
	badOpts[35] = 99 // option length

	return []sample{
		{name: "ethernet/ipv4", f: frame(capture.Ethernet, e4), want: plain4},
		{name: "ethernet/ipv6", f: frame(capture.Ethernet, e6), want: plain6},
		{name: "ethernet/padded", f: frame(capture.Ethernet, append(bytes.Clone(e4), "trailer"...)), want: plain4},
		{name: "ethernet/802.1q", f: frame(capture.Ethernet, eth("8100 0005 0800", p4)), want: plain4},
		{name: "ethernet/qinq", f: frame(capture.Ethernet, eth("88a8 0005 8100 0006 86dd", p6)), want: plain6},
		{name: "ethernet/9100", f: frame(capture.Ethernet, eth("9100 0005 8100 0006 0800", p4)), want: plain4},
		{name: "ethernet/three tags", f: frame(capture.Ethernet, eth("88a8 0005 8100 0006 8100 0007 0800", p4)), want: plain4},
		{name: "ethernet/vn-tag", f: frame(capture.Ethernet, eth("8926 00010002 0800", p4)), want: plain4},
		{name: "ethernet/snap", f: frame(capture.Ethernet, eth("00d0 aaaa03 000000 0800", p4)), want: plain4},
		{name: "ethernet/vlan snap", f: frame(capture.Ethernet, eth("8100 0005 00d0 aaaa03 000000 0800", p4)), want: plain4},
		{name: "ethernet/llc ip", f: frame(capture.Ethernet, eth("00cb 060603", p4)), want: plain4},
		{name: "ethernet/mpls", f: frame(capture.Ethernet, eth("8847 00010040 00020140", p4)), want: plain4},
		{name: "ethernet/mpls ipv6", f: frame(capture.Ethernet, eth("8847 00002140", p6)), want: plain6},
		{name: "ethernet/mpls pseudowire", f: frame(capture.Ethernet, eth("8847 00010140 00000000", e4)), want: plain4},
		{name: "ethernet/pppoe", f: frame(capture.Ethernet, eth("8864 1100 0001 00ca 0021", p4)), want: plain4},
		{name: "ethernet/pppoe ipv6", f: frame(capture.Ethernet, eth("8864 1100 0001 00de 0057", p6)), want: plain6},
		{name: "ethernet/arp", f: frame(capture.Ethernet, eth("0806", make([]byte, 46)))},
		{name: "ethernet/version 6 as ipv4", f: frame(capture.Ethernet, eth("0800", p6)), want: plain6},

		{name: "sll/ipv4", f: frame(capture.LinuxSLL, raw("0004 0001 0006 0200000000010000 0800", p4)), want: plain4},
		{name: "sll/vlan", f: frame(capture.LinuxSLL, raw("0000 0001 0006 0200000000010000 8100 0005 86dd", p6)), want: plain6},
		{name: "sll/long address", f: frame(capture.LinuxSLL, raw("0000 0020 0014 0200000000010000 0800", p4)), want: plain4},
		{name: "sll2/ipv4", f: frame(capture.LinuxSLL2, raw("0800 0000 00000002 0001 04 06 0200000000010000", p4)), want: plain4},
		{name: "sll2/ipv6", f: frame(capture.LinuxSLL2, raw("86dd 0000 00000003 0304 00 06 0000000000000000", p6)), want: plain6},
		{name: "sll2/arp", f: frame(capture.LinuxSLL2, raw("0806 0000 00000003 0001 00 06 0000000000000000", make([]byte, 28)))},

		{name: "null/ipv4", f: frame(capture.Null, raw("02000000", p4)), want: plain4},
		{name: "null/ipv4 big", f: frame(capture.Null, raw("00000002", p4)), want: plain4},
		{name: "null/netbsd", f: frame(capture.Null, raw("18000000", p6)), want: plain6},
		{name: "null/freebsd", f: frame(capture.Null, raw("1c000000", p6)), want: plain6},
		{name: "null/darwin", f: frame(capture.Null, raw("1e000000", p6)), want: plain6},
		{name: "null/linux", f: frame(capture.Null, raw("0a000000", p6)), want: plain6},
		{name: "null/windows", f: frame(capture.Null, raw("17000000", p6)), want: plain6},
		{name: "null/ethertype", f: frame(capture.Null, raw("0f000800", p4)), want: plain4},
		{name: "loop/ipv6", f: frame(capture.Loop, raw("00000018", p6)), want: plain6},
		{name: "raw/ipv4", f: frame(capture.Raw, p4), want: plain4},
		{name: "raw/ipv6", f: frame(capture.Raw, p6), want: plain6},
		{name: "raw 12", f: frame(capture.RawBSD, p4), want: plain4},
		{name: "raw 14", f: frame(capture.RawOpen, p6), want: plain6},
		{name: "ipv4", f: frame(capture.IPv4, p4), want: plain4},
		{name: "ipv6", f: frame(capture.IPv6, p6), want: plain6},
		{name: "ppp", f: frame(capture.PPP, raw("ff03 0021", p4)), want: plain4},
		{name: "ppp/bare", f: frame(capture.PPP, raw("0057", p6)), want: plain6},
		{name: "ppp/compressed", f: frame(capture.PPP, raw("21", p4)), want: plain4},
		{name: "ppp hdlc", f: frame(capture.PPPHDLC, raw("ff03 0021", p4)), want: plain4},
		{name: "cisco hdlc", f: frame(capture.CHDLC, raw("0f00 0800", p4)), want: plain4},
		{name: "ppp ether", f: frame(capture.PPPEther, raw("1100 0001 00ca 0021", p4)), want: plain4},
		{name: "ppp with direction", f: frame(capture.PPPDir, raw("01 ff03 0021", p4)), want: plain4},
		{name: "nflog", f: frame(capture.NFLog, raw("02000000 0800 0100 08000000 cc00 0900", p4)), want: plain4},

		{name: "ipv4/options", f: frame(capture.Ethernet, build(t, ether(0x800), opts, udp(), rtpBytes())), want: plain4},
		{name: "ipv4/bad options", f: frame(capture.Ethernet, badOpts), want: plain4},
		{name: "ipv4/length 0", f: frame(capture.Ethernet, tso), want: plain4},
		{name: "ipv6/hop by hop", f: frame(capture.Ethernet, v6with(0, raw("1100 0502 00000100"))), want: plain6},
		{name: "ipv6/routing", f: frame(capture.Ethernet, v6with(43, raw("1100 0000 00000000"))), want: plain6},
		{name: "ipv6/destination options", f: frame(capture.Ethernet, v6with(60, raw("1100 0104 00000000"))), want: plain6},
		{name: "ipv6/ah", f: frame(capture.Ethernet, v6with(51, raw("1104 0000 00000001 00000001", make([]byte, 12)))), want: plain6},
		{name: "ipv6/atomic fragment", f: frame(capture.Ethernet, v6with(44, raw("1100 0000 01020304"))), want: plain6},
		{name: "ipv6/all", f: frame(capture.Ethernet, v6with(0, raw("2b00 0502 00000100 3c00 0000 00000000 1100 0104 00000000"))), want: plain6},
		{name: "ipv4/ah", f: frame(capture.Ethernet, outer(51, raw("0404 0000 00000001 00000001", make([]byte, 12)), p4)), want: plain4, tunn: true},

		{name: "ip in ip", f: frame(capture.Ethernet, outer(4, p4)), want: plain4, tunn: true},
		{name: "6in4", f: frame(capture.Ethernet, outer(41, p6)), want: plain6, tunn: true},
		{name: "gre", f: frame(capture.Ethernet, outer(47, raw("0000 0800"), p4)), want: plain4, tunn: true},
		{name: "gre/key seq checksum", f: frame(capture.Ethernet, outer(47, raw("b000 86dd 00000000 00000001 00000002"), p6)), want: plain6, tunn: true},
		{name: "gre/ethernet", f: frame(capture.Ethernet, outer(47, raw("2000 6558 00000001"), e4)), want: plain4, tunn: true},
		{name: "gre/pptp", f: frame(capture.Ethernet, outer(47, raw("3001 880b 00cc 0001 00000001"), raw("ff030021"), p4)), want: plain4, tunn: true},
		{name: "gre/pptp ack", f: frame(capture.Ethernet, outer(47, raw("2081 880b 0000 0001 00000001")))},
		{name: "erspan 1", f: frame(capture.Ethernet, outer(47, raw("0000 88be"), e4)), want: plain4, tunn: true},
		{name: "erspan 2", f: frame(capture.Ethernet, outer(47, raw("1000 88be 00000001 1001 0001 00000000"), e4)), want: plain4, tunn: true},
		{name: "erspan 3", f: frame(capture.Ethernet, outer(47, raw("1000 22eb 00000001 2001 0001 00000000 0000 0000"), e6)), want: plain6, tunn: true},
		{name: "erspan 3/subheader", f: frame(capture.Ethernet, outer(47, raw("1000 22eb 00000001 2001 0001 00000000 0000 0001 0000000000000000"), e4)), want: plain4, tunn: true},
		{name: "vxlan", f: frame(capture.Ethernet, tunnel(4789, raw("08000000 00000100"), e4)), want: plain4, tunn: true},
		{name: "vxlan/group policy", f: frame(capture.Ethernet, tunnel(4789, raw("88080064 00000100"), e6)), want: plain6, tunn: true},
		{name: "vxlan/arp", f: frame(capture.Ethernet, tunnel(4789, raw("08000000 00000100"), eth("0806", make([]byte, 46))))},
		{name: "vxlan/rtp", f: frame(capture.Ethernet, tunnel(4789, rtpBytes())), want: plainTo(4789, 172)},
		{name: "vxlan/nothing inside", f: frame(capture.Ethernet, tunnel(4789, raw("08000000 00000100"))), want: plainTo(4789, 8)},
		{name: "geneve", f: frame(capture.Ethernet, tunnel(6081, raw("0000 6558 00000100"), e4)), want: plain4, tunn: true},
		{name: "geneve/options ip", f: frame(capture.Ethernet, tunnel(6081, raw("0240 86dd 00000100 0102 0001 00000000"), p6)), want: plain6, tunn: true},
		{name: "geneve/rtp", f: frame(capture.Ethernet, tunnel(6081, rtpBytes())), want: plainTo(6081, 172)},
		{name: "gtp-u", f: frame(capture.Ethernet, tunnel(2152, raw("30ff"), len16(p4), raw("00000001"), p4)), want: plain4, tunn: true},
		{name: "gtp-u/extension", f: frame(capture.Ethernet, tunnel(2152, raw("36ff"), len16(append(make([]byte, 8), p6...)), raw("00000001 0001 00 85 01 0001 00"), p6)), want: plain6, tunn: true},
		{name: "gtp-u/echo", f: frame(capture.Ethernet, tunnel(2152, raw("3201 0004 00000000 00010000"))), want: plainTo(2152, 12)},
		{name: "gtp-u/wrong length", f: frame(capture.Ethernet, tunnel(2152, raw("30ff 0010 00000001"), p4)), want: plainTo(2152, 208)},
		{name: "gtp-u/rtp", f: frame(capture.Ethernet, tunnel(2152, rtpBytes())), want: plainTo(2152, 172)},
		{name: "vxlan/8472", f: frame(capture.Ethernet, tunnel(8472, raw("08000000 00000100"), e4)), want: plain4, tunn: true},
		{name: "tzsp", f: frame(capture.Ethernet, tunnel(37008, raw("0100 0001 01"), e4)), want: plain4, tunn: true},
		{name: "tzsp/tags", f: frame(capture.Ethernet, tunnel(37008, raw("0101 0001 0a01c3 00 12 0106 01"), e6)), want: plain6, tunn: true},
		{name: "tzsp/802.11", f: frame(capture.Ethernet, tunnel(37008, raw("0100 0012 01"), dot11("0801", snap4))), want: plain4, tunn: true},
		{name: "tzsp/rtp", f: frame(capture.Ethernet, tunnel(37008, rtpBytes())), want: plainTo(37008, 172)},
		{name: "l2tp", f: frame(capture.Ethernet, tunnel(1701, raw("0002 0001 0002 ff03 0021"), p4)), want: plain4, tunn: true},
		{name: "l2tp/all fields", f: frame(capture.Ethernet, tunnel(1701, raw("4a02"), len16(append(make([]byte, 20), p6...)), raw("0001 0002 0003 0004 0002 0000 ff03 0057"), p6)), want: plain6, tunn: true},
		{name: "l2tp/control", f: frame(capture.Ethernet, tunnel(1701, raw("c802 000c 0001 0000 0000 0000"))), want: plainTo(1701, 12)},
		{name: "l2tp/rtp", f: frame(capture.Ethernet, tunnel(1701, rtpBytes())), want: plainTo(1701, 172)},
		{name: "l2tpv3/udp", f: frame(capture.Ethernet, tunnel(1701, raw("0003 0000 00000007 00000000"), e4)), want: plain4, tunn: true},
		{name: "l2tpv3", f: frame(capture.Ethernet, outer(115, raw("00000007 0102030405060708"), e4)), want: plain4, tunn: true},
		{name: "esp null", f: frame(capture.Ethernet, espNull(12, 17, p4[20:])), want: plain4},
		{name: "esp null/sha-256", f: frame(capture.Ethernet, espNull(16, 17, p4[20:])), want: plain4},
		{name: "esp null/tunnel mode", f: frame(capture.Ethernet, espNull(12, 41, p6)), want: plain6, tunn: true},
		{name: "esp null/dummy", f: frame(capture.Ethernet, espNull(12, 59, make([]byte, 40)))},
		{name: "esp null in udp", f: frame(capture.Ethernet, tunnel(4500, espNull(12, 4, p4)[34:])), want: plain4, tunn: true},
		{name: "ike in udp", f: frame(capture.Ethernet, tunnel(4500, make([]byte, 4), make([]byte, 60))), want: plainTo(4500, 64)},
		{name: "natt keepalive", f: frame(capture.Ethernet, tunnel(4500, raw("ff"))), want: plainTo(4500, 1)},
		{name: "natt/rtp", f: frame(capture.Ethernet, tunnel(4500, rtpBytes())), want: plainTo(4500, 172)},
		{name: "hep3", f: frame(capture.Ethernet, tunnel(9060, hep3(17, rtpBytes()))), want: plain4, tunn: true},
		{name: "hep3/tcp", f: frame(capture.Ethernet, tunnel(9060, hep3(6, rtpBytes()))), want: strings.Replace(plain4, "udp", "sctp", 1), tunn: true},
		{name: "hep3/keepalive", f: frame(capture.Ethernet, tunnel(9060, hep3(17, nil)))},
		{name: "turn/send", f: frame(capture.Ethernet, tunnel(3478, stunOf(0x0016, 0x0012, xor("203.0.113.20:36716"), 0x0013, rtpBytes()))),
			want: "udp 10.0.0.1:40000>203.0.113.20:36716 len=172 have=172", tunn: true},
		{name: "turn/data ipv6", f: frame(capture.Ethernet, tunnel(3478, stunOf(0x0017, 0x0013, rtpBytes(), 0x0012, xor("[2001:db8::2]:36716")))),
			want: "udp [2001:db8::2]:36716>10.0.0.2:3478 len=172 have=172", tunn: true},
		{name: "turn/send without data", f: frame(capture.Ethernet, tunnel(3478, stunOf(0x0016, 0x0012, xor("203.0.113.20:36716")))), want: plainTo(3478, 32)},
		{name: "sctp in udp/rtp", f: frame(capture.Ethernet, tunnel(9899, rtpBytes())), want: plainTo(9899, 172)},

		{name: "802.11", f: frame(capture.WiFi, dot11("0801", snap4)), want: plain4},
		{name: "802.11/qos", f: frame(capture.WiFi, dot11("8802", raw("0000"), snap4)), want: plain4},
		{name: "802.11/four addresses", f: frame(capture.WiFi, dot11("0803", raw("020000000004"), snap4)), want: plain4},
		{name: "802.11/a-msdu", f: frame(capture.WiFi, dot11("8802", raw("8000"), macs, len16(snap4), snap4)), want: plain4},
		{name: "802.11/beacon", f: frame(capture.WiFi, dot11("8000", make([]byte, 40)))},
		{name: "802.11/null", f: frame(capture.WiFi, dot11("4801"))},
		{name: "radiotap", f: frame(capture.WiFiRadiotap, raw("0000 0800 00000000", dot11("0801", snap4))), want: plain4},
		{name: "radiotap/flags", f: frame(capture.WiFiRadiotap, raw("0000 1100 03000000 0000000000000000 10", dot11("0801", snap4), []byte("fcs!"))), want: plain4},
		{name: "radiotap/two bitmaps, padded", f: frame(capture.WiFiRadiotap, raw("0000 0d00 02000080 00000000 20", dot11("8802", raw("0000 0000"), snap4))), want: plain4},
		{name: "ppi", f: frame(capture.PPI, raw("0000 0800 69000000", dot11("0801", snap4))), want: plain4},
		{name: "ppi/ethernet", f: frame(capture.PPI, raw("0000 0c00 01000000 00000000", e6)), want: plain6},
		{name: "prism", f: frame(capture.WiFiPrism, raw("44000000 90000000", make([]byte, 136), dot11("0801", snap4))), want: plain4},
		{name: "avs", f: frame(capture.WiFiAVS, raw("80211001 00000040", make([]byte, 56), dot11("0801", snap4))), want: plain4},

		{name: "pktap", f: frame(capture.PKTAP, pktapOf(1, "en0", e4)), want: plain4},
		{name: "pktap/raw", f: frame(capture.PKTAP, pktapOf(12, "pdp_ip0", p6)), want: plain6},
		{name: "pktap/user 2", f: frame(capture.User2, pktapOf(0, "lo0", append(raw("1e000000"), p6...))), want: plain6},

		{name: "juniper/ethernet", f: frame(capture.JuniperEther, raw("4d4743 80 0006 010200010203", e4)), want: plain4},
		{name: "juniper/no link layer", f: frame(capture.JuniperEther, raw("4d4743 02 02000000", p4)), want: plain4},
		{name: "juniper/ppp", f: frame(capture.JuniperPPP, raw("4d4743 01 ff030057", p6)), want: plain6},
		{name: "juniper/hdlc", f: frame(capture.JuniperCHDLC, raw("4d4743 00 0f00 0800", p4)), want: plain4},
		{name: "juniper/services", f: frame(136, raw("4d4743 01 0102030405060708", sum4(p4))), want: plain4},
		{name: "juniper/vp", f: frame(183, raw("4d4743 01 000000000000", p6)), want: plain6},

		{name: "gre in vxlan", f: frame(capture.Ethernet, tunnel(4789, raw("08000000 00000100"), outer(47, raw("0000 0800"), p4))), want: plain4, tunn: true},
	}
}
