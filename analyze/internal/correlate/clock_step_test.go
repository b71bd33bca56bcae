package correlate

import (
	"testing"

	"github.com/latchscope/latchscope/analyze/internal/collect"
	"github.com/latchscope/latchscope/analyze/trace"
)

// leaping is a sender of 50 packets a second for 20 s, recorded by a clock that
// is set back after 5 s; over says by how much its timestamps jump on top.
func leaping(ssrc uint32, back, over int64) *trace.Stream {
	mark := func(sent, at, jump int64) trace.Mark {
		return trace.Mark{Time: at, Seq: sent / (20 * millisecond), TS: (sent + jump) * 8000 / second}
	}
	s := &trace.Stream{SSRC: ssrc, Clock: 8000, First: mark(0, second, 0), Last: mark(20*second, 21*second-back, over)}
	s.Broken().Leap = trace.Gap{Before: mark(5*second, 6*second, 0), After: mark(5*second+20*millisecond, 6*second+20*millisecond-back, over)}
	return s
}

func TestStepOf(t *testing.T) {
	const back = 1900 * millisecond
	at := 6*second + 20*millisecond - back
	passing := leaping(2, back, 0)
	passing.Last.Time += back // later on its clock is as before
	for _, c := range []struct {
		name    string
		streams []*trace.Stream
		want    trace.ClockStep
	}{
		{"two senders agree", []*trace.Stream{leaping(1, back, 0), leaping(2, back, 0)}, trace.ClockStep{At: at, By: back}},
		{"one sender and what a relay made of it", []*trace.Stream{leaping(1, back, 0), leaping(1, back, 0)}, trace.ClockStep{}},
		{"two senders whose timestamps jump apart", []*trace.Stream{leaping(1, 0, 2*second), leaping(2, 0, 5*second)}, trace.ClockStep{}},
		{"one of them does not stay so", []*trace.Stream{leaping(1, back, 0), passing}, trace.ClockStep{}},
		{"a delay", []*trace.Stream{leaping(1, leastStep-millisecond, 0), leaping(2, leastStep-millisecond, 0)}, trace.ClockStep{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := stepOf(c.streams); got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
}

func TestSince(t *testing.T) {
	step := trace.ClockStep{At: 10 * second, By: 2 * second}
	due := func(at int64) *int64 { return &at }
	for _, c := range []struct {
		at   int64
		due  *int64
		want int64
	}{
		{9 * second, nil, 9 * second},
		{11 * second, nil, 11 * second},
		{11 * second, due(11 * second), 11 * second},
		{11 * second, due(13 * second), 13 * second},
		{12 * second, nil, 14 * second},
	} {
		if got := step.Since(c.at, c.due); got != c.want {
			t.Errorf("Since(%d) = %d, want %d", c.at, got, c.want)
		}
	}
}

// A sender that moves just when the clock is set back leaves no stream that leaps: the
// two of them together do.
func TestStepAtAMove(t *testing.T) {
	const back = 1900 * millisecond
	halves := func(ssrc uint32, off, over int64) []*trace.Stream {
		whole := leaping(ssrc, back, over)
		g := whole.Breaks.Leap
		old := &trace.Stream{SSRC: ssrc, Clock: 8000, First: whole.First, Last: g.Before}
		now := &trace.Stream{SSRC: ssrc, Clock: 8000, First: g.After, Last: whole.Last}
		old.Stats.Packets, now.Stats.Packets = 250, 750
		now.First.Seq += off << 16 // as each stream unwraps its numbers for itself
		now.Last.Seq += off << 16
		now.First.TS += off << 32
		now.Last.TS += off << 32
		return []*trace.Stream{old, now}
	}
	at := 6*second + 20*millisecond - back
	other := leaping(2, back, 0)
	gap := halves(1, 0, 0)
	gap[1].First.Seq += 2 * fewSteady
	far := halves(1, 0, 0)
	far[1].Dst.Port = 4
	sprayed := halves(1, 0, 0)
	for range mostSources {
		sprayed = append(sprayed, &trace.Stream{SSRC: 1, Clock: 8000})
	}
	for _, c := range []struct {
		name    string
		streams []*trace.Stream
		want    int64
	}{
		{"another sender leaps alike", halves(1, 0, 0), back},
		{"numbers unwrapped apart", halves(1, 3, 0), back},
		{"timestamps that jump by themselves", halves(1, 0, 2*second), 0},
		{"numbers are missing in between", gap, 0},
		{"to another port", far, 0},
		{"from too many sources", sprayed, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := stepOf(append(moved(c.streams), other))
			want := trace.ClockStep{}
			if c.want > 0 {
				want = trace.ClockStep{At: at, By: c.want}
			}
			if got != want {
				t.Errorf("got %+v, want %+v", got, want)
			}
		})
	}
}

// Whose frames stand in the order of recording is known to be since the step by its
// frame; a file in order of time tells nothing by that.
func TestFrameAfter(t *testing.T) {
	const back = 1900 * millisecond
	sender := func(ssrc uint32, before, after int64) *trace.Stream {
		s := leaping(ssrc, back, 0)
		s.Breaks.Leap.Before.Frame, s.Breaks.Leap.After.Frame = uint32(before), uint32(after)
		return s
	}
	sorted := leaping(2, back, 0)
	sorted.Breaks.Leap.Before.Frame, sorted.Breaks.Leap.After.Frame = 104, 90
	other := sender(2, 101, 103)
	other.Breaks.Leap.After.File = 1
	for _, c := range []struct {
		name    string
		streams []*trace.Stream
		back    int64
		want    int64
	}{
		{"two senders", []*trace.Stream{sender(1, 100, 104), sender(2, 101, 103)}, 0, 103},
		{"one of another file", []*trace.Stream{sender(1, 100, 104), other}, 0, 104},
		{"they contradict each other", []*trace.Stream{sender(1, 100, 104), sender(2, 105, 107)}, 0, 0},
		{"in order of time", []*trace.Stream{sender(1, 100, 104), sorted}, 0, 0},
		{"no numbers", []*trace.Stream{leaping(1, back, 0)}, 0, 0},
		{"an error came first", []*trace.Stream{sender(1, 100, 104), sender(2, 101, 104)}, 102, 102},
		{"a mirror had reordered before", []*trace.Stream{sender(1, 100, 104), sender(2, 101, 103)}, 7, 103},
	} {
		t.Run(c.name, func(t *testing.T) {
			step := trace.ClockStep{At: c.streams[0].Breaks.Leap.After.Time, By: back}
			if got := frameAfter(c.streams, step, 0, c.back); got != c.want {
				t.Errorf("got %d, want %d", got, c.want)
			}
		})
	}
	step := trace.ClockStep{At: 10 * second, By: 2 * second, Frame: 50}
	for frame, want := range map[int64]int64{49: 11 * second, 50: 13 * second} {
		if got := step.SinceFrame(frame, 11*second, nil); got != want {
			t.Errorf("SinceFrame(%d) = %d, want %d", frame, got, want)
		}
	}
}

// TestUnstep: whatever a harvest holds of the time after a step is moved, and nothing
// of before.
func TestUnstep(t *testing.T) {
	const by = 3 * second
	before, after := trace.Moment{Time: 9 * second, Ref: trace.Ref{Frame: 9}}, trace.Moment{Time: 15 * second, Ref: trace.Ref{Frame: 15}}
	mark := func(m trace.Moment) trace.Mark { return trace.Mark{Time: m.Time, Frame: m.Frame, File: m.File} }
	s := &trace.Stream{First: mark(before), Last: mark(after)}
	s.Broken().Gaps = []trace.Gap{{Before: mark(before), After: mark(after)}}
	f := &trace.Flow{First: before, Last: after, Nominated: after, Success: after}
	m := trace.MessagesOf(trace.Message{Moment: before}, trace.Message{Moment: after})
	e := [2]*trace.ICMPError{{Moment: before}, {Moment: after}}
	x := &trace.Control{Moment: before, Reply: after}
	r := &trace.ReportTrack{Reports: []trace.Report{{Moment: before}, {Moment: after}}}
	unstep(&collect.Harvest{
		Captures: []trace.Capture{{Step: trace.ClockStep{At: 11 * second, By: by, Frame: 12}}},
		Messages: m, Errors: e[:], Controls: []*trace.Control{x}, Streams: []*trace.Stream{s}, Flows: []*trace.Flow{f}, Reports: []*trace.ReportTrack{r},
	})
	for name, got := range map[string][2]int64{
		"messages":  {m.At(0).Time, m.At(1).Time},
		"errors":    {e[0].Time, e[1].Time},
		"commands":  {x.Time, x.Reply.Time},
		"streams":   {s.First.Time, s.Last.Time},
		"gaps":      {s.Gaps()[0].Before.Time, s.Gaps()[0].After.Time},
		"flows":     {f.First.Time, f.Last.Time},
		"nominated": {f.First.Time, f.Nominated.Time},
		"success":   {f.First.Time, f.Success.Time},
		"reports":   {r.Reports[0].Time, r.Reports[1].Time},
	} {
		if want := [2]int64{before.Time, after.Time + by}; got != want {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
	never := &trace.Flow{First: after}
	unstep(&collect.Harvest{Captures: []trace.Capture{{Step: trace.ClockStep{At: -second, By: by}}}, Flows: []*trace.Flow{never}})
	if !never.Success.IsZero() {
		t.Error("what never was has a time now")
	}
}
