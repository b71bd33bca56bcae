package packet

import (
	"bytes"
	"encoding/binary"
	"slices"
	"testing"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"

	"github.com/latchscope/latchscope/analyze/capture"
)

// icmpSample is an ICMP error, what it should be read as, and what draws a
// warning.
type icmpSample struct {
	name string
	f    *capture.Frame
	want string // of str
	warn string
}

func icmpSamples(t testing.TB) []icmpSample {
	rtp := build(t, ipv4(17), udp(), rtpBytes()) // 200 bytes, 172 of them payload
	rtp6 := build(t, ipv6(17), udp(), rtpBytes())
	tcp := build(t, ipv4(6), &layers.TCP{SrcPort: 5060, DstPort: 40000, DataOffset: 5}, gopacket.Payload(make([]byte, 40)))
	sctp := build(t, ipv4(132), gopacket.Payload(raw("13c4 13c5 00000001 00000000")))
	ping := build(t, ipv4(1), gopacket.Payload(raw("0800 0000 0001 0001")))
	edit := func(b []byte, f func([]byte)) []byte {
		b = bytes.Clone(b)
		f(b)
		return b
	}
	error4 := func(head string, rest ...[]byte) *capture.Frame {
		ip := &layers.IPv4{Version: 4, TTL: 60, Id: 99, Protocol: 1, SrcIP: []byte{203, 0, 113, 20}, DstIP: []byte{192, 0, 2, 1}}
		return frame(capture.Ethernet, build(t, ether(0x800), ip, gopacket.Payload(raw(head, rest...))))
	}
	error6 := func(head string, rest ...[]byte) *capture.Frame {
		ip := ipv6(58)
		ip.SrcIP, ip.DstIP = ip.DstIP, ip.SrcIP
		return frame(capture.Ethernet, build(t, ether(0x86dd), ip, gopacket.Payload(raw(head, rest...))))
	}
	// an extension object as RFC 4884 has it: version 2, checksum, one MPLS
	// label (RFC 4950)
	ext := raw("2000 0000 0008 0101 00010140")
	var sum uint32
	for i := 0; i < len(ext); i += 2 {
		sum += uint32(be16(ext[i:]))
	}
	binary.BigEndian.PutUint16(ext[2:], ^uint16(sum>>16+sum))
	padded := append(bytes.Clone(rtp[:60]), make([]byte, 68)...) // 60 bytes quoted, padded to 128
	with6 := func(next byte, ext []byte) []byte {
		b := append(append(bytes.Clone(rtp6[:40]), ext...), rtp6[40:]...)
		b[6] = next
		binary.BigEndian.PutUint16(b[4:], uint16(len(b)-40))
		return b
	}
	const (
		from  = "icmp 203.0.113.20>192.0.2.1 "
		from6 = "icmp 2001:db8::2>2001:db8::1 "
		media = "about 192.0.2.1:30002>203.0.113.20:36716 proto=17 id=4711 len=172 have="
		six   = "about [2001:db8::1]:30002>[2001:db8::2]:36716 proto=17 "
	)
	cut := error4("0303 0000 00000000", rtp)
	cut.Data = cut.Data[:14+20+8+20+8+12]

	return []icmpSample{
		{name: "port unreachable", f: error4("0303 0000 00000000", rtp), want: from + "3/3 v6=false " + media + "172"},
		{name: "eight bytes", f: error4("0303 0000 00000000", rtp[:28]), want: from + "3/3 v6=false " + media + "0"},
		{name: "four bytes", f: error4("0303 0000 00000000", rtp[:24]), want: from + "3/3 v6=false about 192.0.2.1:30002>203.0.113.20:36716 proto=17 id=4711 len=0 have=0"},
		{name: "three bytes", f: error4("0303 0000 00000000", rtp[:23]), warn: "icmp-quote-short@1*1"},
		{name: "no header", f: error4("0303 0000 00000000", rtp[:19]), warn: "icmp-quote-short@1*1"},
		{name: "nothing", f: error4("0303 0000 00000000"), warn: "icmp-quote-short@1*1"},
		{name: "host unreachable", f: error4("0301 0000 00000000", rtp[:28]), want: from + "3/1 v6=false " + media + "0"},
		{name: "fragmentation needed", f: error4("0304 0000 00000514", rtp[:28]), want: from + "3/4 v6=false " + media + "0"},
		{name: "administratively", f: error4("030d 0000 00000000", rtp[:100]), want: from + "3/13 v6=false " + media + "72"},
		{name: "time exceeded", f: error4("0b00 0000 00000000", rtp[:28]), want: from + "11/0 v6=false " + media + "0"},
		{name: "parameter problem", f: error4("0c00 0000 09000000", rtp[:28]), want: from + "12/0 v6=false " + media + "0"},
		{name: "echo", f: error4("0800 0000 00010001", rtp)},
		{name: "redirect", f: error4("0501 0000 c0000202", rtp[:28])},
		{name: "tcp", f: error4("0303 0000 00000000", tcp[:28]), want: from + "3/3 v6=false about 192.0.2.1:5060>203.0.113.20:40000 proto=6 id=4711 len=0 have=0"},
		{name: "sctp", f: error4("0302 0000 00000000", sctp), want: from + "3/2 v6=false about 192.0.2.1:5060>203.0.113.20:5061 proto=132 id=4711 len=0 have=0"},
		{name: "icmp", f: error4("0301 0000 00000000", ping)},
		{name: "first fragment", f: error4("0303 0000 00000000", edit(rtp, func(b []byte) { b[6] = 0x20 })[:60]), want: from + "3/3 v6=false " + media + "32"},
		{name: "later fragment", f: error4("0b01 0000 00000000", edit(rtp, func(b []byte) { b[7] = 100 })[:60])},
		{name: "ip options", f: error4("0303 0000 00000000", edit(append(append(bytes.Clone(rtp[:20]), raw("94040000")...), rtp[20:]...), func(b []byte) { b[0], b[3] = 0x46, 204 })), want: from + "3/3 v6=false " + media + "172"},
		{name: "length without header", f: error4("0303 0000 00000000", edit(rtp, func(b []byte) { b[2], b[3] = 0, 180 })), want: from + "3/3 v6=false " + media + "152"},
		{name: "length the wrong way round", f: error4("0303 0000 00000000", edit(rtp, func(b []byte) { b[2], b[3] = 200, 0 })), want: from + "3/3 v6=false " + media + "172"},
		{name: "length 0", f: error4("0303 0000 00000000", edit(rtp, func(b []byte) { b[2], b[3] = 0, 0 })), want: from + "3/3 v6=false " + media + "172"},
		{name: "trailer", f: error4("0303 0000 00000000", rtp, make([]byte, 20)), want: from + "3/3 v6=false " + media + "172"},
		{name: "extensions", f: error4("0303 0000 00200000", rtp[:128], ext), want: from + "3/3 v6=false " + media + "100"},
		{name: "extensions, padded", f: error4("0b00 0000 00200000", edit(padded, func(b []byte) { b[2], b[3], b[24], b[25] = 0, 60, 0, 40 }), ext), want: from + "11/0 v6=false about 192.0.2.1:30002>203.0.113.20:36716 proto=17 id=4711 len=32 have=32"},
		{name: "extensions, untold", f: error4("0b00 0000 00000000", rtp[:128], ext), want: from + "11/0 v6=false " + media + "100"},
		{name: "no extensions behind 128 bytes", f: error4("0303 0000 00000000", rtp), want: from + "3/3 v6=false " + media + "172"},
		{name: "a length too small for extensions", f: error4("0303 0000 00010000", rtp), want: from + "3/3 v6=false " + media + "172"},
		{name: "cut by the capture", f: cut, want: from + "3/3 v6=false " + media + "12 truncated"},

		{name: "v6 port unreachable", f: error6("0104 0000 00000000", rtp6), want: from6 + "1/4 v6=true " + six + "id=0 len=172 have=172"},
		{name: "v6 prohibited, eight bytes", f: error6("0101 0000 00000000", rtp6[:48]), want: from6 + "1/1 v6=true " + six + "id=0 len=172 have=0"},
		{name: "v6 packet too big", f: error6("0200 0000 00000500", rtp6), want: from6 + "2/0 v6=true " + six + "id=0 len=172 have=172"},
		{name: "v6 time exceeded", f: error6("0300 0000 00000000", rtp6[:60]), want: from6 + "3/0 v6=true " + six + "id=0 len=172 have=12"},
		{name: "v6 parameter problem", f: error6("0401 0000 00000028", rtp6[:60]), want: from6 + "4/1 v6=true " + six + "id=0 len=172 have=12"},
		{name: "v6 echo", f: error6("8000 0000 00010001", rtp6)},
		{name: "v6 neighbour", f: error6("8700 0000 00000000", make([]byte, 24))},
		{name: "v6 extension headers", f: error6("0104 0000 00000000", with6(0, raw("3c00 0502 00000100 1100 0104 00000000"))), want: from6 + "1/4 v6=true " + six + "id=0 len=172 have=172"},
		{name: "v6 first fragment", f: error6("0104 0000 00000000", with6(44, raw("1100 0001 01020304"))), want: from6 + "1/4 v6=true " + six + "id=16909060 len=172 have=172"},
		{name: "v6 later fragment", f: error6("0301 0000 00000000", with6(44, raw("1100 0100 01020304")))},
		{name: "v6 extensions", f: error6("0104 0000 10000000", rtp6[:128], ext), want: from6 + "1/4 v6=true " + six + "id=0 len=172 have=80"},
		{name: "v6 extension header cut", f: error6("0104 0000 00000000", with6(60, raw("1104 0104 00000000"))[:44]), warn: "icmp-quote-short@1*1"},
	}
}

func TestICMPQuotes(t *testing.T) {
	for _, c := range icmpSamples(t) {
		t.Run(c.name, func(t *testing.T) {
			f := *c.f
			f.Data = bytes.Clone(f.Data)
			got, d := run(Options{}, &f)
			var want, warn []string
			if c.want != "" {
				want = []string{c.want}
			}
			if c.warn != "" {
				warn = []string{c.warn}
			}
			if s := strs(got); !slices.Equal(s, want) && len(s)+len(want) > 0 {
				t.Fatalf("got  %q\nwant %q", s, want)
			}
			if w := codes(d); !slices.Equal(w, warn) {
				t.Errorf("warnings %q, want %q", w, warn)
			}
			if len(got) == 0 {
				return
			}
			g := got[0]
			if g.Src.Port != 0 || g.Dst.Port != 0 || g.Payload != nil || !g.Quote.V6 && g.IPID != 99 {
				t.Errorf("%+v", g)
			}
			clear(f.Data)
			if !bytes.HasPrefix(rtpBytes(), g.Quote.Payload) {
				t.Errorf("quoted payload %x", g.Quote.Payload)
			}
		})
	}
}

func TestICMPQuoteBounded(t *testing.T) {
	big := build(t, ipv4(17), udp(), noise(1400))
	f := frame(capture.Raw, build(t, ipv4(1), gopacket.Payload(raw("0303 0000 00000000", big))))
	got, _ := run(Options{Limits: Limits{QuoteBytes: 100}}, f)
	if len(got) != 1 || len(got[0].Quote.Payload) != 100 || got[0].Quote.Len != 1400 {
		t.Errorf("got %q", strs(got))
	}
}

// TestICMPFragmented: an error may be so large that it comes in fragments
// itself.
func TestICMPFragmented(t *testing.T) {
	big := build(t, ipv4(17), udp(), noise(1400))
	p := build(t, ipv4(1), gopacket.Payload(raw("0303 0000 00000000", big)))
	var fs []*capture.Frame
	for _, x := range evenly(len(p)-20, 800) {
		fs = append(fs, fragment4(p, 5, x))
	}
	const want = "icmp 192.0.2.1>203.0.113.20 3/3 v6=false about 192.0.2.1:30002>203.0.113.20:36716 proto=17 id=4711 len=1400 have="
	if got, _ := run(Options{}, fs...); !slices.Equal(strs(got), []string{want + "1400 fragmented"}) {
		t.Errorf("got %q", strs(got))
	}
	if got, _ := run(Options{}, fs[0]); !slices.Equal(strs(got), []string{want + "764 truncated fragmented"}) {
		t.Errorf("first alone: got %q", strs(got))
	}
}

func TestTsharkICMP(t *testing.T) {
	var names []string
	var fs []*capture.Frame
	for _, c := range icmpSamples(t) {
		switch c.name {
		case "redirect", "three bytes", // not asked for; tshark shows what there is
			"four bytes",        // tshark needs all eight
			"v6 first fragment": // tshark waits for the others
			continue
		}
		names, fs = append(names, c.name), append(fs, c.f)
	}
	compareTshark(t, names, fs)
}
