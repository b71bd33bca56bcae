package main

import (
	"github.com/spf13/cobra"

	"github.com/latchscope/latchscope/cmd/latchscope/internal/report"
)

func schemaCommand(t *terminal) *cobra.Command {
	kinds := []string{"report", "replay", "compare"}
	of := map[string][]byte{"report": report.ReportJSONSchema, "replay": report.ReplayJSONSchema, "compare": report.CompareJSONSchema}
	return &cobra.Command{
		Use:   "schema [report|replay|compare]",
		Short: "Print the JSON Schema of the machine-readable reports",
		Long: `Prints the JSON Schema that the JSON reports keep to: that of analyze
(latchscope.report/1), with "replay" that of replay (latchscope.replay/1), and with
"compare" that of compare (latchscope.compare/1).`,
		Example: `  latchscope schema > report.schema.json
  latchscope schema replay
  latchscope schema compare`,
		ValidArgs: kinds,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return &usageError{"schema prints one at a time", ""}
			}
			if len(args) == 1 && of[args[0]] == nil {
				return &usageError{"unknown report " + quoted(args[0]), didYouMean(args[0], kinds, "there are report, replay and compare")}
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			kind := "report"
			if len(args) == 1 {
				kind = args[0]
			}
			_, err := t.out.Write(of[kind])
			return writing("the schema", err)
		},
	}
}
