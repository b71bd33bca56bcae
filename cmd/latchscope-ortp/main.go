// Latchscope-ortp measures oRTP, the RTP library of Linphone: it reads a schedule
// in the trace format on standard input, plays it to two symmetric sessions that
// are bridged, and writes the trace on standard output. cmd/measure finds it on
// PATH:
//
//	go build -o ~/bin/latchscope-ortp . && measure play -count 20 latchscope-ortp
//
// The sessions are held by a small program in C, which is compiled when this one
// runs; it needs a C compiler and oRTP (Debian: gcc, libortp-dev).
package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"github.com/latchscope/latchscope/replay/measure"
)

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "latchscope-ortp:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	schedule, err := measure.Read(os.Stdin)
	if err != nil {
		return err
	}
	dir, err := compile(ctx)
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	t, err := play(ctx, dir, schedule)
	if err != nil {
		return err
	}
	_, err = t.WriteTo(os.Stdout)
	return err
}

// play plays one schedule to a bridge of two sessions.
func play(ctx context.Context, dir string, schedule *measure.Trace) (*measure.Trace, error) {
	schedule.Engine, schedule.Build = "ortp", "ortp-"+version(ctx)
	b, err := newBridge(ctx, dir)
	if err != nil {
		return nil, err
	}
	defer b.Close()
	return measure.Play(ctx, schedule, b)
}

// version is that of the library as pkg-config tells it, "5.1.64".
func version(ctx context.Context) string {
	out, err := exec.CommandContext(ctx, "pkg-config", "--modversion", "ortp").Output()
	if v := strings.TrimSpace(string(out)); err == nil && v != "" {
		return v
	}
	return "unknown"
}
