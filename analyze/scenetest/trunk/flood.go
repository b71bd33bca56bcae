package trunk

import (
	"encoding/binary"
	"fmt"
)

// flood writes the n-th packet of a flood.
func (f *framer) flood(kind Flood, n int, s Shape) {
	dice := shuffle(uint64(n) ^ 1<<40)
	from := endpoint{ip4(100, 64+n>>16&63, n>>8&255, n&255), uint16(1024 + dice%60_000)}
	to := endpoint{ip4(203, 0, 113, 20), uint16(10_000 + dice>>20%10_000)}
	switch kind {
	case NewSSRC:
		var audio [160]byte
		f.rtp(from, to, rtpPacket{ssrc: uint32(shuffle(dice)), ts: uint32(n), seq: uint16(n)}, audio[:])
	case NewCallID:
		l := leg{fmt.Sprintf("flood-%016x", dice), n, endpoint{from.ip, 5060}, endpoint{ip4(203, 0, 113, 10), 5060}, from, to}
		f.say(l.request("INVITE", 1, l.offer(s)))
	case NewHosts:
		l := leg{fmt.Sprintf("flood-%016x", dice), 0, endpoint{from.ip, 5060}, endpoint{ip4(100, 128+n>>16&63, n>>8&255, n&255), 5060}, from, to}
		f.say(l.request("INVITE", 1, l.offer(s)))
	case NewSource:
		var audio [160]byte
		from, to = endpoint{ip4(100, 64, 1, 1), uint16(1024 + n/5%60_000)}, endpoint{ip4(203, 0, 113, 20), 20_002} // the first call's
		p := rtpPacket{ssrc: 7, ts: uint32(n) * 160, seq: uint16(n)}
		if n%5 == 4 {
			f.refused(from, to, p, s.Payload)
			return
		}
		f.rtp(from, to, p, audio[:])
	case NewFlow:
		to.port = uint16(1024 + dice>>20%60_000)
		copy(f.udp(from, to, 32), "\x00\x00none of your business........")
	case NewError:
		f.refused(from, to, rtpPacket{ssrc: uint32(dice), seq: uint16(n)}, s.Payload)
	case NewConn:
		const text = "INVITE sip:1@203.0.113.10 SIP/2.0\r\nVia: "
		t := f.network(from.ip, to.ip, 6, 0, 20+len(text))
		binary.BigEndian.PutUint16(t, from.port)
		binary.BigEndian.PutUint16(t[2:], 5060)
		binary.BigEndian.PutUint64(t[4:], dice)
		copy(t[12:20], "\x50\x18\xff\xff\x00\x00\x00\x00")
		copy(t[20:], text)
	case NewFragment:
		const more = 0x2000
		b := f.network(from.ip, to.ip, 17, more, 1400)
		udpHeader(b, from, to, 3000)
		clear(b[udpLen:])
	}
}

func (f *framer) say(m message) { copy(f.udp(m.src, m.dst, len(m.text)), m.text) }
