package detect_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/latchscope/latchscope/analyze"
	"github.com/latchscope/latchscope/detect"
)

// natOf plays calls of one phone behind a NAT, seen at the server, and returns
// what is said of that NAT.
func natOf(t *testing.T, nat string, calls int, events string) detect.NAT {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "nat r 198.51.100.7 delay=20ms icmp=off %s\nhost phone 192.168.1.50 behind=r\nhost gw 192.0.2.50\nserver sbc 203.0.113.10 engine=immediate\n", nat)
	for i := range calls {
		fmt.Fprintf(&b, "call c%d gw -> phone via sbc\n", i)
	}
	b.WriteString("capture server at sbc\n")
	for i := range calls {
		at := float64(i) * 6
		fmt.Fprintf(&b, "%.1f c%d invite\n%.1f c%d 200\n%.1f c%d gw talks\n", at, i, at+1, i, at+1.1, i)
		if events == "" {
			fmt.Fprintf(&b, "%.1f c%d phone talks\n%.1f c%d gw bye\n", at+1.1, i, at+4, i)
		}
	}
	b.WriteString(events + "\nexpect nothing\n")
	r := played(t, b.String())
	path := filepath.Join(t.TempDir(), "scene.pcap")
	if err := os.WriteFile(path, r.Captures[0].Bytes, 0o600); err != nil {
		t.Fatal(err)
	}
	tr, err := analyze.Files(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	res := detect.Run(tr, detect.Detectors())
	if len(res.NATs) != 1 || res.NATs[0].Address.String() != "198.51.100.7" {
		t.Fatalf("%d NATs: %+v", len(res.NATs), res.NATs)
	}
	return res.NATs[0]
}

func TestNATAssignment(t *testing.T) {
	for _, c := range []struct {
		nat   string
		calls int
		want  string
	}{
		{"ports=keep", 4, "preserving"},
		{"ports=keep", 2, "unknown"}, // chance enough
		{"ports=next base=40000", 10, "in-order"},
		{"ports=random", 12, "random"},
		{"ports=random", 5, "unknown"}, // too few for a test
	} {
		n := natOf(t, c.nat, c.calls, "")
		if n.Assignment.Is != c.want || n.Assignment.Observations < c.calls {
			t.Errorf("%s, %d calls: %+v", c.nat, c.calls, n.Assignment)
		}
		if (c.want == "random") != (n.Assignment.ByTime != nil && n.Assignment.Is == "random") || c.want == "random" && (n.Assignment.ByTime.P < 0.05 || n.Assignment.ByCall.P < 0.05) {
			t.Errorf("%s: by time %+v, by call %+v", c.nat, n.Assignment.ByTime, n.Assignment.ByCall)
		}
	}
}

func TestNATPauses(t *testing.T) {
	for _, c := range []struct {
		pause           string
		longer, shorter float64 // about
	}{
		{"4-13", 9, 0},
		{"4-13,20-49", 9, 29},
		{"", 0, 0},
	} {
		talk := "1.1 c0 phone talks"
		if c.pause != "" {
			talk += " pause=" + c.pause
		}
		n := natOf(t, "ports=next base=40000 idle=20s", 1, talk+"\n60 c0 gw bye")
		near := func(got, want float64) bool { return got > want-0.1 && got < want+0.2 || want == 0 && got == 0 }
		if !near(n.Lifetime.Longer, c.longer) || !near(n.Lifetime.Shorter, c.shorter) || n.Lifetime.Contradicted {
			t.Errorf("pauses of %s: %+v", c.pause, n.Lifetime)
		}
	}
}
