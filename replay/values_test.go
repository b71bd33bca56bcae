package replay

import (
	"slices"
	"testing"
	"time"

	"github.com/latchscope/latchscope/analyze/trace"
	"github.com/latchscope/latchscope/replay/latch"
)

// Round values are more likely to be somebody's choice.
func TestOdd(t *testing.T) {
	for value, want := range map[string]int{"10s": 0, "1m": 0, "2.5s": 1, "500ms": 1, "2.4s": 2, "37ms": 2, "sdp": 0} {
		if got := odd(latch.Config{Sets: []latch.Setting{{Name: "timeout", Value: value}}}); got != want {
			t.Errorf("%s: %d, want %d", value, got, want)
		}
	}
}

func TestRounds(t *testing.T) {
	ms := func(list ...int) (out []time.Duration) {
		for _, v := range list {
			out = append(out, time.Duration(v)*time.Millisecond)
		}
		return out
	}
	for _, c := range []struct {
		a, b int
		want []time.Duration
	}{
		{200, 10_000, ms(300, 500, 700, 1000, 1500, 2000, 3000, 5000, 7000)},
		{1000, 2000, ms(1500)},
		{1000, 1000, nil},
		{2000, 1000, nil},
	} {
		if got := rounds(ms(c.a)[0], ms(c.b)[0]); !slices.Equal(got, c.want) {
			t.Errorf("from %d to %d ms: %v, want %v", c.a, c.b, got, c.want)
		}
	}
}

// Of two streams that come to one port the party's is the one with more packets.
func TestLoudest(t *testing.T) {
	stream := func(packets uint32) *trace.Stream {
		s := new(trace.Stream)
		s.Stats.Packets = packets
		return s
	}
	few, many := stream(3), stream(300)
	for _, c := range []struct{ all, want []*trace.Stream }{
		{nil, nil}, {[]*trace.Stream{few}, []*trace.Stream{few}}, {[]*trace.Stream{few, many}, []*trace.Stream{many}}, {[]*trace.Stream{many, few}, []*trace.Stream{many}},
	} {
		if got := loudest(c.all); !slices.Equal(got, c.want) {
			t.Errorf("%d streams: %v", len(c.all), got)
		}
	}
}
