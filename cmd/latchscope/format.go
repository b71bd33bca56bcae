package main

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// endings are the names of files that say in which format they are expected.
// What is not among them (report.txt, ticket-4711) is text.
var endings = map[string]string{
	".json":     "json",
	".ndjson":   "ndjson",
	".jsonl":    "ndjson",
	".md":       "markdown",
	".markdown": "markdown",
	".html":     "html",
	".htm":      "html",
	".xml":      "junit",
	".sarif":    "sarif",
	".csv":      "csv",
}

// follow lets the ending of the output choose the format, unless --format did.
// It is an error where the command does not write that format.
func (c *choice) follow(cmd *cobra.Command, output string) error {
	if cmd.Flags().Changed("format") {
		return nil
	}
	name := strings.ToLower(filepath.Base(output))
	want, ok := endings[filepath.Ext(name)]
	if strings.HasSuffix(name, ".sarif.json") {
		want = "sarif"
	}
	switch {
	case !ok:
		return nil
	case !slices.Contains(c.words, want):
		return &usageError{cmd.Name() + " does not write " + want + ", which the name " + output + " asks for",
			"say what is to be in it with --format " + strings.Join(c.words, "|")}
	}
	c.value = want
	return nil
}

// ending is what a file of a format is called by.
func ending(format string) string {
	switch format {
	case "text":
		return ".txt"
	case "markdown":
		return ".md"
	case "junit":
		return ".xml"
	}
	return "." + format
}
