package live

import (
	"context"
	"errors"
	"math"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/latchscope/latchscope/analyze"
	"github.com/latchscope/latchscope/analyze/capture"
	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/scenetest"
	"github.com/latchscope/latchscope/replay"
	"github.com/latchscope/latchscope/replay/latch"
)

// A call of three seconds: early packets are refused, the router changes the
// port on that, the lock holds the old one for half a second.
const brief = `
nat    router 198.51.100.7 ports=lowest base=36716 drop-on-icmp delay=35ms
host   phone  192.168.1.50 behind=router
host   gw     192.0.2.50
server sbc    203.0.113.10 engine=lock:3:0.5 open=answer
call   c1     gw:20550 -> phone:4000 via sbc:34660/34662
capture server at sbc

0.000  c1 invite
0.100  c1 180
0.237  c1 phone talks
1.315  c1 200
1.355  c1 gw talks
1.368  router takes 36716
3.500  c1 gw bye
`

// The same over IPv6, where there is no NAT to move anything.
const briefV6 = `
host   phone  2001:db8:8::50 delay=35ms
host   gw     2001:db8:2::50
server sbc    2001:db8:1::10 engine=lock:3:0.5 open=answer
call   c1     gw:20550 -> phone:4000 via sbc:34660/34662
capture server at sbc

0.000  c1 invite
0.100  c1 180
0.400  c1 phone talks
0.600  c1 200
0.650  c1 gw talks
3.500  c1 gw bye
`

func staged(t *testing.T, text string) *replay.Case {
	t.Helper()
	s, err := scenetest.Parse("brief", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Run()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "brief.pcap")
	if err := os.WriteFile(path, r.Captures[0].Bytes, 0o644); err != nil {
		t.Fatal(err)
	}
	set, err := capture.OpenSet([]string{path}, nil, capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer set.Close()
	tr, err := analyze.Run(t.Context(), set, analyze.Options{})
	if err != nil {
		t.Fatal(err)
	}
	talkers := replay.TalkersOf(tr.Calls[0])
	if len(talkers) != 1 {
		t.Fatalf("%d talkers", len(talkers))
	}
	c, err := replay.GatherOne(t.Context(), tr, set, analyze.Options{}, talkers[0])
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func policies(t *testing.T, c *replay.Case, name string, sets ...latch.Setting) (a, b latch.Policy, cfg latch.Config) {
	t.Helper()
	p, ok := latch.Lookup(name)
	if !ok {
		t.Fatal(name)
	}
	cfg = latch.Config{Profile: p}.With(sets...)
	a, b, err := cfg.Policies(c.Near)
	if err != nil {
		t.Fatal(err)
	}
	return a, b, cfg
}

// What is measured at the sockets is what the engine decides offline.
func TestLiveAsOffline(t *testing.T) {
	for name, text := range map[string]string{"IPv4": brief, "IPv6": briefV6} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := staged(t, text)
			a, b, cfg := policies(t, c, "session-lock", latch.Setting{Name: "timeout", Value: "500ms"})
			want, err := c.RunConfig(cfg)
			if err != nil {
				t.Fatal(err)
			}
			if want.Uplink.Silence == 0 && name == "IPv4" || want.Uplink.Refused == 0 {
				t.Fatalf("nothing to see: %+v", want.Uplink)
			}
			shown := false
			got, err := Run(t.Context(), c, a, b, Options{Progress: func(done, total time.Duration) { shown = shown || done > 0 && total > 0 }})
			if err != nil {
				t.Fatal(err)
			}
			near(t, "uplink", got.Uplink.Silence, want.Uplink.Silence)
			near(t, "downlink", got.Downlink.Silence, want.Downlink.Silence)
			if got.Uplink.Refused != want.Uplink.Refused {
				t.Errorf("%d packets refused by the kernel, want %d", got.Uplink.Refused, want.Uplink.Refused)
			}
			if got.Uplink.In != want.Uplink.In || got.Downlink.In != want.Downlink.In {
				t.Errorf("%d and %d packets in, want %d and %d", got.Uplink.In, got.Downlink.In, want.Uplink.In, want.Downlink.In)
			}
			if !shown {
				t.Error("no progress was told")
			}
		})
	}
}

func near(t *testing.T, what string, got, want int64) {
	t.Helper()
	if math.Abs(float64(got-want)) > 60e6 {
		t.Errorf("%s: %v of silence, want %v", what, time.Duration(got), time.Duration(want))
	}
}

func TestLiveInterrupted(t *testing.T) {
	t.Parallel()
	c := staged(t, brief)
	a, b, _ := policies(t, c, "session-lock")
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	begun := time.Now()
	if _, err := Run(ctx, c, a, b, Options{}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v", err)
	}
	if d := time.Since(begun); d > time.Second {
		t.Errorf("it went on for %v", d)
	}
}

func TestLiveTooLong(t *testing.T) {
	c := staged(t, brief)
	c.Events[0].Time -= int64(time.Hour)
	a, b, _ := policies(t, c, "session-lock")
	if _, err := Run(t.Context(), c, a, b, Options{}); err == nil {
		t.Error("a call of an hour was begun")
	}
}

func TestStage(t *testing.T) {
	one, err := NewStage()
	if err != nil {
		t.Fatal(err)
	}
	defer one.Close()
	two, err := NewStage()
	if err != nil {
		t.Fatal(err)
	}
	defer two.Close()
	end := func(s string) endpoint.Endpoint { return endpoint.From(netip.MustParseAddrPort(s)) }
	for _, st := range []Stage{one, two} {
		seen := map[netip.AddrPort]string{}
		for _, s := range []string{"192.0.2.1:4000", "192.0.2.1:6073", "10.0.2.1:4000", "198.51.100.20:6000", "[2001:db8::1]:4000", "[2001:db8::2]:4000", "192.0.2.0:1", "192.0.2.255:1", "127.0.0.1:5060"} {
			at, err := st.At(end(s))
			if err != nil {
				t.Fatal(err)
			}
			if !at.Addr().IsLoopback() || at.Port() != end(s).Port {
				t.Errorf("%s is at %s", s, at)
			}
			if other := seen[at]; other != "" {
				t.Errorf("%s and %s are both at %s", s, other, at)
			}
			seen[at] = s
			if back := st.off(at); back != end(s) {
				t.Errorf("%s comes back as %s", s, back)
			}
			if again, _ := st.At(end(s)); again != at {
				t.Errorf("%s is at %s and at %s", s, at, again)
			}
		}
	}
	a, _ := one.At(end("192.0.2.1:1"))
	b, _ := one.At(end("192.0.2.77:1"))
	if c, _ := two.At(end("192.0.2.1:1")); c == a {
		t.Errorf("two stages share %s", a)
	}
	if p := netip.PrefixFrom(a.Addr(), 24); !p.Contains(b.Addr()) {
		t.Errorf("%s and %s are no longer of one network", a, b)
	}
}
