package extract

import (
	"context"

	"github.com/latchscope/latchscope/analyze/capture"
	"github.com/latchscope/latchscope/analyze/packet"
	"github.com/latchscope/latchscope/analyze/redact"
)

// redacted builds every wanted packet anew.
func (r *reader) redacted(ctx context.Context, in *capture.Input, build *redact.Builder) error {
	_, err := r.each(ctx, in, func(f *capture.Frame, list []packet.Datagram, taps []packet.Tap) {
		for i := range list {
			d := &list[i]
			r.judge(d, func(msg []byte, types *redact.PayloadTypes, frames []int64) {
				if len(frames) == 0 {
					frames = []int64{d.Frame}
				}
				for _, b := range build.Packets(f, d, taps[d.Tap], msg, types) {
					r.add(Packet{Data: b.Data, Len: b.Len, Frames: frames, Time: r.unstepped(d), Iface: r.iface(b.Iface, b.Link)})
				}
			})
		}
	})
	return err
}
