package main

import (
	"context"
	"errors"
	"io"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/latchscope/latchscope/analyze"
	"github.com/latchscope/latchscope/analyze/capture"
	"github.com/latchscope/latchscope/cmd/latchscope/internal/golden"
	"github.com/latchscope/latchscope/cmd/latchscope/internal/page"
	"github.com/latchscope/latchscope/cmd/latchscope/internal/report"
	"github.com/latchscope/latchscope/detect"
)

type verifyFlags struct {
	format       *choice
	output       string
	update       bool
	allowMissing bool
	keyLogs      keyLogs
}

func verifyCommand(t *terminal) *cobra.Command {
	var v verifyFlags
	cmd := &cobra.Command{
		Use:   "verify PATH...",
		Short: "Golden captures: compare what is found with what is expected, for CI",
		Long: `Analyses captures and compares each with the expectations beside it: for
story.pcap these are in story.pcap.expect. PATH is a folder, searched with all
folders in it, or a capture, or an expectations file. --update writes expectations
where there are none, and renews those that do not hold; tolerances, patterns
that hold, captures and the comment at the head stay. Those that hold are left
alone.

Expectations are text, and may be edited:

  # Ten seconds of silence after early RTP.
  latchscope: expectations/1
  tolerance: 0.02                  # seconds, for every value ending in _s
  captures: a.pcap b.pcap          # only to read several files together

  calls: 1
  call: 1
    state: completed
    root_cause: early-rtp
  finding: latch-silence
    call: 1
    severity: critical
    confidence: confirmed
    data.silence_s: 10.06 +- 0.05  # a tolerance of its own

What is not mentioned is not compared, except findings: one that is not expected
is a difference, so that a capture without findings holds every detector quiet,
those to come as well. Keys and codes that do not exist are errors. Fields of a
finding's data are named by their place in the JSON report (data.moves[0].to;
.length is the number of a list's elements). What changes from run to run is
written as a pattern, in which * stands for anything: data.latched: ~ 192.0.2.1:*
and call_id: ~ *@gw.

In GitHub Actions:

  - uses: latchscope/latchscope/.github/actions/verify@v0.1.0
    with: {path: captures/}

The file .gitlab-ci.yml of this project is an example for GitLab CI.

Exit status: 0 all is as expected; 1 something differs, or a capture has no
expectations (unless --allow-missing); 2 wrong usage; 3 a capture or expectations
could not be read; 130 interrupted.`,
		Example: `  latchscope verify testdata/
  latchscope verify --update testdata/new.pcap
  latchscope verify --format junit -o verify.xml captures/`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return &usageError{"nothing to verify", "name a folder of captures: latchscope verify testdata/"}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := v.format.follow(cmd, v.output); err != nil {
				return err
			}
			return v.run(cmd.Context(), args, t)
		},
	}
	flags := cmd.Flags()
	v.format = chooseFlag(cmd, "format", "text", "how to write the results", "text", "json", "junit")
	flags.StringVarP(&v.output, "output", "o", "", "write to `FILE` instead of standard output")
	flags.BoolVar(&v.update, "update", false, "write expectations where there are none, and renew those that do not hold")
	flags.BoolVar(&v.allowMissing, "allow-missing", false, "captures without expectations are no failure")
	v.keyLogs.register(cmd)
	return cmd
}

func (v *verifyFlags) run(ctx context.Context, args []string, t *terminal) error {
	if err := v.keyLogs.read(); err != nil {
		return err
	}
	words := golden.Vocabulary{
		Codes:   codes(detect.Detectors()),
		Suggest: func(got string, names []string) string { return didYouMean(got, names, "") },
	}
	cases, err := golden.Find(args, words)
	if err != nil {
		return err
	}
	if len(cases) == 0 {
		return outcome{exitFound, "there are no captures there: nothing was verified"}
	}
	var results []golden.Result
	var bar *progress
	if interactive(t.err) && !t.quiet {
		bar = newProgress(t.err)
		defer bar.done()
	}
	for i, c := range cases {
		bar.now("verifying %d of %d: %s", i+1, len(cases), page.Clip(page.Printable(filepath.Base(c.Name)), 50))
		r, err := v.one(ctx, c)
		if err != nil {
			return err
		}
		results = append(results, r)
	}
	bar.done()
	write := map[string]func(io.Writer, []golden.Result) error{"text": golden.Text, "json": golden.JSON, "junit": golden.JUnit}[v.format.value]
	if err := deliver(t.out, v.output, func(w io.Writer) error { return write(w, results) }); err != nil {
		return err
	}
	failed, broken := false, false
	for i := range results {
		failed = failed || results[i].Failed()
		broken = broken || results[i].Outcome == golden.Broken
	}
	switch {
	case broken:
		return outcome{status: exitInput}
	case failed:
		return outcome{status: exitFound}
	}
	return nil
}

// one verifies a case, or writes its expectations.
func (v *verifyFlags) one(ctx context.Context, c golden.Case) (golden.Result, error) {
	r := golden.Result{Case: c, Outcome: golden.Same}
	if c.Broken != "" {
		r.Outcome, r.Why = golden.Broken, c.Broken
		return r, nil
	}
	if c.Expect == "" && !v.update {
		r.Outcome, r.Tolerated = golden.Missing, v.allowMissing
		return r, nil
	}
	began := time.Now()
	facts, err := factsOf(ctx, c.Captures, &v.keyLogs)
	if ctx.Err() != nil {
		return r, outcome{exitInterrupted, "interrupted; nothing is said of the rest"}
	}
	if err != nil {
		if _, ok := errors.AsType[*capture.FormatError](err); !ok {
			return r, err
		}
		r.Outcome, r.Why = golden.Broken, err.Error()
		return r, nil
	}
	r.Facts, r.Seconds = facts, time.Since(began).Seconds()
	if c.Want != nil {
		if r.Differences = golden.Compare(c.Want, facts); len(r.Differences) == 0 {
			return r, nil
		}
		r.Outcome = golden.Differs
	}
	if !v.update {
		return r, nil
	}
	path := c.Expect
	if path == "" {
		path = c.Name + golden.Suffix
	}
	r.Outcome = golden.Written
	return r, deliver(io.Discard, path, func(w io.Writer) error {
		_, err := w.Write(golden.Update(c.Want, facts).Format())
		return err
	})
}

// factsOf is what there is to say about some captures read together.
func factsOf(ctx context.Context, paths []string, keys *keyLogs) (golden.Facts, error) {
	set, err := capture.OpenSet(paths, nil, capture.Options{Interrupted: func() bool { return ctx.Err() != nil }})
	if err != nil {
		return golden.Facts{}, err
	}
	defer set.Close()
	tr, err := analyze.Run(ctx, set, analyze.Options{Secrets: keys.secrets()})
	if err != nil {
		return golden.Facts{}, err
	}
	detectors := detect.Detectors()
	r, err := report.New(tr, detect.Run(tr, detectors), report.Options{Version: version, Docs: detectors})
	if err != nil {
		return golden.Facts{}, err
	}
	return golden.FactsOf(r), nil
}
