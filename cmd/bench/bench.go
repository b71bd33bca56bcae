package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"github.com/latchscope/latchscope/analyze/scenetest/trunk"
)

// bench is a place to work in.
type bench struct {
	dir, binary string
	runs        int
	slow        bool
}

// start makes a directory of its own and the binary.
func (b *bench) start() error {
	dir, err := os.MkdirTemp(b.dir, "latchscope-bench-")
	if err != nil {
		return err
	}
	b.dir = dir
	if b.binary == "" {
		b.binary = filepath.Join(dir, "latchscope")
		build := exec.Command("go", "build", "-trimpath", "-o", b.binary, "./cmd/latchscope")
		build.Stderr = os.Stderr
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		return build.Run()
	}
	b.binary, err = filepath.Abs(b.binary)
	return err
}

func (b *bench) end() { os.RemoveAll(b.dir) }

func generate(name string, w io.Writer) error {
	s, ok := trunk.Standard()[name]
	if !ok {
		return fmt.Errorf("no capture %q", name)
	}
	_, err := s.Write(w)
	return err
}

// capture writes a capture and reads it once, so that it is in the page cache.
func (b *bench) capture(name string, s trunk.Shape) (path string, t trunk.Totals, err error) {
	path = filepath.Join(b.dir, name)
	f, err := os.Create(path)
	if err != nil {
		return "", t, err
	}
	defer f.Close()
	if t, err = s.Write(f); err != nil {
		return "", t, err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return "", t, err
	}
	_, err = io.Copy(io.Discard, f)
	return path, t, err
}

// analysis is latchscope with everything switched on.
func (b *bench) analysis(files ...string) command {
	return command{"latchscope", append([]string{b.binary, "analyze", "--format", "json", "-o", os.DevNull, "--progress", "never"}, files...)}
}

// machine says where the figures come from.
func machine() string {
	return fmt.Sprintf("%s, %s/%s, %d processors, %s", time.Now().UTC().Format(time.DateOnly), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version())
}

func median[T int64 | float64 | time.Duration](list []T) T {
	sorted := slices.Clone(list)
	slices.Sort(sorted)
	return sorted[len(sorted)/2]
}
