package report

import (
	"fmt"
	"strings"
)

// htmlStrip is how a voice came, below its bar: a mark where packets were missing,
// as high as the share of them, and a line of jitter.
type htmlStrip struct {
	Loss   []htmlLoss
	Jitter string // the d of a path, on a scale of stripWide by stripTall
	Words  string // what it shows, for who cannot see it
}

type htmlLoss struct {
	X, W, H float64 // per cent
	Title   string
}

// A strip has so many columns at most, and its path these units.
const (
	mostColumns = 120
	stripWide   = 1000
	stripTall   = 100
)

// scales are the full heights of the strips of a picture, one for all of its rows so
// that they compare: per cent of a column's packets, and milliseconds.
type scales struct{ Loss, Jitter float64 }

// columnsOf sums up slices until there are few enough to be seen.
func columnsOf(list []PictureSlice) []PictureSlice {
	each := max((len(list)+mostColumns-1)/mostColumns, 1)
	var out []PictureSlice
	for i := 0; i < len(list); i += each {
		c := list[i]
		for _, s := range list[i+1 : min(i+each, len(list))] {
			c.To, c.Due, c.Lost, c.Jitter = s.To, c.Due+s.Due, c.Lost+s.Lost, max(c.Jitter, s.Jitter)
		}
		out = append(out, c)
	}
	return out
}

func (s *PictureSlice) percent() float64 {
	if s.Due == 0 {
		return 0
	}
	return 100 * float64(s.Lost) / float64(s.Due)
}

// scaleOf finds round full heights that all of some pictures fits into.
func scaleOf(list ...*Picture) scales {
	loss, jitter := 0.0, 0.0
	for _, p := range list {
		if p == nil {
			continue
		}
		for i := range p.Rows {
			for _, c := range columnsOf(p.Rows[i].Strip) {
				loss, jitter = max(loss, c.percent()), max(jitter, c.Jitter)
			}
		}
	}
	return scales{fitting(loss, 10, 25, 50, 100), fitting(jitter, 5, 10, 20, 50, 100, 200, 500, 1000)}
}

// fitting is the first of some figures that x fits under, else the last.
func fitting(x float64, figures ...float64) float64 {
	for _, f := range figures {
		if x <= f {
			return f
		}
	}
	return figures[len(figures)-1]
}

// stripOf draws the columns of one row.
func stripOf(list []PictureSlice, full scales, x func(float64) float64) *htmlStrip {
	if len(list) == 0 {
		return nil
	}
	s := new(htmlStrip)
	var lost, due int64
	most, worst := 0.0, 0.0
	var path strings.Builder
	at := func(p float64) int { return int(p/100*stripWide + 0.5) }
	for i := range list {
		c := &list[i]
		lost, due, most, worst = lost+c.Lost, due+c.Due, max(most, c.percent()), max(worst, c.Jitter)
		left, right := x(c.From), x(c.To)
		if c.Lost > 0 {
			s.Loss = append(s.Loss, htmlLoss{left, right - left, max(min(c.percent()/full.Loss, 1)*100, 12),
				fmt.Sprintf("%s to %s: %d of %s missing", offset(c.From), offset(c.To), c.Lost, plural(int(c.Due), "packet", "packets"))})
		}
		y := stripTall - int(min(c.Jitter/full.Jitter, 1)*stripTall+0.5)
		if i == 0 {
			fmt.Fprintf(&path, "M%d %d", at(left), stripTall)
		}
		fmt.Fprintf(&path, "V%dH%d", y, at(right))
	}
	fmt.Fprintf(&path, "V%dZ", stripTall)
	s.Jitter = path.String()
	s.Words = fmt.Sprintf("%d of %s missing beside silences, jitter up to %.1f ms", lost, plural(int(due), "packet", "packets"), worst)
	if lost > 0 {
		s.Words += fmt.Sprintf(", up to %s missing at a time", percent(most))
	}
	return s
}

// scaleWords say what the strips of some rows show, and what their full heights are.
func scaleWords(rows []htmlRow, full scales) []htmlMark {
	drawn, lossy := false, false
	for i := range rows {
		if s := rows[i].Strip; s != nil {
			drawn, lossy = true, lossy || len(s.Loss) > 0
		}
	}
	var out []htmlMark
	if lossy {
		out = append(out, htmlMark{htmlTick{Text: fmt.Sprintf("packets missing beside silences, full height %.0f %%", full.Loss)}, "missed"})
	}
	if drawn {
		out = append(out, htmlMark{htmlTick{Text: fmt.Sprintf("jitter (RFC 3550), full height %.0f ms", full.Jitter)}, "jitter"})
	}
	return out
}
