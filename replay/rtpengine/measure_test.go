package rtpengine

import (
	"fmt"
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
	seeds := make([]uint64, n)
	for i := range seeds {
		seeds[i] = uint64(30000 + i)
	}
	played := make(map[uint64]result, n)
	// A busy machine hands packets over late, to the daemon's threads or to the
	// sockets of the parties: that is no latch. What the policy has wrong differs
	// each time the schedule is played, so those that differ are played again.
	const rounds = 4
	for round := 1; round <= rounds && len(seeds) > 0; round++ {
		again := seeds[:0:0]
		for i, r := range compared(t, daemon, version, seeds) {
			played[seeds[i]] = r
			if r.err != nil || len(r.differ) > 0 {
				again = append(again, seeds[i])
				t.Logf("round %d, seed %d, %s: %d packets differ, error %v", round, seeds[i], r.config, len(r.differ), r.err)
			}
		}
		seeds = again
	}
	type total struct{ packets, differ, races int }
	totals := map[string]total{}
	packets, differ := 0, 0
	for seed, r := range played {
		if r.err != nil {
			t.Errorf("seed %d: %v", seed, r.err)
			continue
		}
		x := totals[r.config]
		totals[r.config] = total{x.packets + r.packets, x.differ + len(r.differ), x.races + r.races}
		packets, differ = packets+r.packets, differ+len(r.differ)
		for i, d := range r.differ {
			if i < 5 {
				t.Logf("%s, seed %d: %s", r.config, seed, d)
			}
		}
	}
	for name, x := range totals {
		t.Logf("%s: %d of %d packets differ, %d races", name, x.differ, x.packets, x.races)
	}
	if packets == 0 || differ*1000 > packets {
		t.Errorf("%d of %d packets differ", differ, packets)
	}
}

// result is one schedule, played and compared with its policy.
type result struct {
	config         string
	packets, races int
	differ         []string
	err            error
}

// compared plays the schedules of the seeds, a few dozen at a time.
func compared(t *testing.T, daemon *Daemon, version string, seeds []uint64) []result {
	out := make([]result, len(seeds))
	var wait sync.WaitGroup
	slots := make(chan struct{}, 64)
	for i, seed := range seeds {
		wait.Add(1)
		slots <- struct{}{}
		go func() {
			defer func() { <-slots; wait.Done() }()
			out[i] = compare(t, daemon, version, seed)
		}()
	}
	wait.Wait()
	return out
}

func compare(t *testing.T, daemon *Daemon, version string, seed uint64) result {
	mode := [4]string{"off", "immediate", "delayed", "heuristic"}[seed%4]
	flag := [3]string{"none", "strict", "handover"}[seed/4%3]
	tr, err := play(t, daemon, seed, mode, flag, version)
	if err != nil {
		return result{err: err}
	}
	cfg, err := tr.Config()
	if err != nil {
		return result{err: err}
	}
	p, err := cfg.Policy()
	if err != nil {
		return result{err: err}
	}
	c, err := measure.Compare(tr, p)
	if err != nil {
		return result{err: err}
	}
	r := result{config: cfg.String(), packets: c.Packets, races: c.Races}
	for _, d := range c.Differ {
		r.differ = append(r.differ, fmt.Sprintf("%s, the policy: %s, %s", tr.Events[d.Event], d.Policy, d.Decision.Reason))
	}
	return r
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
