package main

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"io"
	"slices"
	"strings"

	"github.com/latchscope/latchscope/cmd/latchscope/internal/page"
)

// The formats of what is one line a call or a file.
var lineFormats = []string{"text", "json", "ndjson", "csv"}

// writeJSON writes values as an array, or one a line.
func writeJSON[T any](w io.Writer, list []T, lines bool) error {
	b := bufio.NewWriter(w)
	enc := json.NewEncoder(b)
	enc.SetEscapeHTML(false)
	if !lines {
		if list == nil {
			list = []T{}
		}
		enc.SetIndent("", "  ")
		if err := enc.Encode(list); err != nil {
			return err
		}
		return b.Flush()
	}
	for i := range list {
		if err := enc.Encode(list[i]); err != nil {
			return err
		}
	}
	return b.Flush()
}

// writeCSV writes cells as RFC 4180 has it, with what a terminal or a
// spreadsheet would act on made harmless.
func writeCSV(w io.Writer, head []string, rows [][]string) error {
	out := csv.NewWriter(w)
	if err := out.Write(head); err != nil {
		return err
	}
	for _, row := range rows {
		safe := make([]string, len(row))
		for i, cell := range row {
			cell = page.Printable(cell)
			if cell != "" && strings.ContainsRune("=@", rune(cell[0])) {
				cell = "'" + cell // a formula
			}
			safe[i] = cell
		}
		if err := out.Write(safe); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// writeTable writes a table into so many columns; 0 is as wide as it is. Columns
// that need not be there go first where it is too wide, then those that may be
// clipped are.
func writeTable(w io.Writer, t *page.Table, width int, drop, clip []string) error {
	if width > 0 {
		for _, name := range drop {
			if t.Natural() > width {
				t.Drop(name)
			}
		}
		for _, name := range clip {
			i, over := slices.Index(t.Head, name), t.Natural()-width
			if i < 0 || over <= 0 {
				continue
			}
			most := max(t.Wide(i)-over, 10)
			for _, row := range t.Rows {
				row[i] = page.Clip(row[i], most)
			}
		}
	}
	b := bufio.NewWriter(w)
	for _, line := range t.Lines(max(width, t.Natural())) {
		b.WriteString(line + "\n")
	}
	return b.Flush()
}
