package analyze_test

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// udpDatagram is an IPv4 packet with a UDP datagram in it.
func udpDatagram(src, dst netip.AddrPort, payload []byte) []byte {
	b := udpPacket(dst.Port(), payload)
	copy(b[12:], src.Addr().AsSlice())
	copy(b[16:], dst.Addr().AsSlice())
	binary.BigEndian.PutUint16(b[20:], src.Port())
	return b
}

// pcapOf is a capture of IP packets, of which frame.at is in milliseconds.
func pcapOf(list []frame) []byte {
	file := []byte{0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 101, 0, 0, 0}
	for _, f := range list {
		at := f.at + 1_000_000_000
		for _, v := range []int{at / 1000, at % 1000 * 1000, len(f.data), len(f.data)} {
			file = binary.LittleEndian.AppendUint32(file, uint32(v))
		}
		file = append(file, f.data...)
	}
	return file
}

// rtpOf is the n-th packet of a stream.
func rtpOf(ssrc uint32, n int) []byte {
	b := []byte{0x80, 0}
	b = binary.BigEndian.AppendUint16(b, uint16(1000+n))
	b = binary.BigEndian.AppendUint32(b, uint32(n)*160)
	return append(binary.BigEndian.AppendUint32(b, ssrc), speech(ssrc, n)...)
}

var stunMask = append([]byte{0x21, 0x12, 0xa4, 0x42}, "transaction1"...)

// stun is a STUN message of attributes, each a number and a value.
func stun(kind uint16, attrs ...any) []byte {
	var b []byte
	for i := 0; i < len(attrs); i += 2 {
		v := attrs[i+1].([]byte)
		b = binary.BigEndian.AppendUint16(b, uint16(attrs[i].(int)))
		b = append(binary.BigEndian.AppendUint16(b, uint16(len(v))), v...)
		b = append(b, make([]byte, -len(v)&3)...)
	}
	head := binary.BigEndian.AppendUint16(nil, kind)
	return slices.Concat(binary.BigEndian.AppendUint16(head, uint16(len(b))), stunMask, b)
}

// xorOf is an IPv4 address as STUN writes it.
func xorOf(ep netip.AddrPort) []byte {
	b := binary.BigEndian.AppendUint16([]byte{0, 1}, ep.Port()^0x2112)
	for i, c := range ep.Addr().AsSlice() {
		b = append(b, c^stunMask[i])
	}
	return b
}

// callMessages are an INVITE and its 200 for two media addresses.
func callMessages(offer, answer netip.AddrPort) (invite, ok string) {
	sdp := func(ep netip.AddrPort) string {
		return fmt.Sprintf("v=0\r\no=- 1 1 IN IP4 %s\r\ns=-\r\nc=IN IP4 %s\r\nt=0 0\r\nm=audio %d RTP/AVP 0\r\n", ep.Addr(), ep.Addr(), ep.Port())
	}
	message := func(line, tag string, body string) string {
		return strings.Join([]string{line, "Via: SIP/2.0/UDP 198.51.100.10:5060;branch=z9hG4bKx", "From: <sip:1001@example.com>;tag=a",
			"To: <sip:1002@example.com>" + tag, "Call-ID: call@example.com", "CSeq: 1 INVITE", "Contact: <sip:1001@198.51.100.10>",
			"Content-Type: application/sdp", fmt.Sprintf("Content-Length: %d", len(body)), "", body}, "\r\n")
	}
	return message("INVITE sip:1002@example.com SIP/2.0", "", sdp(offer)), message("SIP/2.0 200 OK", ";tag=b", sdp(answer))
}
