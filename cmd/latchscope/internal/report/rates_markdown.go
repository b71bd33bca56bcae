package report

import (
	"bufio"
	"io"
	"strings"

	"github.com/latchscope/latchscope/detect/rates"
)

// RatesMarkdown writes the comparison for ticket systems.
func RatesMarkdown(w io.Writer, r *Rates) error {
	m := &markdown{w: bufio.NewWriter(w)}
	m.f("## latchscope %s: two populations of calls compared\n\n", r.Tool.Version)
	m.f("- before: %s: %s\n- after: %s: %s\n\n", md(r.Before.Name), r.Before.about(), md(r.After.Name), r.After.about())
	for _, line := range r.headline() {
		m.f("**%s**\n\n", md(line))
	}
	m.f("### Rates\n\n")
	m.rates(append([]rates.Rate{r.Audio}, r.Rates...))
	for i := range r.By {
		groups, few := toldGroups(&r.By[i])
		if len(groups)+len(few) == 0 {
			continue
		}
		m.f("### %s\n\n", groupTitle(r.By[i].By))
		for j := range groups {
			m.f("%s: %s before, %d after\n\n", md(groups[j].Value), countOf(groups[j].Before, "call"), groups[j].After)
			m.rates(groups[j].Rates)
		}
		if len(few) > 0 {
			m.f("%s%s\n\n", fewWords, md(strings.Join(few, ", ")))
		}
	}
	for i, e := range r.examples() {
		if i == 0 {
			m.f("### Calls that show it\n\n")
		}
		m.f("- %s %s\n", md(e.Code), md(exampleLine(&e)))
	}
	m.f("\n")
	m.f("### Notes\n\n")
	for _, n := range r.notes() {
		m.f("- %s\n", md(n))
	}
	if m.err != nil {
		return m.err
	}
	return m.w.Flush()
}

func (m *markdown) rates(list []rates.Rate) {
	m.f("| cause | before | after | difference | conclusion |\n| --- | ---: | ---: | --- | --- |\n")
	for i := range list {
		r := &list[i]
		m.f("| %s | %s | %s | %s | %s |\n", mdCell(r.Cause), ratesCount(r.Before), ratesCount(r.After), difference(r), conclusionWord(r.Conclusion))
	}
	m.f("\n")
	if text := needs(list); text != "" {
		m.f("%s\n\n", md(text))
	}
}
