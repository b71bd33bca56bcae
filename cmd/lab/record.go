//go:build linux

package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// recorder is a running tcpdump.
type recorder struct {
	point, path string
	cmd         *exec.Cmd
}

// record begins to capture on an interface of a room and returns when tcpdump
// listens.
func record(r *room, point, iface, dir, scenario string) (*recorder, error) {
	rec := &recorder{point: point, path: filepath.Join(dir, scenario+"."+point+".pcap")}
	// The control traffic of rtpengine is no part of what a provider captures.
	// The snapshot length bounds the slots of the kernel's ring: with the default
	// it holds eight packets.
	rec.cmd = exec.Command("tcpdump", "-i", iface, "-w", rec.path, "-s", "1600", "-B", "4096", "-U", "--immediate-mode", "-n", "-Z", "root", "not port 2223")
	stderr, err := rec.cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := r.start(rec.cmd); err != nil {
		return nil, err
	}
	lines := bufio.NewScanner(stderr)
	for lines.Scan() {
		if strings.Contains(lines.Text(), "listening on") {
			go func() {
				for lines.Scan() {
				}
			}()
			return rec, nil
		}
	}
	_ = rec.cmd.Wait()
	return nil, fmt.Errorf("tcpdump does not capture on %s of %s", iface, r.name)
}

func (rec *recorder) stop() error {
	if rec.cmd.ProcessState != nil {
		return nil // it has ended already
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	return stop(ctx, rec.cmd, unix.SIGINT)
}

func discard(all []*recorder) {
	for _, rec := range all {
		_ = rec.stop()
		os.Remove(rec.path)
	}
}
