package main

import (
	"sync"
	"testing"

	"github.com/latchscope/latchscope/replay/measure"
)

// Random schedules are played to diago, and its profile does with every packet
// what diago did.
func TestRandomSchedules(t *testing.T) {
	if testing.Short() {
		t.Skip("plays calls of 10 s")
	}
	const calls = 24
	var mu sync.Mutex
	packets, differ := 0, 0
	var wait sync.WaitGroup
	for i := range uint64(calls) {
		wait.Add(1)
		go func() {
			defer wait.Done()
			tr, err := play(t.Context(), measure.NewSchedule(40000+i, measure.Options{}))
			if err != nil {
				t.Error(err)
				return
			}
			cfg, err := tr.Config()
			if err != nil {
				t.Error(err)
				return
			}
			p, err := cfg.Policy()
			if err != nil {
				t.Error(err)
				return
			}
			c, err := measure.Compare(tr, p)
			if err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			packets, differ = packets+c.Packets, differ+len(c.Differ)
			for i, d := range c.Differ {
				if i < 4 {
					t.Logf("seed %d: %s, the policy: %s, %s", tr.Seed, tr.Events[d.Event], d.Policy, d.Decision.Reason)
				}
			}
		}()
	}
	wait.Wait()
	t.Logf("%d of %d packets differ", differ, packets)
	if packets == 0 || differ*1000 > packets {
		t.Errorf("%d of %d packets differ", differ, packets)
	}
}
