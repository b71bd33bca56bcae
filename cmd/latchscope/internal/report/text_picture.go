package report

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/latchscope/latchscope/cmd/latchscope/internal/page"
)

// picture draws the whole, and a stretch of it where its losses are too short
// to show.
func (t *textWriter) picture(p *Picture) {
	names := 0
	for _, r := range p.Rows {
		names = max(names, page.Cells(t.Text(r.Name)))
	}
	names = min(names, t.Width/3)
	room := t.Width - names - 8
	used := t.drawn(p, names, room)
	if z := p.zoom(room); z != nil {
		t.Gap()
		t.Line(in(3), page.As(fmt.Sprintf("The same from %s to %s:", offset(z.Start), offset(z.End)), page.Plain))
		maps.Copy(used, t.drawn(z, names, room))
	}
	var words []string
	for _, s := range p.Legend {
		alike := false
		for u := range used {
			alike = alike || u.ASCII == s.ASCII && u.Word == s.Word
		}
		if !alike {
			continue // too short to show at this scale
		}
		words = append(words, t.glyph(s)+" "+s.Word)
	}
	if used[lossy] {
		words = append(words, t.glyph(lossy)+" "+lossy.Word)
	}
	said := map[string]bool{}
	for i, m := range p.Marks {
		if !said[m.Text] {
			said[m.Text] = true
			words = append(words, markLetter(p, i)+" "+m.Text)
		}
	}
	for i := range words {
		words[i] = t.Text(words[i])
	}
	for _, l := range page.WrapItems(words, "   ", t.Width-5) {
		t.Line(in(5), page.As(l, page.Faint))
	}
}

func offset(s float64) string { return fmt.Sprintf("%.1f s", s) }

func (t *textWriter) glyph(s Symbol) string {
	if t.ASCII {
		return s.ASCII
	}
	return s.Unicode
}

func symbolInk(s Symbol) page.Ink {
	switch {
	case s.Silent:
		return page.Red
	case s.Key == "sent" || s.Key == "delivered":
		return page.Green
	}
	return page.Plain
}

// markLetter stands for a kind of mark.
func markLetter(p *Picture, i int) string { return strings.ToUpper(p.Marks[i].Text[:1]) }

// drawn draws rows on a scale of so many cells, with a ruler above and the
// marks below, and returns the symbols that it used.
func (t *textWriter) drawn(p *Picture, names, room int) map[Symbol]bool {
	used := map[Symbol]bool{}
	cell := (p.End - p.Start) / float64(room)
	before, after := "  ", ""
	if p.Zoomed {
		before, after = "<<", ">>"
		if p.Start <= 0 {
			before = "  "
		}
	}
	head := page.Blanks(3 + names)
	labels, ticks := ruler(p.Start, p.End, cell, room)
	t.Line(page.As(head+"  "+labels, page.Plain))
	t.Line(page.As(head+"  "+ticks, page.Faint))
	for i := range p.Rows {
		row := &p.Rows[i]
		pieces := []page.Piece{page.As("   "+t.PadTo(row.Name, names)+before, page.Plain)}
		for _, run := range row.runs(p.Start, cell, room) {
			used[run.symbol] = true
			pieces = append(pieces, page.As(t.run(run), symbolInk(run.symbol)))
		}
		pieces = append(pieces, page.As(after, page.Plain))
		t.Line(pieces...)
	}
	marks := []byte(page.Blanks(room))
	some := false
	for i, m := range p.Marks {
		at := int((m.At - p.Start) / cell)
		for at >= 0 && at < room-1 && marks[at] != ' ' && marks[at] != markLetter(p, i)[0] {
			at++ // two in one cell stand side by side
		}
		if at >= 0 && at < room {
			marks[at], some = markLetter(p, i)[0], true
		}
	}
	if some {
		t.Line(page.As(head+"  "+string(marks), page.Plain))
	}
	return used
}

// run is a stretch of cells with one symbol.
type run struct {
	symbol Symbol
	n      int
	took   float64 // seconds
}

// run draws one, with how long it took where it is silent and there is room.
func (t *textWriter) run(r run) string {
	glyph := t.glyph(r.symbol)
	if label := " " + seconds(r.took) + " "; r.symbol.Silent && r.n >= len(label)+2 {
		left := (r.n - len(label)) / 2
		return strings.Repeat(glyph, left) + label + strings.Repeat(glyph, r.n-len(label)-left)
	}
	return strings.Repeat(glyph, r.n)
}

// lossy is what a cell shows in which packets are missing, but not as many as make a
// silence.
var lossy = Symbol{Key: "lossy", ASCII: "*", Unicode: "*", Word: "packets missing, too few for a silence"}

// runs puts a row into cells. What is silent shows however short it is.
func (row *PictureRow) runs(start, cell float64, room int) []run {
	var out []run
	const missing = -2
	last := -1
	for i := range room {
		from := start + float64(i)*cell
		j := row.at(from, cell)
		if j >= 0 && !row.Spans[j].Symbol.Silent && row.misses(from, from+cell) {
			j = missing
		}
		if j != last || len(out) == 0 {
			r := run{n: 0}
			r.symbol = Symbol{ASCII: " ", Unicode: " "}
			switch {
			case j == missing:
				r.symbol = lossy
			case j >= 0:
				r.symbol, r.took = row.Spans[j].Symbol, row.Spans[j].To-row.Spans[j].From
			}
			out = append(out, r)
			last = j
		}
		out[len(out)-1].n++
	}
	return out
}

// misses reports whether packets are missing in a stretch, beside silences.
func (row *PictureRow) misses(from, to float64) bool {
	return slices.ContainsFunc(row.Loss, func(m Mark) bool { return m.At >= from && m.At < to }) ||
		slices.ContainsFunc(row.Strip, func(s PictureSlice) bool { return s.Lost > 0 && s.From >= from && s.From < to })
}

// at is the index of the span that fills most of a cell; a silent one needs
// only a trace of it.
func (row *PictureRow) at(from, cell float64) int {
	best, most := -1, 0.0
	for i := range row.Spans {
		s := &row.Spans[i]
		share := math.Min(s.To, from+cell) - math.Max(s.From, from)
		if share <= 0 {
			continue
		}
		if s.Symbol.Silent && (share > cell/4 || s.To-s.From < cell) {
			share += cell
		}
		if share > most {
			best, most = i, share
		}
	}
	return best
}

// ruler is the times above the cells and the ticks below them.
func ruler(start, end, cell float64, room int) (labels, ticks string) {
	step := tickStep(cell * 11)
	marks := []byte(strings.Repeat(" ", room))
	for k := int(math.Ceil(start/step - 1e-9)); ; k++ {
		s := float64(k) * step
		at := int((s-start)/cell + 0.5)
		if s > end || at >= room {
			break
		}
		marks[at] = '|'
		if half := at + int(step/2/cell+0.5); half < room {
			marks[half] = '.'
		}
		if label := tick(s, step); at+len(label) <= room && len(labels) <= at {
			labels = page.PadTo(labels, at) + label
		}
	}
	return labels, string(marks)
}

// tick is a time on an axis.
func tick(at, step float64) string {
	switch {
	case step < 0.1:
		return fmt.Sprintf("%.2f s", at)
	case step < 1:
		return fmt.Sprintf("%.1f s", at)
	case at >= 600:
		return fmt.Sprintf("%d:%02d min", int(at)/60, int(at)%60)
	}
	return fmt.Sprintf("%.0f s", at)
}

// tickStep is the next even step at or above s.
func tickStep(s float64) float64 {
	for _, step := range []float64{0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400} {
		if step >= s {
			return step
		}
	}
	return s
}
