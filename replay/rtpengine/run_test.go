package rtpengine

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/latchscope/latchscope/analyze"
	"github.com/latchscope/latchscope/analyze/capture"
	"github.com/latchscope/latchscope/analyze/scenetest"
	"github.com/latchscope/latchscope/replay"
	"github.com/latchscope/latchscope/replay/live"
)

// A telephone behind a NAT whose port moves a second after the answer.
const flip = `
nat    router 198.51.100.7 ports=next base=40000 idle=0.3 icmp=off delay=5ms
host   phone  192.168.1.50 behind=router
host   gw     192.0.2.50
server sbc    203.0.113.10 engine=delayed+handover
call   c1     gw -> phone via sbc
capture server at sbc

0.0   c1 invite
0.1   c1 180
0.3   c1 200
0.3   c1 phone talks pause=1.3-1.8
0.35  c1 gw talks pause=1.3-1.8
4.0   c1 gw bye
`

func TestRealDaemon(t *testing.T) {
	if _, err := exec.LookPath("rtpengine"); err != nil {
		t.Skip("NO rtpengine ON PATH: THE REAL DAEMON IS NOT TESTED (apt install rtpengine-daemon)")
	}
	c := played(t)
	d, err := Spawn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Stop)
	for _, tt := range []struct {
		flags    []string
		up, down bool // something is lost
	}{
		{[]string{"endpoint-learning-delayed"}, false, false},
		{[]string{"endpoint-learning-immediate"}, false, true},
		{[]string{"endpoint-learning-immediate", "strict-source"}, true, true},
		{[]string{"endpoint-learning-immediate", "media-handover"}, false, false},
	} {
		t.Run(strings.Join(tt.flags, " "), func(t *testing.T) {
			t.Parallel()
			client, err := Dial(d.Addr)
			if err != nil {
				t.Fatal(err)
			}
			defer client.Close()
			r, notes, err := Run(t.Context(), client, c, tt.flags, live.Options{}, d.Ended())
			if err != nil {
				t.Fatal(err)
			}
			if r.Uplink.Relayed == 0 || r.Downlink.Relayed == 0 {
				t.Errorf("nothing came through: %+v, %+v", r.Uplink, r.Downlink)
			}
			if got := r.Uplink.Silence > 0; got != tt.up {
				t.Errorf("uplink: %v of silence", time.Duration(r.Uplink.Silence))
			}
			if got := r.Downlink.Silence > 0; got != tt.down {
				t.Errorf("downlink: %v of silence", time.Duration(r.Downlink.Silence))
			}
			if len(notes) != 2 {
				t.Errorf("the daemon's counters: %v", notes)
			}
		})
	}
}

// A daemon that dies in the middle ends the run with one line.
func TestDaemonDies(t *testing.T) {
	if _, err := exec.LookPath("rtpengine"); err != nil {
		t.Skip("NO rtpengine ON PATH: THE REAL DAEMON IS NOT TESTED (apt install rtpengine-daemon)")
	}
	c := played(t)
	d, err := Spawn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	client, err := Dial(d.Addr)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	time.AfterFunc(time.Second, d.Stop)
	_, _, err = Run(t.Context(), client, c, nil, live.Options{}, d.Ended())
	if err == nil || !strings.Contains(err.Error(), "middle of the run") || strings.Contains(err.Error(), "\n") {
		t.Errorf("error %v", err)
	}
	<-d.Ended()
}

func played(t *testing.T) *replay.Case {
	t.Helper()
	s, err := scenetest.Parse("flip", []byte(flip))
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Run()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "flip.pcap")
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
	if len(talkers) != 1 || len(talkers[0].Moves) != 1 {
		t.Fatalf("%d talkers", len(talkers))
	}
	c, err := replay.GatherOne(t.Context(), tr, set, analyze.Options{}, talkers[0])
	if err != nil {
		t.Fatal(err)
	}
	return c
}
