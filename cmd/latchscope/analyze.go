package main

import (
	"context"
	"errors"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/latchscope/latchscope/analyze"
	"github.com/latchscope/latchscope/analyze/capture"
	"github.com/latchscope/latchscope/analyze/trace"
	"github.com/latchscope/latchscope/cmd/latchscope/internal/report"
	"github.com/latchscope/latchscope/detect"
)

func analyzeCommand(t *terminal) *cobra.Command {
	var flags sharedFlags
	cmd := &cobra.Command{
		Use:   "analyze FILE...",
		Short: "Read captures and report which calls lost audio, and why",
		Long: `Reads packet captures, finds the calls in them and reports which of them lost
audio, when and why.

FILE is a capture (pcap or pcapng, plain or compressed with gzip, zstd or xz), a
directory of captures, or - for standard input. Several files are read as one
capture: the files of a ring buffer, or captures of the same calls from two
points.

Exit status: 0 done; 1 something is at or above --fail-on, or there are fewer
calls than --require-calls; 2 wrong usage; 3 an input could not be read; 130
interrupted.`,
		Example: `  latchscope analyze call.pcap
  latchscope analyze phone.pcapng server.pcapng
  ssh gateway tcpdump -U -w - udp | latchscope analyze -
  latchscope analyze --format json trunk.pcap | jq '.findings[].summary'
  latchscope analyze --fail-on warning --require-calls 1 captures/`,
		Args: needFiles,
		RunE: func(cmd *cobra.Command, args []string) error {
			return analyzeFiles(cmd, args, t, &flags)
		},
	}
	flags.register(cmd)
	flags.annotate.register(cmd)
	return cmd
}

func analyzeFiles(cmd *cobra.Command, args []string, t *terminal, flags *sharedFlags) error {
	if err := flags.check(cmd); err != nil {
		return err
	}
	if err := flags.annotate.check(flags); err != nil {
		return err
	}
	set, tr, err := readCaptures(cmd.Context(), args, t, flags)
	if err != nil {
		return err
	}
	defer set.Close()
	if err := notOverInput(flags.output, set); err != nil {
		return err
	}
	detectors := detect.Detectors()
	loc, err := flags.location()
	if err != nil {
		return err
	}
	result := detect.Run(tr, detectors)
	r, err := report.New(tr, result, report.Options{
		Version: version, Calls: flags.calls, Docs: detectors, Rewrite: flags.redact.report(tr), Location: loc,
	})
	if none, ok := errors.AsType[*report.NoSuchCall](err); ok {
		return &usageError{"--call: " + none.Error(), ""}
	}
	if err != nil {
		return err
	}
	if err := flags.annotate.write(cmd.Context(), set, tr, result); err != nil {
		return err
	}
	if err := deliver(t.out, flags.output, func(w io.Writer) error { return flags.write(w, r, t) }); err != nil {
		return err
	}
	return flags.judge(r, judged(audio(tr, result), tr.Calls))
}

// readCaptures opens and analyses what the command line names.
func readCaptures(ctx context.Context, args []string, t *terminal, flags *sharedFlags) (*capture.Set, *trace.Trace, error) {
	if err := flags.readKeys(); err != nil {
		return nil, nil, err
	}
	until := ctx
	opt := capture.Options{
		Hash:        flags.hash,
		Interrupted: func() bool { return until.Err() != nil },
	}
	var bar *progress
	if flags.progress.value == "always" || flags.progress.value == "auto" && interactive(t.err) {
		bar = newProgress(t.err)
		defer bar.done()
		opt.Progress = bar.read
	}
	set, err := capture.OpenSet(args, t.in, opt)
	if err != nil && ctx.Err() != nil {
		return nil, nil, outcome{exitInterrupted, "interrupted; nothing had been read"}
	}
	if err != nil {
		return nil, nil, err
	}
	if set.Stopped() {
		// Whoever ends a capture that comes through a pipe with Ctrl-C wants
		// to know what is in it. A second Ctrl-C ends at once.
		until = context.WithoutCancel(ctx)
	}
	if bar != nil {
		bar.of(set.Size())
	}
	tr, err := analyze.Run(until, set, analyze.Options{Secrets: flags.keys})
	if bar != nil {
		bar.done()
	}
	if err != nil {
		set.Close()
		return nil, nil, err
	}
	for _, w := range set.Warnings {
		say(t.err, "warning: "+w.Text)
	}
	return set, tr, nil
}

// notOverInput refuses to put the report where the capture is.
func notOverInput(output string, set *capture.Set) error {
	out, err := os.Stat(output)
	if err != nil {
		return nil
	}
	for _, in := range set.Files {
		if stat, err := os.Stat(in.Path()); err == nil && os.SameFile(stat, out) {
			return &usageError{"--output " + output + " is one of the captures", "name another file"}
		}
	}
	return nil
}
