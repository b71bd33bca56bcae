package collect

import (
	"github.com/latchscope/latchscope/analyze/rtp"
	"github.com/latchscope/latchscope/analyze/trace"
)

// stream takes a stream of a part: it carries on the one that the parts before
// have of its SSRC, endpoints and tap, or is a new one.
func (m *merger) stream(s *trace.Stream, looked Looked, v *moved) {
	file := s.First.File
	s.Tap = v.tapOf(file, s.Tap)
	s.Point = uint16(v.point[v.captures[file].Point])
	renumberFiles(s, v.file)
	looked.renumberFiles(v)
	to := m.points[s.Point]
	key := mergeKey{s.Src, s.Dst, s.SSRC, s.Tap}
	o := to.streams[key]
	switch {
	case o == nil || earlier(s) != nil:
		// The first of its kind, or one that its own part tells from another.
	case s.First.Time-o.Last.Time > second && renewed(o, s):
		supersede(s, o)
	default:
		packets := [2]uint32{o.Stats.Packets, s.Stats.Packets}
		seq, ts := join(o, s, m.limits.Gaps)
		m.look(o, m.out.Looked[o].join(looked, packets, seq, ts))
		m.out.Joined = append(m.out.Joined, o)
		if n := later(s); n != nil {
			supersede(n, o)
		}
		return
	}
	m.look(s, looked)
	to.streams[key] = s
	to.out.Streams = append(to.out.Streams, s)
}

// renewed reports whether s belongs to another call than o did; see
// collector.superseded.
func renewed(o, s *trace.Stream) bool {
	return uint16(s.First.Seq)-uint16(o.Last.Seq)-1 >= farAhead && s.Tracked.Owner != 0 && o.Tracked.Owner != 0 && s.Tracked.Owner != o.Tracked.Owner
}

func renumberFiles(s *trace.Stream, by int32) {
	s.First.File += by
	s.Last.File += by
	for i := range s.Gaps() {
		g := &s.Gaps()[i]
		g.Before.File += by
		g.After.File += by
	}
	if b := s.Breaks; b != nil {
		for _, m := range []*trace.Mark{&b.Straggler, &b.Leap.Before, &b.Leap.After} {
			if m.Time != 0 {
				m.File += by
			}
		}
	}
}

// join adds to a stream what a later part has of it, and tells by what the later
// part's numbers and timestamps are shifted.
func join(o, s *trace.Stream, mostGaps int) (seq, ts int64) {
	first, end := s.First, o.Last
	at := jointOf(s)
	if at.Again = o.Duplicates > 0 && at.Seq == uint16(end.Seq) && first.Time-end.Time < 50*millisecond; at.Again {
		o.Duplicates++ // its tap records twice, and the border lies between the two
	}
	r := o.Stats.Join(&s.Stats, at)
	seq, ts = r.Ext-first.Seq, r.TS-first.TS
	if r.Event == rtp.Jump { // one packet, of which nobody knows yet whether another sequence begins
		joinTracked(o, s)
		return seq, ts
	}
	shifted := func(m trace.Mark) trace.Mark {
		m.Seq, m.TS = m.Seq+seq, m.TS+ts
		return m
	}
	if first = shifted(first); first.Seq > o.Last.Seq {
		if g := (trace.Gap{Before: o.Last, After: first}); g.Missing() > 0 || g.Duration() > trace.GapFloor {
			gap(o, g, mostGaps)
		}
	} else {
		late(o, first)
	}
	for _, g := range s.Gaps() {
		g = trace.Gap{Before: shifted(g.Before), After: shifted(g.After)}
		if g.Before.Seq < end.Seq { // packets overtook each other on the border
			g.Before = end
		}
		if g.After.Seq > end.Seq && (g.Missing() > 0 || g.Duration() > trace.GapFloor) {
			gap(o, g, mostGaps)
		}
	}
	if n := s.GapsDropped(); n > 0 {
		o.Broken().Dropped += n
	}
	if b := s.Breaks; b != nil && b.Leap.After.Time != 0 && o.Broken().Leap.After.Time == 0 {
		o.Breaks.Leap = trace.Gap{Before: shifted(b.Leap.Before), After: shifted(b.Leap.After)}
	}
	if last := shifted(s.Last); last.Seq > o.Last.Seq {
		o.Last = last
	}
	o.Duplicates += s.Duplicates
	joinTracked(o, s)
	return seq, ts
}

func joinTracked(o, s *trace.Stream) {
	a, b := &o.Tracked, &s.Tracked
	if s.PT != o.PT {
		a.AddType(s.PT)
	}
	for _, t := range b.Types {
		if pt := t &^ 128; t != 0 && pt != o.PT {
			a.AddType(pt)
		}
	}
	a.Candidate = a.Candidate && b.Candidate && o.Stats.Packets < settled
	a.LastPT, a.Recent = b.LastPT, b.Recent
	if s.Clock != 0 {
		o.Clock = s.Clock
	}
	switch {
	case b.Sketch == nil:
	case a.Sketch == nil:
		a.Sketch, a.SketchEnd = b.Sketch, b.SketchEnd
	default:
		a.Sketch.Merge(b.Sketch)
		if end, full := a.Sketch.Full(); full {
			a.SketchEnd = end
		}
	}
}

// jointOf is the packet with which a stream of a later part begins.
func jointOf(s *trace.Stream) rtp.Joint {
	f := s.First
	return rtp.Joint{
		Arrival: f.Time, Stamp: rtp.Stamp{Seq: uint16(f.Seq), TS: uint32(f.TS), PT: f.PT, Marker: f.Marker},
		Ext: f.Seq, TS: f.TS, Clock: rtp.ClockOf(f.PT),
	}
}
