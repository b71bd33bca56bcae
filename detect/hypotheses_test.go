package detect_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/latchscope/latchscope/analyze"
	"github.com/latchscope/latchscope/analyze/scenetest"
	"github.com/latchscope/latchscope/detect"
)

// weighed plays a scene and returns the hypotheses of the first finding of a code,
// as "claim likely", in order of the claims.
func weighed(t *testing.T, s *scenetest.Scene, code string) (out []string, next string) {
	t.Helper()
	r, err := s.Run()
	if err != nil {
		t.Fatal(err)
	}
	var paths []string
	for _, c := range r.Captures {
		path := filepath.Join(t.TempDir(), c.Name+".pcap")
		if err := os.WriteFile(path, c.Bytes, 0o600); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	tr, err := analyze.Files(t.Context(), paths...)
	if err != nil {
		t.Fatal(err)
	}
	res := detect.Run(tr, detect.Detectors())
	for i := range res.Findings {
		f := &res.Findings[i]
		if f.Code != code {
			continue
		}
		for _, h := range f.Hypotheses {
			how := h.Confidence.String()
			if h.Confidence == detect.Refuted {
				how = "refuted"
			}
			if (h.Confidence != detect.Refuted && len(h.For) == 0) || (h.Confidence == detect.Refuted && len(h.Against) == 0) || h.DecidedBy == "" {
				t.Errorf("%s: %d for, %d against, decided by %q", h.Claim, len(h.For), len(h.Against), h.DecidedBy)
			}
			out = append(out, h.Claim+" "+how)
		}
		slices.Sort(out)
		return out, f.Next.Where
	}
	t.Fatalf("no %s among %d findings", code, len(res.Findings))
	return nil, ""
}

// told is a call of a phone behind a router, with what happens in it.
const told = `nat    router 198.51.100.7 ports=next base=40000 delay=35ms ICMP
host   phone  192.168.1.50 behind=router
host   gw     192.0.2.50
server sbc    203.0.113.10 engine=lock:3:2 open=OPEN
call   c1     gw -> phone via sbc
capture server at sbc
CAPTURE
0.000  c1 invite
EVENTS
`

func stagedAs(t *testing.T, icmp, open, capture, events string) *scenetest.Scene {
	t.Helper()
	text := strings.NewReplacer("ICMP", icmp, "OPEN", open, "CAPTURE", capture, "EVENTS", events).Replace(told)
	if capture == "" {
		text += "expect nothing\n"
	} else {
		text += "expect nothing point=server\n"
	}
	s, err := scenetest.Parse("told", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Each claim is told so that its nearest rival must be told apart from it, or so
// that nobody could: then both are possible, and the capture that would decide is
// named.
func TestRivals(t *testing.T) {
	const (
		early  = "0.4 c1 phone talks\n1.0 c1 200\n1.0 c1 gw talks\n"
		talked = "1.0 c1 200\n1.1 c1 phone talks\n1.1 c1 gw talks\n"
		both   = "capture phone at phone"
	)
	for name, c := range map[string]struct {
		icmp, open, capture, events string
		code                        string
		want                        []string
		next                        string // where the deciding capture is to be taken
	}{
		"an error moved the port": {"drop-on-icmp icmp=off", "answer", "", early + "9 c1 gw bye", "nat-port-flip",
			[]string{"nat-dropped-mapping-on-icmp likely", "phone-rebound possible"}, "at the phone"},
		"an error moved the port, seen from both sides": {"drop-on-icmp icmp=off", "answer", both, early + "9 c1 gw bye", "nat-port-flip",
			[]string{"nat-dropped-mapping-on-icmp likely", "phone-rebound refuted"}, ""},
		"the phone itself moved, seen from both sides": {"icmp=off", "answer", both, talked + "4 c1 phone moves port=4020\n9 c1 gw bye", "nat-port-flip",
			[]string{"phone-rebound likely"}, ""},
		"the phone itself moved after errors, seen from both sides": {"icmp=off", "answer", both, early + "1.1 c1 phone moves port=4020\n9 c1 gw bye", "nat-port-flip",
			[]string{"phone-rebound likely", "sip-alg refuted"}, ""},
		"a pause of half a minute and more": {"idle=30s icmp=off", "offer", "", "1.0 c1 200\n1.1 c1 phone talks pause=10-50\n1.1 c1 gw talks\n60 c1 gw bye", "nat-port-flip",
			[]string{"nat-mapping-expired likely", "phone-rebound possible"}, "at the phone"},
		"a short pause": {"idle=12s icmp=off", "offer", "", "1.0 c1 200\n1.1 c1 phone talks pause=10-26\n1.1 c1 gw talks\n40 c1 gw bye", "nat-port-flip",
			[]string{"nat-mapping-expired possible", "phone-rebound possible"}, "at the phone"},
		"a pause that is outlived, and a shorter one that is not": {"icmp=off", "offer", "", "1.0 c1 200\n1.1 c1 phone talks pause=5-25,35-50\n1.1 c1 gw talks\n45 router forgets phone\n60 c1 gw bye", "nat-port-flip",
			[]string{"nat-mapping-expired possible", "phone-rebound possible"}, "at the phone"},
		"in the same instant as a re-INVITE": {"icmp=off", "offer", "", talked + "6.0 c1 gw reinvite refresh\n6.08 router forgets phone\n12 c1 gw bye", "nat-port-flip",
			[]string{"phone-rebound possible", "sip-alg possible"}, "at the phone"},
		"in the middle of nothing": {"icmp=off", "offer", "", talked + "6.0 router forgets phone\n12 c1 gw bye", "nat-port-flip",
			[]string{"phone-rebound possible"}, "at the phone"},
	} {
		t.Run(name, func(t *testing.T) {
			got, next := weighed(t, stagedAs(t, c.icmp, c.open, c.capture, c.events), c.code)
			if !slices.Equal(got, c.want) {
				t.Errorf("%q, want %q", got, c.want)
			}
			if !strings.HasPrefix(next, c.next) || (c.next == "") != (next == "") {
				t.Errorf("the next capture: %q, want %q", next, c.next)
			}
		})
	}
}

// What scenes tell of claims that need a whole site.
func TestRivalsOfScenes(t *testing.T) {
	for _, c := range []struct {
		scene, code string
		want        []string
	}{
		{"story-two-points", "nat-port-flip", []string{"nat-dropped-mapping-on-icmp likely", "phone-rebound refuted", "sip-alg possible"}},
		{"failover-six", "nat-port-flip", []string{"cgnat-reallocated possible", "device-failover likely", "phone-rebound refuted"}},
		{"address-change", "nat-port-flip", []string{"cgnat-reallocated possible", "device-failover possible", "phone-rebound possible"}}, // its SIP moved with it
		{"dual-wan", "nat-port-flip", []string{"cgnat-reallocated possible", "phone-rebound possible", "two-uplinks likely"}},
		{"story", "icmp-unreachable", []string{"firewall-refused possible", "port-closed likely"}},
		{"firewall-refuses", "icmp-unreachable", []string{"firewall-refused likely", "port-closed refuted"}},
		{"early-limited", "icmp-unreachable", []string{"firewall-refused possible", "port-closed possible"}}, // nothing tells
	} {
		s, err := scenetest.Load(os.DirFS("../testdata/scenes"), c.scene+".scene")
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := weighed(t, s, c.code); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", c.scene, got, c.want)
		}
	}
}
