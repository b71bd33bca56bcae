//go:build unix

package main

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/options/jobopts"
)

// workersElsewhere starts workers in a process of their own and makes jobs use them.
func workersElsewhere(t *testing.T) *os.Process {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), asWorkers+"=1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	at, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	*jobopts.EnvironmentType, *jobopts.EnvironmentConfig, *jobopts.WorkerBinary = "external", strings.TrimSpace(at), self
	return cmd.Process
}

// elsewhere runs the pipeline as one does on a runner that is not in the process: over
// its job service, with workers that share nothing with who submits.
func elsewhere(ctx context.Context, out string, paths ...string) error {
	p, s := beam.NewPipelineWithRoot()
	write(s, out, overPaths(paths...)(s))
	*jobopts.Strict = true // nothing that only this process knows
	_, err := beam.Run(ctx, "flink", p)
	return err
}

// TestWorkerDies: a worker that is killed in the middle of a file ends the job where the
// runner does not try again, as Prism does not, and leaves nothing behind; run again
// with another worker it says everything, once.
func TestWorkerDies(t *testing.T) {
	good := labCaptures(t)[:3]
	dir := t.TempDir()
	pipe := filepath.Join(dir, "x.pcap")
	data, err := os.ReadFile(good[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Skip(err)
	}
	paths := append(slices.Clone(good[1:]), pipe)
	rowsOf(t, overPaths(good[:1]...)) // so that there is a job service
	was := [3]string{*jobopts.EnvironmentType, *jobopts.EnvironmentConfig, *jobopts.WorkerBinary}
	t.Cleanup(func() {
		*jobopts.EnvironmentType, *jobopts.EnvironmentConfig, *jobopts.WorkerBinary = was[0], was[1], was[2]
	})

	worker := workersElsewhere(t)
	out := filepath.Join(dir, "rows.ndjson")
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- elsewhere(ctx, out, paths...) }()
	w, err := os.OpenFile(pipe, os.O_WRONLY, 0) // waits until the worker reads
	if err != nil {
		t.Fatal(err)
	}
	w.Write(data[:len(data)/2])
	if err := worker.Kill(); err != nil {
		t.Fatal(err)
	}
	w.Close()
	err = <-done
	if err == nil || ctx.Err() != nil {
		t.Errorf("the job ended with %v, %v", err, ctx.Err())
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("there is an output")
	}

	os.Remove(pipe)
	if err := os.WriteFile(pipe, data, 0o600); err != nil {
		t.Fatal(err)
	}
	workersElsewhere(t)
	if err := elsewhere(t.Context(), out, paths...); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	*jobopts.EnvironmentType, *jobopts.EnvironmentConfig, *jobopts.WorkerBinary = was[0], was[1], was[2]
	var want []string
	for _, rows := range rowsOf(t, overPaths(paths...)) {
		want = append(want, rows...)
	}
	slices.Sort(want)
	same(t, "after a death", strings.Split(strings.TrimSuffix(string(got), "\n"), "\n"), want)
}
