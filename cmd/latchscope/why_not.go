package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/latchscope/latchscope/cmd/latchscope/internal/page"
	"github.com/latchscope/latchscope/cmd/latchscope/internal/report"
	"github.com/latchscope/latchscope/detect"
)

// whyNot is the question why a detector said nothing of a call.
type whyNot struct{ code string }

func (q *whyNot) register(cmd *cobra.Command) {
	cmd.Flags().StringVar(&q.code, "why-not", "", "instead of the report say what the detector `CODE` looked at in the call of --call, and why it stayed quiet")
	_ = cmd.RegisterFlagCompletionFunc("why-not", func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return codes(detect.Detectors()), cobra.ShellCompDirectiveNoFileComp
	})
}

// check finds what cannot be answered, before anything is read.
func (q *whyNot) check(s *selection) error {
	if q.code == "" {
		return nil
	}
	if _, ok := q.detector(); !ok {
		return &usageError{"--why-not: unknown code " + quoted(q.code), didYouMean(q.code, codes(detect.Detectors()), "latchscope explain lists them")}
	}
	if !s.any() {
		return &usageError{"--why-not asks about one call", "add --call N"}
	}
	return nil
}

func (q *whyNot) detector() (detect.Detector, bool) {
	for _, d := range detect.Detectors() {
		if d.Code == q.code {
			return d, true
		}
	}
	return detect.Detector{}, false
}

// answer writes what there is to say about the calls that were asked for.
func (a *analysis) answer(in *inputs, t *terminal) error {
	where, err := a.location()
	if err != nil {
		return err
	}
	one, calls, err := in.selected(&a.selection, where, "ask")
	if err != nil {
		return err
	}
	in.bar.done()
	in.tell(t)
	d, _ := a.whyNot.detector()
	rewrite, width := a.redact.report(one.trace), a.columns(t)
	return deliver(t.out, a.output, func(w io.Writer) error {
		for _, c := range calls {
			for i, line := range detect.WhyNot(one.trace, one.result, d, c) {
				if rewrite != nil {
					line = rewrite(report.Prose, line)
				}
				indent := ""
				if i > 0 {
					indent = "  "
				}
				for _, l := range page.Wrap(line, width-len(indent)) {
					if _, err := fmt.Fprintln(w, indent+l); err != nil {
						return err
					}
				}
			}
		}
		return nil
	})
}
