package report

import (
	"fmt"
	"math"
	"strings"
)

// glyphs of the timeline, by What.
var glyphs = [...]string{"·", "█", "▒", "-", "░", "x"}

func glyphInk(w What) ink {
	switch w {
	case Misdirected:
		return red
	case Withheld, Lost:
		return yellow
	case Heard:
		return green
	}
	return plain
}

// timeline draws a row a direction. The scale is even; where the call is long
// it shows the stretch that the findings are about.
func (t *textReport) timeline(d *Detail) {
	line := d.Timeline
	if len(line.Rows) == 0 || line.End <= 0 {
		return
	}
	names := 0
	for _, row := range line.Rows {
		names = max(names, cells(printable(row.Name)))
	}
	names = min(names, t.width/3)
	room := t.width - names - 8 // room for the mark of a cut
	from, step := line.scale(room)
	n := min(room, int(math.Ceil((line.End-from)/step)))
	t.ruler(names, from, step, n, line.End > from+step*float64(n)+1e-9)
	used := map[What]bool{}
	for _, row := range line.Rows {
		pieces := []piece{{"   " + padTo(row.Name, names) + "  ", plain}}
		for i := 0; i < n; {
			w := row.at(from+float64(i)*step, step)
			j := i + 1
			for j < n && row.at(from+float64(j)*step, step) == w {
				j++
			}
			used[w] = true
			pieces = append(pieces, piece{strings.Repeat(glyphs[w], j-i), glyphInk(w)})
			i = j
		}
		t.line(pieces...)
	}
	var legend []string
	for w := range What(len(glyphs)) {
		if used[w] {
			legend = append(legend, glyphs[w]+" "+w.String())
		}
	}
	for _, l := range wrapItems(legend, "   ", t.width-names-5) {
		t.line(piece{blanks(names + 5), plain}, piece{l, faint})
	}
	t.gap()
}

// scale chooses where to begin and how long a cell is: the finest of an even
// set of steps at which the findings' stretch fits with some room around it.
func (l *Timeline) scale(room int) (from, step float64) {
	steps := []float64{0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600}
	focus := math.Max(l.To-l.From, 0)
	for _, step = range steps {
		whole := l.End <= step*float64(room)
		near := l.To+focus/4 <= step*float64(room)
		switch {
		case whole, near && step >= 0.1:
			return 0, step
		case focus*1.5 <= step*float64(room) && step >= 0.5:
			return math.Max(0, math.Floor((l.From-focus/4)/(10*step))*10*step), step
		}
	}
	return 0, math.Max(step, l.End/float64(room))
}

// ruler writes the times above the rows, every ten cells.
func (t *textReport) ruler(names int, from, step float64, n int, more bool) {
	var b strings.Builder
	for i := 0; i < n; i += 10 {
		s := tick(from+float64(i)*step, step)
		if len(s) > min(9, n-i+7) {
			s = ""
		}
		b.WriteString(padTo(s, 10))
	}
	s := strings.TrimRight(b.String(), " ")
	if more {
		s = padTo(s, n) + " …"
	}
	t.line(piece{padTo("  Timeline", names+5), bold}, piece{s, plain})
}

func tick(at, step float64) string {
	if step < 0.1 {
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
	var share [len(glyphs)]float64
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
	for w := Heard; int(w) < len(share); w++ {
		s := share[w]
		if w.Bad() && s > step/4 {
			s += step // before all that is good
		}
		if s > most {
			best, most = w, s
		}
	}
	return best
}
