package main

import (
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/latchscope/latchscope/cmd/latchscope/internal/page"
	"github.com/latchscope/latchscope/cmd/latchscope/internal/report"
	"github.com/latchscope/latchscope/detect"
)

// sharedFlags are those that every command has which reads captures and
// reports.
type sharedFlags struct {
	readFlags
	selection     selection
	format        *choice
	output        string
	failOn        *choice
	minConfidence *choice
	requireCalls  int
	requireJudged int
	width         int
	color         *choice
	charset       *choice
	timezone      string
	redact        redaction
}

func (f *sharedFlags) register(cmd *cobra.Command) {
	formats := []string{"text"}
	for _, format := range report.Formats() {
		formats = append(formats, format.Name)
	}
	when := []string{"auto", "always", "never"}
	flags := cmd.Flags()
	f.format = chooseFlag(cmd, "format", formats[0], "how to write the report (default: by the ending of --output, else text)", formats...)
	flags.StringVarP(&f.output, "output", "o", "", "write to `FILE` instead of standard output")
	f.selection.register(cmd)
	f.readFlags.register(cmd)
	f.failOn = chooseFlag(cmd, "fail-on", "", "exit with 1 if there is a finding of this severity or above", "info", "warning", "critical")
	f.minConfidence = chooseFlag(cmd, "min-confidence", "", "for --fail-on, count only findings that are at least so sure", "possible", "likely", "confirmed")
	flags.IntVar(&f.requireCalls, "require-calls", 0, "exit with 1 if there are fewer than `N` calls")
	flags.IntVar(&f.requireJudged, "require-judged", 0, "exit with 1 if there are fewer than `N` calls whose audio could be judged")
	flags.BoolVar(&f.hash, "hash", false, "compute the SHA-256 of inputs over 64 MiB, too")
	flags.IntVar(&f.width, "width", 0, fmt.Sprintf("columns of the text report, at least %d (default: the terminal's, at most 100; 80 in a file or a pipe)", page.MinWidth))
	f.color = chooseFlag(cmd, "color", "auto", "colour in the text report", when...)
	f.charset = chooseFlag(cmd, "charset", "auto", "characters of the text report: auto draws in Unicode on a terminal, in ASCII elsewhere", "auto", "ascii", "unicode")
	registerTimezone(cmd, &f.timezone, "`ZONE` of the times that people read, such as Europe/Berlin or Local (JSON stays UTC)")
	f.redact.register(cmd)
}

// check finds what pflag cannot, before anything is read.
func (f *sharedFlags) check(cmd *cobra.Command) error {
	if cmd.Flags().Changed("width") && f.width < page.MinWidth {
		return &usageError{fmt.Sprintf("--width %d is too narrow", f.width), fmt.Sprintf("at least %d", page.MinWidth)}
	}
	if f.requireCalls < 0 {
		return &usageError{"--require-calls must not be negative", ""}
	}
	if f.minConfidence.value != "" && f.failOn.value == "" {
		return &usageError{"--min-confidence is for --fail-on, which is not given", "add --fail-on warning"}
	}
	if f.requireJudged < 0 {
		return &usageError{"--require-judged must not be negative", ""}
	}
	if _, err := f.location(); err != nil {
		return err
	}
	if err := f.selection.check(); err != nil {
		return err
	}
	if err := f.format.follow(cmd, f.output); err != nil {
		return err
	}
	return f.redact.check(cmd)
}

func (f *sharedFlags) location() (*time.Location, error) { return location(f.timezone) }

func location(name string) (*time.Location, error) {
	if name == "" {
		return time.UTC, nil
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		return nil, &usageError{"--timezone: unknown zone " + quoted(name), "give one such as Europe/Berlin, UTC or Local"}
	}
	return loc, nil
}

// write puts the report into the format that was asked for.
func (f *sharedFlags) write(w io.Writer, r *report.Report, t *terminal) error {
	for _, format := range report.Formats() {
		if format.Name == f.format.value {
			return format.Write(w, r)
		}
	}
	width := f.columns(t)
	return report.Text(w, r, report.TextOptions{Width: width, Color: t.colour(f.color.value, f.output != ""), ASCII: f.ascii(t)})
}

// columns is how wide a page is.
func (f *sharedFlags) columns(t *terminal) int {
	if f.width != 0 {
		return f.width
	}
	return max(t.width(f.output != ""), page.MinWidth)
}

// ascii reports whether the text is to hold nothing but ASCII.
func (f *sharedFlags) ascii(t *terminal) bool {
	if f.charset.value == "auto" {
		return f.output != "" || !interactive(t.out)
	}
	return f.charset.value == "ascii"
}

// fails reports whether there is something at or above --fail-on.
func (f *sharedFlags) fails(r *report.Report) bool {
	if f.failOn.value == "" {
		return false
	}
	severity := map[string]detect.Severity{"info": detect.Info, "warning": detect.Warn, "critical": detect.Critical}
	confidence := map[string]detect.Confidence{"possible": detect.Possible, "likely": detect.Likely, "confirmed": detect.Confirmed}
	return r.Count(severity[f.failOn.value], confidence[f.minConfidence.value]) > 0
}
