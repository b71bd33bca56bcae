package trunk

import (
	"encoding/binary"
	"net/netip"
)

// Frames are written into one buffer that is used again: Ethernet, IPv4 with a
// right checksum, UDP without one (RFC 768 allows that over IPv4).
const (
	etherLen = 14
	ipLen    = 20
	udpLen   = 8
	rtpLen   = 12
	headers  = etherLen + ipLen + udpLen
)

type endpoint struct {
	ip   uint32
	port uint16
}

func (e endpoint) addr() netip.Addr {
	return netip.AddrFrom4([4]byte(binary.BigEndian.AppendUint32(nil, e.ip)))
}

func ip4(a, b, c, d int) uint32 { return uint32(a)<<24 | uint32(b)<<16 | uint32(c)<<8 | uint32(d) }

// framer builds frames.
type framer struct {
	buf  []byte
	ipid uint16
}

// network writes Ethernet and IPv4 in front of size bytes and returns the room
// for these.
func (f *framer) network(src, dst uint32, proto byte, fragment uint16, size int) []byte {
	n := etherLen + ipLen + size
	if cap(f.buf) < n {
		f.buf = make([]byte, n, 2*n)
	}
	b := f.buf[:n]
	f.buf = b
	copy(b, "\x02\x00\x00\x00\x00\x02\x02\x00\x00\x00\x00\x01\x08\x00")
	ip := b[etherLen:]
	f.ipid++
	binary.BigEndian.PutUint64(ip, 0x4500<<48|uint64(ipLen+size)<<32|uint64(f.ipid)<<16|uint64(fragment))
	binary.BigEndian.PutUint64(ip[8:], 64<<56|uint64(proto)<<48|uint64(src))
	binary.BigEndian.PutUint32(ip[16:], dst)
	sum := uint32(0)
	for i := 0; i < ipLen; i += 2 {
		sum += uint32(binary.BigEndian.Uint16(ip[i:]))
	}
	sum = sum>>16 + sum&0xffff
	sum += sum >> 16
	binary.BigEndian.PutUint16(ip[10:], ^uint16(sum))
	return ip[ipLen:]
}

// udp writes a datagram of size bytes and returns the room for these.
func (f *framer) udp(src, dst endpoint, size int) []byte {
	u := f.network(src.ip, dst.ip, 17, 0, udpLen+size)
	udpHeader(u, src, dst, size)
	return u[udpLen:]
}

func udpHeader(u []byte, src, dst endpoint, size int) {
	binary.BigEndian.PutUint64(u, uint64(src.port)<<48|uint64(dst.port)<<32|uint64(udpLen+size)<<16)
}

// rtp writes an RTP packet.
func (f *framer) rtp(src, dst endpoint, p rtpPacket, payload []byte) {
	b := f.udp(src, dst, rtpLen+len(payload))
	p.put(b)
	copy(b[rtpLen:], payload)
}

type rtpPacket struct {
	ssrc, ts uint32
	seq      uint16
	pt       uint8
	marker   bool
}

func (p rtpPacket) put(b []byte) {
	second := uint64(p.pt)
	if p.marker {
		second |= 0x80
	}
	binary.BigEndian.PutUint64(b, 0x80<<56|second<<48|uint64(p.seq)<<32|uint64(p.ts))
	binary.BigEndian.PutUint32(b[8:], p.ssrc)
}

// refused writes the ICMP port unreachable that a host sends about an RTP
// packet of src to dst (RFC 792), quoting its headers and the first of its
// audio.
func (f *framer) refused(src, dst endpoint, p rtpPacket, payload int) {
	const quoted = ipLen + udpLen + rtpLen
	b := f.network(dst.ip, src.ip, 1, 0, 8+quoted)
	copy(b, "\x03\x03\x00\x00\x00\x00\x00\x00")
	q := b[8:]
	binary.BigEndian.PutUint64(q, 0x4500<<48|uint64(quoted+payload)<<32)
	binary.BigEndian.PutUint64(q[8:], 64<<56|17<<48|uint64(src.ip))
	binary.BigEndian.PutUint32(q[16:], dst.ip)
	udpHeader(q[ipLen:], src, dst, rtpLen+payload)
	p.put(q[ipLen+udpLen:])
}
