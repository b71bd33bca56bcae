package report

import (
	"fmt"
	"math"
	"strings"

	"github.com/latchscope/latchscope/cmd/latchscope/internal/page"
)

// glyph is what a cell of the timeline shows.
func (w What) glyph() string { return [...]string{"·", "█", "▒", "-", "░", "x"}[w] }

func glyphInk(w What) page.Ink {
	switch w {
	case Misdirected:
		return page.Red
	case Withheld, Lost:
		return page.Yellow
	case Heard:
		return page.Green
	}
	return page.Plain
}

// timeline draws a row a direction.
func (t *textReport) timeline(d *Detail) {
	lines := d.Timeline.draw(t.Width)
	for _, l := range lines {
		t.Line(l...)
	}
	if len(lines) > 0 {
		t.Gap()
	}
}

// draw lays the timeline out on an even scale. Where the call is long it shows
// the stretch that the findings are about.
func (l *Timeline) draw(width int) [][]page.Piece {
	if len(l.Rows) == 0 || l.End <= 0 {
		return nil
	}
	names := 0
	for _, row := range l.Rows {
		names = max(names, page.Cells(page.Printable(row.Name)))
	}
	names = max(min(names, width/3), len("Timeline")-1)
	room := width - names - 8 // room for the mark of a cut
	from, step := l.scale(room)
	n := max(1, min(room, int(math.Ceil((l.End-from)/step-0.3)))) // no cell for a trifle
	lines := [][]page.Piece{{
		page.As(page.PadTo("  Timeline", names+5), page.Bold),
		page.As(ruler(from, step, n, l.End > from+step*(float64(n)+0.5)), page.Plain),
	}}
	used := map[What]bool{}
	for _, row := range l.Rows {
		pieces := []page.Piece{page.As("   "+page.PadTo(row.Name, names)+"  ", page.Plain)}
		for i := 0; i < n; {
			w := row.at(from+float64(i)*step, step)
			j := i + 1
			for j < n && row.at(from+float64(j)*step, step) == w {
				j++
			}
			used[w] = true
			pieces = append(pieces, page.As(strings.Repeat(w.glyph(), j-i), glyphInk(w)))
			i = j
		}
		lines = append(lines, pieces)
	}
	var legend []string
	for w := range whats {
		if used[w] {
			legend = append(legend, w.glyph()+" "+w.String())
		}
	}
	for _, s := range page.WrapItems(legend, "   ", width-names-5) {
		lines = append(lines, []page.Piece{page.As(page.Blanks(names+5), page.Plain), page.As(s, page.Faint)})
	}
	return lines
}

// scale chooses where to begin and how long a cell is: the finest of an even
// set of steps at which the findings' stretch fits with some room around it.
func (l *Timeline) scale(room int) (from, step float64) {
	steps := []float64{0.01, 0.02, 0.05, 0.1, 0.2, 0.25, 0.3, 0.4, 0.5, 1, 1.5, 2, 3, 4, 5, 10, 15, 20, 30, 60, 120, 300, 600, 1800, 3600}
	focus := math.Max(l.To-l.From, 0)
	fits := func(seconds, step float64) bool { return seconds <= step*float64(room) }
	for i, step := range steps {
		near := l.To+focus/4 < l.End && fits(l.To+focus/4, step) && step >= 0.1
		switch {
		case fits(l.End, step):
			return 0, step
		case near && !fits(l.End, steps[min(i+3, len(steps)-1)]): // else a little coarser shows it all
			return 0, step
		case l.From > 10*step && fits(focus*1.5, step) && step >= 0.5:
			return math.Max(0, math.Floor((l.From-focus/4)/(10*step))*10*step), step
		}
	}
	return 0, l.End / float64(room)
}

// ruler writes the times above n cells, every ten, as far as they fit.
func ruler(from, step float64, n int, more bool) string {
	s := ""
	for i := 0; i < n; i += 10 {
		if t := tick(from+float64(i)*step, step); len(t) < 10 && i+len(t) <= n {
			s = page.PadTo(s, i) + t
		}
	}
	if more {
		s = page.PadTo(s, n) + " …"
	}
	return s
}

func tick(at, step float64) string {
	if math.Abs(at-math.Round(at)) > 0.01 {
		return fmt.Sprintf("%.1f s", at)
	}
	if at >= 600 {
		return fmt.Sprintf("%d:%02d", int(at)/60, int(at)%60)
	}
	return fmt.Sprintf("%.0f s", at)
}

// at is what became of the row in one cell: what fills most of it, but what is
// bad needs little of it to show.
func (row *Row) at(from, step float64) What {
	var share [whats]float64
	for _, s := range row.Spans {
		from, to := math.Max(s.From, from), math.Min(s.To, from+step)
		switch {
		case to > from:
			share[s.What] += to - from
		case s.From == s.To && s.From >= from && s.From < from+step:
			share[s.What] += step / 1000 // a single packet
		}
	}
	best, most := Nothing, share[Nothing]
	for w := Heard; w < whats; w++ {
		s := share[w]
		switch {
		case w.Bad() && s > step/4:
			s += 2 * step // before all that is good
		case w == Early && s > step/10:
			s += step // the first packets are a story's beginning
		}
		if s > most {
			best, most = w, s
		}
	}
	return best
}
