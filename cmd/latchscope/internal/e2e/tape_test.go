package e2e

import (
	"encoding/binary"
	"net/netip"
	"time"
)

// tape is a pcap in the making: Ethernet, nanoseconds, one packet after the
// other, and no checksums, which nobody here looks at.
type tape struct {
	data []byte
	now  int64 // time of the next packet, ns since the epoch
	n    int   // packets
	mac  [2]byte
}

var le, be = binary.LittleEndian, binary.BigEndian

func newTape() *tape {
	t := &tape{now: time.Date(2026, 9, 21, 14, 13, 20, 0, time.UTC).UnixNano()}
	t.data = pcapHeader(nil)
	return t
}

// pcapHeader of a file with nanoseconds and Ethernet.
func pcapHeader(b []byte) []byte {
	b = le.AppendUint32(b, 0xa1b23c4d)
	b = le.AppendUint16(b, 2)
	b = le.AppendUint16(b, 4)
	b = append(b, make([]byte, 8)...)
	b = le.AppendUint32(b, 16<<20)
	return le.AppendUint32(b, 1)
}

func pcapRecord(b []byte, ns int64, size uint32, frame []byte) []byte {
	b = le.AppendUint32(b, uint32(ns/1e9))
	b = le.AppendUint32(b, uint32(ns%1e9))
	b = le.AppendUint32(b, uint32(len(frame)))
	b = le.AppendUint32(b, size)
	return append(b, frame...)
}

func (t *tape) frame(ip []byte) {
	kind := []byte{0x08, 0x00}
	if ip[0]>>4 == 6 {
		kind = []byte{0x86, 0xdd}
	}
	b := append([]byte{2, 0, 0, 0, t.mac[0], 1, 2, 0, 0, 0, t.mac[1], 2}, kind...)
	b = append(b, ip...)
	t.data = pcapRecord(t.data, t.now, uint32(len(b)), b)
	t.n++
}

// ipv4 is a packet of a protocol; the number of packets so far identifies it.
func (t *tape) ipv4(src, dst netip.Addr, proto byte, payload []byte) []byte {
	b := make([]byte, 20, 20+len(payload))
	b[0], b[8], b[9] = 0x45, 64, proto
	be.PutUint16(b[2:], uint16(20+len(payload)))
	be.PutUint16(b[4:], uint16(t.n))
	s, d := src.As4(), dst.As4()
	copy(b[12:], s[:])
	copy(b[16:], d[:])
	return append(b, payload...)
}

func udpOf(src, dst netip.AddrPort, payload []byte) []byte {
	b := make([]byte, 8, 8+len(payload))
	be.PutUint16(b[0:], src.Port())
	be.PutUint16(b[2:], dst.Port())
	be.PutUint16(b[4:], uint16(8+len(payload)))
	return append(b, payload...)
}

func (t *tape) udp(src, dst netip.AddrPort, payload []byte) {
	t.frame(t.ipv4(src.Addr(), dst.Addr(), 17, udpOf(src, dst, payload)))
}

// tcp is a segment without options.
func (t *tape) tcp(src, dst netip.AddrPort, seq uint32, flags byte, payload []byte) {
	b := make([]byte, 20, 20+len(payload))
	be.PutUint16(b[0:], src.Port())
	be.PutUint16(b[2:], dst.Port())
	be.PutUint32(b[4:], seq)
	b[12], b[13] = 0x50, flags
	t.frame(t.ipv4(src.Addr(), dst.Addr(), 6, append(b, payload...)))
}

// rtp is a packet of 20 bytes of payload, so that captures of many stay small.
func rtp(ssrc uint32, seq uint16, ts uint32) []byte {
	b := make([]byte, 12, 32)
	b[0] = 0x80
	be.PutUint16(b[2:], seq)
	be.PutUint32(b[4:], ts)
	be.PutUint32(b[8:], ssrc)
	for i := range 20 {
		b = append(b, byte(ssrc)^byte(seq)^byte(i*7))
	}
	return b
}

// unreachable is an ICMP port unreachable by the destination of a datagram to
// its source, which it quotes.
func (t *tape) unreachable(src, dst netip.AddrPort, payload []byte) {
	quote := t.ipv4(src.Addr(), dst.Addr(), 17, udpOf(src, dst, payload))
	t.frame(t.ipv4(dst.Addr(), src.Addr(), 1, append([]byte{3, 3, 0, 0, 0, 0, 0, 0}, quote...)))
}

func addr(a, b, c, d int) netip.Addr {
	return netip.AddrFrom4([4]byte{byte(a), byte(b), byte(c), byte(d)})
}

// host is the nth of sixteen million addresses.
func host(n int) netip.Addr { return addr(10, n>>16, n>>8, n) }

func at(a netip.Addr, port int) netip.AddrPort { return netip.AddrPortFrom(a, uint16(port)) }
