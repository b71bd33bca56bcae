package correlate

import (
	"fmt"
	"slices"

	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/internal/collect"
	"github.com/latchscope/latchscope/analyze/trace"
)

// A clock that is set back in mid-call. Packets recorded then seem to come
// earlier than those before them; where the capture was put in order of time
// afterwards, both stretches lie in one another. RTP timestamps do not take part:
// from one packet to the next they go on by more than the clock, by the same for
// every sender, and stay so. (A clock set forward looks like a pause of all
// parties, which a hold is too.)

// leastStep is how far a clock must be set back to be noticed: delays on a line
// change by less.
const leastStep = 300 * millisecond

// sameStep is how far apart the steps of two senders may be that are one.
const sameStep = 40 * millisecond

// fewSteady is how many packets a stream must have for its clock to be believed: half
// a second of speech. A talker that moves leaves short streams behind, and may be the
// only second sender.
const fewSteady = 25

// stepped takes the steps of the captures' clocks, by capture, out of a harvest.
func stepped(h *collect.Harvest, steps []trace.ClockStep) (found []trace.Warning) {
	for i, step := range steps {
		if step.By == 0 || i >= len(h.Captures) {
			continue
		}
		c := &h.Captures[i]
		c.Step = step
		c.Last += step.By
		found = append(found, trace.Warning{Code: "clock-step", File: int32(i), Count: 1, Text: fmt.Sprintf(
			"the clock was set back by %.1f s: the RTP timestamps of all senders say so; what was recorded since is taken for that much later", float64(step.By)/1e9)})
	}
	if len(found) > 0 {
		unstep(h)
	}
	return found
}

// stepsOf finds the step of each capture's clock; nil where there is none.
func stepsOf(h *collect.Harvest) (steps []trace.ClockStep) {
	points := map[uint16][]*trace.Stream{}
	for _, s := range h.Streams {
		if s.Breaks != nil && s.Breaks.Leap.After.Time != 0 && s.Stats.Packets >= fewSteady {
			points[s.Point] = append(points[s.Point], s)
		}
	}
	if len(points) == 0 {
		return nil
	}
	for _, s := range moved(h.Streams) {
		points[s.Point] = append(points[s.Point], s)
	}
	for i := range h.Captures {
		c := &h.Captures[i]
		step := stepOf(points[uint16(c.Point)])
		if step.By == 0 || c.Last < step.At {
			continue
		}
		if c.First >= step.At+step.By {
			continue // all of it was recorded since
		}
		if steps == nil {
			steps = make([]trace.ClockStep, len(h.Captures))
		}
		steps[i] = step
		steps[i].Frame = frameAfter(points[uint16(c.Point)], step, int32(i), wentBack(c))
	}
	return steps
}

// mostSources is how many sources one SSRC may be seen to send from to the same place
// and be one sender that moves: a mapping more or less. Injection sprays from more.
const mostSources = 8

// moved shows each sender that went on from another source as one stream, if its
// timestamps leapt with the move: a step in those moments shows in neither of the two
// streams that it left.
func moved(streams []*trace.Stream) (out []*trace.Stream) {
	type sender struct {
		ssrc, tap uint32
		point     uint16
		to        endpoint.Endpoint
	}
	sources := map[sender][]*trace.Stream{}
	var order []sender
	for _, s := range streams {
		k := sender{s.SSRC, s.Tap, s.Point, s.Dst}
		if sources[k] == nil {
			order = append(order, k)
		}
		sources[k] = append(sources[k], s)
	}
	for _, k := range order {
		list := sources[k]
		if len(list) < 2 || len(list) > mostSources {
			continue
		}
		for _, from := range list {
			for _, to := range list {
				if s := carriedOn(from, to); s != nil {
					out = append(out, s)
				}
			}
		}
	}
	return out
}

// carriedOn is the stream of a sender that moved, with its leap at the move; nil where
// the second does not carry on the first, or nothing leaps.
func carriedOn(from, to *trace.Stream) *trace.Stream {
	next := int64(int16(to.First.Seq - from.Last.Seq))
	if next < 1 || next > fewSteady || from.Clock != to.Clock || from.Stats.Packets+to.Stats.Packets < fewSteady {
		return nil
	}
	// Each stream unwraps its timestamps for itself.
	over := to.First.TS - (from.Last.TS + int64(int32(to.First.TS-from.Last.TS)))
	after, last := to.First, to.Last
	after.TS -= over
	last.TS -= over
	g := trace.Gap{Before: from.Last, After: after}
	if -leapOf(g, from.Clock) < leastStep {
		return nil
	}
	return &trace.Stream{SSRC: from.SSRC, Clock: from.Clock, Point: from.Point, First: from.First, Last: last, Breaks: &trace.Breaks{Leap: g}}
}

// stepOf is the step that several senders of a point agree on, zero where they
// do not.
func stepOf(streams []*trace.Stream) trace.ClockStep {
	for _, a := range streams {
		by := -leapOf(a.Breaks.Leap, a.Clock)
		if by < leastStep || !lasts(a, by) {
			continue
		}
		step := trace.ClockStep{At: a.Breaks.Leap.After.Time, By: by}
		senders := []uint32{a.SSRC}
		for _, b := range streams {
			d := -leapOf(b.Breaks.Leap, b.Clock) - by
			near := b.Breaks.Leap.After.Time - a.Breaks.Leap.After.Time
			if d < -sameStep || d > sameStep || near < -second || near > second || !lasts(b, by) {
				continue
			}
			step.At = min(step.At, b.Breaks.Leap.After.Time)
			if !slices.Contains(senders, b.SSRC) {
				senders = append(senders, b.SSRC)
			}
		}
		if len(senders) > 1 {
			return step
		}
	}
	return trace.ClockStep{}
}

// frameAfter is the first frame of a capture after a step, by the streams that leapt
// with it: 0 where none of them goes back in time from frame to frame, as in a file
// that was put in order of time. One that was silent for longer than the step does not.
// Between the last packet before the step and the first after it, which is mostly one of
// another protocol, the frame before which the file goes back is the first.
func frameAfter(streams []*trace.Stream, step trace.ClockStep, file int32, back int64) int64 {
	var after, before int64
	recorded := false // in the order of the file
	for _, s := range streams {
		g := s.Breaks.Leap
		d := -leapOf(g, s.Clock) - step.By
		near := g.After.Time - step.At
		if d < -sameStep || d > sameStep || near < -second || near > second || g.Before.File != file || g.After.File != file {
			continue
		}
		if g.After.Frame <= g.Before.Frame {
			return 0
		}
		recorded = recorded || g.After.Time < g.Before.Time
		before = max(before, int64(g.Before.Frame))
		if n := int64(g.After.Frame); after == 0 || n < after {
			after = n
		}
	}
	switch {
	case !recorded || after <= before:
		return 0
	case back > before && back < after:
		return back
	}
	return after
}

// wentBack is the first frame of a capture that was recorded before the one in front of
// it; 0 where none was.
func wentBack(c *trace.Capture) int64 {
	for _, w := range c.Warnings {
		if w.Code == "time-backwards" {
			return w.Frame
		}
	}
	return 0
}

// leapOf is by how much the clock went on over a gap, less what the sender's
// timestamps did.
func leapOf(g trace.Gap, clock uint32) int64 {
	if clock == 0 {
		return 0
	}
	return g.Duration() - trace.Elapsed(g.After.TS-g.Before.TS, clock)
}

// lasts reports whether a stream's clock and timestamps end up apart by what
// they leapt.
func lasts(s *trace.Stream, by int64) bool {
	d := leapOf(trace.Gap{Before: s.First, After: s.Last}, s.Clock) + by
	return d > -2*sameStep && d < 2*sameStep
}

// unstep moves what was recorded since a step.
func unstep(h *collect.Harvest) {
	move := func(m *trace.Moment) {
		if !m.IsZero() {
			m.Time = h.Captures[m.File].Step.SinceFrame(int64(m.Frame), m.Time, nil)
		}
	}
	for i := range h.Messages.Len() {
		move(&h.Messages.Record(i).Moment)
	}
	for _, e := range h.Errors {
		move(&e.Moment)
	}
	for _, x := range h.Controls {
		move(&x.Moment)
		move(&x.Reply)
	}
	for _, s := range h.Streams {
		line := trace.Timeline{First: s.First, Clock: s.Clock}
		at := func(m *trace.Mark) {
			m.Time = h.Captures[m.File].Step.SinceFrame(int64(m.Frame), m.Time, line.At(m.TS))
		}
		first := h.Captures[s.First.File].Step.SinceFrame(int64(s.First.Frame), s.First.Time, nil)
		for i := range s.Gaps() {
			at(&s.Gaps()[i].Before)
			at(&s.Gaps()[i].After)
		}
		// A silence shorter than the step seemed to be none, if no number is missing in it.
		if b := s.Breaks; b != nil && b.Leap.Duration() < 0 && b.Leap.Missing() == 0 {
			g := b.Leap
			at(&g.Before)
			at(&g.After)
			if g.Duration() > trace.GapFloor {
				s.Break(g)
			}
		}
		at(&s.Last)
		s.First.Time = first
	}
	for _, f := range h.Flows {
		move(&f.First)
		move(&f.Last)
		move(&f.Nominated)
		move(&f.Success)
	}
	for _, t := range h.Reports {
		for i := range t.Reports {
			move(&t.Reports[i].Moment)
		}
	}
}
