package main

import (
	"bytes"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/latchscope/latchscope/analyze/scenetest/sample"
	"github.com/latchscope/latchscope/cmd/latchscope/internal/mutation"
)

// budget is how often any one statement may run for a capture of so many bytes:
// some times a byte, and what the tables and trials cost that depend on no
// capture. A loop that walks over times, or over pairs of what a capture holds,
// is beyond it at once.
func budget(size int) int { return 500_000 + 30*size }

// TestSteps counts. A clock tells a busy machine from an idle one and little
// else; so the program is built with coverage counters, which count the steps
// of every loop of ours, and these are held against a budget in the size of the
// capture. LATCHSCOPE_STEPS is how many mutated captures it tries.
func TestSteps(t *testing.T) {
	if testing.Short() || !sample.Long() && os.Getenv("LATCHSCOPE_STEPS") == "" {
		t.Skip("builds the program anew: for make long, and for make steps")
	}
	count := 12
	if n, err := strconv.Atoi(os.Getenv("LATCHSCOPE_STEPS")); err == nil {
		count = n
	}
	dir := t.TempDir()
	exe := filepath.Join(dir, "latchscope")
	build := exec.Command("go", "build", "-cover", "-covermode=atomic", "-coverpkg="+module+"...", "-o", exe, ".")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	covdata, err := exec.Command("go", "tool", "-n", "covdata").Output()
	if err != nil {
		t.Fatal(err)
	}
	counted := counter{exe, strings.TrimSpace(string(covdata))}
	found, err := filepath.Glob("testdata/hostile/*.*cap*")
	if err != nil || len(found) == 0 {
		t.Fatal("no captures", err)
	}
	type input struct {
		name string
		data []byte
	}
	var inputs []input
	for _, path := range append(found, troubleFile(t)) {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		inputs = append(inputs, input{filepath.Base(path), data})
	}
	seeds := mutationSeeds(t)
	for seed := range count {
		inputs = append(inputs, input{"seed " + strconv.Itoa(seed), mutation.Structure(rand.New(rand.NewPCG(uint64(seed), 4)), seeds)})
	}
	worst, most := 0.0, ""
	for _, in := range inputs {
		name, data := in.name, in.data
		path := filepath.Join(dir, "a.cap")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		for _, args := range [][]string{{"analyze", "--format", "html", "-o", path + ".html"}, {"replay", "--fit"}, {"replay", "--matrix"}, {"extract", "-f", "--redact", "-o", path + ".pcapng"}} {
			at, steps := counted.steps(t, append(args, path)...)
			if steps == 0 {
				t.Fatalf("%s: nothing was counted", args[0])
			}
			// What is compressed is as large as what comes out of it; mutation
			// packs no more than a few times its size.
			allowed := budget(4 * len(data))
			if share := float64(steps) / float64(allowed); share > worst {
				worst, most = share, strings.Join(args, " ")+" of "+name+", at "+at
			}
			if steps > allowed {
				t.Errorf("%s, %d bytes: %v runs %s %d times, more than %d", name, len(data), args, at, steps, allowed)
			}
		}
	}
	t.Logf("%d captures, at most %.0f %% of the budget: %s", len(inputs), 100*worst, most)
}

// counter is the program that counts its steps, and Go's tool that reads what it counted.
type counter struct{ exe, covdata string }

// steps runs the program and tells which statement ran most often.
func (c counter) steps(t *testing.T, args ...string) (at string, most int) {
	t.Helper()
	dir := t.TempDir()
	cmd := exec.CommandContext(t.Context(), c.exe, args...)
	cmd.Env = append(os.Environ(), "GOCOVERDIR="+dir)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	if status := ended(t, cmd.Run()); status > exitInput {
		t.Fatalf("%v: status %d, %s", args, status, errs.String())
	}
	profile := filepath.Join(dir, "profile")
	if out, err := exec.Command(c.covdata, "textfmt", "-i="+dir, "-o="+profile).CombinedOutput(); err != nil {
		t.Fatalf("covdata: %v\n%s", err, out)
	}
	text, err := os.ReadFile(profile)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) { // FILE:FROM,TO STATEMENTS COUNT
		if f := strings.Fields(line); len(f) == 3 {
			if n, err := strconv.Atoi(f[2]); err == nil && n > most {
				most, at = n, f[0]
			}
		}
	}
	return at, most
}
