package extract

import (
	"github.com/latchscope/latchscope/analyze/packet"
	"github.com/latchscope/latchscope/analyze/rtp"
	"github.com/latchscope/latchscope/analyze/trace"
)

// unstepped is when a packet was recorded, without a step of the file's clock, as
// the analysis has it: an extract does not hold enough to find the step again. In
// the time that passed twice an RTP packet's timestamp says which it is of.
func (r *reader) unstepped(d *packet.Datagram) int64 {
	if r.step.By == 0 {
		return d.Time
	}
	var h rtp.Header
	if d.Kind != packet.UDP || rtp.Classify(d.Payload) != rtp.RTP || !rtp.Parse(d.Payload, &h) {
		return r.step.SinceFrame(d.Frame, d.Time, nil)
	}
	if r.lines == nil {
		r.lines = map[streamKey]trace.Timeline{}
		for _, s := range r.w.trace.Streams {
			if k := (streamKey{s.Src, s.Dst, s.SSRC}); s.First.File == r.file && r.lines[k].Clock == 0 {
				r.lines[k] = trace.Timeline{First: s.First, Clock: s.Clock}
			}
		}
	}
	line := r.lines[streamKey{d.Src, d.Dst, h.SSRC}]
	due := line.At(line.First.TS + int64(int32(h.TS-uint32(line.First.TS))))
	if due != nil {
		*due -= r.offset
	}
	return r.step.SinceFrame(d.Frame, d.Time, due)
}
