package trace

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestTraffic holds that streams taken together say of every stretch what they
// say when each of them is asked.
func TestTraffic(t *testing.T) {
	holesSeen := 0
	for seed := range uint64(300) {
		dice := rand.New(rand.NewPCG(seed, 2))
		trace := new(Trace)
		streams := make([]*Stream, 1+dice.IntN(8))
		for i := range streams {
			streams[i] = paused(dice)
		}
		f := trace.Traffic(streams)
		for range 20 {
			from := dice.Int64N(20 * second)
			to := from + dice.Int64N(10*second)
			for _, pause := range []int64{GapFloor, second / 10, second / 5} {
				got, want := f.Holes(from, to, pause), Holes(streams, from, to, pause)
				if !slices.Equal(got, want) {
					t.Fatalf("seed %d: holes from %d to %d:\n%v\nwant\n%v", seed, from, to, got, want)
				}
				holesSeen += len(got)
			}
			if got, want := f.Sent(from, to), trace.Sent(streams, from, to); got != want {
				t.Fatalf("seed %d: %d packets from %d to %d, want %d", seed, got, from, to, want)
			}
			a, b := Mark{Seq: dice.Int64N(1000)}, Mark{Seq: dice.Int64N(1000)}
			if got, want := f.Missing(a, b), Missing(streams, a, b); got != want {
				t.Fatalf("seed %d: %d numbers between %d and %d, want %d", seed, got, a.Seq, b.Seq, want)
			}
		}
	}
	if holesSeen < 1000 {
		t.Errorf("only %d holes", holesSeen)
	}
}

// paused is a stream with pauses, of which some lost packets.
func paused(dice *rand.Rand) *Stream {
	at := Mark{Time: dice.Int64N(15 * second), Seq: dice.Int64N(800), Frame: 1}
	s := &Stream{First: at}
	for range dice.IntN(6) {
		n := 1 + dice.Int64N(40)
		at.Seq, at.Time = at.Seq+n, at.Time+n*20*millisecond
		before := at
		at.Seq, at.Time = at.Seq+1+dice.Int64N(2)*dice.Int64N(20), at.Time+dice.Int64N(second/2)
		if g := (Gap{before, at}); g.Missing() > 0 || g.Duration() >= GapFloor {
			s.Break(g)
		}
	}
	s.Last = at
	dice.Shuffle(len(s.Gaps()), func(i, j int) { s.Gaps()[i], s.Gaps()[j] = s.Gaps()[j], s.Gaps()[i] })
	return s
}
