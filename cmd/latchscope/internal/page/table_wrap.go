package page

import (
	"slices"
	"strings"
)

// narrowest is how far a column of words is wrapped, in columns of the page.
const narrowest = 12

// Wrapped renders the table into n columns, its columns of words (see Wrap)
// wrapped as far as they must, or returns nil where that is not enough.
func (t *Table) Wrapped(n int) []string {
	width := make([]int, len(t.Head))
	for j := range t.Head {
		width[j] = t.Wide(j)
	}
	for over := t.Natural() - n; over > 0; over-- {
		widest := -1
		for j := range t.Head {
			if slices.Contains(t.Wrap, t.Head[j]) && width[j] > narrowest && (widest < 0 || width[j] > width[widest]) {
				widest = j
			}
		}
		if widest < 0 {
			return nil
		}
		width[widest]--
	}
	var lines []string
	for _, row := range append([][]string{t.Head}, t.Rows...) {
		cells, high := make([][]string, len(row)), 1
		for j, cell := range row {
			cells[j] = Wrap(cell, width[j])
			high = max(high, len(cells[j]))
		}
		for i := range high {
			line := make([]string, len(row))
			for j := range row {
				if i < len(cells[j]) {
					line[j] = cells[j][i]
				}
			}
			lines = append(lines, strings.TrimRight(t.row(line, width), " "))
		}
	}
	return lines
}
