package main

import (
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
	"github.com/spf13/pflag"
)

// manDate stands in the pages instead of today: the same version writes the
// same pages.
var manDate = time.Date(2026, time.November, 1, 0, 0, 0, 0, time.UTC)

func manCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "man DIR",
		Short:   "Write the manual pages into a folder",
		Long:    "Writes a manual page for each command into a folder, which is made where it is not there.",
		Example: "  latchscope man /usr/local/share/man/man1",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return &usageError{"man takes the folder to write to", "latchscope man DIR"}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := os.MkdirAll(args[0], 0o755); err != nil {
				return writing("the manual pages", err)
			}
			head := &doc.GenManHeader{Section: "1", Source: "latchscope " + version, Manual: "latchscope", Date: &manDate}
			cmd.Root().DisableAutoGenTag = true
			listValues(cmd.Root())
			return writing("the manual pages", doc.GenManTree(cmd.Root(), head, args[0]))
		},
	}
}

// listValues adds to the usage of flags that take one of a few words which these
// are: a manual page shows no types.
func listValues(cmd *cobra.Command) {
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if c, ok := f.Value.(*choice); ok {
			f.Usage += ": " + strings.Join(c.words, ", ")
		}
	})
	for _, c := range cmd.Commands() {
		listValues(c)
	}
}
