package main

import (
	"strings"

	"github.com/spf13/cobra"
)

// choice is the value of a flag that takes one of a few words.
type choice struct {
	value string
	words []string
}

func (c *choice) String() string { return c.value }
func (c *choice) Type() string   { return strings.Join(c.words, "|") }

func (c *choice) Set(s string) error {
	for _, w := range c.words {
		if s == w {
			c.value = s
			return nil
		}
	}
	return &choiceError{s, c.words}
}

// choiceError says that a word is none of those.
type choiceError struct {
	got   string
	words []string
}

func (e *choiceError) Error() string {
	return quoted(e.got) + " is not one of " + strings.Join(e.words, ", ") + didYou(e.got, e.words)
}

func didYou(got string, words []string) string {
	if s := didYouMean(got, words, ""); s != "" {
		return "; " + s
	}
	return ""
}

// chooseFlag defines a flag with a fixed set of words, which complete.
func chooseFlag(cmd *cobra.Command, name, initial, usage string, words ...string) *choice {
	c := &choice{initial, words}
	cmd.Flags().Var(c, name, usage)
	_ = cmd.RegisterFlagCompletionFunc(name, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp))
	return c
}
