package report

import (
	"cmp"
	"math"
	"slices"
)

// htmlOverview is the calls of a trunk over time: a column a stretch of it, in
// each a mark a call, the worst at the bottom.
type htmlOverview struct {
	Columns     [][]Dot
	Height      float64 // of a mark, in pixels
	First, Last string  // times of day at both ends
	Counts      []htmlCount
}

// htmlCount is how many calls of the overview came out alike.
type htmlCount struct {
	Level, Word string
	Calls       string
}

// outcomes are what may have become of a call's audio, the worst first.
var outcomes = []htmlCount{{Level: "lost", Word: "lost audio"}, {Level: "impaired", Word: "impaired"}, {Level: "unjudged", Word: "not judged"},
	{Level: "partly", Word: "clear as far as in view"}, {Level: "clear", Word: "clear"}, {Level: "none", Word: "not answered"}}

func overviewOf(list []Dot) htmlOverview {
	const columns, tall, low, high = 64, 240, 1.2, 9
	var o htmlOverview
	if len(list) == 0 {
		return o
	}
	first, last := list[0], list[0]
	for _, d := range list {
		if d.At < first.At {
			first = d
		}
		if d.At > last.At {
			last = d
		}
	}
	o.Columns, o.First, o.Last = make([][]Dot, columns), first.Clock, last.Clock
	most := 1
	for _, d := range list {
		i := 0
		if long := last.At - first.At; long > 0 {
			i = min(int((d.At-first.At)/long*columns), columns-1)
		}
		o.Columns[i] = append(o.Columns[i], d)
		most = max(most, len(o.Columns[i]))
	}
	for _, c := range o.Columns {
		slices.SortStableFunc(c, func(a, b Dot) int { return cmp.Compare(badness(a.Level), badness(b.Level)) })
	}
	for _, c := range outcomes {
		n := 0
		for _, d := range list {
			if cmp.Or(d.Level, "none") == c.Level {
				n++
			}
		}
		if n > 0 {
			c.Calls = thousands(int64(n))
			o.Counts = append(o.Counts, c)
		}
	}
	o.Height = math.Min(high, math.Max(low, float64(tall)/float64(most)-1))
	return o
}

// badness of what became of a call's audio, the worst first.
func badness(level string) int {
	return slices.IndexFunc(outcomes, func(c htmlCount) bool { return c.Level == cmp.Or(level, "none") })
}
