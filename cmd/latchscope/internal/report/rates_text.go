package report

import (
	"fmt"
	"io"

	"github.com/latchscope/latchscope/cmd/latchscope/internal/page"
	"github.com/latchscope/latchscope/detect/rates"
)

// RatesText writes the comparison for people.
func RatesText(w io.Writer, r *Rates, opt TextOptions) error {
	p := page.New(w, opt.page())
	p.Line(page.As("latchscope "+r.Tool.Version, page.Bold), page.As("  two populations of calls compared", page.Faint))
	p.Gap()
	p.Para(page.As("  before  ", page.Plain), r.Before.Name+": "+r.Before.about(), page.Plain)
	p.Para(page.As("  after   ", page.Plain), r.After.Name+": "+r.After.about(), page.Plain)
	p.Gap()
	for _, line := range r.headline() {
		p.Para(in(2), line, page.Bold)
	}
	section := func(title string) {
		p.Gap()
		p.Line(page.As(title, page.Bold))
	}
	section("RATES")
	ratesRows(p, append([]rates.Rate{r.Audio}, r.Rates...))
	for i := range r.By {
		groups, few := toldGroups(&r.By[i])
		if len(groups)+len(few) == 0 {
			continue
		}
		section(groupTitle(r.By[i].By))
		for j := range groups {
			g := &groups[j]
			p.Para(in(2), fmt.Sprintf("%s: %s before, %d after", g.Value, countOf(g.Before, "call"), g.After), page.Plain)
			ratesRows(p, g.Rates)
		}
		if len(few) > 0 {
			p.Items(page.As("  "+fewWords, page.Plain), few, ", ", page.Plain)
		}
	}
	for i, e := range r.examples() {
		if i == 0 {
			section("CALLS THAT SHOW IT")
		}
		p.Para(in(2), e.Code+" "+exampleLine(&e), page.Plain)
	}
	section("NOTES")
	for _, n := range r.notes() {
		p.Para(in(2), n, page.Plain)
	}
	return p.Close()
}

// ratesRows prints rates as a table; where it is wider than the page each row is a
// sentence.
func ratesRows(p *page.Page, list []rates.Rate) {
	t := &page.Table{Head: []string{"cause", "before", "after", "difference", "conclusion"}, Right: []string{"before", "after"}}
	for i := range list {
		r := &list[i]
		t.Rows = append(t.Rows, []string{r.Cause, ratesCount(r.Before), ratesCount(r.After), difference(r), conclusionWord(r.Conclusion)})
	}
	if lines := t.Lines(p.Width - 4); lines != nil {
		for _, line := range lines {
			p.Line(in(4), page.As(line, page.Plain))
		}
	} else {
		for _, row := range t.Rows {
			p.Para(in(4), fmt.Sprintf("%s: %s before, %s after, %s: %s", row[0], row[1], row[2], row[3], row[4]), page.Plain)
		}
	}
	if text := needs(list); text != "" {
		p.Para(in(4), text, page.Faint)
	}
}
