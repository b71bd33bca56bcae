package report

import (
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"time"

	"github.com/latchscope/latchscope/detect"
	"github.com/latchscope/latchscope/detect/rates"
)

// Rates is the report that compares two populations of calls. Every format walks
// it once.
type Rates struct {
	Tool          Tool
	Before, After RatesSide
	*rates.Comparison
}

// RatesSide is one side of a comparison.
type RatesSide struct {
	Name string   // as it was asked for
	Not  []string // files that are not in it, and why
	*rates.Population
}

// span is the time of the first and the last call, ok is false where there is none.
func (s *RatesSide) span() (first, last time.Time, ok bool) {
	low, high := int64(math.MaxInt64), int64(math.MinInt64)
	for i := range s.Calls {
		low, high = min(low, s.Calls[i].Time), max(high, s.Calls[i].Time)
	}
	return time.Unix(0, low).UTC(), time.Unix(0, high).UTC(), len(s.Calls) > 0
}

// incidents are how many there are, nil where that is not known.
func (s *RatesSide) incidents() *int {
	if s.Population.Incidents == nil {
		return nil
	}
	n := 0
	for _, of := range s.Population.Incidents {
		n += of
	}
	return &n
}

// about says what a side is made of.
func (s *RatesSide) about() string {
	text := fmt.Sprintf("%s, %s", countOf(len(s.Calls), "call"), countOf(s.Captures, "capture"))
	if first, last, ok := s.span(); ok {
		text += fmt.Sprintf(", %s to %s UTC", first.Format("2006-01-02 15:04"), last.Format("2006-01-02 15:04"))
	}
	if len(s.Not) > 0 {
		text += fmt.Sprintf(", %s not read", countOf(len(s.Not), "file"))
	}
	return text
}

func countOf(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}

// headline is what the comparison comes to, a sentence each.
func (r *Rates) headline() []string {
	var out []string
	told := func(name string, x *rates.Rate) {
		if x.Conclusion.Differs() {
			out = append(out, fmt.Sprintf("%s: %s, %s of calls after, %s before.", name, conclusionWord(x.Conclusion), sharePercent(x.After), sharePercent(x.Before)))
		}
	}
	told("Audio lost or impaired", &r.Audio)
	few := 0
	for i := range r.Rates {
		told(r.Rates[i].Cause, &r.Rates[i])
		if r.Rates[i].Conclusion == rates.TooFew {
			few++
		}
	}
	switch {
	case len(r.Rates) == 0 && r.Audio.Conclusion != rates.TooFew:
		out = append(out, "Neither side has a finding of warning or above.")
	case r.Audio.Conclusion == rates.TooFew && few == len(r.Rates):
		out = append(out, fmt.Sprintf("Nothing is concluded: there are too few calls. Each side needs %d in which a cause would show, at least.", rates.Fewest))
	case len(out) == 0:
		out = append(out, "No rate differs by more than chance would make.")
	}
	return out
}

func conclusionWord(c rates.Conclusion) string { return strings.ReplaceAll(string(c), "-", " ") }

func sharePercent(c rates.Count) string {
	if c.Calls == 0 {
		return "-"
	}
	return fmt.Sprintf("%.1f %%", 100*c.Share())
}

// ratesCount is how many of the calls it is, and their share.
func ratesCount(c rates.Count) string {
	if c.Calls == 0 {
		return "-"
	}
	return fmt.Sprintf("%d/%d %.1f%%", c.With, c.Calls, 100*c.Share())
}

// difference is how much the share of calls changed, in percent points, and the
// interval of that.
func difference(r *rates.Rate) string {
	i, ok := r.Interval()
	if !ok {
		return ""
	}
	return fmt.Sprintf("%+.1f [%+.1f, %+.1f]", 100*(r.After.Share()-r.Before.Share()), 100*i.Low, 100*i.High)
}

// needs says how many calls it would take to conclude on those rows of a table on
// which nothing is; empty where there are none.
func needs(list []rates.Rate) string {
	var out []string
	for i := range list {
		if r := &list[i]; r.Needed > 0 {
			out = append(out, fmt.Sprintf("%s %d", r.Cause, r.Needed))
		}
	}
	if len(out) == 0 {
		return ""
	}
	return "Calls a side that a difference as seen would take to be beyond chance: " + strings.Join(out, ", ") + "."
}

// notes are what a reader must know of the figures.
func (r *Rates) notes() []string {
	out := []string{
		"A rate counts calls with a finding of warning or above, over those in which the capture would have shown it.",
		fmt.Sprintf("Difference after less before in percent points, with Newcombe's interval (1998, method 10) at %g %%, corrected for the number of rows by Holm.", 100*(1-rates.Level)),
	}
	for i := range r.Rates {
		x := &r.Rates[i]
		for _, side := range []struct {
			name string
			with int
			p    *rates.Population
		}{{"before", x.Before.With, r.Before.Population}, {"after", x.After.With, r.After.Population}} {
			if n := side.p.Incidents[x.Cause]; n > 0 && side.with >= 10 && n*10 <= side.with {
				out = append(out, fmt.Sprintf("%s: the %d calls %s are %s; calls of one incident do not count as independent.", x.Cause, side.with, side.name, countOf(n, "incident")))
			}
		}
	}
	for _, b := range r.By {
		if b.More > 0 {
			out = append(out, fmt.Sprintf("By %s, %s with the fewest calls are left out.", b.By, countOf(b.More, "group")))
		}
	}
	return out
}

// groupTitle names what calls are grouped by, for people.
func groupTitle(by string) string {
	switch by {
	case "engine":
		return "By engine and version (User-Agent, Server)"
	case "prefix":
		return "By network of the talkers"
	case "codec":
		return "By codec"
	}
	return "By hour of the day (UTC)"
}

// toldGroups are the groups of a breakdown on which something could be concluded,
// with the rows of which that is so, and the others in a few words.
func toldGroups(b *rates.Breakdown) (told []rates.Group, few []string) {
	for _, g := range b.Groups {
		var rows []rates.Rate
		for _, r := range g.Rates {
			if r.Conclusion != rates.TooFew {
				rows = append(rows, r)
			}
		}
		switch {
		case len(rows) > 0:
			g.Rates = rows
			told = append(told, g)
		case len(g.Rates) > 0:
			few = append(few, fmt.Sprintf("%s (%d before, %d after)", g.Value, g.Before, g.After))
		}
	}
	return told, few
}

const fewWords = "Too few calls on a side: "

// examples are the calls to look at: those of causes that differ, or one of each
// where none does.
func (r *Rates) examples() []rates.Example {
	var out, one []rates.Example
	for i := range r.Rates {
		x := &r.Rates[i]
		if x.Conclusion.Differs() {
			out = append(out, x.Examples...)
		}
		one = append(one, x.Examples[:min(len(x.Examples), 1)]...)
	}
	if out == nil {
		return one
	}
	return out
}

// exampleLine says which call it is, what it has, and where that is seen.
func exampleLine(e *rates.Example) string {
	frames := ""
	for i, f := range e.Frames {
		if i > 0 {
			frames += ", "
		}
		frames += fmt.Sprint(f.Frame)
		if f.File != e.File {
			frames += " of " + filepath.Base(f.File)
		}
	}
	side := "before"
	if e.After {
		side = "after"
	}
	return fmt.Sprintf("%s, call %d of %s, %s: %s (frames %s)", side, e.Number, e.File, time.Unix(0, e.Call.Time).UTC().Format("2006-01-02 15:04:05"), e.Summary, frames)
}

// Worse reports whether a cause is new or there is more of it.
func (r *Rates) Worse() bool {
	worse := r.Audio.Conclusion.Worse()
	for i := range r.Rates {
		worse = worse || r.Rates[i].Conclusion.Worse()
	}
	return worse
}

// RewriteCalls puts pseudonyms into the calls of a population from one on: those
// of one trace.
func RewriteCalls(calls []rates.Call, as Rewrite) {
	if as == nil {
		return
	}
	each := func(kind Kind, list []string) {
		for i := range list {
			list[i] = as(kind, list[i])
		}
	}
	one := func(kind Kind, s *string) {
		if *s != "" {
			*s = as(kind, *s)
		}
	}
	for i := range calls {
		c := &calls[i]
		one(Path, &c.File)
		one(CallID, &c.CallID)
		each(Name, c.Agents)
		each(Address, c.Hosts)
		each(Codec, c.Codecs)
		for j := range c.Found {
			one(Prose, &c.Found[j].Summary)
			for k := range c.Found[j].Frames {
				one(Path, &c.Found[j].Frames[k].File)
			}
		}
	}
}

// NewRates makes the report of a comparison.
func NewRates(version string, before, after RatesSide, ds []detect.Detector) *Rates {
	return &Rates{Tool: Tool{Name: "latchscope", Version: version}, Before: before, After: after, Comparison: rates.Compare(before.Population, after.Population, ds)}
}
