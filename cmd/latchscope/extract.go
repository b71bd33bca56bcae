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
	"github.com/latchscope/latchscope/analyze/extract"
	"github.com/latchscope/latchscope/analyze/redact"
	"github.com/latchscope/latchscope/analyze/tls"
	"github.com/latchscope/latchscope/analyze/trace"
	"github.com/latchscope/latchscope/detect"
)

type extractFlags struct {
	readFlags
	selection selection
	timezone  string
	redact    redaction
	output    string
	finding   string
	capture   *choice
	mapping   string
	force     bool

	annotate bool
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
with .gz at the end it is compressed. Frames are copied as they were. Where several
capture points saw the call, each has a clock and a file of its own: OUT.pcapng
becomes OUT.point0.pcapng, OUT.point1.pcapng and so on, to be analysed together.

With --redact everything that names somebody is replaced, everywhere, and by the
same pseudonym each time: users, numbers, display names, hosts, domains, IP
addresses (neighbours stay neighbours, private stays private) and MAC addresses,
in SIP and SDP, in STUN and RTCP, in ICMP quotes and in the headers below.
Credentials, SRTP keys, ICE passwords and DTMF digits are wiped. Speech becomes
noise of the same loudness, silence stays. Lengths and checksums are right.
SSRCs, ports, times, payload sizes and User-Agents stay (see --redact-agents).
Packets are built anew, without tunnels, fragments and IP options; SIP over TCP is
written as segments of its own. The mapping of --map holds the real names: it is
for you, not for sharing.

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
	x.capture = chooseFlag(cmd, "format-capture", "", "format of OUT (default: by its name, else pcapng)", "pcap", "pcapng")
	flags.StringVar(&x.mapping, "map", "", "write to `FILE`, as JSON, which frame was which, and with --redact who is who")
	flags.BoolVar(&x.annotate, "annotate", false, "add the evidence of the findings to the packet comments, for Wireshark")
	flags.BoolVarP(&x.force, "force", "f", false, "overwrite OUT if it is there")
	x.selection.register(cmd)
	x.readFlags.register(cmd)
	registerTimezone(cmd, &x.timezone, "`ZONE` of --since and --until, such as Europe/Berlin or Local")
	x.redact.register(cmd)
	_ = cmd.RegisterFlagCompletionFunc("finding", cobra.FixedCompletions(codes(detect.Detectors()), cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func (x *extractFlags) check(cmd *cobra.Command) error {
	if x.output == "" {
		return &usageError{"extract needs a name for what it writes", "add -o OUT.pcapng"}
	}
	if x.finding != "" && x.selection.any() {
		return &usageError{"--finding and " + x.selection.String() + " exclude each other", "a finding brings its call with it"}
	}
	if err := x.selection.check(); err != nil {
		return err
	}
	if _, err := location(x.timezone); err != nil {
		return err
	}
	for _, path := range []string{x.output, x.mapping} {
		if err := x.mayWrite(path); err != nil {
			return err
		}
	}
	if x.mapping == "-" || x.mapping == x.output {
		return &usageError{"--map needs a file of its own", ""}
	}
	if x.annotate && x.pcap() {
		return &usageError{"--annotate needs a format that has packet comments", "name OUT .pcapng"}
	}
	return x.redact.check(cmd)
}

// mayWrite spares what is there already.
func (x *extractFlags) mayWrite(path string) error {
	if x.force || path == "-" {
		return nil
	}
	if stat, err := os.Stat(path); err == nil && stat.Mode().IsRegular() {
		return &usageError{path + " is already there", "remove it, or add --force"}
	}
	return nil
}

func (x *extractFlags) run(cmd *cobra.Command, args []string, t *terminal) error {
	if err := x.check(cmd); err != nil {
		return err
	}
	in, err := x.open(cmd.Context(), args, t, false)
	if err != nil {
		return err
	}
	defer in.close()
	for _, out := range []string{x.output, x.mapping} {
		if err := notOverInput(out, in.whole); err != nil {
			return err
		}
	}
	where, _ := location(x.timezone)
	one, calls, err := in.selected(&x.selection, where, "extract from")
	if err != nil {
		return err
	}
	if in.ctx.Err() != nil {
		return outcome{exitInterrupted, "interrupted; nothing was written"}
	}
	want, err := extractTarget(one, x.finding, calls)
	if err != nil {
		return err
	}
	in.bar.now("looking for the smallest extract")
	done, err := x.smallest(in.ctx, one.set, one.keys, want)
	in.tell(t)
	if err != nil {
		if errors.Is(err, context.Canceled) {
			return outcome{exitInterrupted, "interrupted; nothing was written"}
		}
		return err
	}
	defer done.discard()
	if x.output == "-" && len(done.parts) > 1 {
		return &usageError{"several capture points saw this: their captures do not fit into one output", "name a file with -o"}
	}
	if x.mapping != "" {
		// It may say who is who: nobody else needs to read it.
		if err := writing(x.mapping, writeBeside(x.mapping, 0o600, done.writeMapping)); err != nil {
			return err
		}
	}
	if err := done.keep(t.out); err != nil {
		return err
	}
	summary := t.out
	if x.output == "-" {
		summary = t.err
	}
	return writing("the summary", done.summarize(summary, want))
}

// extracted is what was written beside its place and found to show what it was
// made for.
type extracted struct {
	parts  []part
	names  *redact.Pseudonyms
	trace  *trace.Trace // of the parts
	result detect.Result
}

// part is the file of one capture point.
type part struct {
	*extract.Capture
	written string // where it was analysed
	beside  string // the same, "" once it is in its place
	output  string
}

func (e *extracted) discard() {
	for _, p := range e.parts {
		if p.beside != "" {
			os.Remove(p.beside)
		}
	}
}

func (e *extracted) keep(stdout io.Writer) error {
	for i := range e.parts {
		p := &e.parts[i]
		if p.output == "-" {
			f, err := os.Open(p.beside)
			if err != nil {
				return writing("the capture", err)
			}
			defer f.Close()
			_, err = io.Copy(stdout, f)
			return writing("the capture", err)
		}
		if err := os.Rename(p.beside, p.output); err != nil {
			return writing(p.output, err)
		}
		p.beside = ""
	}
	return nil
}

// smallest tries more and more of the calls' media until the result shows what
// it should. Other calls that a finding needs are taken, and named, where nothing
// is redacted; what is redacted is for strangers, and holds nobody else.
func (x *extractFlags) smallest(ctx context.Context, set *capture.Set, keys *tls.Secrets, want *chosen) (*extracted, error) {
	names := x.redact.pseudonyms()
	want.alone = names != nil || !want.needsOthers()
	var diff []string
	size := -1
	for _, depth := range []extract.Depth{extract.Near, extract.Bridged, extract.Spans, extract.All} {
		taken, err := extract.Take(ctx, set, want.wanted(depth), extract.Options{Pseudonyms: names, Secrets: keys})
		if err != nil {
			return nil, err
		}
		if n := packets(taken); n == size {
			continue // the call is short: there is no more of it
		} else if size = n; n == 0 {
			break
		}
		if x.annotate {
			notes := want.annotations(names)
			for _, one := range taken {
				one.Annotations = notes
			}
		}
		e := &extracted{names: names}
		err = x.write(e, taken)
		if err == nil {
			err = e.analyse(ctx, keys)
		}
		if err == nil {
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

func packets(list []*extract.Capture) int {
	n := 0
	for _, x := range list {
		n += len(x.Packets)
	}
	return n
}

// write puts extracts beside the places where they will be.
func (x *extractFlags) write(e *extracted, taken []*extract.Capture) error {
	for _, one := range taken {
		output := x.output
		if len(taken) > 1 && output != "-" {
			output = ofPoint(output, one.Point)
			if err := x.mayWrite(output); err != nil {
				return err
			}
		}
		beside, err := x.writeOne(one, output)
		if err != nil {
			return err
		}
		e.parts = append(e.parts, part{one, beside, beside, output})
	}
	return nil
}

// ofPoint is the name of a capture point's file.
func ofPoint(output string, point int) string {
	dir, name := filepath.Split(output)
	base, kind := name, ""
	for _, k := range []string{".gz", ".pcapng", ".pcap", ".cap", ".dmp"} {
		if strings.HasSuffix(strings.ToLower(base), k) {
			base, kind = base[:len(base)-len(k)], base[len(base)-len(k):]+kind
		}
	}
	return fmt.Sprintf("%s%s.point%d%s", dir, base, point, kind)
}

func (x *extractFlags) writeOne(taken *extract.Capture, output string) (path string, err error) {
	beside := output
	if output == "-" {
		beside = filepath.Join(os.TempDir(), "latchscope-extract")
	}
	mode := fs.FileMode(0o666)
	if !x.redact.on {
		mode = 0o600 // what people said to each other is not for everybody
	}
	f, err := createBeside(beside, mode)
	if err != nil {
		return "", writing(output, err)
	}
	defer func() {
		if e := f.Close(); err == nil {
			err = writing(output, e)
		}
		if err != nil {
			os.Remove(f.Name())
		}
	}()
	buffered := bufio.NewWriterSize(f, 256<<10)
	var w io.Writer = buffered
	var zip *gzip.Writer
	if strings.HasSuffix(strings.ToLower(output), ".gz") {
		zip = gzip.NewWriter(buffered)
		w = zip
	}
	if x.pcap() {
		err = taken.WritePcap(w)
	} else {
		err = taken.WritePcapng(w)
	}
	if mixed, ok := errors.AsType[*extract.MixedLinks](err); ok {
		return "", &usageError{mixed.Error(), "name OUT .pcapng, or add --format-capture pcapng"}
	}
	if err == nil && zip != nil {
		err = zip.Close()
	}
	if err == nil {
		err = buffered.Flush()
	}
	return f.Name(), writing(output, err)
}

// pcap tells whether OUT is to be a pcap.
func (x *extractFlags) pcap() bool {
	if x.capture.value != "" {
		return x.capture.value == "pcap"
	}
	name := strings.TrimSuffix(strings.ToLower(x.output), ".gz")
	return strings.HasSuffix(name, ".pcap") || strings.HasSuffix(name, ".cap") || strings.HasSuffix(name, ".dmp")
}

// analyse finds out what the parts show. keys are those of TLS sessions, of which
// the parts hold none.
func (e *extracted) analyse(ctx context.Context, keys *tls.Secrets) error {
	var paths []string
	for _, p := range e.parts {
		paths = append(paths, p.beside)
	}
	set, err := capture.OpenSet(paths, nil, capture.Options{})
	if err != nil {
		return fmt.Errorf("the extract cannot be read again: %w", err)
	}
	defer set.Close()
	if e.trace, err = analyze.Run(ctx, set, analyze.Options{Secrets: keys}); err != nil {
		return err
	}
	e.result = detect.Run(e.trace, detect.Detectors())
	return ctx.Err()
}
