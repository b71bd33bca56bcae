package page

import (
	"bytes"
	"slices"
	"strings"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"
)

// Table is a table without borders: two blanks stand between its columns. It
// knows beforehand whether it fits.
type Table struct {
	Head  []string
	Rows  [][]string
	Right []string // heads of the columns that stand flush right
	Wrap  []string // heads of the columns of words, which may be wrapped
}

// Lines renders the table, its head first, or returns nil where it is wider
// than n columns.
func (t *Table) Lines(n int) []string {
	if t.Natural() > n {
		return nil
	}
	return t.render(t.Rows)
}

// render draws the head and some rows, each cell on one line.
func (t *Table) render(rows [][]string) []string {
	align := make([]tw.Align, len(t.Head))
	for j, name := range t.Head {
		align[j] = tw.AlignLeft
		if slices.Contains(t.Right, name) {
			align[j] = tw.AlignRight
		}
	}
	var out bytes.Buffer
	tab := tablewriter.NewTable(&out,
		tablewriter.WithRenderer(renderer.NewBlueprint(tw.Rendition{
			Borders:  tw.BorderNone,
			Symbols:  tw.NewSymbols(tw.StyleNone),
			Settings: tw.Settings{Separators: tw.SeparatorsNone, Lines: tw.LinesNone},
		})),
		tablewriter.WithEastAsian(tw.Off), // else the bytes depend on the locale
		tablewriter.WithHeaderAutoFormat(tw.Off),
		tablewriter.WithHeaderAutoWrap(tw.WrapNone),
		tablewriter.WithRowAutoWrap(tw.WrapNone),
		tablewriter.WithPadding(tw.Padding{Left: "", Right: "  ", Overwrite: true}),
		tablewriter.WithHeaderAlignmentConfig(tw.CellAlignment{PerColumn: align}),
		tablewriter.WithRowAlignmentConfig(tw.CellAlignment{PerColumn: align}),
	)
	tab.Header(printable(t.Head))
	for _, row := range rows {
		if tab.Append(printable(row)) != nil {
			return nil
		}
	}
	if tab.Render() != nil {
		return nil
	}
	lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return lines
}

func printable(row []string) []string {
	out := make([]string, len(row))
	for i, cell := range row {
		out[i] = Printable(cell)
	}
	return out
}

// Body are the lines without the head, or the rows as sentences where they do
// not fit into n columns.
func (t *Table) Body(n int) []string {
	if lines := t.Lines(n); len(lines) > 1 {
		return lines[1:]
	}
	var lines []string
	for _, row := range t.Rows {
		lines = append(lines, Wrap(strings.Join(row, " "), n)...)
	}
	return lines
}

// Drop takes a column out.
func (t *Table) Drop(name string) {
	j := slices.Index(t.Head, name)
	if j < 0 {
		return
	}
	t.Head = slices.Delete(slices.Clone(t.Head), j, j+1)
	for i := range t.Rows {
		t.Rows[i] = slices.Delete(slices.Clone(t.Rows[i]), j, j+1)
	}
}

// Natural is the width of the table with every cell on one line.
func (t *Table) Natural() int {
	sum := 0
	for j := range t.Head {
		sum += t.Wide(j) + 2
	}
	return sum - 2
}

// Wide is the width of a column.
func (t *Table) Wide(j int) int {
	w := Cells(Printable(t.Head[j]))
	for _, row := range t.Rows {
		w = max(w, Cells(Printable(row[j])))
	}
	return w
}
