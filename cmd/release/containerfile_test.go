package main

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// The Containerfile is read as a builder reads it: known instructions, lines
// that go on, stages that exist, and files that the release archive holds.
func TestContainerfile(t *testing.T) {
	b, err := os.ReadFile("Containerfile")
	if err != nil {
		t.Fatal(err)
	}
	known := []string{"FROM", "ARG", "COPY", "RUN", "USER", "WORKDIR", "ENTRYPOINT"}
	held := []string{"/release/latchscope", "/release/LICENSE", "/release/THIRD-PARTY.txt", "/scratch"}
	stages := map[string]bool{}
	text := strings.ReplaceAll(string(b), "\\\n", " ")
	last := ""
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		if len(f) == 0 || strings.HasPrefix(f[0], "#") {
			continue
		}
		if !slices.Contains(known, f[0]) {
			t.Errorf("unknown instruction: %s", line)
		}
		if last == "" && f[0] != "FROM" {
			t.Errorf("the first instruction is %s", f[0])
		}
		last = f[0]
		if f[0] == "FROM" && len(f) == 4 && f[2] == "AS" {
			stages[f[3]] = true
		}
		from, staged := "", false
		for _, w := range f[1:] {
			if v, ok := strings.CutPrefix(w, "--from="); ok {
				from, staged = v, true
			}
		}
		if staged {
			if !stages[from] {
				t.Errorf("no stage %q", from)
			}
			for _, w := range f[1 : len(f)-1] {
				if strings.HasPrefix(w, "/") && !slices.Contains(held, w) {
					t.Errorf("%s is not in the archive", w)
				}
			}
		}
	}
	if last != "ENTRYPOINT" || !strings.Contains(text, `ENTRYPOINT ["/latchscope"]`) {
		t.Errorf("it ends with %s", last)
	}
}
