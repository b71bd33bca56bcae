package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/latchscope/latchscope/analyze/scenetest"
)

// What a report is attached to a ticket for: it fits, it says the words that
// people and scripts look for, and nothing about what this capture does not hold.
func TestDocuments(t *testing.T) {
	for _, tt := range []struct {
		scene, capture string
		lines          int
		has, lacks     []string
	}{
		{"story", "", 130, []string{"media server", "caller", "callee", "Cost:", "against", "would show", "passed", "NOT IN VIEW", "proven", "likely", "or else", "RFC 4787"}, []string{"IPv6", "ICMPv6", "heard\n"}},
		{"failover-six", "", 110, []string{"6 of 6 calls lost audio", "One cause in 6 calls", "Who called whom", "switched over"}, []string{"IPv6", "INCIDENT 2", "refused"}},
		{"early-40ms", "", 60, []string{"Nothing wrong with the call", "Checked", "MOS", "first audio", "left server", "none lost", "estimates for where it was measured", "NOT IN VIEW"}, []string{"ICMP error", "IPv6", "lost audio", "Cost", "were lost ("}},
		{"idle-flip-lock", "", 110, []string{"pause", "against"}, []string{"IPv6", "refused that"}},
		{"relay-stalls", "", 110, []string{"not passed on", "media server"}, []string{"IPv6", "ICMP", "latched on", "RFC 4787"}},
		{"injection", "", 110, []string{"No audio was lost", "stranger", "None of them was passed on", "Checked", "MOS"}, []string{"IPv6", "latched on", "INCIDENT 2", "a stranger's packets, passed on", "went to the stranger"}},
		{"injection-wins", "", 110, []string{"took a stranger", "for the caller", "were passed on to the", "a stranger's packets, passed on", "went to the stranger", "kept to the stranger to the end of the call, 10.0 s", "strict source", "Next capture: at the edge"}, []string{"IPv6", "INCIDENT 2", "Open the media port", "hung up"}},
		{"reports-cease", "", 110, []string{"No audio came back", "for the callee it is proven", "would show"}, []string{"IPv6", "INCIDENT 2", "caller's: not passed on"}},
		{"sdp-unlatched", "", 110, []string{"192.168.1.50"}, []string{"IPv6", "latched on"}},
		{"loss-after", "", 110, []string{"No silence in the call, but packets were lost", "receiver reports", "Next capture: at the"}, []string{"IPv6", "Nothing wrong"}},
		{"light-loss", "", 110, []string{"No silence in the call, but packets were lost", "most listeners would not complain"}, []string{"IPv6", "Nothing wrong", "crackle"}},
		{"idle-mapping-refused", "", 110, []string{"itself sent nothing from", "caller's: sent, and refused by ICMP", "no longer had the mapping", "from then on its voice left", "RFC 4787 REQ-5 asks for two minutes"}, []string{"IPv6", "Meanwhile the", "before the silence"}},
		{"busy", "", 40, []string{"486 Busy Here"}, []string{"lost audio", "Nothing wrong with"}},
	} {
		t.Run(tt.scene, func(t *testing.T) {
			scene, err := scenetest.Load(os.DirFS(filepath.Join("..", "..", "testdata", "scenes")), tt.scene+".scene")
			if err != nil {
				t.Fatal(err)
			}
			result, err := scene.Run()
			if err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(t.TempDir(), "call.pcap")
			if err := os.WriteFile(path, result.Captures[0].Bytes, 0o600); err != nil {
				t.Fatal(err)
			}
			out := output(t, []string{"analyze", path})
			if n := strings.Count(out, "\n"); n >= tt.lines {
				t.Errorf("%d lines, %d are too many:\n%s", n, tt.lines, out)
			}
			flat := strings.Join(strings.Fields(out), " ")
			for _, w := range tt.has {
				if !strings.Contains(flat, w) {
					t.Errorf("it does not say %q:\n%s", w, out)
				}
			}
			for _, w := range append(tt.lacks, "talker", "answerer", "dead source", "old source was", "moved endpoint", "→", "…") {
				if strings.Contains(flat, w) {
					t.Errorf("it says %q:\n%s", w, out)
				}
			}
			for line := range strings.Lines(out) {
				if len(strings.TrimSuffix(line, "\n")) > 80 {
					t.Errorf("more than 80 columns: %s", line)
				}
				for _, r := range line {
					if r >= 0x80 {
						t.Errorf("not ASCII: %s", line)
						break
					}
				}
			}
		})
	}
}

// Each step of a chain has its frames and how sure it is, and what the table of losses
// says of a voice is as sure as the step that tells of it.
func TestChains(t *testing.T) {
	step := regexp.MustCompile(`^ {1,2}\d+  \S`)
	sure := regexp.MustCompile(` (proven|likely|possible|not seen)$`)
	for _, tt := range []struct{ scene, row, step string }{
		{"story", "callee    caller's: to the old port", "did not reach the callee"},
		{"story", "caller    callee's: arrived, not passed on", "passed on none of the"},
		{"story-phone", "callee    caller's: none arrived", "No audio came back to the callee"},
		{"idle-mapping-refused", "callee    caller's: sent, and refused by ICMP", "was refused"},
		{"sdp-unlatched", "callee    caller's: to a wrong address", "did not reach the callee"},
		{"address-change", "callee    caller's: to the old address", "did not reach the"},
		{"relay-stalls", "", ""}, {"loss-after", "", ""}, {"capture-drops", "", ""}, {"path-gap", "", ""}, {"balanced-in-bursts", "", ""},
	} {
		t.Run(tt.scene, func(t *testing.T) {
			result := sceneBytes(t, tt.scene)
			dir := t.TempDir()
			path := filepath.Join(dir, "call.pcap")
			if err := os.WriteFile(path, result, 0o600); err != nil {
				t.Fatal(err)
			}
			out := output(t, []string{"analyze", path})
			head, rest, _ := strings.Cut(out, "how sure\n")
			if strings.Contains(head, "listener  whose voice") || !strings.Contains(head, "\nW") { // the table of losses comes first
				head, rest, _ = strings.Cut(rest, "how sure\n")
			}
			rowSure, stepSure := "", ""
			for line := range strings.Lines(out) {
				if line = strings.TrimRight(line, "\n"); tt.row != "" && strings.HasPrefix(strings.TrimSpace(line), tt.row) {
					rowSure = strings.TrimSpace(sure.FindString(line))
				}
			}
			chain, _, _ := strings.Cut(rest, "\n\n")
			column := strings.LastIndex(head, "frames") - strings.LastIndex(head, "\n") - 1
			steps, text, of := 0, "", ""
			for _, line := range strings.Split(chain, "\n") {
				if step.MatchString(line) {
					if steps++; len(line) <= column || line[column] == ' ' {
						t.Errorf("no frames: %s", line)
					}
					if text, of = "", strings.TrimSpace(sure.FindString(line)); of == "" {
						t.Errorf("how sure is not said: %s", line)
					}
				}
				if text += " " + strings.TrimSpace(line[:min(len(line), max(column, 0))]); tt.step != "" && strings.Contains(text, tt.step) {
					stepSure = of
				}
			}
			if steps == 0 {
				t.Errorf("no steps:\n%s", out)
			}
			if rowSure != stepSure || tt.row != "" && rowSure == "" {
				t.Errorf("the table is %q, the step %q:\n%s", rowSure, stepSure, out)
			}
		})
	}
}

// sceneBytes is the first capture of a scene.
func sceneBytes(t *testing.T, name string) []byte {
	t.Helper()
	scene, err := scenetest.Load(os.DirFS(filepath.Join("..", "..", "testdata", "scenes")), name+".scene")
	if err != nil {
		t.Fatal(err)
	}
	result, err := scene.Run()
	if err != nil {
		t.Fatal(err)
	}
	return result.Captures[0].Bytes
}

// A report is read to its end only if it ends: on every capture of the field, the hard
// cases and the laboratory it keeps within what its kind may take.
func TestLengths(t *testing.T) {
	question := regexp.MustCompile(`(?m)^  (Did|Was|Do) .*\?`)
	seen := 0
	for _, dir := range []string{"field", "hard", "lab"} {
		paths, err := filepath.Glob(filepath.Join("..", "..", "testdata", dir, "*.pcap*"))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			if strings.HasSuffix(path, ".expect") {
				continue
			}
			seen++
			out := output(t, []string{"analyze", path})
			most := 110
			switch {
			case strings.Contains(out, "INCIDENT 2"):
				most = 140 // two stories
			case question.MatchString(out):
				most = 130 // what is inferred is weighed
			case !strings.Contains(out, "\nWHY") && !strings.Contains(out, "  Noted\n") && !strings.Contains(out, "re-INVITE"):
				most = 60 // the call is well, and there is nothing more to tell
			case !strings.Contains(out, "\nWHY"):
				most = 70
			}
			if n := strings.Count(out, "\n"); n >= most {
				t.Errorf("%s: %d lines, fewer than %d are due", path, n, most)
			}
			for line := range strings.Lines(out) {
				if n := len(strings.TrimSuffix(line, "\n")); n > 80 {
					t.Errorf("%s: %d columns: %s", path, n, line)
				}
			}
		}
	}
	if seen < 40 {
		t.Fatalf("%d captures", seen)
	}
}

// Whole documents, few and chosen, as somebody would attach them: an incident of
// six calls, a stranger who wins the latch, two capture points, a call that is
// well. UPDATE=1 writes them anew; read the difference as the reader would.
func TestWholeDocuments(t *testing.T) {
	for _, tt := range []struct{ scene, format string }{
		{"failover-six", "text"}, {"injection-wins", "text"}, {"lossy-between-points", "text"}, {"early-40ms", "text"}, {"injection-wins", "markdown"},
	} {
		t.Run(tt.scene+"."+tt.format, func(t *testing.T) {
			scene, err := scenetest.Load(os.DirFS(filepath.Join("..", "..", "testdata", "scenes")), tt.scene+".scene")
			if err != nil {
				t.Fatal(err)
			}
			result, err := scene.Run()
			if err != nil {
				t.Fatal(err)
			}
			args, dir := []string{"analyze", "--format", tt.format, "--width", "80"}, t.TempDir()
			for _, c := range result.Captures {
				path := filepath.Join(dir, c.Name+".pcap")
				if err := os.WriteFile(path, c.Bytes, 0o600); err != nil {
					t.Fatal(err)
				}
				args = append(args, path)
			}
			got := strings.Replace(output(t, args), "latchscope "+version, "latchscope VERSION", 1)
			golden := filepath.Join("testdata", "documents", tt.scene+"."+tt.format)
			if os.Getenv("UPDATE") != "" {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("the document is not that of %s (UPDATE=1 writes it anew):\n%s", golden, got)
			}
		})
	}
}
