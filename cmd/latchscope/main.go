// Command latchscope finds out from packet captures of VoIP calls why their
// audio went missing.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	_ "time/tzdata" // --timezone works on machines without a zone database
)

func main() {
	paceMemory()
	// A reader that went away is an error of writing like any other, and not
	// the death of the program: see output.
	signal.Ignore(syscall.SIGPIPE)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, func() {
		stop() // a second Ctrl-C ends at once
		if !slices.Contains(os.Args, "-") {
			time.AfterFunc(patience, abandon)
		}
	})
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// patience is how long after Ctrl-C the report of what was read by then may take.
// A capture that comes through a pipe has no such bound: there Ctrl-C is how it
// ends, and the report is what it was recorded for.
const patience = 400 * time.Millisecond

// abandon ends the program in the middle of whatever it does. What it was
// writing beside its place is removed.
func abandon() {
	dirs := []string{".", os.TempDir()}
	for _, arg := range os.Args[1:] {
		if _, value, ok := strings.Cut(arg, "="); ok {
			arg = value
		}
		dirs = append(dirs, filepath.Dir(arg))
	}
	for _, dir := range dirs {
		parts, _ := filepath.Glob(filepath.Join(dir, fmt.Sprintf(".*.%d-*.part", os.Getpid())))
		for _, path := range parts {
			os.Remove(path)
		}
	}
	say(os.Stderr, "interrupted; what had been read was too much to report on at once, and is not reported")
	os.Exit(exitInterrupted)
}

// run is the whole program: what main and the tests call.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	cmd := root(&terminal{in: stdin, out: stdout, err: stderr})
	cmd.SetArgs(args)
	cmd.SetIn(stdin)
	cmd.SetOut(stdout)
	cmd.SetErr(stderr)
	return status(cmd.ExecuteContext(ctx), stderr)
}
