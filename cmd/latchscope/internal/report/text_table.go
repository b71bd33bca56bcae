package report

import (
	"bytes"
	"slices"
	"strings"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"
)

// table is a borderless table that knows beforehand whether it fits: the
// library would break an endpoint in two.
type table struct {
	head  []string
	rows  [][]string
	right []string // columns of figures, flush right
}

// lines renders the table, or nothing where it is wider than n cells.
func (t *table) lines(n int) []string {
	for i := range t.rows {
		for j := range t.rows[i] {
			t.rows[i][j] = printable(t.rows[i][j])
		}
	}
	if t.natural() > n {
		return nil
	}
	align := make([]tw.Align, len(t.head))
	for i := range align {
		align[i] = tw.AlignLeft
		if slices.Contains(t.right, t.head[i]) {
			align[i] = tw.AlignRight
		}
	}
	var out bytes.Buffer
	tab := tablewriter.NewTable(&out,
		tablewriter.WithRenderer(renderer.NewBlueprint(tw.Rendition{
			Borders: tw.BorderNone,
			Symbols: tw.NewSymbols(tw.StyleNone),
			Settings: tw.Settings{
				Separators: tw.SeparatorsNone,
				Lines:      tw.LinesNone,
			},
		})),
		tablewriter.WithEastAsian(tw.Off), // else the bytes depend on the locale
		tablewriter.WithHeaderAutoFormat(tw.Off),
		tablewriter.WithHeaderAutoWrap(tw.WrapNone),
		tablewriter.WithRowAutoWrap(tw.WrapNone),
		tablewriter.WithPadding(tw.Padding{Left: "", Right: "  ", Overwrite: true}),
		tablewriter.WithHeaderAlignmentConfig(tw.CellAlignment{PerColumn: align}),
		tablewriter.WithRowAlignmentConfig(tw.CellAlignment{PerColumn: align}),
	)
	tab.Header(t.head)
	if tab.Bulk(t.rows) != nil || tab.Render() != nil {
		return nil
	}
	lines := strings.Split(strings.TrimRight(out.String(), "\n"), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return lines
}

// drop takes a column out.
func (t *table) drop(name string) {
	j := slices.Index(t.head, name)
	if j < 0 {
		return
	}
	t.head = slices.Delete(slices.Clone(t.head), j, j+1)
	for i := range t.rows {
		t.rows[i] = slices.Delete(slices.Clone(t.rows[i]), j, j+1)
	}
}

// natural is the width of the table with every cell on one line.
func (t *table) natural() int {
	sum := 0
	for j := range t.head {
		sum += t.wide(j) + 2
	}
	return sum - 2
}

// wide is the width of a column.
func (t *table) wide(j int) int {
	w := cells(t.head[j])
	for _, row := range t.rows {
		w = max(w, cells(printable(row[j])))
	}
	return w
}
