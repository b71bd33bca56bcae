package harvest

import (
	"slices"

	"github.com/latchscope/latchscope/analyze/internal/collect"
	"github.com/latchscope/latchscope/analyze/rtp"
	"github.com/latchscope/latchscope/analyze/trace"
)

// mostNumber bounds unwrapped numbers of sequences and timestamps: differences of
// any two, and times the nanoseconds of a second, must fit.
const mostNumber = 1 << 48

// streams are RTP streams. Those of several calls that had one SSRC and 5-tuple
// after another know each other by their places in the list.
func (c *coder) streams(h *collect.Harvest) {
	l := &h.Streams
	place := map[*trace.Stream]int{}
	if !c.reading() {
		for i, s := range *l {
			place[s] = i
		}
	}
	var links []int // by stream: the place of the later one, less its own; 0: none
	pointers(c, l, mostParts*c.lim.Streams, func(s *trace.Stream) {
		c.stream(s)
		c.looked(h, s)
		link := 0
		if s.Breaks != nil && s.Breaks.Later != nil {
			link = place[s.Breaks.Later] - len(links)
		}
		num(c, &link)
		links = append(links, link)
	})
	if !c.reading() || c.err != nil {
		return
	}
	for i, link := range links {
		if link == 0 {
			continue
		}
		// Onwards only, and to one that no other goes on with: no way leads in a
		// circle.
		if link < 0 || i+link >= len(*l) {
			c.fail("stream %d goes on as %d", i, i+link)
			return
		}
		s, later := (*l)[i], (*l)[i+link]
		same := s.Src == later.Src && s.Dst == later.Dst && s.SSRC == later.SSRC && s.Tap == later.Tap && s.Point == later.Point
		if !same || later.Breaks != nil && later.Breaks.Earlier != nil {
			c.fail("stream %d goes on as %d, which is another", i, i+link)
			return
		}
		s.Broken().Later, later.Broken().Earlier = later, s
	}
}

// mostMismatches bounds the stretches of one stream that are not of its key.
const mostMismatches = 4096

// looked is what the bytes of the stream's packets said.
func (c *coder) looked(h *collect.Harvest, s *trace.Stream) {
	o := h.Looked[s]
	level, tags := o.Level != nil, len(o.Mismatches) > 0
	if c.flags(&level, &tags); level {
		if c.reading() {
			o.Level = new(trace.Level)
		}
		num(c, &o.Level.Seconds)
		c.fraction(&o.Level.Loudest)
		c.flags(&o.Level.Noise)
	}
	if tags {
		list(c, &o.Mismatches, mostMismatches, func(m *trace.Mismatch) {
			c.mark(&m.From)
			c.mark(&m.To)
			num(c, &m.Kind)
			num(c, &m.Why)
			num(c, &m.Off)
			num(c, &m.Packets)
			c.text(&m.Suite)
			c.text(&m.Sent)
			c.perhaps(&m.Negotiated)
			if c.err == nil && (m.Kind < trace.MismatchKey || m.Kind > trace.MismatchReplay || m.Why > trace.CausePlain || m.From.Seq > m.To.Seq) {
				c.fail("packets of a key that cannot be")
			}
		})
	}
	if c.reading() && c.err == nil && (level || tags) {
		if h.Looked == nil {
			h.Looked = map[*trace.Stream]collect.Looked{}
		}
		h.Looked[s] = o
	}
}

func (c *coder) stream(s *trace.Stream) {
	c.endpoint(&s.Src)
	c.endpoint(&s.Dst)
	num(c, &s.SSRC)
	num(c, &s.Tap)
	num(c, &s.Clock)
	num(c, &s.PT)
	num(c, &s.TTL)
	num(c, &s.VLAN)
	num(c, &s.Point)
	num(c, &s.Duplicates)
	c.stats(&s.Stats)
	c.tracked(s)
	c.mark(&s.First)
	c.mark(&s.Last)
	broken := s.Breaks != nil
	if c.flags(&broken, &s.Flat); broken {
		c.breaks(s.Broken())
	}
	if c.err != nil || !c.reading() {
		return
	}
	switch {
	case s.Stats.Packets == 0, s.First.Seq > s.Last.Seq, s.Stats.ExtFirst > s.Stats.ExtHighest:
		c.fail("a stream without packets")
	case c.captures[s.First.File].Point != int(s.Point), c.captures[s.Last.File].Point != int(s.Point):
		c.fail("a stream of two capture points")
	}
}

func (c *coder) mark(m *trace.Mark) {
	c.file(&m.File)
	c.number(&m.Frame)
	c.at(&m.Time)
	c.unwrapped(&m.Seq)
	c.unwrapped(&m.TS)
	num(c, &m.PT)
	c.flags(&m.Marker)
}

func (c *coder) unwrapped(n *int64) {
	num(c, n)
	if *n < -mostNumber || *n > mostNumber {
		c.fail("number %d of a sequence", *n)
		*n = 0
	}
}

func (c *coder) breaks(b *trace.Breaks) {
	gap := func(g *trace.Gap) {
		c.mark(&g.Before)
		c.mark(&g.After)
	}
	list(c, &b.Gaps, 4*c.lim.Gaps, gap)
	num(c, &b.Dropped)
	straggler, leap := b.Straggler != trace.Mark{}, b.Leap != trace.Gap{}
	c.flags(&straggler, &leap)
	if straggler {
		c.mark(&b.Straggler)
	}
	if leap {
		gap(&b.Leap)
	}
}

func (c *coder) stats(s *rtp.Stats) {
	o := s.State()
	c.unwrapped(&o.First)
	c.unwrapped(&o.Highest)
	bits(c, &o.Seen[0])
	bits(c, &o.Seen[1])
	num(c, &o.Skipped)
	num(c, &o.Confirms)
	num(c, &o.Phase)
	num(c, &o.LastPT)
	c.at(&o.Arrival)
	c.unwrapped(&o.TS)
	c.fraction(&o.Jitter)
	c.fraction(&o.Sum)
	highest := float64(o.Max)
	c.fraction(&highest)
	o.Max = float32(highest)
	num(c, &o.FirstTS)
	num(c, &o.Packets)
	num(c, &o.Reordered)
	num(c, &o.Duplicates)
	num(c, &o.Restarts)
	c.flags(&o.Clocked)
	if c.reading() {
		*s = rtp.Restore(o)
	}
}

// tracked is what the collector itself keeps of a stream, but for the last packets,
// of which only those that follow could be duplicates.
func (c *coder) tracked(s *trace.Stream) {
	t := &s.Tracked
	num(c, &t.Owner)
	num(c, &t.LastPT)
	c.flags(&t.Candidate)
	for i := range t.Types {
		num(c, &t.Types[i])
	}
	bits(c, &t.SketchEnd)
	var kept []uint32
	if t.Sketch != nil {
		kept = t.Sketch.Kept()
	}
	kept = slices.Clone(kept)
	list(c, &kept, 32, func(k *uint32) { num(c, k) })
	there := t.Sketch != nil
	if c.flags(&there); c.reading() && there {
		t.Sketch = rtp.SketchOf(kept)
	}
}
