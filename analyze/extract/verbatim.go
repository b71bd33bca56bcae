package extract

import (
	"bytes"
	"context"
	"encoding/binary"

	"github.com/latchscope/latchscope/analyze/capture"
	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/ng"
	"github.com/latchscope/latchscope/analyze/packet"
	"github.com/latchscope/latchscope/analyze/redact"
	"github.com/latchscope/latchscope/analyze/sip"
	"github.com/latchscope/latchscope/analyze/trace"
)

// verbatim copies frames. It reads the file twice: which frames a datagram in
// fragments or a message over TCP came in is known only when the last of them
// has been read.
func (r *reader) verbatim(ctx context.Context, in *capture.Input) error {
	keep := map[int64]bool{}
	later := map[int64]int64{}     // frames recorded since the clock was set back: their time without that
	whole := map[streamEnds]bool{} // TLS connections: nothing can be read of them without their beginning
	pieces := map[fragmentKey][]int64{}
	_, err := r.each(ctx, in, func(f *capture.Frame, list []packet.Datagram, _ []packet.Tap) {
		if k, ok := fragmentOf(f); ok {
			if len(pieces) > 4096 {
				clear(pieces) // nothing that completes waits for so many
			}
			pieces[k] = append(pieces[k], f.No)
		}
		for i := range list {
			d := &list[i]
			frames := []int64{d.Frame}
			if d.Flags&packet.Fragmented != 0 {
				k := fragmentKey{d.Src.Addr, d.Dst.Addr, d.IPID}
				frames = append(frames, pieces[k]...)
				delete(pieces, k)
			}
			r.judge(d, func(_ []byte, _ *redact.PayloadTypes, more []int64) {
				if d.Flags&packet.Secured != 0 {
					whole[endsOf(d.Src, d.Dst)] = true
				}
				at := r.unstepped(d)
				for _, no := range append(frames, more...) {
					keep[no] = true
					if at != d.Time {
						later[no] = at
					}
				}
			})
		}
	})
	if err != nil || len(keep) == 0 {
		return err
	}
	f, err := in.Open()
	if err != nil {
		return err
	}
	defer f.Close()
	var batch capture.Batch
	for ctx.Err() == nil && !r.tooMuch && f.Next(&batch) {
		for i := range batch.Frames {
			fr := &batch.Frames[i]
			encrypted := len(whole) > 0 && whole[segmentOf(fr)]
			if encrypted {
				r.x.encrypted++
			}
			if keep[fr.No] || encrypted {
				at, moved := later[fr.No]
				if !moved {
					at = fr.Time
				}
				r.add(Packet{
					Data: bytes.Clone(fr.Data), Frames: []int64{fr.No}, Time: at,
					Iface: r.iface(fr.Iface, fr.Link), Len: max(fr.Len, uint32(len(fr.Data))),
				})
			}
		}
	}
	if r.tooMuch {
		return &TooLarge{r.opt.Limit}
	}
	r.nameInterfaces(f.Info())
	return f.Err()
}

// judge calls keep for everything wanted that a datagram completes: itself, or
// the messages of a TCP stream with the frames that they came in.
func (r *reader) judge(d *packet.Datagram, keep func(msg []byte, k *redact.PayloadTypes, frames []int64)) {
	at := r.unstepped(d) + r.offset
	switch {
	case d.Kind == packet.Stream:
		r.flow(d).take(d, func(msg []byte, frames []int64) {
			if r.w.message(callID(msg), at) {
				keep(msg, nil, frames)
			}
		})
	case d.Kind != packet.ICMP && sip.Looks(d.Payload):
		if r.w.message(callID(d.Payload), at) {
			keep(d.Payload, nil, nil)
		}
	case d.Kind != packet.ICMP && ng.Looks(d.Payload):
		if r.w.controls[trace.FrameOf(r.file, d.Frame)] {
			keep(nil, nil, nil)
		}
	default:
		if k, ok := r.w.datagram(d, at); ok {
			keep(nil, k, nil)
		}
	}
}

// streamEnds are the two ends of a TCP connection, in either order.
type streamEnds struct{ a, b endpoint.Endpoint }

func endsOf(a, b endpoint.Endpoint) streamEnds {
	if c := bytes.Compare(a.Addr[:], b.Addr[:]); c > 0 || c == 0 && a.Port > b.Port {
		a, b = b, a
	}
	return streamEnds{a, b}
}

// segmentOf is the connection that a frame's TCP segment belongs to, zero where
// there is none, or where it is inside a tunnel.
func segmentOf(f *capture.Frame) streamEnds {
	const tcp = 6
	n, ok := packet.IPOffset(f.Link, f.Data)
	if !ok {
		return streamEnds{}
	}
	b := f.Data[n:]
	var src, dst endpoint.Endpoint
	switch {
	case len(b) >= 20 && b[0]>>4 == 4 && b[9] == tcp:
		src.Addr, dst.Addr, n = mapped(b[12:16]), mapped(b[16:20]), int(b[0]&15)*4
	case len(b) >= 40 && b[0]>>4 == 6 && b[6] == tcp:
		src.Addr, dst.Addr, n = [16]byte(b[8:24]), [16]byte(b[24:40]), 40
	default:
		return streamEnds{}
	}
	if n < 20 || len(b) < n+4 {
		return streamEnds{}
	}
	src.Port, dst.Port = binary.BigEndian.Uint16(b[n:]), binary.BigEndian.Uint16(b[n+2:])
	return endsOf(src, dst)
}

type fragmentKey struct {
	src, dst [16]byte
	id       uint32
}

// fragmentOf tells the frames that hold an IP fragment.
func fragmentOf(f *capture.Frame) (fragmentKey, bool) {
	n, ok := packet.IPOffset(f.Link, f.Data)
	if !ok {
		return fragmentKey{}, false
	}
	b := f.Data[n:]
	switch {
	case len(b) >= 20 && b[0]>>4 == 4 && binary.BigEndian.Uint16(b[6:])&0x3fff != 0:
		return fragmentKey{mapped(b[12:16]), mapped(b[16:20]), uint32(binary.BigEndian.Uint16(b[4:]))}, true
	case len(b) >= 48 && b[0]>>4 == 6 && b[6] == 44:
		return fragmentKey{[16]byte(b[8:24]), [16]byte(b[24:40]), binary.BigEndian.Uint32(b[44:])}, true
	}
	return fragmentKey{}, false
}

func mapped(b []byte) (a [16]byte) {
	a[10], a[11] = 0xff, 0xff
	copy(a[12:], b)
	return a
}
