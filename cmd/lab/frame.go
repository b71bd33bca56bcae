//go:build linux

package main

import (
	"encoding/binary"
	"net/netip"
)

// datagram is what the router reads of a frame that passes it.
type datagram struct {
	src, dst netip.AddrPort
	payload  []byte
	refusal  bool // an ICMP destination unreachable; src, dst and payload are the quoted packet's
	port     bool // it says port unreachable
	by, to   netip.Addr
}

// readFrame reads an Ethernet frame that carries UDP, or an ICMP error about UDP.
func readFrame(frame []byte) (datagram, bool) {
	if len(frame) < 14 {
		return datagram{}, false
	}
	switch binary.BigEndian.Uint16(frame[12:]) {
	case 0x0800, 0x86dd:
		return readIP(frame[14:])
	}
	return datagram{}, false
}

func readIP(b []byte) (datagram, bool) {
	src, dst, proto, rest, ok := splitIP(b)
	if !ok || len(rest) < 8 {
		return datagram{}, false
	}
	switch {
	case proto == 17:
		return datagram{
			src:     netip.AddrPortFrom(src, binary.BigEndian.Uint16(rest)),
			dst:     netip.AddrPortFrom(dst, binary.BigEndian.Uint16(rest[2:])),
			payload: rest[8:], by: src, to: dst,
		}, true
	case proto == 1 && rest[0] == 3, proto == 58 && rest[0] == 1:
		quoted, ok := readIP(rest[8:])
		quoted.refusal, quoted.by, quoted.to = true, src, dst
		quoted.port = proto == 1 && rest[1] == 3 || proto == 58 && rest[1] == 4
		return quoted, ok
	}
	return datagram{}, false
}

// splitIP splits an IP packet that is no later fragment.
func splitIP(b []byte) (src, dst netip.Addr, proto byte, rest []byte, ok bool) {
	switch {
	case len(b) >= 20 && b[0]>>4 == 4:
		head := int(b[0]&15) * 4
		if len(b) < head || binary.BigEndian.Uint16(b[6:])&0x1fff != 0 {
			return
		}
		return netip.AddrFrom4([4]byte(b[12:16])), netip.AddrFrom4([4]byte(b[16:20])), b[9], b[head:], true
	case len(b) >= 40 && b[0]>>4 == 6:
		return netip.AddrFrom16([16]byte(b[8:24])), netip.AddrFrom16([16]byte(b[24:40])), b[6], b[40:], true
	}
	return
}

// rtpSeq reads the sequence number of an RTP packet, if it is one.
func rtpSeq(payload []byte) (seq uint16, ssrc uint32, ok bool) {
	if len(payload) < 12 || payload[0]>>6 != 2 || isRTCP(payload) {
		return 0, 0, false
	}
	return binary.BigEndian.Uint16(payload[2:]), binary.BigEndian.Uint32(payload[8:]), true
}

func isRTCP(payload []byte) bool {
	return len(payload) >= 8 && payload[0]>>6 == 2 && payload[1] >= 192 && payload[1] <= 223
}
