package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/latchscope/latchscope/analyze/tls"
	"github.com/latchscope/latchscope/cmd/latchscope/internal/page"
	"github.com/latchscope/latchscope/cmd/latchscope/internal/report"
	"github.com/latchscope/latchscope/detect"
)

// sharedFlags are those that every command has which reads captures and
// reports.
type sharedFlags struct {
	format        *choice
	output        string
	calls         []string
	failOn        *choice
	minConfidence *choice
	requireCalls  int
	requireJudged int
	hash          bool
	width         int
	color         *choice
	charset       *choice
	progress      *choice
	timezone      string
	redact        redaction
	keyLogs       []string
	keys          *tls.Secrets // of TLS sessions, from the key logs and then the captures
	annotate      annotation   // of analyze alone
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
	flags.StringArrayVar(&f.calls, "call", nil, "report only this call, by its number or a Call-ID (`N|CALL-ID`, repeatable)")
	f.failOn = chooseFlag(cmd, "fail-on", "", "exit with 1 if there is a finding of this severity or above", "info", "warning", "critical")
	f.minConfidence = chooseFlag(cmd, "min-confidence", "", "for --fail-on, count only findings that are at least so sure", "possible", "likely", "confirmed")
	flags.IntVar(&f.requireCalls, "require-calls", 0, "exit with 1 if there are fewer than `N` calls")
	flags.IntVar(&f.requireJudged, "require-judged", 0, "exit with 1 if there are fewer than `N` calls whose audio could be judged")
	flags.BoolVar(&f.hash, "hash", false, "compute the SHA-256 of inputs over 64 MiB, too")
	flags.IntVar(&f.width, "width", 0, fmt.Sprintf("columns of the text report, at least %d (default: the terminal's, at most 100; 80 in a file or a pipe)", page.MinWidth))
	f.color = chooseFlag(cmd, "color", "auto", "colour in the text report", when...)
	f.charset = chooseFlag(cmd, "charset", "auto", "characters of the text report: auto draws in Unicode on a terminal, in ASCII elsewhere", "auto", "ascii", "unicode")
	f.progress = chooseFlag(cmd, "progress", "auto", "show on standard error how far the reading has come", when...)
	flags.StringVar(&f.timezone, "timezone", "UTC", "`ZONE` of the times that people read, such as Europe/Berlin or Local (JSON stays UTC)")
	f.registerKeys(cmd)
	f.redact.register(cmd)
	_ = cmd.RegisterFlagCompletionFunc("call", cobra.NoFileCompletions)
	_ = cmd.RegisterFlagCompletionFunc("timezone", cobra.NoFileCompletions)
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
	if err := f.format.follow(cmd, f.output); err != nil {
		return err
	}
	return f.redact.check(cmd)
}

// registerKeys adds --keylog.
func (f *sharedFlags) registerKeys(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&f.keyLogs, "keylog", nil, "read SIP over TLS and WSS with the session keys in `FILE`, a key log (SSLKEYLOGFILE); those in a pcapng are found anyway (repeatable)")
}

// largestKeyLog is far beyond what a browser writes in a year.
const largestKeyLog = 256 << 20

// readKeys reads the key logs.
func (f *sharedFlags) readKeys() error {
	f.keys = new(tls.Secrets)
	for _, path := range f.keyLogs {
		file, err := os.Open(path)
		if err != nil {
			return reading(path, err)
		}
		log, err := io.ReadAll(io.LimitReader(file, largestKeyLog))
		file.Close()
		if err != nil {
			return reading(path, err)
		}
		if f.keys.Add(log) == 0 {
			return reading(path, errors.New("no session keys in it; a key log has lines such as CLIENT_RANDOM or CLIENT_TRAFFIC_SECRET_0"))
		}
	}
	return nil
}

// reading says in one line what could not be read and why.
func reading(path string, err error) error {
	if pe, ok := errors.AsType[*fs.PathError](err); ok {
		err = pe.Err
	}
	return fmt.Errorf("reading %s: %w", path, err)
}

func (f *sharedFlags) location() (*time.Location, error) {
	if f.timezone == "" {
		return time.UTC, nil
	}
	loc, err := time.LoadLocation(f.timezone)
	if err != nil {
		return nil, &usageError{"--timezone: unknown zone " + quoted(f.timezone), "give one such as Europe/Berlin, UTC or Local"}
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
	width := f.width
	if width == 0 {
		width = max(t.width(f.output != ""), page.MinWidth)
	}
	return report.Text(w, r, report.TextOptions{Width: width, Color: t.colour(f.color.value, f.output != ""), ASCII: f.ascii(t)})
}

// ascii reports whether the text is to hold nothing but ASCII.
func (f *sharedFlags) ascii(t *terminal) bool {
	if f.charset.value == "auto" {
		return f.output != "" || !interactive(t.out)
	}
	return f.charset.value == "ascii"
}

// judge turns what the report says into an exit status.
func (f *sharedFlags) judge(r *report.Report, judged int) error {
	if r.Interrupted {
		return outcome{exitInterrupted, "interrupted; the report covers only what had been read"}
	}
	if f.requireCalls > 0 && r.Coverage.Calls < f.requireCalls {
		return outcome{exitFound, fmt.Sprintf("--require-calls asks for %d, found: %d", f.requireCalls, r.Coverage.Calls)}
	}
	if n := judged; f.requireJudged > 0 && n < f.requireJudged {
		return outcome{exitFound, fmt.Sprintf("--require-judged asks for %d, judged: %d of %d", f.requireJudged, n, r.Coverage.Calls)}
	}
	if f.failOn.value == "" {
		return nil
	}
	severity := map[string]detect.Severity{"info": detect.Info, "warning": detect.Warn, "critical": detect.Critical}
	confidence := map[string]detect.Confidence{"possible": detect.Possible, "likely": detect.Likely, "confirmed": detect.Confirmed}
	if r.Count(severity[f.failOn.value], confidence[f.minConfidence.value]) > 0 {
		return outcome{status: exitFound}
	}
	return nil
}
