package extract

import (
	"bytes"
	"context"

	"github.com/latchscope/latchscope/analyze/capture"
	"github.com/latchscope/latchscope/analyze/packet"
	"github.com/latchscope/latchscope/analyze/sip"
	"github.com/latchscope/latchscope/analyze/tls"
	"github.com/latchscope/latchscope/analyze/trace"
)

// How much of messages is kept: a page shows no more.
const (
	mostMessages     = 512
	mostMessageBytes = 8 << 10
)

// Messages reads the captures of a trace again and returns the SIP messages that
// it has of some calls, by their frames, as they were on the wire: whoever shows
// them takes out what nobody may read (redact.Safe). Of a long message the
// beginning is kept, and of many the first 512.
func Messages(ctx context.Context, set *capture.Set, t *trace.Trace, calls []*trace.Call, keys *tls.Secrets) (map[trace.Ref][]byte, error) {
	want := map[trace.Ref]string{} // Call-IDs
	files := map[int32]bool{}
	for _, c := range calls {
		for _, l := range c.Legs {
			for _, m := range l.Messages.All() {
				if !m.Copy && len(want) < mostMessages {
					want[m.Ref] = l.CallID
					files[m.File] = true
				}
			}
		}
	}
	out := map[trace.Ref][]byte{}
	for i, in := range set.Files {
		if i >= len(t.Captures) || !files[int32(i)] {
			continue
		}
		r := reader{opt: Options{Secrets: keys}, file: int32(i), flows: map[flowKey]*flow{}, relays: t.Captures[i].Relays}
		keep := func(frame int64, msg []byte) {
			at := trace.FrameOf(r.file, frame)
			if id, wanted := want[at]; wanted && out[at] == nil && string(callID(msg)) == id {
				out[at] = bytes.Clone(msg[:min(len(msg), mostMessageBytes)])
			}
		}
		_, err := r.each(ctx, in, func(_ *capture.Frame, list []packet.Datagram, _ []packet.Tap) {
			for i := range list {
				d := &list[i]
				switch {
				case d.Kind == packet.Stream:
					r.flow(d).take(d, func(msg []byte, _ []int64) { keep(d.Frame, msg) })
				case d.Kind != packet.ICMP && sip.Looks(d.Payload):
					keep(d.Frame, d.Payload)
				}
			}
		})
		if err != nil {
			return nil, err
		}
	}
	return out, ctx.Err()
}
