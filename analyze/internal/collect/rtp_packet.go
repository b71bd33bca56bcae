package collect

import (
	"encoding/binary"

	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/packet"
	"github.com/latchscope/latchscope/analyze/rtp"
	"github.com/latchscope/latchscope/analyze/trace"
)

// rtpPacket is an RTP packet on its way to its stream: all that the stream wants
// to know of it. Who reads makes them while the packet's bytes are at hand;
// who collects, on another processor, touches nothing but them.
type rtpPacket struct {
	print uint64 // fingerprint of the payload, 0 if it proves nothing
	time  int64
	frame int64
	rtp.Stamp
	ssrc, tap uint32
	ipid      uint32
	size      int32 // bytes of payload
	src, dst  endpoint.Endpoint
	vlan      uint16
	ttl       uint8
}

// key hashes what makes the packet's stream.
func (a *rtpPacket) key() uint64 { return hashKey(&a.src, &a.dst, a.ssrc, a.tap) }

// set makes m the mark of a packet. Field by field: a value built elsewhere and
// copied in would be loaded before its parts have left the processor.
func set(m *trace.Mark, a *rtpPacket, file int32, r rtp.Result) {
	m.Time, m.Seq, m.TS = a.time, r.Ext, r.TS
	m.Frame = trace.FrameOf(file, a.frame).Frame
	m.File, m.PT, m.Marker = file, a.PT, a.Marker
}

// addRTP makes an rtpPacket of a datagram if it is RTP that somebody may play.
func (l *batch) addRTP(d *packet.Datagram) bool {
	if d.Kind != packet.UDP {
		return false
	}
	stamp, ssrc, ok := rtp.Plain(d.Payload)
	var payload []byte
	if ok {
		payload = d.Payload[rtp.HeaderLen:]
	} else {
		var h rtp.Header
		if rtp.Classify(d.Payload) != rtp.RTP || !rtp.Parse(d.Payload, &h) || keepalive(d, &h) {
			return false
		}
		stamp, ssrc, payload = h.Stamp, h.SSRC, h.Payload(d.Payload)
	}
	n := len(l.packets)
	if n == cap(l.packets) {
		l.packets = append(l.packets, rtpPacket{})
	} else {
		l.packets = l.packets[:n+1]
	}
	a := &l.packets[n]
	a.print, _ = rtp.Fingerprint(payload)
	a.time, a.frame = d.Time, d.Frame
	a.TS, a.Seq, a.PT, a.Marker = stamp.TS, stamp.Seq, stamp.PT, stamp.Marker
	a.ssrc, a.tap, a.ipid, a.size = ssrc, d.Tap, d.IPID, int32(len(payload))
	a.vlan, a.ttl = d.VLAN, d.TTL
	copyEndpoint(&a.src, &d.Src)
	copyEndpoint(&a.dst, &d.Dst)
	return true
}

// copyEndpoint copies in the pieces in which endpoints are written: a load that
// spans two stores just made waits until they have left the processor.
func copyEndpoint(to, from *endpoint.Endpoint) {
	le := binary.LittleEndian
	le.PutUint64(to.Addr[:8], le.Uint64(from.Addr[:8]))
	le.PutUint64(to.Addr[8:], le.Uint64(from.Addr[8:]))
	to.Port = from.Port
}

// keepalive tells an RTP packet that carries nothing anybody plays (RFC 6263
// section 4.4).
func keepalive(d *packet.Datagram, h *rtp.Header) bool {
	return h.PayloadLen == 0 && !h.Cut && d.Flags&packet.Truncated == 0
}
