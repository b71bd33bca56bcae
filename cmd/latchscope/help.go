package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// helpWidth is how wide a help text is: the terminal, but lines of more than a
// hundred columns are hard to read; in a file or a pipe, what COLUMNS says or eighty.
func helpWidth(t *terminal) int {
	const least, most, piped = 40, 100, 80
	if f, ok := t.out.(*os.File); ok {
		if w, _, err := term.GetSize(int(f.Fd())); err == nil && w > 0 {
			return min(max(w, least), most)
		}
	}
	if w, err := strconv.Atoi(os.Getenv("COLUMNS")); err == nil && w > 0 {
		return min(max(w, least), most)
	}
	return piped
}

// wrappedHelp is cobra's help with the prose set anew for the page.
func wrappedHelp(t *terminal, help func(*cobra.Command, []string)) func(*cobra.Command, []string) {
	return func(cmd *cobra.Command, args []string) {
		cmd.Long = reflow(cmd.Long, helpWidth(t))
		help(cmd, args)
	}
}

// reflow sets the paragraphs of a text anew. Lines that are set off are examples,
// and stay as they are.
func reflow(text string, width int) string {
	var out strings.Builder
	var words []string
	flush := func() {
		at := 0
		for i, w := range words {
			n := utf8.RuneCountInString(w)
			switch {
			case i == 0:
			case at+1+n > width:
				out.WriteByte('\n')
				at = 0
			default:
				out.WriteByte(' ')
				at++
			}
			out.WriteString(w)
			at += n
		}
		if len(words) > 0 {
			out.WriteByte('\n')
		}
		words = words[:0]
	}
	for line := range strings.SplitSeq(text, "\n") {
		if line == "" || line[0] == ' ' || line[0] == '\t' {
			flush()
			out.WriteString(line + "\n")
			continue
		}
		words = append(words, strings.Fields(line)...)
	}
	flush()
	return strings.TrimRight(out.String(), "\n")
}

// usage prints what cobra's own template does, with the flags' lines broken where
// the page ends. It is no template, since one template in the program keeps all
// methods of all types in it: any could be called by a name that only the template
// knows.
func usage(t *terminal) func(*cobra.Command) error {
	width := helpWidth(t)
	return func(cmd *cobra.Command) error {
		var b strings.Builder
		b.WriteString("Usage:")
		if cmd.Runnable() {
			b.WriteString("\n  " + cmd.UseLine())
		}
		if cmd.HasAvailableSubCommands() {
			b.WriteString("\n  " + cmd.CommandPath() + " [command]")
		}
		if cmd.HasExample() {
			b.WriteString("\n\nExamples:\n" + cmd.Example)
		}
		if cmd.HasAvailableSubCommands() {
			b.WriteString("\n\nAvailable Commands:")
			for _, c := range cmd.Commands() {
				if c.IsAvailableCommand() || c.Name() == "help" {
					fmt.Fprintf(&b, "\n  %-*s %s", c.NamePadding(), c.Name(), c.Short)
				}
			}
		}
		if cmd.HasAvailableLocalFlags() {
			b.WriteString("\n\nFlags:\n" + strings.TrimRight(cmd.LocalFlags().FlagUsagesWrapped(width), " \n"))
		}
		if cmd.HasAvailableInheritedFlags() {
			b.WriteString("\n\nGlobal Flags:\n" + strings.TrimRight(cmd.InheritedFlags().FlagUsagesWrapped(width), " \n"))
		}
		if cmd.HasAvailableSubCommands() {
			b.WriteString("\n\nUse \"" + cmd.CommandPath() + " [command] --help\" for more information about a command.")
		}
		b.WriteByte('\n')
		_, err := io.WriteString(cmd.OutOrStderr(), b.String())
		return err
	}
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
			for _, shell := range c.Commands() {
				if shell.Name() == "bash" {
					script := shell.RunE
					shell.RunE = func(cmd *cobra.Command, args []string) error {
						if _, err := io.WriteString(cmd.OutOrStdout(), bareBash); err != nil {
							return writing("the completions", err)
						}
						return script(cmd, args)
					}
				}
			}
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

// bareBash stands in for the two functions of the package bash-completion that
// cobra's script needs, in a bash that does not have it. They split the line at
// blanks only, so that --flag=value and addresses stay one word.
const bareBash = `# Without the package bash-completion:
if ! declare -F _get_comp_words_by_ref >/dev/null; then
    _get_comp_words_by_ref() {
        local line="${COMP_LINE:0:COMP_POINT}"
        read -ra words <<<"$line"
        [[ "$line" == *[[:space:]] ]] && words+=("")
        cword=$((${#words[@]} - 1))
        cur="${words[cword]}"
        prev="${words[cword > 0 ? cword - 1 : 0]}"
    }
    __ltrim_colon_completions() {
        local head i
        [[ "$1" == *:* && "$COMP_WORDBREAKS" == *:* ]] || return
        head="${1%"${1##*:}"}"
        for i in "${!COMPREPLY[@]}"; do
            COMPREPLY[i]="${COMPREPLY[i]#"$head"}"
        done
    }
fi

`

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
			return writeVersion(t)
		},
	}
}

func writeVersion(t *terminal) error {
	_, err := io.WriteString(t.out, "latchscope "+versionLine()+"\n")
	return writing("the version", err)
}
