package packet

import (
	"net/netip"
	"testing"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"

	"github.com/latchscope/latchscope/analyze/capture"
)

// build serialises layers with lengths and checksums set.
func build(t testing.TB, ls ...gopacket.SerializableLayer) []byte {
	t.Helper()
	b := gopacket.NewSerializeBuffer()
	if err := gopacket.SerializeLayers(b, gopacket.SerializeOptions{FixLengths: true}, ls...); err != nil {
		t.Fatal(err)
	}
	return append([]byte(nil), b.Bytes()...)
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

func frame(link capture.LinkType, b []byte) *capture.Frame {
	return &capture.Frame{Data: b, Link: link, No: 1, Time: 1e18, Len: uint32(len(b))}
}

func rtpBytes() gopacket.Payload {
	return append([]byte{0x80, 0, 0, 1, 0, 0, 0, 160, 0x35, 0xbf, 0x99, 0x2d}, make([]byte, 160)...)
}

func TestPlainUDP(t *testing.T) {
	for name, f := range map[string]*capture.Frame{
		"ethernet": frame(capture.Ethernet, build(t, ether(0x800), ipv4(17), udp(), rtpBytes())),
		"vlan":     frame(capture.Ethernet, build(t, ether(0x8100), &layers.Dot1Q{VLANIdentifier: 5, Type: 0x800}, ipv4(17), udp(), rtpBytes())),
		"raw":      frame(capture.Raw, build(t, ipv4(17), udp(), rtpBytes())),
	} {
		t.Run(name, func(t *testing.T) {
			got := NewDecoder(Options{}).Decode(f, nil)
			if len(got) != 1 {
				t.Fatalf("%d datagrams", len(got))
			}
			g := got[0]
			if g.Kind != UDP || g.Src.String() != "192.0.2.1:30002" || g.Dst.String() != "203.0.113.20:36716" ||
				g.Len != 172 || len(g.Payload) != 172 || g.IPID != 4711 || g.Flags != 0 {
				t.Errorf("got %+v", g)
			}
		})
	}
}
