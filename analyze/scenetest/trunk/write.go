package trunk

import (
	"io"
	"time"
)

// Totals are what a capture came to hold.
type Totals struct {
	Packets, RTP, SIP, ICMP, Flood int
	Streams                        int // of the calls
}

// Write writes the capture.
func (s Shape) Write(w io.Writer) (Totals, error) {
	s = s.withDefaults()
	p := play{Shape: s, file: newFile(w, s.NG), slots: make([]*call, s.AtOnce), payload: make([]byte, s.Payload)}
	if s.Calls == 0 {
		p.slots = nil
	}
	p.window = max(1, s.Pace.Microseconds()/int64(max(len(p.slots), 1)))
	p.perSecond = int(time.Second / s.Pace)
	for step := range s.length() {
		p.step(step)
	}
	p.totals.Packets = p.file.packets
	return p.totals, p.file.w.Flush()
}

// play is a capture being written, a step of Pace at a time. Within a step
// every slot has a window of its own, so that packets are in order of time.
type play struct {
	Shape
	file      *file
	framer    framer
	slots     []*call
	payload   []byte
	said      []message
	window    int64 // microseconds
	perSecond int
	idled     int
	flooded   int
	totals    Totals
}

const epoch = 1_750_000_000 * 1_000_000 // microseconds

func (p *play) step(step int) {
	at := epoch + int64(step)*p.Pace.Microseconds()
	for ; p.idled*p.length() < p.Idle*step; p.idled++ {
		for _, m := range idle(p.idled) {
			p.sip(at, m)
		}
	}
	for slot := range p.slots {
		p.slot(slot, step-p.stagger(slot), at+int64(slot)*p.window)
	}
	end := at + p.Pace.Microseconds() - 1
	for range p.Rate {
		p.framer.flood(p.Flood, p.flooded, p.Shape)
		p.put(end)
		p.flooded++
		p.totals.Flood++
	}
}

func (p *play) put(us int64) { p.file.packet(us, p.framer.buf) }

func (p *play) sip(us int64, m message) {
	p.framer.say(m)
	p.put(us)
	p.totals.SIP++
}

// slot plays a step of the call that is in a slot.
func (p *play) slot(slot, step int, at int64) {
	if step < 0 {
		return
	}
	id := step/p.life()*p.AtOnce + slot
	if id >= p.Calls {
		return
	}
	step %= p.life()
	if step == 0 {
		p.slots[slot] = p.newCall(id)
		if !p.SIPOnly {
			p.totals.Streams += 4
			if p.slots[slot].flips {
				p.totals.Streams += 2
			}
		}
	}
	c := p.slots[slot]
	p.said = c.signalling(p.Shape, step, p.said[:0])
	tick := p.window / 16 // the capture's clock may be too coarse for that
	for i, m := range p.said {
		p.sip(at+int64(i)*tick, m)
	}
	if p.SIPOnly {
		return
	}
	at += 8 * tick
	if step >= ringing && step < ringing+p.Packets {
		p.media(c, step, at, tick)
	} else if c.flips && step >= ringing-early && step < ringing {
		p.early(c, step, at, tick)
	}
}

func (p *play) media(c *call, step int, at, tick int64) {
	s := story{from: c.phone, passed: true, to: c.phone}
	if c.flips {
		s = c.story(step, p.perSecond)
	}
	c.speak(p.payload)
	p.rtp(at, c.gw, c.inner, &c.far)
	p.rtp(at+tick/4, c.outer, s.to, &c.farOut)
	c.speak(p.payload)
	p.rtp(at+tick/2, s.from, c.outer, &c.near)
	if s.passed {
		p.rtp(at+3*tick/4, c.inner, c.gw, &c.nearOut)
	} else if c.keep {
		c.nearOut.next(p.PT, p.ticks()) // its numbers are the telephone's
	}
}

// early is a packet of the telephone's before the answer.
func (p *play) early(c *call, step int, at, tick int64) {
	s := c.story(step, p.perSecond)
	c.speak(p.payload)
	packet := c.near
	p.rtp(at, s.from, c.outer, &c.near)
	if c.keep {
		c.nearOut.next(p.PT, p.ticks())
	}
	if s.refused {
		p.framer.refused(s.from, c.outer, packet.next(p.PT, 0), p.Payload)
		p.put(at + tick/2)
		p.totals.ICMP++
	}
}

// ticks of the media's clock between two packets.
func (p *play) ticks() uint32 { return uint32(p.Pace.Milliseconds() * 8) }

func (p *play) rtp(us int64, src, dst endpoint, from *source) {
	p.framer.rtp(src, dst, from.next(p.PT, p.ticks()), p.payload)
	p.put(us)
	p.totals.RTP++
}
