package report

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// htmlPicture is a picture on a scale of a hundred.
type htmlPicture struct {
	Title  string
	Ticks  []htmlTick
	Rows   []htmlRow
	Marks  []htmlMark
	Legend []Symbol
	Kinds  []htmlMark // of the marks, for the legend
	Scales []htmlMark // of the strips
}

// htmlMark is a moment to point at, drawn by its class.
type htmlMark struct {
	htmlTick
	Class string
}

type htmlTick struct {
	X    float64
	Text string
}

type htmlRow struct {
	Name, Title, Note string
	Spans             []htmlSpan
	Loss              []htmlTick
	Strip             *htmlStrip
}

type htmlSpan struct {
	Symbol
	X, W  float64
	Title string
	Label string // how long, where it is silent and there is room
	Href  string
}

// drawn is the whole, and a stretch of it where its losses are too short to
// show.
func (p *htmlPage) drawn(pic *Picture) []htmlPicture {
	z := pic.zoom(60)
	full := scaleOf(pic, z)
	out := []htmlPicture{p.picture(pic, full)}
	if z != nil {
		h := p.picture(z, full)
		h.Title = fmt.Sprintf("The same from %s to %s", offset(z.Start), offset(z.End))
		out = append(out, h)
	}
	last := &out[len(out)-1]
	last.Legend = pic.Legend
	for _, m := range out[0].Marks {
		if !slices.ContainsFunc(last.Kinds, func(k htmlMark) bool { return k.Text == m.Text }) {
			last.Kinds = append(last.Kinds, m)
		}
	}
	return out
}

func (p *htmlPage) picture(pic *Picture, full scales) htmlPicture {
	var h htmlPicture
	length := pic.End - pic.Start
	if length <= 0 {
		return h
	}
	x := func(s float64) float64 { return math.Min(math.Max((s-pic.Start)/length*100, 0), 100) }
	step := tickStep(length / 6)
	for k := int(math.Ceil(pic.Start/step - 1e-9)); float64(k)*step <= pic.End; k++ {
		h.Ticks = append(h.Ticks, htmlTick{x(float64(k) * step), tick(float64(k)*step, step)})
	}
	for i := range pic.Rows {
		row := htmlRow{Strip: stripOf(columnsOf(pic.Rows[i].Strip), full, x), Name: pic.Rows[i].Name, Title: pic.Rows[i].Title, Note: pic.Rows[i].Note}
		for _, m := range pic.Rows[i].Loss {
			row.Loss = append(row.Loss, htmlTick{x(m.At), m.Text})
		}
		for _, s := range pic.Rows[i].Spans {
			if s.To < pic.Start || s.From > pic.End {
				continue
			}
			span := htmlSpan{Symbol: s.Symbol, X: x(s.From), W: x(s.To) - x(s.From), Title: s.Text}
			if s.Frames != "" {
				span.Title += ", frames " + s.Frames
				for _, b := range p.bits(s.Frames) {
					if b.Href != "" && span.Href == "" {
						span.Href = b.Href
					}
				}
			}
			if s.Symbol.Silent && span.W > 9 {
				span.Label = seconds(s.To - s.From)
			}
			row.Spans = append(row.Spans, span)
		}
		h.Rows = append(h.Rows, row)
	}
	for _, m := range pic.Marks {
		class := "moved"
		switch {
		case m.Text == "answer":
			class = "answer"
		case strings.HasPrefix(m.Text, "refusal"):
			class = "denied"
		}
		h.Marks = append(h.Marks, htmlMark{htmlTick{x(m.At), m.Text}, class})
	}
	h.Scales = scaleWords(h.Rows, full)
	return h
}
