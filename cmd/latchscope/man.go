package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// manDate stands in the pages instead of today: the same version writes the
// same pages.
const manDate = "Nov 2026"

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
			return writing("the manual pages", manPages(cmd.Root(), args[0]))
		},
	}
}

// manPages writes the page of a command, and of all below it.
func manPages(cmd *cobra.Command, dir string) error {
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			if err := manPages(c, dir); err != nil {
				return err
			}
		}
	}
	return os.WriteFile(filepath.Join(dir, manName(cmd)+".1"), manPage(cmd), 0o644)
}

func manName(cmd *cobra.Command) string { return strings.ReplaceAll(cmd.CommandPath(), " ", "-") }

// manPage is the page of one command in the macros of man(7). The library's own
// generator goes by way of Markdown and a parser of it, which takes examples for
// headings and lists, and weighs more than half a megabyte.
func manPage(cmd *cobra.Command) []byte {
	cmd.InitDefaultHelpFlag()
	var b bytes.Buffer
	fmt.Fprintf(&b, ".nh\n.TH %q \"1\" %q %q \"latchscope\"\n", strings.ToUpper(manName(cmd)), manDate, "latchscope "+version)
	fmt.Fprintf(&b, "\n.SH NAME\n%s - %s\n", manName(cmd), roff(cmd.Short))
	fmt.Fprintf(&b, "\n\n.SH SYNOPSIS\n\\fB%s\\fP\n", roff(cmd.UseLine()))
	b.WriteString("\n\n.SH DESCRIPTION\n")
	if cmd.Long != "" {
		manProse(&b, cmd.Long)
	} else {
		manProse(&b, cmd.Short)
	}
	manFlags(&b, "OPTIONS", cmd.NonInheritedFlags())
	manFlags(&b, "OPTIONS INHERITED FROM PARENT COMMANDS", cmd.InheritedFlags())
	if cmd.Example != "" {
		fmt.Fprintf(&b, "\n\n.SH EXAMPLE\n.EX\n%s\n.EE\n", roff(cmd.Example))
	}
	var also []string
	if cmd.HasParent() {
		also = append(also, manName(cmd.Parent()))
	}
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			also = append(also, manName(c))
		}
	}
	for i := range also {
		also[i] = `\fB` + also[i] + `(1)\fP`
	}
	fmt.Fprintf(&b, "\n\n.SH SEE ALSO\n%s\n", strings.Join(also, ", "))
	return b.Bytes()
}

// manProse sets paragraphs, and as they are those whose lines are all set off.
// The texts of the library's own commands have headings of Markdown.
func manProse(b *bytes.Buffer, text string) {
	fresh := true // behind a heading no paragraph begins anew
	example := false
	end := func() {
		if example {
			b.WriteString(".EE\n")
			example = false
		}
	}
	for part := range strings.SplitSeq(strings.Trim(text, "\n"), "\n\n") {
		part = strings.TrimRight(strings.Trim(part, "\n"), " \n")
		if head, ok := strings.CutPrefix(part, "#### "); ok {
			end()
			fmt.Fprintf(b, "\n.SS %s\n", roff(head))
			fresh = true
			continue
		}
		off := setOff(part)
		switch {
		case off && example:
			b.WriteString("\n")
		case off && fresh:
			b.WriteString(".EX\n")
		case off:
			b.WriteString("\n.EX\n")
		default:
			end()
			if !fresh {
				b.WriteString("\n.PP\n")
			}
		}
		example, fresh = off, false
		b.WriteString(roff(strings.ReplaceAll(part, "\t", "  ")) + "\n")
	}
	end()
}

// setOff reports whether all lines of a text are.
func setOff(text string) bool {
	for line := range strings.Lines(text) {
		if line[0] != ' ' && line[0] != '\t' {
			return false
		}
	}
	return true
}

// manFlags lists flags, with what they are where nothing is said.
func manFlags(b *bytes.Buffer, title string, flags *pflag.FlagSet) {
	if !flags.HasAvailableFlags() {
		return
	}
	fmt.Fprintf(b, "\n\n.SH %s\n", title)
	before := ""
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Hidden || f.Deprecated != "" {
			return
		}
		b.WriteString(before)
		before = "\n.PP\n"
		if f.Shorthand != "" {
			fmt.Fprintf(b, `\fB-%s\fP, `, f.Shorthand)
		}
		value := "=" + f.DefValue
		if f.Value.Type() == "string" {
			value = fmt.Sprintf("=%q", f.DefValue)
		}
		if f.NoOptDefVal != "" {
			value = "[" + value + "]"
		}
		fmt.Fprintf(b, "\\fB--%s\\fP%s\n\t%s\n", f.Name, roff(value), placeholder.ReplaceAllString(roff(manUsage(f)), `\fB$1\fR`))
	})
}

// placeholder is what pflag takes for the name of a flag's value.
var placeholder = regexp.MustCompile("`([^`]*)`")

// manUsage adds to the usage of a flag that takes one of a few words which these
// are: a manual page shows no types.
func manUsage(f *pflag.Flag) string {
	if c, ok := f.Value.(*choice); ok {
		return f.Usage + ": " + strings.Join(c.words, ", ")
	}
	return f.Usage
}

// roff writes text so that troff takes no part of it for a request.
func roff(text string) string {
	lines := strings.Split(strings.ReplaceAll(text, `\`, `\e`), "\n")
	for i, l := range lines {
		if strings.HasPrefix(l, ".") || strings.HasPrefix(l, "'") {
			lines[i] = `\&` + l
		}
	}
	return strings.Join(lines, "\n")
}
