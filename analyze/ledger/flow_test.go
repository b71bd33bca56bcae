package ledger

import (
	"slices"
	"testing"

	"github.com/latchscope/latchscope/analyze/trace"
)

// What a server makes of itself counts while the talker's packets came in, and no longer:
// not before, not behind, not in a hole of theirs.
func TestWhile(t *testing.T) {
	mark := func(ms int64) trace.Mark {
		return trace.Mark{Time: ms * millisecond, Seq: ms / 20, Frame: uint32(ms + 1)}
	}
	in, out := new(trace.Stream), &trace.Stream{First: mark(0), Last: mark(10_000)}
	out.Stats.Packets = 501
	passed := func(ms ...int64) (f flow) {
		for i := 0; i < len(ms); i += 2 {
			f = append(f, segment{in, mark(ms[i]), mark(ms[i+1])})
		}
		return f
	}
	for _, c := range []struct {
		name string
		in   flow
		want []int64 // ms
	}{
		{"all the time", passed(0, 10_000), []int64{0, 10_000}},
		{"longer on both sides", passed(-500, 12_000), []int64{0, 10_000}},
		{"from later on", passed(3000, 10_000), []int64{3000, 10_000}},
		{"until earlier", passed(0, 6000), []int64{0, 6000}},
		{"in between", passed(3000, 6000), []int64{3000, 6000}},
		{"with a hole", passed(0, 4000, 5000, 10_000), []int64{0, 4000, 5000, 10_000}},
		{"with one too short", passed(0, 4000, 4100, 10_000), []int64{0, 4000, 4000, 10_000}},
		{"never", nil, nil},
		{"before", passed(-900, -300), nil},
	} {
		d := direction{rower: &rower{Ledger: &Ledger{trace: new(trace.Trace)}}, chain: []layer{{flow: c.in}}}
		var got []int64
		for _, g := range d.while(nil, 0, segment{out, out.First, out.Last}) {
			got = append(got, g.from.Time/millisecond, g.to.Time/millisecond)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

// Of one stream a time is taken out; what is left is in order of its beginning, others untouched.
func TestWithout(t *testing.T) {
	mark := func(ms int64) trace.Mark {
		return trace.Mark{Time: ms * millisecond, Seq: ms / 20, Frame: uint32(ms + 1)}
	}
	s, o := &trace.Stream{First: mark(0), Last: mark(10_000)}, &trace.Stream{First: mark(3000), Last: mark(10_000)}
	s.Stats.Packets, o.Stats.Packets = 501, 351
	whole, other := segment{s, mark(0), mark(10_000)}, segment{o, mark(3000), mark(10_000)}
	for _, c := range []struct {
		name     string
		from, to int64
		want     []int64 // when each begins and ends, ms
	}{
		{"in its midst", 2000, 6000, []int64{0, 1999, 3000, 10_000, 6000, 10_000}},
		{"its beginning", -1000, 6000, []int64{3000, 10_000, 6000, 10_000}},
		{"its end", 6000, 20_000, []int64{0, 5999, 3000, 10_000}},
		{"all of it", -1000, 20_000, []int64{3000, 10_000}},
		{"nothing of it", 20_000, 30_000, []int64{0, 10_000, 3000, 10_000}},
	} {
		var got []int64
		for _, g := range (flow{whole, other}).without(new(trace.Trace), s, c.from*millisecond, c.to*millisecond) {
			got = append(got, g.from.Time/millisecond, g.to.Time/millisecond)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
	// Of two stretches of the stream the other one stays as it is.
	for _, c := range []struct{ from, to int64 }{{6000, 7000}, {500, 1500}} {
		both := flow{{s, mark(0), mark(2000)}, {s, mark(4000), mark(10_000)}}
		var got []int64
		for _, g := range both.without(new(trace.Trace), s, c.from*millisecond, c.to*millisecond) {
			got = append(got, g.from.Time/millisecond, g.to.Time/millisecond)
		}
		want := []int64{0, 2000, 4000, 5999, 7000, 10_000}
		if c.from == 500 {
			want = []int64{0, 499, 1500, 2000, 4000, 10_000}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%d to %d: %v, want %v", c.from, c.to, got, want)
		}
	}
}
