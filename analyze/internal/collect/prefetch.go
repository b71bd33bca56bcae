package collect

import "github.com/latchscope/latchscope/analyze/trace"

// prefetch is a few RTP packets in a row that are looked up together before the
// first of them is applied. A packet's stream is rarely in the cache; looking
// up one after the other, the processor waits for memory each time, while
// lookups that do not depend on each other wait together.
type prefetch struct {
	streams [32]*trace.Stream
	at      [32]int // slots of the table
	touched int64   // keeps the compiler from leaving the touching out
}

// applyAll gives packets to their streams, in order.
func (c *collector) applyAll(list []rtpPacket) {
	for len(list) > 0 {
		n := min(len(list), len(c.prefetch.streams))
		c.applyWave(list[:n])
		list = list[n:]
	}
}

func (c *collector) applyWave(list []rtpPacket) {
	w := &c.prefetch
	for i := range list {
		a := &list[i]
		w.streams[i], w.at[i] = c.streams.find(a.key(), &a.src, &a.dst, a.ssrc, a.tap)
	}
	var touched int64
	for _, s := range w.streams[:len(list)] {
		if s != nil {
			touched += s.Stats.ExtHighest + int64(s.Stats.Packets) + s.Last.Time // one of each cache line
		}
	}
	w.touched += touched
	known, gone := len(c.streams.list), c.streams.gone
	for i := range list {
		a, s, at := &list[i], w.streams[i], w.at[i]
		if len(c.streams.list) != known || c.streams.gone != gone { // an earlier packet of the wave changed the table
			s, at = c.streams.find(a.key(), &a.src, &a.dst, a.ssrc, a.tap)
		}
		if s == nil {
			if s = c.newStream(a, at); s == nil {
				continue
			}
		}
		if a.time-s.Last.Time > second && c.superseded(s, a) {
			s = c.renew(s, a, at)
		}
		c.rtp(a, s)
	}
}
