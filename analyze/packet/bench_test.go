package packet

import (
	"testing"

	"github.com/google/gopacket/layers"

	"github.com/latchscope/latchscope/analyze/capture"
)

func BenchmarkDecode(b *testing.B) {
	cooked := append(make([]byte, 20), build(b, ipv4(17), udp(), rtpBytes())...)
	cooked[0], cooked[7], cooked[10] = 8, 2, 4
	for _, c := range []struct {
		name string
		f    *capture.Frame
		slow bool
	}{
		{"ipv4", frame(capture.Ethernet, build(b, ether(0x800), ipv4(17), udp(), rtpBytes())), false},
		{"ipv6", frame(capture.Ethernet, build(b, ether(0x86dd), ipv6(17), udp(), rtpBytes())), false},
		{"vlan", frame(capture.Ethernet, build(b, ether(0x8100), &layers.Dot1Q{Type: 0x800}, ipv4(17), udp(), rtpBytes())), false},
		{"sll2", frame(capture.LinuxSLL2, cooked), false},
		{"ipv4-slow", frame(capture.Ethernet, build(b, ether(0x800), ipv4(17), udp(), rtpBytes())), true},
		{"ipv6-slow", frame(capture.Ethernet, build(b, ether(0x86dd), ipv6(17), udp(), rtpBytes())), true},
		{"tcp-unwanted", frame(capture.Ethernet, build(b, ether(0x800), ipv4(6), &layers.TCP{SrcPort: 1, DstPort: 2, ACK: true}, rtpBytes())), false},
	} {
		b.Run(c.name, func(b *testing.B) {
			d := NewDecoder(Options{WantTCP: func([]byte) bool { return false }})
			d.slowOnly = c.slow
			out := make([]Datagram, 0, 16)
			b.ReportAllocs()
			for b.Loop() {
				out = d.Decode(c.f, out[:0])
			}
		})
	}
}
