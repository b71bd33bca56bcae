package rtp

// probationPackets in sequence make a stream. RFC 3550 appendix A.1 is content
// with MIN_SEQUENTIAL 2, but its receiver knows that RTP is due; without
// signalling any protocol whose packets begin with 0x80 would pass now and then.
const probationPackets = 4

// Bounds of what a stream on probation may do from one packet to the next.
const (
	probationGap   = 50      // packets missing at once
	probationTicks = 1 << 22 // timestamps ahead: 46 s of video, minutes of speech
)

// Probation decides whether packets that nothing announced are really RTP. The
// zero value has seen nothing.
type Probation struct {
	ssrc, ts uint32
	seq      uint16
	pt       uint8
	good     uint8 // packets in sequence
	changes  uint8 // of payload type among them
}

// Add takes the next packet of one path and tells whether RTP is proven by now;
// once it is, it remains so. The first packet of another SSRC begins anew.
func (p *Probation) Add(h *Header) bool {
	if p.Passed() {
		return true
	}
	if h.PT >= 64 && h.PT <= 95 { // RTCP's range, RFC 5761 section 4
		*p = Probation{}
		return false
	}
	if p.good == 0 || h.SSRC != p.ssrc {
		p.begin(h)
		return false
	}
	ahead := h.Seq - p.seq
	ticks := int32(h.TS - p.ts)
	switch {
	case ahead == 0 && ticks == 0, -ahead <= maxMisorder && ahead != 0 && ticks <= 0:
		return false // recorded twice, or late: proves nothing either way
	case ahead == 0, ahead > probationGap, ticks < 0, ticks > probationTicks:
		p.begin(h)
		return false
	}
	if h.PT != p.pt {
		if p.changes++; p.changes > 2 {
			p.begin(h)
			return false
		}
	}
	p.seq, p.ts, p.pt = h.Seq, h.TS, h.PT
	p.good++
	return p.Passed()
}

func (p *Probation) begin(h *Header) {
	*p = Probation{ssrc: h.SSRC, ts: h.TS, seq: h.Seq, pt: h.PT, good: 1}
}

// Passed tells whether RTP is proven.
func (p *Probation) Passed() bool { return p.good >= probationPackets }
