package main

import (
	"github.com/spf13/cobra"

	"github.com/latchscope/latchscope/cmd/latchscope/internal/report"
)

func schemaCommand(t *terminal) *cobra.Command {
	kinds := []string{"report", "replay"}
	return &cobra.Command{
		Use:   "schema [report|replay]",
		Short: "Print the JSON Schema of the machine-readable reports",
		Long: `Prints the JSON Schema that the JSON reports keep to: that of analyze
(latchscope.report/1), or with "replay" that of replay (latchscope.replay/1).`,
		Example: `  latchscope schema > report.schema.json
  latchscope schema replay`,
		ValidArgs: kinds,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return &usageError{"schema prints one at a time", ""}
			}
			if len(args) == 1 && args[0] != "report" && args[0] != "replay" {
				return &usageError{"unknown report " + quoted(args[0]), didYouMean(args[0], kinds, "there are report and replay")}
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			b := report.ReportJSONSchema
			if len(args) == 1 && args[0] == "replay" {
				b = report.ReplayJSONSchema
			}
			_, err := t.out.Write(b)
			return writing("the schema", err)
		},
	}
}
