package packet

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net/netip"
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
		{name: "gre in vxlan", f: frame(capture.Ethernet, tunnel(4789, raw("08000000 00000100"), outer(47, raw("0000 0800"), p4))), want: plain4, tunn: true},
	}
}
