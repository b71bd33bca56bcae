package rtpengine

import (
	"os"
	"os/exec"
	"strconv"
	"sync"
	"testing"

	"github.com/latchscope/latchscope/replay/latch"
	"github.com/latchscope/latchscope/replay/measure"
)

// Random schedules are played to the daemon on PATH, and the profile of its
// version does with every packet what the daemon did. LATCHSCOPE_SCHEDULES asks
// for more than a few.
func TestRandomSchedules(t *testing.T) {
	if testing.Short() {
		t.Skip("plays calls of 10 s")
	}
	if _, err := exec.LookPath("rtpengine"); err != nil {
		t.Skip("NO rtpengine ON PATH: ITS PROFILES ARE NOT MEASURED (apt install rtpengine-daemon)")
	}
	n := 16
	if text := os.Getenv("LATCHSCOPE_SCHEDULES"); text != "" {
		var err error
		if n, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
	}
	version, err := Version(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	daemon, err := Spawn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(daemon.Stop)
	type total struct{ packets, differ, races int }
	totals := map[string]*total{}
	var mu sync.Mutex
	var wait sync.WaitGroup
	slots := make(chan struct{}, 32)
	for i := range n {
		mode := [4]string{"off", "immediate", "delayed", "heuristic"}[i%4]
		flag := [3]string{"none", "strict", "handover"}[i/4%3]
		wait.Add(1)
		slots <- struct{}{}
		go func() {
			defer func() { <-slots; wait.Done() }()
			tr, err := play(t, daemon, uint64(30000+i), mode, flag, version)
			if err != nil {
				t.Errorf("seed %d: %v", 30000+i, err)
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
			x := totals[cfg.String()]
			if x == nil {
				x = new(total)
				totals[cfg.String()] = x
			}
			x.packets, x.differ, x.races = x.packets+c.Packets, x.differ+len(c.Differ), x.races+c.Races
			for i, d := range c.Differ {
				if i < 5 {
					t.Logf("%s, seed %d: %s, the policy: %s, %s", cfg, tr.Seed, tr.Events[d.Event], d.Policy, d.Decision.Reason)
				}
			}
		}()
	}
	wait.Wait()
	packets, differ := 0, 0
	for name, x := range totals {
		t.Logf("%s: %d of %d packets differ, %d races", name, x.differ, x.packets, x.races)
		packets, differ = packets+x.packets, differ+x.differ
	}
	// A busy machine hands packets over late: that is the daemon's threads, not
	// its latch.
	if packets == 0 || differ*1000 > packets {
		t.Errorf("%d of %d packets differ", differ, packets)
	}
}

func play(t *testing.T, daemon *Daemon, seed uint64, mode, flag, version string) (*measure.Trace, error) {
	client, err := Dial(daemon.Addr)
	if err != nil {
		return nil, err
	}
	defer client.Close()
	sets := []latch.Setting{{Name: "endpoint_learning", Value: mode}}
	switch flag {
	case "strict":
		sets = append(sets, latch.Setting{Name: "strict_source", Value: "true"})
	case "handover":
		sets = append(sets, latch.Setting{Name: "media_handover", Value: "true"})
	}
	flags, err := Flags(sets)
	if err != nil {
		return nil, err
	}
	s := measure.NewSchedule(seed, measure.Options{})
	s.Engine, s.Flags, s.Build = "rtpengine-"+mode, flag, "rtpengine-"+version
	d := NewDriver(client, flags)
	defer d.Close()
	return measure.Play(t.Context(), s, d)
}
