package trace

import (
	"iter"

	"github.com/latchscope/latchscope/analyze/rtp"
)

// Jitter yields, with the number of each packet of a list, the interarrival jitter of
// the stream after it, in milliseconds (RFC 3550 section 6.4.1), as rtp.Stats has it.
// Packets whose timestamps follow no clock that is known (telephone events) are passed
// over, and so are those with the marker: what a pause does to the jitter counts for
// nothing. Packets are in order of time; those of other ports of one talker may be
// among them.
func (s *Stream) Jitter(list []Packet) iter.Seq2[int, float64] {
	return func(yield func(int, float64) bool) {
		var stats rtp.Stats
		for i := range list {
			p := &list[i]
			clock := rtp.ClockOf(p.PT)
			if p.PT == s.PT {
				clock = s.Clock
			}
			if clock == 0 {
				continue
			}
			stats.Update(p.Time, rtp.Stamp{TS: uint32(p.TS), Seq: uint16(p.Seq), PT: p.PT, Marker: p.Marker}, clock)
			if !p.Marker && !yield(i, stats.Jitter()) {
				return
			}
		}
	}
}
