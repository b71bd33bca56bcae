// Latchscope-diago measures the media layer of emiago/diago: it reads a schedule
// in the trace format on standard input, plays it to two media sessions that are
// bridged, and writes the trace on standard output. cmd/measure finds it on PATH:
//
//	go build -o ~/bin/latchscope-diago . && measure play -count 20 latchscope-diago
//
// It is a module of its own, so that diago's tree and licence stay out of
// latchscope's.
package main

import (
	"context"
	"fmt"
	"os"
	"runtime/debug"

	"github.com/latchscope/latchscope/replay/measure"
)

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "latchscope-diago:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	schedule, err := measure.Read(os.Stdin)
	if err != nil {
		return err
	}
	t, err := play(ctx, schedule)
	if err != nil {
		return err
	}
	_, err = t.WriteTo(os.Stdout)
	return err
}

// play plays one schedule to a bridge of two sessions.
func play(ctx context.Context, schedule *measure.Trace) (*measure.Trace, error) {
	schedule.Engine, schedule.Build = "diago", "diago-"+version()
	b, err := newBridge()
	if err != nil {
		return nil, err
	}
	defer b.Close()
	return measure.Play(ctx, schedule, b)
}

// version is that of diago in this program.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, m := range info.Deps {
			if m.Path == "github.com/emiago/diago" {
				return m.Version
			}
		}
	}
	return "unknown"
}
