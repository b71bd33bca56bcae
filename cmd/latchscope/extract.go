package main

import (
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/latchscope/latchscope/analyze"
	"github.com/latchscope/latchscope/analyze/capture"
	"github.com/latchscope/latchscope/analyze/rewrite"
	"github.com/latchscope/latchscope/detect"
)

type extractFlags struct {
	shared  sharedFlags
	redact  redaction
	output  string
	finding string
	call    string
	capture *choice
	mapping string
	force   bool
}

func extractCommand(t *terminal) *cobra.Command {
	var x extractFlags
	cmd := &cobra.Command{
		Use:   "extract FILE... -o OUT",
		Short: "Write the smallest capture that still shows a finding or a call",
		Long: `Writes the part of a capture that shows a finding or a call: its signalling, its
media, RTCP, STUN and the ICMP errors about it. Of calls of more than two minutes
it takes the media around what happened, as much as is needed for the same
findings. Without --finding and --call it is the worst finding's call.

OUT is a pcapng with a comment on each packet that names the original file and
frame, or a pcap if its name ends in .pcap or .cap (or as --format-capture says);
with .gz at the end it is compressed. Frames are copied as they were, in the
clock of the first capture point.

With --redact everything that names somebody is replaced, everywhere, and by the
same pseudonym each time: users, numbers, display names, hosts, domains, IP
addresses (neighbours stay neighbours, private stays private) and MAC addresses,
in SIP and SDP, in STUN and RTCP, in ICMP quotes and in the headers below.
Credentials, SRTP keys, ICE passwords and DTMF digits are wiped. Speech becomes
noise of the same loudness, silence stays. Lengths and checksums are right.
SSRCs, ports, times, payload sizes and User-Agents stay (see --redact-agents).
The mapping of --map holds the real names: it is for you, not for sharing.

What was written is analysed again before it gets its name: if it does not show
the same findings, there is no OUT.

Exit status: 0 done; 1 the extract would not show the findings, or there is
nothing to extract; 2 wrong usage; 3 an input could not be read or OUT not
written; 130 interrupted.`,
		Example: `  latchscope extract trunk.pcap -o call.pcapng
  latchscope extract trunk.pcap --finding latch-silence -o ticket.pcapng
  latchscope extract ring-*.pcap --call 17 -o call17.pcap.gz
  latchscope extract trunk.pcap --redact --key "$KEY" --map names.json -o share.pcapng`,
		Args: needFiles,
		RunE: func(cmd *cobra.Command, args []string) error { return x.run(cmd, args, t) },
	}
	flags := cmd.Flags()
	flags.StringVarP(&x.output, "output", "o", "", "write the capture to `OUT` (- for standard output)")
	flags.StringVar(&x.finding, "finding", "", "what to show: a finding by number, fingerprint or code (`N|FINGERPRINT|CODE`)")
	flags.StringVar(&x.call, "call", "", "what to show: a call by number or Call-ID (`N|CALL-ID`)")
	x.capture = chooseFlag(cmd, "format-capture", "", "format of OUT (default: by its name, else pcapng)", "pcap", "pcapng")
	flags.StringVar(&x.mapping, "map", "", "write to `FILE`, as JSON, which frame was which, and with --redact who is who")
	flags.BoolVarP(&x.force, "force", "f", false, "overwrite OUT if it is there")
	x.shared.progress = chooseFlag(cmd, "progress", "auto", "show on standard error how far the reading has come", "auto", "always", "never")
	x.redact.register(cmd)
	for _, name := range []string{"finding", "call"} {
		_ = cmd.RegisterFlagCompletionFunc(name, cobra.NoFileCompletions)
	}
	return cmd
}

func (x *extractFlags) check(cmd *cobra.Command) error {
	if x.output == "" {
		return &usageError{"extract needs a name for what it writes", "add -o OUT.pcapng"}
	}
	if x.finding != "" && x.call != "" {
		return &usageError{"--finding and --call exclude each other", "a finding brings its call with it"}
	}
	if _, err := os.Stat(x.output); err == nil && !x.force && x.output != "-" {
		return &usageError{x.output + " is already there", "remove it, or add --force"}
	}
	return x.redact.check(cmd)
}

func (x *extractFlags) run(cmd *cobra.Command, args []string, t *terminal) error {
	if err := x.check(cmd); err != nil {
		return err
	}
	set, trace, err := readCaptures(cmd.Context(), args, t, &x.shared)
	if err != nil {
		return err
	}
	defer set.Close()
	for _, out := range []string{x.output, x.mapping} {
		if err := notOverInput(out, set); err != nil {
			return err
		}
	}
	if cmd.Context().Err() != nil {
		return outcome{exitInterrupted, "interrupted; nothing was written"}
	}
	want, err := extractTarget(trace, detect.Run(trace, detect.Detectors()), x.finding, x.call)
	if err != nil {
		return err
	}
	done, err := x.smallest(cmd.Context(), set, want)
	if err != nil {
		if errors.Is(err, context.Canceled) {
			return outcome{exitInterrupted, "interrupted; nothing was written"}
		}
		return err
	}
	defer done.discard()
	if x.mapping != "" {
		err := deliver(io.Discard, x.mapping, func(w io.Writer) error { return writeMapping(w, done, x.output) })
		if err != nil {
			return err
		}
	}
	if err := done.keep(x.output, t.out); err != nil {
		return err
	}
	summary := t.out
	if x.output == "-" {
		summary = t.err
	}
	return writing("the summary", done.summarize(summary, x.output, want))
}

// extracted is an extract that was written beside its place and found to show
// what it was made for.
type extracted struct {
	*rewrite.Extract
	path   string // "" once it is in its place
	names  *rewrite.Pseudonyms
	result detect.Result
	total  int64 // packets of the captures
}

func (e *extracted) discard() {
	if e.path != "" {
		os.Remove(e.path)
	}
}

func (e *extracted) keep(output string, stdout io.Writer) error {
	if output != "-" {
		err := writing(output, os.Rename(e.path, output))
		if err == nil {
			e.path = ""
		}
		return err
	}
	f, err := os.Open(e.path)
	if err != nil {
		return writing("the capture", err)
	}
	defer f.Close()
	_, err = io.Copy(stdout, f)
	return writing("the capture", err)
}

// smallest tries more and more of the call's media until the result shows what
// it should.
func (x *extractFlags) smallest(ctx context.Context, set *capture.Set, want *chosen) (*extracted, error) {
	names := x.redact.pseudonyms()
	var diff []string
	size := -1
	for _, depth := range []rewrite.Depth{rewrite.Near, rewrite.Spans, rewrite.All} {
		taken, err := rewrite.Take(ctx, set, want.wanted(depth), rewrite.Options{Pseudonyms: names})
		if err != nil {
			return nil, err
		}
		if len(taken.Packets) == size {
			continue // the call is short: there is no more of it
		}
		size = len(taken.Packets)
		path, err := x.write(taken)
		if err != nil {
			return nil, err
		}
		e := &extracted{Extract: taken, path: path, names: names}
		for _, c := range want.trace.Captures {
			e.total += c.Packets
		}
		if e.result, err = analysed(ctx, path); err == nil {
			if diff = want.shows(e.result, names); len(diff) == 0 {
				return e, nil
			}
		}
		e.discard()
		if err != nil {
			return nil, err
		}
	}
	return nil, outcome{exitFound, "nothing was written: the extract would not show the same findings (" + strings.Join(diff, "; ") + ")"}
}

// write puts an extract beside the place where it will be.
func (x *extractFlags) write(taken *rewrite.Extract) (path string, err error) {
	beside := x.output
	if beside == "-" {
		beside = filepath.Join(os.TempDir(), "latchscope-extract")
	}
	mode := fs.FileMode(0o666)
	if !x.redact.on {
		mode = 0o600 // what people said to each other is not for everybody
	}
	f, err := createBeside(beside, mode)
	if err != nil {
		return "", writing(x.output, err)
	}
	defer func() {
		if e := f.Close(); err == nil {
			err = writing(x.output, e)
		}
		if err != nil {
			os.Remove(f.Name())
		}
	}()
	buffered := bufio.NewWriterSize(f, 256<<10)
	var w io.Writer = buffered
	var zip *gzip.Writer
	if strings.HasSuffix(strings.ToLower(x.output), ".gz") {
		zip = gzip.NewWriter(buffered)
		w = zip
	}
	if x.pcap() {
		err = taken.WritePcap(w)
	} else {
		err = taken.WritePcapng(w)
	}
	if mixed, ok := errors.AsType[*rewrite.MixedLinks](err); ok {
		return "", &usageError{mixed.Error(), "name OUT .pcapng, or add --format-capture pcapng"}
	}
	if err == nil && zip != nil {
		err = zip.Close()
	}
	if err == nil {
		err = buffered.Flush()
	}
	return f.Name(), writing(x.output, err)
}

// pcap tells whether OUT is to be a pcap.
func (x *extractFlags) pcap() bool {
	if x.capture.value != "" {
		return x.capture.value == "pcap"
	}
	name := strings.TrimSuffix(strings.ToLower(x.output), ".gz")
	return strings.HasSuffix(name, ".pcap") || strings.HasSuffix(name, ".cap") || strings.HasSuffix(name, ".dmp")
}

// analysed is what there is to find in a capture.
func analysed(ctx context.Context, path string) (detect.Result, error) {
	set, err := capture.OpenSet([]string{path}, nil, capture.Options{})
	if err != nil {
		return detect.Result{}, fmt.Errorf("the extract cannot be read again: %w", err)
	}
	defer set.Close()
	trace, err := analyze.Run(ctx, set, analyze.Options{})
	if err != nil {
		return detect.Result{}, err
	}
	return detect.Run(trace, detect.Detectors()), ctx.Err()
}
