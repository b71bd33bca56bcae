package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/latchscope/latchscope/detect"
)

func explainCommand(t *terminal) *cobra.Command {
	return &cobra.Command{
		Use:   "explain [CODE]",
		Short: "Explain what a finding means, how it is detected and what to do",
		Long: `Explains what a finding means, how it is detected and what to do about it.
Without a code it lists them all.`,
		Example: `  latchscope explain
  latchscope explain nat-port-flip`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 {
				return &usageError{"explain takes one code at a time", ""}
			}
			return nil
		},
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return codes(detect.Detectors()), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(_ *cobra.Command, args []string) error {
			return explain(t.out, args, detect.Detectors())
		},
	}
}

func codes(detectors []detect.Detector) []string {
	var out []string
	for _, d := range detectors {
		out = append(out, d.Code)
	}
	return out
}

func explain(w io.Writer, args []string, detectors []detect.Detector) error {
	if len(args) == 0 {
		wide := 0
		for _, d := range detectors {
			wide = max(wide, len(d.Code))
		}
		for _, d := range detectors {
			if _, err := fmt.Fprintf(w, "%-*s  %s\n", wide, d.Code, d.Title); err != nil {
				return writing("the list", err)
			}
		}
		return nil
	}
	for _, d := range detectors {
		if d.Code == args[0] {
			_, err := fmt.Fprintf(w, "%s: %s\n\n%s\n", d.Code, d.Title, strings.TrimSpace(d.Doc))
			return writing("the explanation", err)
		}
	}
	return &usageError{"unknown code " + quoted(args[0]), didYouMean(args[0], codes(detectors), "latchscope explain lists them")}
}
