package detect_test

import (
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/latchscope/latchscope/analyze/scenetest"
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
		"spray": "between the party's own", "injection-refused": "between the party's own", "injection-wins": "instead of the party's own",
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
