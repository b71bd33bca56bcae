package collect

import (
	"encoding/binary"

	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/packet"
	"github.com/latchscope/latchscope/analyze/rtp"
	"github.com/latchscope/latchscope/analyze/trace"
)

// mediaPort is where a stream goes, as one interface of a capture point shows
// it.
type mediaPort struct {
	at    endpoint.Endpoint
	point uint16
	tap   uint32
}

// likelyPorts has a bit for each of some thousand hashes of endpoints: what goes to none of
// them need not be looked at. Some that do may not be meant.
type likelyPorts [1 << 10]uint64

func (p *likelyPorts) bit(ep *endpoint.Endpoint) (word *uint64, bit uint64) {
	h := (binary.LittleEndian.Uint32(ep.Addr[12:]) ^ uint32(ep.Port)<<16) * 0x9e3779b1 >> 16
	return &p[h>>6], 1 << (h & 63)
}

func (p *likelyPorts) add(ep *endpoint.Endpoint) {
	word, bit := p.bit(ep)
	*word |= bit
}

func (p *likelyPorts) has(ep *endpoint.Endpoint) bool {
	word, bit := p.bit(ep)
	return *word&bit != 0
}

// sender is whoever sends a stream to a media port.
type sender struct {
	to   mediaPort
	from endpoint.Endpoint
	ssrc uint32
}

// stray keeps a packet that looks like RTP and belongs to no stream: a keepalive
// of a payload type that nobody plays (RFC 6263 section 4.5).
func (l *looker) stray(a *rtpPacket, file int32, info *trace.Capture) {
	port := mediaPort{a.dst, uint16(info.Point), a.tap}
	if !l.ports[port] || l.heard[sender{port, a.src, a.ssrc}] {
		return
	}
	l.addKeepalive(trace.Keepalive{
		Moment: trace.Moment{Ref: trace.FrameOf(file, a.frame), Time: info.Step.SinceFrame(a.frame, a.time, nil) + info.Offset},
		Src:    a.src, Dst: a.dst, Class: uint8(rtp.RTP), SSRC: a.ssrc, Seq: a.Seq, PT: a.PT, Marker: a.Marker,
	})
}

// addKeepalive keeps one, as long as they take no more than a quarter of the room.
func (l *looker) addKeepalive(k trace.Keepalive) {
	if l.held >= l.limit || len(l.out.Keepalives) >= l.limit/4 {
		l.out.Full = false
		return
	}
	l.held++
	l.out.Keepalives = append(l.out.Keepalives, k)
}

// keepalive keeps a datagram without media to where a wanted stream goes. What
// another protocol makes of it is none: RTCP, DTLS, T.38, and the checks of ICE,
// which engines answer and do not latch on.
func (l *looker) keepalive(d *packet.Datagram, file int32, info *trace.Capture) {
	if d.Kind != packet.UDP || d.Flags&packet.Truncated != 0 || !l.ports[mediaPort{d.Dst, uint16(info.Point), d.Tap}] {
		return
	}
	k := trace.Keepalive{Src: d.Src, Dst: d.Dst}
	class := rtp.Classify(d.Payload)
	switch class {
	case rtp.RTP:
		var h rtp.Header
		if !rtp.Parse(d.Payload, &h) {
			return
		}
		k.SSRC, k.Seq, k.PT, k.Marker = h.SSRC, h.Stamp.Seq, h.Stamp.PT, h.Stamp.Marker
	case rtp.STUN:
		var m rtp.STUNMessage
		if !rtp.ParseSTUN(d.Payload, &m) || m.Username {
			return
		}
	case rtp.Empty, rtp.Other:
	default:
		return
	}
	k.Class = uint8(class)
	k.Moment = trace.Moment{Ref: trace.FrameOf(file, d.Frame), Time: info.Step.SinceFrame(d.Frame, d.Time, nil) + info.Offset}
	l.addKeepalive(k)
}
