package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// usageTemplate is cobra's own, with the flags' lines broken where the terminal
// ends.
func usageTemplate(t *terminal) string {
	width := 0 // as they are
	if f, ok := t.out.(*os.File); ok {
		if w, _, err := term.GetSize(int(f.Fd())); err == nil && w >= 40 {
			width = w
		}
	}
	text := new(cobra.Command).UsageTemplate()
	for _, flags := range []string{".LocalFlags", ".InheritedFlags"} {
		text = strings.ReplaceAll(text, flags+".FlagUsages ", fmt.Sprintf("%s.FlagUsagesWrapped %d ", flags, width))
		text = strings.ReplaceAll(text, flags+".FlagUsages|", fmt.Sprintf("%s.FlagUsagesWrapped %d |", flags, width))
	}
	return text
}

// strictHelp lets help and completion fail on words that they do not know,
// where cobra prints something else and reports success.
func strictHelp(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	for _, c := range root.Commands() {
		switch c.Name() {
		case "help":
			run := c.Run
			c.Run = nil
			c.RunE = func(cmd *cobra.Command, args []string) error {
				if found, rest, err := root.Find(args); err != nil || found == root && len(args) > 0 || len(rest) > 0 {
					return unknownCommand(root, args[0])
				}
				run(cmd, args)
				return nil
			}
		case "completion":
			c.Args = cobra.ArbitraryArgs
			c.RunE = func(cmd *cobra.Command, args []string) error {
				if len(args) == 0 {
					return cmd.Help()
				}
				var shells []string
				for _, s := range cmd.Commands() {
					shells = append(shells, s.Name())
				}
				slices.Sort(shells)
				return &usageError{"unknown shell " + quoted(args[0]), "one of " + strings.Join(shells, ", ")}
			}
		}
	}
}

func versionCommand(t *terminal) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version and the commit",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return &usageError{"version takes no arguments", ""}
			}
			return nil
		},
		RunE: func(*cobra.Command, []string) error {
			_, err := io.WriteString(t.out, "latchscope "+versionLine()+"\n")
			return writing("the version", err)
		},
	}
}
