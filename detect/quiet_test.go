package detect_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/latchscope/latchscope/analyze/ledger"
	"github.com/latchscope/latchscope/analyze/scenetest"
	"github.com/latchscope/latchscope/detect"
)

// Whoever asks why a detector said nothing of a call is told what it looked at in
// that call, with numbers of its own, whichever detector it is.
func TestWhyNotTellsOfTheCall(t *testing.T) {
	s, err := scenetest.Load(os.DirFS("../testdata/scenes"), "early-40ms.scene")
	if err != nil {
		t.Fatal(err)
	}
	run, err := s.Run()
	if err != nil {
		t.Fatal(err)
	}
	path := t.TempDir() + "/call.pcap"
	if err := os.WriteFile(path, run.Captures[0].Bytes, 0o600); err != nil {
		t.Fatal(err)
	}
	j := analyzed(t, path)
	seen := regexp.MustCompile(`[Ff]rame \d|\d+ (packets|audio)|\d point|One capture point|\d\.\d+ s`)
	for _, d := range detect.Detectors() {
		lines := detect.WhyNot(j.trace, j.result, d, j.trace.Calls[0])
		told := strings.Join(lines[min(2, len(lines)):], " ")
		switch {
		case d.Quiet == nil:
			t.Errorf("%s has no answer of its own", d.Code)
		case !seen.MatchString(told):
			t.Errorf("%s: no number of this call in %q", d.Code, told)
		}
	}
}

// That no span is in a state that a detector explains is said where none is.
func TestWhyNotTellsOfTheAccount(t *testing.T) {
	for _, scene := range []string{"story", "early-40ms"} {
		j := firstOf(t, scene)
		call := j.trace.Calls[0]
		for _, d := range detect.Detectors() {
			found := slices.ContainsFunc(j.result.Findings, func(f detect.Finding) bool { return f.Code == d.Code })
			if found || len(d.Explains) == 0 {
				continue
			}
			some := slices.ContainsFunc(j.result.Ledger.Rows(call), func(r ledger.Row) bool {
				return slices.ContainsFunc(r.Spans, func(s ledger.Span) bool { return s.State.Silent() && slices.Contains(d.Explains, s.State) })
			})
			none := strings.Contains(strings.Join(detect.WhyNot(j.trace, j.result, d, call), " "), "No span of this call's account is in such a state")
			if none == some {
				t.Errorf("%s, %s: there is a span for it: %v, and that there is none is said: %v", scene, d.Code, some, none)
			}
		}
	}
}

// Whether what was agreed on is encrypted is told as SDP says it.
func TestWhyNotTellsOfKeys(t *testing.T) {
	const plain, keyed, keyless = "offers or answers plain RTP", "SRTP, with what agrees on a key", "an SRTP profile without anything that agrees on a key"
	for how, want := range map[string]string{"": plain, " srtp": keyed} {
		run := played(t, strings.Replace(quietCall, "via sbc\n", "via sbc"+how+"\n", 1))
		j := judge(t, run, []string{"server"})
		for _, d := range detect.Detectors() {
			if d.Code != "srtp-mismatch" {
				continue
			}
			told := strings.Join(detect.WhyNot(j.trace, j.result, d, j.trace.Calls[0]), " ")
			for _, words := range []string{plain, keyed, keyless} {
				if strings.Contains(told, words) != (words == want) {
					t.Errorf("%q: %s", how, told)
				}
			}
		}
	}
}

// A talker that never moved is observed by what the account says of its ways.
func TestObserveWithoutMoves(t *testing.T) {
	run := played(t, quietCall)
	j := judge(t, run, []string{"server"})
	seen := 0
	for _, k := range j.trace.Talkers {
		o := detect.Observe(j.trace, j.result.Ledger, k)
		for _, d := range o.Directions {
			if d.State == "alive" && d.Silence != nil && *d.Silence == 0 {
				seen++
			}
		}
		if o.Estimated.Timeout != nil || o.Estimated.LockPackets != nil {
			t.Errorf("%v: %+v", k.Receiver(), o.Estimated)
		}
	}
	if seen == 0 {
		t.Error("no direction is alive")
	}
}
