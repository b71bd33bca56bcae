package latch

import "github.com/latchscope/latchscope/analyze/endpoint"

// tally counts packets of sources that are not the known one. It remembers four
// sources for CountPerSource; the other counters use the first place only.
type tally struct {
	src   [4]endpoint.Endpoint
	since [4]int64 // when the first counted packet came
	n     [4]uint16
	seq   uint16 // of the last packet, for probation
	used  uint8
}

// known notes a packet of the known source: it interrupts what must be
// consecutive, and a candidate's sequence would have to follow this packet's.
func (c *tally) known(kind Counter, seq uint16) {
	c.seq = seq
	if kind == CountConsecutive || kind == CountMismatches {
		c.n[0] = 0
	}
}

// add counts one packet and returns its place and whether its source is new.
func (c *tally) add(p *Policy, kind Counter, inSeq bool, ev *Event) (place int, fresh bool) {
	place, fresh = c.find(p, kind, ev.Source)
	if fresh {
		c.src[place], c.n[place], c.since[place] = ev.Source, 0, ev.Time
		if inSeq {
			// The first packet of a candidate only seeds its sequence.
			c.seq = ev.Seq
			return place, fresh
		}
	}
	if inSeq && ev.Seq != c.seq+1 {
		c.n[place] = 0
	}
	c.seq = ev.Seq
	if c.n[place] == 0 {
		c.since[place] = ev.Time
	}
	if c.n[place] < 1<<16-1 {
		c.n[place]++
	}
	return place, fresh
}

func (c *tally) find(p *Policy, kind Counter, src endpoint.Endpoint) (place int, fresh bool) {
	if c.used == 0 {
		c.used = 1
		return 0, true
	}
	switch kind {
	case CountMismatches, CountAll:
		return 0, false
	case CountConsecutive:
		return 0, !p.matches(c.src[0], src)
	}
	least := 0
	for i := range int(c.used) {
		if p.matches(c.src[i], src) {
			return i, false
		}
		if c.n[i] < c.n[least] {
			least = i
		}
	}
	if int(c.used) < len(c.src) {
		c.used++
		return int(c.used) - 1, true
	}
	return least, true
}

// again begins the count of a place anew with the packet at hand.
func (c *tally) again(place int, t int64) { c.n[place], c.since[place] = 1, t }
