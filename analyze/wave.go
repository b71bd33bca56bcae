package analyze

import (
	"github.com/latchscope/latchscope/analyze/packet"
	"github.com/latchscope/latchscope/analyze/rtp"
)

// wave is a few RTP packets in a row that are looked up together before the
// first of them is applied. A packet's stream is rarely in the cache; looking
// up one after the other, the processor waits for memory each time, while
// lookups that do not depend on each other wait together.
type wave struct {
	packets [32]lookup
	n       int
	touched int64 // keeps the compiler from leaving the touching out
}

// lookup is one packet on its way to its stream.
type lookup struct {
	d      *packet.Datagram
	hash   uint64
	stream *Stream
	at     int
	header rtp.Header
}

// add takes a datagram of RTP.
func (w *wave) add(d *packet.Datagram, hash uint64) {
	p := &w.packets[w.n]
	rtp.Parse(d.Payload, &p.header)
	p.d, p.hash = d, hash
	w.n++
}

// hashes appends, for every datagram, the hash of its stream's key, and 0 for
// what is not RTP that somebody may play. It belongs to the reading side: the
// work is shared so that two processors have about the same to do.
func hashes(list []packet.Datagram, out []uint64) []uint64 {
	var h rtp.Header
	for i := range list {
		d, hash := &list[i], uint64(0)
		if d.Kind == packet.UDP && rtp.Classify(d.Payload) == rtp.RTP && rtp.Parse(d.Payload, &h) && !keepalive(d, &h) {
			hash = hashKey(&d.Src, &d.Dst, h.SSRC, d.Tap)
		}
		out = append(out, hash)
	}
	return out
}

// applyWave gives the packets of the wave to their streams.
func (c *collector) applyWave() {
	w := &c.wave
	packets := w.packets[:w.n]
	w.n = 0
	for i := range packets {
		p := &packets[i]
		p.stream, p.at = c.streams.find(p.hash, &p.d.Src, &p.d.Dst, p.header.SSRC, p.d.Tap)
	}
	var touched int64
	for i := range packets {
		if s := packets[i].stream; s != nil {
			touched += int64(s.Stats.Packets) + s.Last.Time + s.recent.times[3]
		}
	}
	w.touched += touched
	known, gone := len(c.streams.list), c.streams.gone
	for i := range packets {
		p := &packets[i]
		d, s := p.d, p.stream
		if len(c.streams.list) != known || c.streams.gone != gone { // an earlier packet of the wave changed the table
			s, p.at = c.streams.find(p.hash, &d.Src, &d.Dst, p.header.SSRC, d.Tap)
		}
		if s == nil {
			if s = c.newStream(d, &p.header, p.hash, p.at); s == nil {
				continue
			}
		}
		if d.Time-s.Last.Time > second && c.superseded(s, d, &p.header) {
			s = c.renew(s, d, &p.header, p.at)
		}
		c.rtp(d, &p.header, s)
	}
}
