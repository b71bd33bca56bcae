package collect

import (
	"slices"

	"github.com/latchscope/latchscope/analyze/trace"
)

// gap remembers a gap if it is among the longest.
func gap(s *trace.Stream, g trace.Gap, limit int) {
	b := s.Broken()
	if len(b.Gaps) < limit {
		b.Gaps = append(b.Gaps, g)
		return
	}
	b.Dropped++
	least := 0
	for i := range b.Gaps {
		if b.Gaps[i].Duration() < b.Gaps[least].Duration() {
			least = i
		}
	}
	if g.Duration() > b.Gaps[least].Duration() {
		b.Gaps[least] = g
	}
}

// late puts a packet that came out of order where it belongs: its number is not
// missing any more. Frames of a file may be out of order while their times are
// not.
func late(s *trace.Stream, m trace.Mark) {
	if m.Seq < s.First.Seq {
		if gap := (trace.Gap{Before: m, After: s.First}); gap.Missing() > 0 {
			s.Break(gap)
		}
		s.First = m
		return
	}
	for i, g := range s.Gaps() {
		if m.Seq <= g.Before.Seq || m.Seq >= g.After.Seq {
			continue
		}
		s.Breaks.Gaps = slices.Delete(s.Breaks.Gaps, i, i+1)
		m.Time = min(max(m.Time, g.Before.Time), g.After.Time) // late by the clock too: it fills no time
		for _, part := range []trace.Gap{{Before: g.Before, After: m}, {Before: m, After: g.After}} {
			if part.Missing() > 0 || part.Duration() > trace.GapFloor {
				s.Breaks.Gaps = append(s.Breaks.Gaps, part)
			}
		}
		return
	}
}

// broke notes where a stream broke off before a packet with which it goes on. A
// packet that came meanwhile, long after its time, was heard, though the sequence
// did not go on with it: the silence is before it and behind it.
func broke(s *trace.Stream, after trace.Mark, limit int) {
	before := s.Last
	g := trace.Gap{Before: before, After: after}
	leap(s, g)
	if g.Duration() < 0 && g.Missing() == 0 {
		return // it broke off nowhere: the clock went back
	}
	if s.Breaks != nil && s.Breaks.Straggler.Time > before.Time+trace.GapFloor && s.Breaks.Straggler.Time < after.Time {
		heard := before // with the number of the last, so that none is missing twice
		heard.Time, heard.Frame, heard.File = s.Breaks.Straggler.Time, s.Breaks.Straggler.Frame, s.Breaks.Straggler.File
		gap(s, trace.Gap{Before: before, After: heard}, limit)
		before = heard
	}
	gap(s, trace.Gap{Before: before, After: after}, limit)
}

// leap notes where timestamps go on by much more than the clock, see Breaks.Leap.
func leap(s *trace.Stream, g trace.Gap) {
	ahead := func(g trace.Gap) int64 {
		return trace.Elapsed(g.After.TS-g.Before.TS, s.Clock) - g.Duration()
	}
	if s.Clock == 0 || ahead(g) < int64(300e6) || ahead(g) > int64(3600e9) {
		return
	}
	if b := s.Broken(); b.Leap.After.Time == 0 || ahead(g) > ahead(b.Leap) {
		b.Leap = g
	}
}

// earlier is the stream of an earlier call that had the same SSRC and 5-tuple,
// nil if there was none; later is that of a later one.
func earlier(s *trace.Stream) *trace.Stream {
	if s.Breaks == nil {
		return nil
	}
	return s.Breaks.Earlier
}

func later(s *trace.Stream) *trace.Stream {
	if s.Breaks == nil {
		return nil
	}
	return s.Breaks.Later
}

// supersede puts the stream of a later call in the place of old.
func supersede(s *trace.Stream, old *trace.Stream) {
	old.Broken().Later, s.Broken().Earlier = s, old
}
