package main

import (
	"errors"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

func root(t *terminal) *cobra.Command {
	version := false
	cmd := &cobra.Command{
		Use:   "latchscope",
		Short: "Find out from packet captures why the audio of VoIP calls went missing",
		Long: `latchscope reads packet captures of VoIP calls, puts SIP, RTP and ICMP in
relation, and says which calls lost audio, when, and why: with the frames that
prove it and with what to do about it.`,
		Example: `  latchscope analyze call.pcap
  latchscope analyze --format html -o report.html call.pcap
  latchscope analyze --fail-on warning captures/
  latchscope explain latch-silence`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if version {
				return writeVersion(t)
			}
			if len(args) == 0 {
				return cmd.Help()
			}
			return unknownCommand(cmd, args[0])
		},
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: false},
	}
	cmd.Flags().BoolVar(&version, "version", false, "version for latchscope")
	cmd.SetUsageFunc(usage(t))
	cmd.SetHelpFunc(wrappedHelp(t, cmd.HelpFunc()))
	cmd.PersistentFlags().BoolVarP(&t.quiet, "quiet", "q", false, "say nothing on standard error but errors")
	cmd.PersistentFlags().BoolVarP(&t.verbose, "verbose", "v", false, "say on standard error what took how long")
	cmd.SetFlagErrorFunc(flagError)
	cmd.AddCommand(analyzeCommand(t), listCommand(t), compareCommand(t), harvestCommand(t), extractCommand(t), verifyCommand(t), explainCommand(t), enginesCommand(t), replayCommand(t), schemaCommand(t), manCommand(), versionCommand(t))
	strictHelp(cmd)
	return cmd
}

// unknownCommand helps whoever misspelt a command or left it out.
func unknownCommand(cmd *cobra.Command, name string) error {
	if _, err := os.Stat(name); err == nil {
		return &usageError{"unknown command " + quoted(name), "to analyse that file: latchscope analyze " + name}
	}
	var names []string
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			names = append(names, c.Name())
		}
	}
	return &usageError{"unknown command " + quoted(name), didYouMean(name, names, "latchscope --help lists the commands")}
}

// flagError puts what pflag has to say into one line with a suggestion.
func flagError(cmd *cobra.Command, err error) error {
	if unknown, ok := errors.AsType[*pflag.NotExistError](err); ok {
		name := unknown.GetSpecifiedName()
		if len(name) == 1 {
			return &usageError{"unknown flag -" + name, "see " + cmd.CommandPath() + " --help"}
		}
		var names []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			if !f.Hidden {
				names = append(names, "--"+f.Name)
			}
		})
		return &usageError{"unknown flag --" + name, didYouMean("--"+name, names, "see "+cmd.CommandPath()+" --help")}
	}
	if missing, ok := errors.AsType[*pflag.ValueRequiredError](err); ok {
		return &usageError{"flag --" + missing.GetFlag().Name + " needs a value", ""}
	}
	if bad, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
		return &usageError{"--" + bad.GetFlag().Name + ": " + reason(bad), ""}
	}
	return &usageError{err.Error(), ""}
}

// reason is what a flag's value is wrong for, without the Go in it.
func reason(bad *pflag.InvalidValueError) string {
	if ours, ok := errors.AsType[*choiceError](bad); ok {
		return ours.Error()
	}
	what := "a value of another kind"
	switch bad.GetFlag().Value.Type() {
	case "int":
		what = "a whole number"
	case "bool":
		what = "true or false"
	}
	return quoted(bad.GetValue()) + " is not " + what
}

// needFiles demands at least one FILE.
func needFiles(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return &usageError{"no capture named", "give a file, a directory, or - for standard input: " +
			strings.TrimSuffix(cmd.CommandPath(), " ") + " call.pcap"}
	}
	return nil
}
