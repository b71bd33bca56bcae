// Command latchscope finds out from packet captures of VoIP calls why their
// audio went missing.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"

	_ "time/tzdata" // --timezone works on machines without a zone database
)

func main() {
	limitGarbage()
	// A reader that went away is an error of writing like any other, and not
	// the death of the program: see output.
	signal.Ignore(syscall.SIGPIPE)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends at once
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
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
