package main

import (
	"os"
	"sync"
	"testing"

	"github.com/latchscope/latchscope/replay/measure"
)

// Random schedules are played to oRTP, and its profile does with every packet
// what oRTP did. A busy machine hands packets over late, which is no latch: what
// differs is played again, and counts if it does each time.
func TestRandomSchedules(t *testing.T) {
	if testing.Short() {
		t.Skip("plays calls of 10 s")
	}
	dir, err := compile(t.Context())
	if err != nil {
		t.Skipf("THE PROFILE OF oRTP IS NOT MEASURED: %v", err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	const calls, rounds = 12, 3
	var seeds []uint64
	for i := range uint64(calls) {
		seeds = append(seeds, 50000+i)
	}
	last := map[uint64]played{} // by seed
	for range rounds {
		var again []uint64
		for i, c := range compared(t, dir, seeds) {
			if last[seeds[i]] = c; c.err != nil || len(c.Differ) > 0 {
				again = append(again, seeds[i])
			}
		}
		seeds = again
	}
	packets, differ := 0, 0
	for seed, c := range last {
		if c.err != nil {
			t.Errorf("seed %d: %v", seed, c.err)
			continue
		}
		packets, differ = packets+c.Packets, differ+len(c.Differ)
		for _, d := range c.Differ[:min(5, len(c.Differ))] {
			t.Logf("seed %d, event %d: the policy: %s, %s", seed, d.Event, d.Policy, d.Decision.Reason)
		}
	}
	if t.Logf("%d of %d packets differ", differ, packets); packets == 0 || differ*1000 > packets {
		t.Errorf("%d of %d packets differ", differ, packets)
	}
}

// played is a schedule that was played, and how the profile agrees with it.
type played struct {
	measure.Comparison
	err error
}

// compared plays the schedules of the seeds all at once.
func compared(t *testing.T, dir string, seeds []uint64) []played {
	out := make([]played, len(seeds))
	var wait sync.WaitGroup
	for i, seed := range seeds {
		wait.Go(func() {
			tr, err := play(t.Context(), dir, measure.NewSchedule(seed, measure.Options{}))
			if err != nil {
				out[i].err = err
				return
			}
			rows, err := measure.Table([]*measure.Trace{tr})
			if err != nil {
				out[i].err = err
				return
			}
			out[i].Comparison = rows[0].Comparison
		})
	}
	wait.Wait()
	return out
}
