package trunk

import "encoding/binary"

// call is one call in its slot. The gateway calls, the server passes the call
// on to a telephone behind a NAT whose outside address is phone.
//
//	gateway ── gwPort │ inner ─ server ─ outer │ phone
type call struct {
	id           int
	gw, gwSIP    endpoint
	inner, outer endpoint // the server's media ports
	server       endpoint // its signalling
	phone        endpoint // where the telephone's media comes from
	phoneSIP     endpoint
	flips        bool
	keep         bool // the server passes SSRC, sequence and timestamps on
	far, near    source
	farOut       source // what the server makes of them
	nearOut      source
	audio        uint64
}

// source is one RTP sender.
type source struct {
	ssrc, ts uint32
	seq      uint16
	sent     int
}

func (s *source) next(pt uint8, step uint32) rtpPacket {
	p := rtpPacket{ssrc: s.ssrc, ts: s.ts, seq: s.seq, pt: pt, marker: s.sent == 0}
	s.seq++
	s.ts += step
	s.sent++
	return p
}

func newSource(dice uint64) source {
	return source{ssrc: uint32(dice), ts: uint32(dice >> 20), seq: uint16(dice >> 45)}
}

// shuffle is a step of SplitMix64.
func shuffle(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

func (s Shape) newCall(id int) *call {
	dice := func(n int) uint64 { return shuffle(uint64(id)<<8 | uint64(n)) }
	// Ports are taken in turn, so that none is used again soon.
	const perHost = 10_000 // calls' ports on one media address
	media := ip4(203, 0, 113, 20+id/perHost%8)
	at := uint16(id % perHost)
	c := &call{
		id:       id,
		gw:       endpoint{ip4(192, 0, 2, 1+id%50), 10_000 + at/50*2},
		gwSIP:    endpoint{ip4(192, 0, 2, 1+id%50), 5060},
		server:   endpoint{ip4(203, 0, 113, 10), 5060},
		inner:    endpoint{media, 20_000 + at*4},
		outer:    endpoint{media, 20_002 + at*4},
		phone:    endpoint{ip4(198, 51, 100, 1+id%200), 30_000 + uint16(id/200)%1000*20},
		phoneSIP: endpoint{ip4(198, 51, 100, 1+id%200), 5060},
		flips:    id < s.Flips,
		keep:     id%2 == 0,
		far:      newSource(dice(1)), near: newSource(dice(2)),
		audio: dice(3),
	}
	c.farOut, c.nearOut = c.far, c.near
	if !c.keep {
		c.farOut, c.nearOut = newSource(dice(4)), newSource(dice(5))
	}
	return c
}

// speak fills a payload with audio that nothing else sounds like.
func (c *call) speak(payload []byte) {
	x := c.audio
	for i := 0; i+8 <= len(payload); i += 8 {
		x = x*6364136223846793005 + 1442695040888963407
		binary.LittleEndian.PutUint64(payload[i:], x^x>>33)
	}
	c.audio = x
}
