package report

import (
	"bufio"
	_ "embed"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/latchscope/latchscope/cmd/latchscope/internal/markup"
	"github.com/latchscope/latchscope/detect/rates"
)

//go:embed rates.html
var ratesSource string

var ratesFilled = sync.OnceValues(func() (*markup.Page, error) { return markup.Parse(ratesSource, nil) })

// RatesHTML writes the comparison as a page of small multiples that needs nothing
// but itself: a picture a cause, all of a section on one scale.
func RatesHTML(w io.Writer, r *Rates) error {
	p, err := ratesFilled()
	if err != nil {
		return err
	}
	out := &visible{w: bufio.NewWriterSize(w, 64<<10)}
	if err := p.Execute(out, ratesPageOf(r)); err != nil {
		return err
	}
	return out.close()
}

type ratesPage struct {
	Tool                    Tool
	Before, After           *RatesSide
	BeforeAbout, AfterAbout string
	Headline, Notes         []string
	Mood                    string
	Style                   markup.Trusted
	All                     []multiple
	Parts                   []ratesPart
	Calls                   []struct{ Cause, Text string }
}

type ratesPart struct {
	Title  string
	Groups []ratesGroup
	Few    string
}

type ratesGroup struct {
	Title, Calls string
	Rows         []multiple
}

// multiple is one of the small pictures.
type multiple struct {
	Cause, Title, Label, Mood, Scale string
	Counts, Difference, Conclusion   string
	Bars                             []ratesBar
}

type ratesBar struct {
	Name, Class  string
	W, Low, High string
	Y, Mid, Text int
	Range        bool
}

func ratesPageOf(r *Rates) *ratesPage {
	p := &ratesPage{
		Tool: r.Tool, Before: &r.Before, After: &r.After, BeforeAbout: r.Before.about(), AfterAbout: r.After.about(),
		Headline: r.headline(), Notes: r.notes(), Style: markup.Trusted(pageStyle), // which is ours
	}
	if r.Worse() {
		p.Mood = "critical"
	}
	p.All = multiples(append([]rates.Rate{r.Audio}, r.Rates...))
	for i := range r.By {
		part := ratesPart{Title: groupTitle(r.By[i].By)}
		groups, few := toldGroups(&r.By[i])
		for _, g := range groups {
			part.Groups = append(part.Groups, ratesGroup{g.Value, fmt.Sprintf("%s before, %d after", countOf(g.Before, "call"), g.After), multiples(g.Rates)})
		}
		if len(few) > 0 {
			part.Few = fewWords + strings.Join(few, ", ")
		}
		if len(groups)+len(few) > 0 {
			p.Parts = append(p.Parts, part)
		}
	}
	for _, e := range r.examples() {
		p.Calls = append(p.Calls, struct{ Cause, Text string }{e.Code, exampleLine(&e)})
	}
	return p
}

// multiples draws rates on one scale: the next round share over what any of them
// reaches.
func multiples(list []rates.Rate) []multiple {
	const left, wide = 44.0, 194.0
	top := 0.0
	for i := range list {
		top = max(top, list[i].Before.Share(), list[i].After.Share())
	}
	scale := 1.0
	for _, round := range []float64{0.01, 0.02, 0.05, 0.1, 0.2, 0.5} {
		if top*1.2 <= round {
			scale = round
			break
		}
	}
	at := func(share float64) float64 { return left + wide*min(share/scale, 1) }
	var out []multiple
	for i := range list {
		r := &list[i]
		m := multiple{
			Cause: r.Cause, Title: r.Title, Difference: difference(r), Conclusion: conclusionWord(r.Conclusion), Scale: fmt.Sprintf("%g %%", 100*scale),
			Counts: fmt.Sprintf("%s before, %s after", ratesCount(r.Before), ratesCount(r.After)),
			Label:  fmt.Sprintf("%s: %s before, %s after", r.Cause, sharePercent(r.Before), sharePercent(r.After)),
		}
		if r.Needed > 0 {
			m.Conclusion += fmt.Sprintf("; one as seen takes %d calls a side", r.Needed)
		}
		switch {
		case r.Conclusion.Worse():
			m.Mood = "worse"
		case r.Conclusion.Differs():
			m.Mood = "better"
		}
		for j, side := range []struct {
			name, class string
			n           rates.Count
		}{{"before", "was", r.Before}, {"after", "is", r.After}} {
			y := 6 + 22*j
			i := side.n.Wilson(rates.Level)
			m.Bars = append(m.Bars, ratesBar{Name: side.name, Class: side.class, Y: y, Mid: y + 7, Text: y + 11, Range: side.n.Calls > 0,
				W: pixels(at(side.n.Share()) - left), Low: pixels(at(i.Low)), High: pixels(at(i.High))})
		}
		out = append(out, m)
	}
	return out
}

func pixels(f float64) string { return strings.TrimSuffix(fmt.Sprintf("%.1f", f), ".0") }
