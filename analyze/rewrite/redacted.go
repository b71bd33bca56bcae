package rewrite

import (
	"context"
	"encoding/binary"
	"slices"

	"github.com/latchscope/latchscope/analyze/capture"
	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/packet"
)

// maxSegment is what a redacted TCP segment holds at most. Segments of this size
// are what captures of machines with offloading show.
const maxSegment = 32 << 10

// redacted builds every wanted packet anew.
func (r *reader) redacted(ctx context.Context, in *capture.Input) error {
	heads := map[flowKey]linkHead{} // of the last frame between two addresses, for what comes late
	_, err := r.each(ctx, in, func(f *capture.Frame, list []packet.Datagram, taps []packet.Tap) {
		for i := range list {
			d := &list[i]
			tap := taps[d.Tap]
			var h linkHead
			key := flowKey{endpoint.Endpoint{Addr: d.Src.Addr}, endpoint.Endpoint{Addr: d.Dst.Addr}, d.Tap}
			r.judge(d, func(msg []byte, k *kinds, frames []int64) {
				if d.Frame == f.No {
					h = r.opt.Pseudonyms.linkOf(f)
					if len(heads) > 4096 {
						clear(heads)
					}
					heads[key] = h
				} else if known, ok := heads[key]; ok {
					h = known
				} else {
					h = r.opt.Pseudonyms.linkOf(&capture.Frame{Link: f.Link})
				}
				if len(frames) == 0 {
					frames = []int64{d.Frame}
				}
				iface := r.iface(tap.Iface, h.link)
				if _, ok := headLen(f.Link, f.Data); !ok && f.Data != nil || tap.Tunnel {
					r.counts["tunnel"]++
				} else if h.link != f.Link && h.link == capture.Raw && f.Link != capture.RawBSD && f.Link != capture.RawOpen && f.Link != capture.IPv4 && f.Link != capture.IPv6 {
					r.counts["link"]++
				}
				for _, b := range r.build(f, d, msg, k) {
					r.add(Packet{
						Data: h.carry(b.data), Len: uint32(len(h.head) + len(b.data) + b.missing),
						Frames: slices.Clone(frames), Time: d.Time, Iface: iface,
					})
				}
			})
		}
	})
	return err
}

// built is a new packet, and how many bytes its end was cut by the capture.
type built struct {
	data    []byte
	missing int
}

// build makes the packets that stand for a datagram: several where a message
// over TCP is very long.
func (r *reader) build(f *capture.Frame, d *packet.Datagram, msg []byte, k *kinds) []built {
	p := r.opt.Pseudonyms
	fields := fieldsOf(f, d)
	src, dst := p.Endpoint(d.Src), p.Endpoint(d.Dst)
	missing := 0
	if d.Flags&packet.Truncated != 0 {
		missing = max(int(d.Len)-len(d.Payload), 0)
		r.counts["cut"]++
	}
	if d.Flags&packet.Fragmented != 0 {
		r.counts["fragments"]++
		fields.noFrag = false
	}
	switch d.Kind {
	case packet.UDP:
		payload := p.SIP(msg)
		if msg == nil {
			payload = p.media(d.Payload, k)
		}
		if payload == nil {
			r.counts["unknown"]++
			return nil
		}
		return []built{{ip(fields, protoUDP, src, dst, udp(src, dst, payload, missing), missing), missing}}
	case packet.ICMP:
		src, dst, body := p.icmp(d, extraOf(f), k)
		proto := uint8(protoICMP)
		if d.Quote.V6 {
			proto = protoICMPv6
		}
		return []built{{ip(fields, proto, src, dst, body, 0), 0}}
	case packet.SCTP:
		if msg == nil {
			return nil
		}
		tsn := r.flow(d)
		tsn.next++
		return []built{{ip(fields, protoSCTP, src, dst, sctp(src, dst, tsn.next, p.SIP(msg)), 0), 0}}
	case packet.Stream:
		return r.segments(fields, d, src, dst, p.message(msg, true))
	}
	return nil
}

// segments writes a message as TCP segments of its own, numbered from one on:
// the other messages of the connection are not there, and this one has another
// length.
func (r *reader) segments(fields ipFields, d *packet.Datagram, src, dst endpoint.Endpoint, msg []byte) []built {
	r.counts["tcp"]++
	here := r.flow(d)
	back := uint32(1)
	if o := r.flows[flowKey{d.Dst, d.Src, d.Tap}]; o != nil {
		back = o.next
	}
	var out []built
	for piece := range slices.Chunk(msg, maxSegment) {
		out = append(out, built{ip(fields, protoTCP, src, dst, tcp(src, dst, here.next, back, piece), 0), 0})
		here.next += uint32(len(piece))
	}
	return out
}

// extraOf are the four bytes of an ICMP header that hold an MTU.
func extraOf(f *capture.Frame) uint32 {
	n, ok := headLen(f.Link, f.Data)
	if !ok {
		return 0
	}
	b := f.Data[n:]
	switch {
	case len(b) >= 28 && b[0]>>4 == 4:
		if n := int(b[0]&15) * 4; len(b) >= n+8 {
			return binary.BigEndian.Uint32(b[n+4:])
		}
	case len(b) >= 48 && b[0]>>4 == 6:
		return binary.BigEndian.Uint32(b[44:])
	}
	return 0
}
