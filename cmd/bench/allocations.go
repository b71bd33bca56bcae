package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"

	"github.com/latchscope/latchscope/analyze"
	"github.com/latchscope/latchscope/analyze/capture"
	"github.com/latchscope/latchscope/detect"
)

// countAllocations has a process of its own count them: this one must stay
// small, or the peaks of its children would be its own.
func countAllocations(path string) (n uint64, err error) {
	self, err := os.Executable()
	if err != nil {
		return 0, err
	}
	out, err := exec.Command(self, "-allocations", path).Output()
	if err != nil {
		return 0, err
	}
	_, err = fmt.Sscan(string(out), &n)
	return n, err
}

// allocations prints how many an analysis with its detectors makes.
func allocations(path string) error {
	set, err := capture.OpenSet([]string{path}, nil, capture.Options{})
	if err != nil {
		return err
	}
	defer set.Close()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	t, err := analyze.Run(context.Background(), set, analyze.Options{})
	if err != nil {
		return err
	}
	detect.Run(t, detect.Detectors())
	runtime.ReadMemStats(&after)
	fmt.Println(after.Mallocs - before.Mallocs)
	return nil
}
