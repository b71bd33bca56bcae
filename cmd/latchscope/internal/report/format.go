package report

import "io"

// Format is a way to write a report that needs no more than the report itself.
type Format struct {
	Name  string
	Write func(io.Writer, *Report) error
}

// Formats lists them, the most used first. Text is not among them: it has
// options.
func Formats() []Format {
	return []Format{
		{"json", JSON},
		{"ndjson", NDJSON},
		{"markdown", Markdown},
		{"html", HTML},
		{"junit", JUnit},
		{"sarif", SARIF},
	}
}
