package main

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/latchscope/latchscope/analyze/capture"
	"github.com/latchscope/latchscope/analyze/extract"
	"github.com/latchscope/latchscope/analyze/redact"
	"github.com/latchscope/latchscope/analyze/trace"
	"github.com/latchscope/latchscope/detect"
)

// annotations are what findings say of single frames, as comments for Wireshark.
// say is how text is shown: nil where nothing is to be redacted.
func annotations(result detect.Result, wanted func(*detect.Finding) bool, say func(string) string) map[trace.Ref]string {
	notes := map[trace.Ref]string{}
	for i := range result.Findings {
		f := &result.Findings[i]
		if !wanted(f) {
			continue
		}
		about := f.Code
		if f.Call != nil {
			about = fmt.Sprintf("%s, call %d", f.Code, f.Call.ID)
		}
		for _, e := range f.Evidence {
			if e.Frame == 0 || e.Note == "" {
				continue
			}
			text := fmt.Sprintf("latchscope: %s (%s)", e.Note, about)
			if say != nil {
				text = say(text)
			}
			switch before := notes[e.Ref]; {
			case before == "":
				notes[e.Ref] = text
			case !strings.Contains(before, text):
				notes[e.Ref] = before + "\n" + text
			}
		}
	}
	return notes
}

// annotation is a copy of the captures with what was found as comments on
// packets, that analyze writes beside its report.
type annotation struct{ output string }

func (a *annotation) register(cmd *cobra.Command) {
	cmd.Flags().StringVar(&a.output, "annotate", "", "copy the captures to `OUT.pcapng` with the evidence as packet comments, for Wireshark")
}

// check finds what cannot be annotated, before anything is read.
func (a *annotation) check(flags *sharedFlags) error {
	switch {
	case a.output == "":
		return nil
	case flags.redact.on:
		return &usageError{"--annotate copies packets as they are: it does not go with --redact", "use latchscope extract --redact --annotate"}
	case a.output == "-" || a.output == flags.output:
		return &usageError{"--annotate needs a file of its own", ""}
	}
	if stat, err := os.Stat(a.output); err == nil && stat.Mode().IsRegular() {
		return &usageError{a.output + " is already there", "remove it, or name another file"}
	}
	return nil
}

// write copies the captures: a file for each capture point.
func (a *annotation) write(ctx context.Context, set *capture.Set, tr *trace.Trace, result detect.Result) error {
	if a.output == "" || ctx.Err() != nil {
		return nil
	}
	points := map[int]bool{}
	for i := range tr.Captures {
		points[tr.Captures[i].Point] = true
	}
	notes := annotations(result, func(*detect.Finding) bool { return true }, nil)
	for point := range len(tr.Captures) {
		if !points[point] {
			continue
		}
		name := a.output
		if len(points) > 1 {
			name = ofPoint(name, point)
		}
		// What people said to each other is not for everybody.
		const private fs.FileMode = 0o600
		err := writeBeside(name, private, func(w io.Writer) error {
			return extract.Annotate(ctx, w, set, tr, point, notes)
		})
		if err != nil {
			return writing(name, err)
		}
	}
	return nil
}

// annotations of what is extracted, redacted like the packets.
func (c *chosen) annotations(names *redact.Pseudonyms) map[trace.Ref]string {
	var say func(string) string
	if names != nil {
		say = names.Prose(c.trace).Text
	}
	mine := map[int]bool{}
	for i := range c.findings {
		mine[c.findings[i].ID] = true
	}
	return annotations(c.result, func(f *detect.Finding) bool { return mine[f.ID] }, say)
}
