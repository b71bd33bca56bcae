package page

import "slices"

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
	head, rows := t.broken(t.Head, width), [][]string{}
	for _, row := range t.Rows {
		rows = append(rows, t.broken(row, width)...)
	}
	narrow := Table{Head: head[0], Rows: append(head[1:], rows...)}
	for j, name := range t.Head {
		if slices.Contains(t.Right, name) {
			narrow.Right = append(narrow.Right, head[0][j])
		}
	}
	return narrow.render(narrow.Rows)
}

// broken is a row as so many rows as its longest cell takes in columns of these
// widths.
func (t *Table) broken(row []string, width []int) [][]string {
	cells, high := make([][]string, len(row)), 1
	for j, cell := range row {
		cells[j] = Wrap(cell, width[j])
		high = max(high, len(cells[j]))
	}
	out := make([][]string, high)
	for i := range out {
		out[i] = make([]string, len(row))
		for j := range row {
			if i < len(cells[j]) {
				out[i][j] = cells[j][i]
			}
		}
	}
	return out
}
