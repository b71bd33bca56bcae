package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/latchscope/latchscope/analyze/capture"
	"github.com/latchscope/latchscope/cmd/latchscope/internal/mutation"
)

// longest is how long one input may take, all commands together, before the
// process is killed and the input kept. LATCHSCOPE_LONGEST says it for machines
// that are busy with other things.
func longest() time.Duration {
	if d, err := time.ParseDuration(os.Getenv("LATCHSCOPE_LONGEST")); err == nil {
		return d
	}
	return 60 * time.Second
}

// TestMutated sends mutated captures through all commands, and prints what
// became of them. A worker process does the work, so that an input that hangs it
// or brings it down is one failure among others: it is kept, and the next one
// is tried.
//
// LATCHSCOPE_MUTATE is how many inputs of each kind (8 without it), and
// LATCHSCOPE_SEED the first seed. A failure names its seed.
func TestMutated(t *testing.T) {
	count := 8
	if s := os.Getenv("LATCHSCOPE_MUTATE"); s != "" {
		var err error
		if count, err = strconv.Atoi(s); err != nil {
			t.Fatal(err)
		}
	}
	first, _ := strconv.Atoi(os.Getenv("LATCHSCOPE_SEED"))
	seeds := filepath.Join(t.TempDir(), "seeds")
	if b, err := json.Marshal(mutationSeeds(t)); err != nil {
		t.Fatal(err)
	} else if err := os.WriteFile(seeds, b, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, kind := range []string{"structure", "bytes"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			s := soak{t: t, kind: kind, seeds: seeds, dir: t.TempDir(), outcomes: map[string]int{}}
			for next := first; next < first+count; {
				next = s.work(next, first+count)
			}
			total := 0
			for _, k := range slices.Sorted(maps.Keys(s.outcomes)) {
				t.Logf("%6d %s", s.outcomes[k], k)
				total += s.outcomes[k]
			}
			t.Logf("%6d inputs, seeds %d to %d, %.1f s of processor time", total, first, first+count-1, s.used.Seconds())
		})
	}
}

// TestFound tries what was found before.
func TestFound(t *testing.T) {
	files, err := filepath.Glob("testdata/hostile/*.*cap*")
	if err != nil || len(files) == 0 {
		t.Fatal("no captures", err)
	}
	for _, path := range files {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		copied := filepath.Join(t.TempDir(), filepath.Base(path))
		if err := os.WriteFile(copied, data, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, complaint := commands(copied, everything); complaint != "" {
			t.Errorf("%s: %s", path, complaint)
		}
	}
}

// soak is the side of the test that watches.
type soak struct {
	t        *testing.T
	kind     string
	seeds    string // the file of the captures that are mutated, which a worker reads
	dir      string
	outcomes map[string]int
	used     time.Duration
	failed   int
}

// work lets a worker try seeds, until it has done all or is lost. It returns the
// next seed to try.
func (s *soak) work(from, to int) (next int) {
	exe, err := os.Executable()
	if err != nil {
		s.t.Fatal(err)
	}
	cmd := exec.CommandContext(s.t.Context(), exe)
	cmd.Args = []string{"mutated-worker", s.kind, s.seeds, s.dir, strconv.Itoa(from), strconv.Itoa(to)}
	// The captures that are mutated stay in memory, and small inputs make
	// garbage all the time: to look through them less often saves a third.
	cmd.Env = append(os.Environ(), "GOGC=300")
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		s.t.Fatal(err)
	}
	hung := false
	watch := time.AfterFunc(2*longest(), func() {
		hung = true
		_ = cmd.Process.Signal(syscall.SIGQUIT) // the runtime writes down what each goroutine is at
		time.AfterFunc(5*time.Second, func() { _ = cmd.Process.Kill() })
	})
	next = from
	lines := bufio.NewScanner(out)
	if !lines.Scan() || lines.Text() != "ready" {
		_ = cmd.Wait()
		s.t.Fatalf("the worker does not begin: %s", errs.String())
	}
	for lines.Scan() {
		watch.Reset(longest())
		outcome, complaint, _ := strings.Cut(lines.Text(), "\t")
		s.outcomes[outcome]++
		if complaint != "" {
			s.fail(next, complaint)
		}
		next++
	}
	err = cmd.Wait()
	watch.Stop()
	if cmd.ProcessState != nil {
		s.used += cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	}
	switch {
	case hung:
		s.outcomes["HUNG"]++
		s.fail(next, fmt.Sprintf("no end within %v; %s", longest(), errs.String()))
		next++
	case err != nil:
		s.outcomes["CRASHED"]++
		s.fail(next, errs.String())
		next++
	}
	return next
}

// fail keeps the input and says where.
func (s *soak) fail(seed int, text string) {
	if s.failed++; s.failed > 20 {
		s.t.Errorf("seed %d: failed, too", seed)
		return
	}
	kept := filepath.Join(os.TempDir(), fmt.Sprintf("latchscope-%s-%d.cap", s.kind, seed))
	if data, err := os.ReadFile(filepath.Join(s.dir, strconv.Itoa(seed)+".cap")); err == nil {
		_ = os.WriteFile(kept, data, 0o600)
	}
	if most := 10_000; len(text) > most { // stacks of some goroutines
		text = text[:most] + "..."
	}
	s.t.Errorf("seed %d, kept as %s: %s", seed, kept, text)
}

// mutatedWorker is a process of its own: see TestMain.
func mutatedWorker() {
	kind, dir := os.Args[1], os.Args[3]
	from, _ := strconv.Atoi(os.Args[4])
	to, _ := strconv.Atoi(os.Args[5])
	var seeds [][]mutation.Frame
	b, err := os.ReadFile(os.Args[2])
	if err == nil {
		err = json.Unmarshal(b, &seeds)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println("ready")
	for seed := from; seed < to; seed++ {
		data := mutated(kind, uint64(seed), seeds)
		path := filepath.Join(dir, strconv.Itoa(seed)+".cap")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		outcome, complaint := commands(path, seed)
		if complaint == "" {
			os.Remove(path)
		}
		fmt.Printf("%s\t%s\n", outcome, strings.ReplaceAll(complaint, "\n", " | "))
		for _, ext := range []string{".pcapng", ".redacted.pcapng", ".expect"} {
			os.Remove(path + ext)
		}
	}
}

// mutated is the input of a seed.
func mutated(kind string, seed uint64, seeds [][]mutation.Frame) []byte {
	rng := rand.New(rand.NewPCG(seed, 1))
	if kind == "structure" {
		return mutation.Structure(rng, seeds)
	}
	list := seeds[rng.IntN(len(seeds))]
	return mutation.Bytes(rng, mutation.Plain(list))
}

// mutationSeeds are the captures of scenes, cut to what a mutation can be tried
// on quickly: a few hundred packets around what is no audio.
func mutationSeeds(t *testing.T) (out [][]mutation.Frame) {
	t.Helper()
	for _, s := range stagedScenes(t) {
		for _, c := range s.Captures {
			list, err := framesOf(c.Bytes)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, thinned(list, 200))
		}
	}
	return out
}

func framesOf(data []byte) (list []mutation.Frame, err error) {
	set, err := capture.OpenSet([]string{"-"}, bytes.NewReader(data), capture.Options{})
	if err != nil {
		return nil, err
	}
	defer set.Close()
	f, err := set.Files[0].Open()
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var b capture.Batch
	for f.Next(&b) {
		for _, fr := range b.Frames {
			list = append(list, mutation.Frame{Data: bytes.Clone(fr.Data), Time: fr.Time, Len: fr.Len, Link: uint32(fr.Link)})
		}
	}
	return list, f.Err()
}

// thinned keeps messages, errors and the packets beside them first.
func thinned(list []mutation.Frame, most int) (out []mutation.Frame) {
	keep := map[int]bool{}
	for i, f := range list {
		if len(f.Data) > 260 || len(f.Data) < 110 {
			for j := max(0, i-2); j <= min(i+2, len(list)-1) && len(keep) < most; j++ {
				keep[j] = true
			}
		}
	}
	for i := 0; i < len(list) && len(keep) < most; i++ {
		keep[i] = true
	}
	for i, f := range list {
		if keep[i] {
			out = append(out, f)
		}
	}
	return out
}

// everything stands for no seed: nothing is left out.
const everything = -1

// commands sends a file through what the program does with one. With a seed it
// is the analysis, and a quarter of all else in turn, so that ten thousand
// inputs are a matter of minutes; each command still sees thousands of them.
func commands(path string, seed int) (outcome, complaint string) {
	var fail []string
	turn := seed
	mine := func() bool { turn++; return seed == everything || turn%4 == 0 }
	report, status := command(&fail, "analyze", "--format", "json", path)
	switch {
	case status == exitInput:
		outcome = "no capture"
	case status != exitDone:
		fail = append(fail, fmt.Sprintf("analyze: status %d", status))
	default:
		outcome = whatItSays(report, &fail)
	}
	if mine() {
		if again, _ := command(&fail, "analyze", "--format", "json", path); !bytes.Equal(report, again) {
			fail = append(fail, "analyze: two runs, two reports")
		}
	}
	for _, format := range []string{"text", "ndjson", "markdown", "html", "junit", "sarif"} {
		if !mine() {
			continue
		}
		if out, got := command(&fail, "analyze", "--format", format, path); got != status || got == exitDone && len(out) == 0 {
			fail = append(fail, fmt.Sprintf("analyze --format %s: status %d, %d bytes", format, got, len(out)))
		}
	}
	for _, args := range [][]string{
		{"replay", "--format", "json", path}, {"replay", "--matrix", path}, {"replay", "--fit", path},
		{"extract", path, "-f", "-o", path + ".pcapng"},
		{"extract", path, "-f", "--redact", "--key", "a key for tests", "-o", path + ".redacted.pcapng"},
		{"analyze", "--redact", "--key", "a key for tests", "--format", "json", path},
	} {
		if !mine() {
			continue
		}
		if _, got := command(&fail, args...); got > exitInput {
			fail = append(fail, fmt.Sprintf("%s: status %d", strings.Join(args, " "), got))
		}
	}
	if mine() && status == exitDone {
		if _, got := command(&fail, "verify", "--update", path); got > exitFound {
			fail = append(fail, fmt.Sprintf("verify --update: status %d", got))
		}
		if out, got := command(&fail, "verify", path); got != exitDone {
			fail = append(fail, fmt.Sprintf("verify does not hold what it wrote: %s", out))
		}
	}
	if len(fail) > 0 {
		return "MISHANDLED", strings.Join(fail, "; ")
	}
	return outcome, ""
}

// whatItSays is what a report says of its capture, in a few words.
func whatItSays(b []byte, fail *[]string) string {
	var r struct {
		Captures []struct {
			Warnings []struct{ Code string }
		}
		Calls    []struct{}
		Findings []struct{ Severity string }
	}
	if err := json.Unmarshal(b, &r); err != nil {
		*fail = append(*fail, err.Error())
	}
	what, odd := "read, no call in it", ""
	if len(r.Calls) > 0 {
		what = "read, no finding"
	}
	if len(r.Findings) > 0 {
		what = "read, findings"
	}
	for _, c := range r.Captures {
		for _, w := range c.Warnings {
			switch w.Code {
			case "no-clock":
				return what + ", its times make no sense"
			case "time-damaged", "time-range":
				odd = ", some times not believed"
			case "cut-short", "bad-record", "bad-block", "bad-compression":
				return what + odd + ", up to the damage"
			}
		}
	}
	return what + odd
}

// command runs the program as the shell would. A panic is a failure.
func command(fail *[]string, args ...string) (out []byte, status int) {
	var stdout, stderr bytes.Buffer
	defer func() {
		if p := recover(); p != nil {
			*fail = append(*fail, fmt.Sprintf("%s: panic: %v\n%s", strings.Join(args, " "), p, debug.Stack()))
		}
	}()
	status = run(context.Background(), args, strings.NewReader(""), &stdout, &stderr)
	return stdout.Bytes(), status
}
