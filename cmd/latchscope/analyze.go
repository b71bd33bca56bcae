package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/latchscope/latchscope/analyze"
	"github.com/latchscope/latchscope/analyze/group"
	"github.com/latchscope/latchscope/analyze/trace"
	"github.com/latchscope/latchscope/cmd/latchscope/internal/page"
	"github.com/latchscope/latchscope/cmd/latchscope/internal/report"
	"github.com/latchscope/latchscope/detect"
)

// analysis is what analyze was asked for.
type analysis struct {
	sharedFlags
	annotate annotation
	whyNot   whyNot
	each     bool
	paths    bool
}

func analyzeCommand(t *terminal) *cobra.Command {
	var a analysis
	cmd := &cobra.Command{
		Use:   "analyze FILE...",
		Short: "Read captures and report which calls lost audio, and why",
		Long: `Reads packet captures, finds the calls in them and reports which of them lost
audio, when and why.

FILE is a capture (pcap or pcapng, plain, compressed with gzip, bzip2, zstd, xz or
lz4, or in a zip), a harvest (see latchscope harvest), a directory of these, or -
for a capture on standard input. SIP over TLS and WSS is read with the session
keys in the pcapng itself or in a --keylog.

Several files that are named are read as one capture: the files of a ring buffer,
or captures of the same calls from two points. Those of a directory, and of the directories in it, are read as
one only if they continue each other or share a call or an RTP stream; else each
is a report of its own. --join reads them all as one.

--each prints one line a file instead, the worst first and the total at the end;
with -o FOLDER/ it writes a report for each file there, too, and with -o FILE.html
(or .md, .xml, .sarif) all reports into one file.

Exit status: 0 done; 1 something is at or above --fail-on, there are fewer calls
than --require-calls or --require-judged, or none is selected; 2 wrong usage; 3
an input could not be read; 130 interrupted.`,
		Example: `  latchscope analyze call.pcap
  latchscope analyze phone.pcapng server.pcapng
  latchscope analyze -o report.html call.pcap
  latchscope analyze --number 4930123456 --since 14:00 trunk.pcap
  latchscope analyze --each -o reports/ tickets/
  ssh gateway tcpdump -U -w - udp | latchscope analyze -
  latchscope analyze --format json trunk.pcap | jq '.findings[].summary'
  latchscope analyze --fail-on warning --require-judged 1 captures/`,
		Args: needFiles,
		RunE: func(cmd *cobra.Command, args []string) error { return a.run(cmd, args, t) },
	}
	a.register(cmd)
	a.harvests = true
	a.annotate.register(cmd)
	a.whyNot.register(cmd)
	cmd.Flags().BoolVar(&a.paths, "paths", false, "in sarif and junit, name captures by their paths as given, not by their base names")
	cmd.Flags().BoolVar(&a.each, "each", false, "one line a file, the worst first; with --output FOLDER a report for each, too")
	return cmd
}

func (a *analysis) run(cmd *cobra.Command, args []string, t *terminal) error {
	if a.each {
		return a.runEach(cmd, args, t)
	}
	if err := a.check(cmd); err != nil {
		return err
	}
	if err := a.annotate.check(&a.sharedFlags); err != nil {
		return err
	}
	if err := a.whyNot.check(&a.selection); err != nil {
		return err
	}
	in, err := a.open(cmd.Context(), args, t, false)
	if err != nil {
		return err
	}
	defer in.close()
	if err := in.notOver(a.output); err != nil {
		return err
	}
	if a.annotate.output != "" && len(in.harvests.list) > 0 {
		return &usageError{"--annotate copies a capture: " + in.harvests.list[0].Path + " is a harvest, which has no packets", ""}
	}
	if a.whyNot.code != "" {
		return a.answer(in, t)
	}
	if len(in.sets) > 1 && a.annotate.output != "" {
		return &usageError{fmt.Sprintf("these are %d captures that do not belong together: --annotate copies one", len(in.sets)), "name it, or add --join"}
	}
	if len(in.sets) > 1 && folder(a.output) {
		return a.toFolder(in, t)
	}
	v := verdict{flags: &a.sharedFlags}
	if len(in.sets) == 1 {
		return a.one(in, &v, t)
	}
	var rows []fileRow
	for i := range in.sets {
		r, row, err := a.report(in, &in.sets[i], &v)
		if err != nil {
			return err
		}
		if r == nil {
			continue
		}
		var body bytes.Buffer
		if err := a.write(&body, r, t); err != nil {
			return err
		}
		row.body = body.Bytes()
		if rows = append(rows, *row); v.interrupted {
			break
		}
	}
	in.tell(t)
	if len(rows) == 0 {
		return a.selection.nothing(v.all)
	}
	if a.format.value == "html" && len(rows) > 1 { // a page with a list in front
		sortFiles(rows)
		rows = append(rows, total(rows))
	}
	if err := deliver(t.out, a.output, func(w io.Writer) error { return combineFiles(w, a.format.value, rows) }); err != nil {
		return err
	}
	return v.status()
}

// one reports about captures that are read as one. Its report may be long, and
// is written as it is made.
func (a *analysis) one(in *inputs, v *verdict, t *terminal) error {
	r, _, err := a.report(in, &in.sets[0], v)
	in.bar.done()
	if err != nil {
		return err
	}
	in.tell(t)
	if r == nil {
		return a.selection.nothing(v.all)
	}
	if err := deliver(t.out, a.output, func(w io.Writer) error { return a.write(w, r, t) }); err != nil {
		return err
	}
	return v.status()
}

// report analyses a set and makes the report about the calls in it that are
// selected, and its line in a list; nil where none is. What follows for the exit
// status is added to v.
func (a *analysis) report(in *inputs, g *group.Group, v *verdict) (*report.Report, *fileRow, error) {
	one, err := in.analyse(g, analyze.Options{})
	if err != nil {
		return nil, nil, err
	}
	if err := a.withMessages(in, one); err != nil {
		return nil, nil, err
	}
	r, calls, err := a.about(one, len(in.sets) > 1, v)
	if err != nil || r == nil {
		return nil, nil, err
	}
	if err := a.withPackets(in, one, r); err != nil {
		return nil, nil, err
	}
	return r, one.fileRow(r.Captures[0].Path, calls), a.annotate.write(in.ctx, g.Set, one.trace, one.result)
}

// withMessages reads the SIP messages again that a page shows.
func (a *analysis) withMessages(in *inputs, one *examined) (err error) {
	if a.format.value == "html" {
		one.messages, err = a.redact.messages(in.ctx, one)
	}
	return err
}

// withPackets reads the packets again of which a page draws a strip.
func (a *analysis) withPackets(in *inputs, one *examined, r *report.Report) error {
	if a.format.value != "html" {
		return nil
	}
	return one.closer(in.ctx, r)
}

// about is the report about a set, and the calls that it is about. Where there
// are several sets, a call that is not there may be in another.
func (a *analysis) about(one *examined, several bool, v *verdict) (*report.Report, []*trace.Call, error) {
	v.all += len(one.trace.Calls)
	where, err := a.location()
	if err != nil {
		return nil, nil, err
	}
	opt := report.Options{Version: version, Docs: detect.Detectors(), Rewrite: a.redact.report(one.trace), Location: where, Messages: one.messages, Paths: a.paths}
	calls := one.trace.Calls
	if a.selection.any() {
		calls, err = a.selection.of(one, where)
		if missing, ok := errors.AsType[*noSuchCall](err); ok {
			if several {
				return nil, nil, nil
			}
			return nil, nil, &usageError{missing.Error(), ""}
		}
		if err != nil || len(calls) == 0 {
			return nil, nil, err
		}
		for _, c := range calls {
			opt.Calls = append(opt.Calls, strconv.Itoa(c.ID))
		}
	}
	r, err := report.New(one.trace, one.result, opt)
	if err != nil {
		return nil, nil, err
	}
	v.add(r, one.judged(calls))
	return r, calls, nil
}

// options of an analysis of one of several sets: many are read at once, each in
// one goroutine.
func (a *analysis) options(sets int) analyze.Options { return analyze.Options{Serial: sets > 1} }

// verdict sums up several reports for the exit status.
type verdict struct {
	flags       *sharedFlags
	interrupted bool
	found       bool // something at or above --fail-on
	all         int  // calls, selected or not
	calls       int
	judged      int
}

// add notes what a report says.
func (v *verdict) add(r *report.Report, judged int) {
	v.interrupted = v.interrupted || r.Interrupted
	v.calls += r.Coverage.Calls
	v.judged += judged
	v.found = v.found || v.flags.fails(r)
}

// status turns what the reports say into an exit status, the worst there is.
func (v *verdict) status() error {
	f := v.flags
	switch {
	case v.interrupted:
		return outcome{exitInterrupted, "interrupted; the report covers only what had been read"}
	case v.calls < f.requireCalls:
		return outcome{exitFound, fmt.Sprintf("--require-calls asks for %d, found: %d", f.requireCalls, v.calls)}
	case v.judged < f.requireJudged:
		return outcome{exitFound, fmt.Sprintf("--require-judged asks for %d, judged: %d of %d", f.requireJudged, v.judged, v.calls)}
	case v.found:
		return outcome{status: exitFound}
	}
	return nil
}

// toFolder writes a report for each set of captures.
func (a *analysis) toFolder(in *inputs, t *terminal) error {
	if err := makeFolder(a.output); err != nil {
		return err
	}
	names := newFileNames(a.output, ending(a.format.value))
	v := verdict{flags: &a.sharedFlags}
	for i := range in.sets {
		r, _, err := a.report(in, &in.sets[i], &v)
		if err != nil {
			return err
		}
		if r == nil {
			continue
		}
		if err := a.toFile(names.of(pathOf(in.sets[i])), r, t); err != nil {
			return err
		}
	}
	in.tell(t)
	return v.status()
}

func (a *analysis) toFile(path string, r *report.Report, t *terminal) error {
	return deliver(io.Discard, path, func(w io.Writer) error { return a.write(w, r, t) })
}

func pathOf(g group.Group) string { return page.Printable(g.Path()) }
