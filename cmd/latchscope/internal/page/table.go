package page

import (
	"slices"
	"strings"
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
	width := make([]int, len(t.Head))
	for j := range t.Head {
		width[j] = t.Wide(j)
	}
	lines := []string{t.row(t.Head, width)}
	for _, row := range t.Rows {
		lines = append(lines, t.row(row, width))
	}
	return lines
}

func (t *Table) row(row []string, width []int) string {
	var b strings.Builder
	for j, cell := range row {
		if j > 0 {
			b.WriteString("  ")
		}
		if slices.Contains(t.Right, t.Head[j]) {
			b.WriteString(PadLeft(cell, width[j]))
		} else {
			b.WriteString(PadTo(cell, width[j]))
		}
	}
	return strings.TrimRight(b.String(), " ")
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
