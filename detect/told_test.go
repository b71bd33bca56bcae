package detect_test

import (
	"encoding/binary"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/latchscope/latchscope/analyze/ledger"
	"github.com/latchscope/latchscope/analyze/scenetest"
	"github.com/latchscope/latchscope/analyze/scenetest/sample"
	"github.com/latchscope/latchscope/detect"
)

// firstOf is the first capture of a scene, analysed.
func firstOf(t *testing.T, scene string) judged {
	t.Helper()
	s, err := scenetest.Load(os.DirFS("../testdata/scenes"), scene+".scene")
	if err != nil {
		t.Fatal(err)
	}
	run, err := s.Run()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "scene.pcap")
	if err := os.WriteFile(path, run.Captures[0].Bytes, 0o600); err != nil {
		t.Fatal(err)
	}
	return analyzed(t, path)
}

// Who was called beside the callee has a name of his own.
func TestNamesBesideTheCallee(t *testing.T) {
	check := func(j judged, want map[string]string) {
		t.Helper()
		c := j.trace.Calls[0]
		n := detect.NamesOf(c, j.result.Ledger.Rows(c), nil)
		for addr, name := range want {
			if got := n.Host(netip.MustParseAddr(addr)); got != name {
				t.Errorf("%s: %q, want %q", addr, got, name)
			}
		}
	}
	check(firstOf(t, "forked-branches"), map[string]string{"192.0.2.50": "caller", "198.51.100.21": "other branch", "198.51.100.22": "callee"})
	check(firstOf(t, "redirected"), map[string]string{"192.0.2.50": "caller", "198.51.100.21": "redirect server", "198.51.100.22": "callee"})
	check(analyzed(t, "../testdata/field/fork-cancelled-branch-first-oneway.pcap"), map[string]string{"203.0.113.20": "caller", "192.0.2.40": "other branch", "192.0.2.30": "callee"})
	check(firstOf(t, "forked-early-media"), map[string]string{"198.51.100.30": "callee"}) // two early dialogs of one host
}

// What a stranger's packets did is told as it was: beside the party's own where these
// came, too, and what went to the stranger in the other direction where no silence
// tells it.
func TestStrangersEffect(t *testing.T) {
	for scene, want := range map[string]string{
		"spray": "between the callee's own", "injection-refused": "between the callee's own", "injection-wins": "instead of the caller's own",
	} {
		j := firstOf(t, scene)
		found := false
		for i := range j.result.Findings {
			f := &j.result.Findings[i]
			if f.Code == "competing-source" {
				found = true
				if got := j.result.Words(f); !strings.Contains(got, want) {
					t.Errorf("%s: no %q in %q", scene, want, got)
				}
			}
		}
		if !found {
			t.Errorf("%s: no stranger", scene)
		}
	}
}

// A NAT that is seen from both sides has moved the port: what to do is its owner's.
func TestMovedByTheNAT(t *testing.T) {
	j := analyzed(t, "../testdata/hard/points_clock_step_back-7100.step-back-server.pcap.xz", "../testdata/hard/points_clock_step_back-7100.step-back-phone.pcap.xz")
	for i := range j.result.Findings {
		f := &j.result.Findings[i]
		if f.Code != "nat-port-flip" {
			continue
		}
		if len(f.Actions) != 1 || f.Actions[0].Owner != "nat" || f.Actions[0].Proof != detect.Confirmed {
			t.Errorf("actions: %+v", f.Actions)
		}
		if w := j.result.Words(f); !strings.Contains(w, "Before the NAT the same packets come from 192.168.1.50:4000 throughout") {
			t.Error(w)
		}
		return
	}
	t.Error("no flip")
}

// What a step says was sent to an old port is what the filter that is given for it shows.
func TestCountsAreWhatFiltersShow(t *testing.T) {
	scenes, err := scenetest.LoadAll(os.DirFS("../testdata/scenes"))
	if err != nil {
		t.Fatal(err)
	}
	said := regexp.MustCompile(`sent ([\d,]+) packets to (?:the old one|the stranger)`)
	astray := regexp.MustCompile(`^(?:rtp|udp) && ip\.dst == (\S+) && udp\.dstport == (\d+) && udp\.srcport == (\d+) && !icmp(?: && frame\.number > (\d+))?$`)
	compared := 0
	for _, s := range sample.Every(t, 3, scenes) {
		if s.Name == "any-duplicates" {
			continue // each packet is there twice, which the report says
		}
		run, err := s.Run()
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range run.Captures {
			if len(c.Bytes) < 24 || binary.LittleEndian.Uint32(c.Bytes) != 0xa1b2c3d4 && binary.LittleEndian.Uint32(c.Bytes) != 0xa1b23c4d || binary.LittleEndian.Uint32(c.Bytes[20:]) != 1 {
				continue // no Ethernet
			}
			path := filepath.Join(t.TempDir(), "scene.pcap")
			if err := os.WriteFile(path, c.Bytes, 0o600); err != nil {
				t.Fatal(err)
			}
			j := analyzed(t, path)
			for i := range j.result.Findings {
				f := &j.result.Findings[i]
				told := said.FindStringSubmatch(j.result.Words(f))
				if told == nil {
					continue
				}
				var shown int
				filters := 0
				for _, x := range detect.Filters(f) {
					m := astray.FindStringSubmatch(x.Text)
					if !strings.HasSuffix(x.Name, "astray") || m == nil {
						continue
					}
					filters++
					dst, src, after := atoi(m[2]), atoi(m[3]), 0
					if m[4] != "" {
						after = atoi(m[4])
					}
					shown += matching(c.Bytes, netip.MustParseAddr(m[1]), uint16(dst), uint16(src), after)
				}
				refused := slices.ContainsFunc(f.Claims, func(c detect.Claim) bool { return c.Row.Spans[c.Span].State == ledger.Refused })
				if filters == 0 || refused {
					continue
				}
				compared++
				if n := atoi(strings.ReplaceAll(told[1], ",", "")); n != shown {
					t.Errorf("%s/%s: %d packets are said, the filter shows %d: %s", s.Name, c.Name, n, shown, j.result.Words(f))
				}
			}
		}
	}
	if compared < sample.Least(3, 25) {
		t.Errorf("only %d counts could be compared", compared)
	}
}

func atoi(s string) int {
	n, _ := strconv.Atoi(s)
	return n
}

// matching counts the UDP packets over IPv4 of a classic Ethernet capture that go from a
// port to an address and port, in frames behind one.
func matching(pcap []byte, to netip.Addr, dst, src uint16, after int) (n int) {
	const head, record, ip = 24, 16, 14
	for at, frame := head, 1; at+record <= len(pcap); frame++ {
		size := int(binary.LittleEndian.Uint32(pcap[at+8:]))
		b := pcap[at+record : at+record+size]
		at += record + size
		if frame <= after || len(b) < ip+28 || b[12] != 8 || b[13] != 0 || b[ip+9] != 17 {
			continue
		}
		udp := b[ip+int(b[ip]&15)*4:]
		if a, _ := netip.AddrFromSlice(b[ip+16 : ip+20]); a == to && len(udp) >= 8 && binary.BigEndian.Uint16(udp) == src && binary.BigEndian.Uint16(udp[2:]) == dst {
			n++
		}
	}
	return n
}
