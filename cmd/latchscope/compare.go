package main

import (
	"errors"
	"io"
	"sync"

	"github.com/spf13/cobra"

	"github.com/latchscope/latchscope/analyze"
	"github.com/latchscope/latchscope/cmd/latchscope/internal/page"
	"github.com/latchscope/latchscope/cmd/latchscope/internal/report"
	"github.com/latchscope/latchscope/detect"
	"github.com/latchscope/latchscope/detect/rates"
)

// comparison is what compare was asked for.
type comparison struct {
	readFlags
	format *choice
	failOn *choice
	output string
	redact redaction
}

func compareCommand(t *terminal) *cobra.Command {
	var c comparison
	cmd := &cobra.Command{
		Use:   "compare BEFORE AFTER",
		Short: "Compare how often calls had each trouble, before and after",
		Long: `Compares two sets of calls, such as those before an update and after it: for each
cause the calls that have it, of those in which the capture would have shown it,
and whether the difference is more than chance makes.

BEFORE and AFTER are a capture, a harvest (see latchscope harvest), a folder of
these, or rows of latchscope-fleet each; a folder's are read as analyze reads them. A call has a cause where a finding of warning or above is
about it. The difference is given with Newcombe's interval, corrected for the
number of rows (Holm). With fewer than 30 calls on a side nothing is concluded,
and the row says how many it would take.

What is new, gone, more or less is told for all calls, and by engine version
(User-Agent, Server), network of the talkers, codec and hour of the day.

Exit status: 0 done; 1 with --fail-on worse, where a cause is new or more
frequent; 2 wrong usage; 3 an input could not be read; 130 interrupted.`,
		Example: `  latchscope compare before/ after/
  latchscope compare -o change.html monday/ tuesday/
  latchscope compare --fail-on worse --format json release-41/ release-42/`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 2 {
				return &usageError{"compare takes two sets of captures: BEFORE and AFTER", "put several captures of one side into a folder"}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return c.run(cmd, args, t) },
	}
	c.format = chooseFlag(cmd, "format", "text", "how to write the comparison (default: by the ending of --output, else text)", "text", "json", "markdown", "html")
	c.failOn = chooseFlag(cmd, "fail-on", "", "exit with 1 if a cause is new or more frequent after", "worse")
	cmd.Flags().StringVarP(&c.output, "output", "o", "", "write to `FILE` instead of standard output")
	c.readFlags.register(cmd)
	c.harvests = true
	c.redact.register(cmd)
	return cmd
}

func (c *comparison) run(cmd *cobra.Command, args []string, t *terminal) error {
	for _, err := range []error{c.format.follow(cmd, c.output), c.redact.check(cmd)} {
		if err != nil {
			return err
		}
	}
	if args[0] == "-" && args[1] == "-" {
		return &usageError{"standard input cannot be both sides", ""}
	}
	var sides [2]report.RatesSide
	interrupted := false
	for i, arg := range args {
		side, stopped, err := c.side(cmd, arg, t)
		if err != nil {
			return err
		}
		sides[i], interrupted = side, interrupted || stopped
	}
	r := report.NewRates(version, sides[0], sides[1], detect.Detectors())
	if err := deliver(t.out, c.output, func(w io.Writer) error { return c.write(w, r, t) }); err != nil {
		return err
	}
	switch {
	case interrupted:
		return outcome{exitInterrupted, "interrupted; the comparison covers only what had been read"}
	case c.failOn.value != "" && r.Worse():
		return outcome{status: exitFound}
	}
	return nil
}

// side reads the captures of one side, several sets at a time.
func (c *comparison) side(cmd *cobra.Command, arg string, t *terminal) (side report.RatesSide, stopped bool, err error) {
	if p, err := fleetRows(arg); p != nil || err != nil {
		if c.redact.on && err == nil {
			return side, false, &usageError{"--redact does not reach into rows of latchscope-fleet: " + arg, "compare captures or harvests"}
		}
		return report.RatesSide{Name: arg, Population: p}, false, err
	}
	in, err := c.open(cmd.Context(), []string{arg}, t, false)
	if err != nil {
		return side, false, err
	}
	defer in.close()
	if err := in.notOver(c.output); err != nil {
		return side, false, err
	}
	var mu sync.Mutex // of the pseudonyms
	parts := make([]rates.Population, len(in.sets))
	failed := make([]error, len(in.sets))
	parallel(len(in.sets), func(i int) {
		if in.ctx.Err() != nil {
			return
		}
		e, err := in.analyse(&in.sets[i], analyze.Options{Serial: len(in.sets) > 1})
		if err != nil {
			failed[i] = err
			return
		}
		parts[i].Add(e.trace, e.result, detect.Detectors())
		mu.Lock()
		defer mu.Unlock()
		report.RewriteCalls(parts[i].Calls, c.redact.report(e.trace))
	})
	if err := errors.Join(failed...); err != nil {
		return side, false, err
	}
	side = report.RatesSide{Name: arg, Population: &rates.Population{Incidents: map[string]int{}}}
	for i := range parts {
		side.Calls = append(side.Calls, parts[i].Calls...)
		side.Captures += parts[i].Captures
		for cause, n := range parts[i].Incidents {
			side.Incidents[cause] += n
		}
	}
	path := c.redact.paths()
	if path == nil {
		path = func(s string) string { return s }
	}
	side.Name = path(side.Name)
	for _, no := range in.whole.Rejected {
		side.Not = append(side.Not, path(no.Path)+": "+whyRejected(no))
	}
	in.tell(t)
	return side, in.ctx.Err() != nil || in.whole.Stopped(), nil
}

func (c *comparison) write(w io.Writer, r *report.Rates, t *terminal) error {
	switch c.format.value {
	case "json":
		return report.RatesJSON(w, r)
	case "markdown":
		return report.RatesMarkdown(w, r)
	case "html":
		return report.RatesHTML(w, r)
	}
	toFile := c.output != ""
	return report.RatesText(w, r, report.TextOptions{
		Width: max(t.width(toFile), page.MinWidth), Color: t.colour("auto", toFile), ASCII: toFile || !interactive(t.out),
	})
}
