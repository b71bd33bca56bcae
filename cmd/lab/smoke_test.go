//go:build linux

package main

import (
	"errors"
	"os"
	"os/exec"
	"testing"

	"golang.org/x/sys/unix"
)

// TestSmoke plays the shortest story on this machine, where it can: that the
// laboratory still works is known without "make lab".
func TestSmoke(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED: -short; the laboratory plays in real time")
	}
	if err := able(); err != nil {
		t.Skipf("SKIPPED: the laboratory cannot work here: %v", err)
	}
	dir := t.TempDir()
	s, ok := byName(scenarios(), "story-2s")
	if !ok {
		t.Fatal("no such scenario")
	}
	hurry()
	truth, err := performSteadily(t.Context(), s, dir)
	if err != nil {
		t.Fatal(err)
	}
	if truth.Late > steady.Seconds() {
		t.Skipf("SKIPPED: this machine is too busy, clocks were %.0f ms late", truth.Late*1000)
	}
	if c := truth.Calls[0]; len(c.Flips) != 1 || c.outage("uplink", "latch") == nil || c.outage("downlink", "latch") == nil {
		t.Errorf("the story went another way: %s", truth.summary())
	}
	checkDir(t, dir)
}

// able tells what the laboratory lacks, if anything.
func able() error {
	var missing []error
	for _, program := range []string{"ip", "nft", "tcpdump"} {
		if _, err := exec.LookPath(program); err != nil {
			missing = append(missing, err)
		}
	}
	if err := unix.Access("/dev/net/tun", unix.R_OK|unix.W_OK); err != nil {
		missing = append(missing, &os.PathError{Op: "open", Path: "/dev/net/tun", Err: err})
	}
	r, err := newRoom("trial")
	if err != nil {
		return errors.Join(append(missing, err)...)
	}
	r.close()
	return errors.Join(missing...)
}
