package packet

import "github.com/latchscope/latchscope/analyze/endpoint"

// isHEP3 tells a packet of the Homer Encapsulation Protocol, version 3: the
// letters and its length.
func isHEP3(b []byte) bool {
	return len(b) >= 6 && string(b[:4]) == "HEP3" && be16(b[4:]) >= 6
}

// HEP chunks, all of vendor 0
// (https://github.com/sipcapture/HEP/blob/master/docs/HEP3NetworkProtocolSpecification_REV_36.pdf).
const (
	hepProto   = 2
	hepSrc4    = 3
	hepDst4    = 4
	hepSrc6    = 5
	hepDst6    = 6
	hepSrcPort = 7
	hepDstPort = 8
	hepPayload = 15
)

// hep decodes what an agent of Homer's (heplify, captagent, a proxy, rtpengine)
// saw and sent on: addresses, ports and the payload as chunks of vendor, type
// and length. The frame's own time is kept, so that one clock counts in a file.
// A packet without a payload is a keepalive.
func (d *Decoder) hep(s span, p place) bool {
	if !isHEP3(s.b) || int(be16(s.b[4:])) > s.wire {
		return false
	}
	body, _ := s.limit(int(be16(s.b[4:]))).skip(6)
	var src, dst endpoint.Endpoint
	var payload span
	proto := byte(protoUDP)
	for body.wire >= 6 && len(body.b) >= 6 {
		vendor, kind, n := be16(body.b), be16(body.b[2:]), int(be16(body.b[4:]))
		if n < 6 || n > body.wire {
			d.warn.add(warnShort, p.frame)
			return true
		}
		chunk := body.limit(n)
		v := chunk.b[6:]
		if vendor == 0 {
			switch {
			case kind == hepProto && len(v) == 1:
				proto = v[0]
			case kind == hepSrc4 && len(v) == 4:
				src.Addr = mapped(v)
			case kind == hepDst4 && len(v) == 4:
				dst.Addr = mapped(v)
			case kind == hepSrc6 && len(v) == 16:
				src.Addr = [16]byte(v)
			case kind == hepDst6 && len(v) == 16:
				dst.Addr = [16]byte(v)
			case kind == hepSrcPort && len(v) == 2:
				src.Port = be16(v)
			case kind == hepDstPort && len(v) == 2:
				dst.Port = be16(v)
			case kind == hepPayload:
				payload, _ = chunk.skip(6)
			}
		}
		var ok bool
		if body, ok = body.skip(n); !ok {
			break
		}
	}
	if payload.wire == 0 || src.IsZero() || dst.IsZero() || !d.tunnelled(&p) {
		return true
	}
	if proto == protoTCP || proto == protoSCTP {
		// One message, whatever segments it came in.
		d.message(src, dst, payload, p)
		return true
	}
	d.payload(src, dst, 0, payload, p)
	return true
}

// message hands on a whole message of a byte stream.
func (d *Decoder) message(src, dst endpoint.Endpoint, s span, p place) {
	dg := Datagram{
		Payload: s.b[:len(s.b):len(s.b)], Time: p.time, Frame: p.frame, Len: uint32(s.wire),
		Tap: p.tap, Src: src, Dst: dst, Kind: SCTP, Flags: p.flags,
	}
	if len(s.b) < s.wire {
		dg.Flags |= Truncated
		d.warn.add(warnCutPayload, p.frame)
	}
	d.emit(dg)
}
