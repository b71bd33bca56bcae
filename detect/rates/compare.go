package rates

import (
	"cmp"
	"slices"

	"github.com/latchscope/latchscope/analyze/ledger"
	"github.com/latchscope/latchscope/detect"
)

// Fewest is how many calls a side must have before anything is concluded.
const Fewest = 30

// Conclusion of a row.
type Conclusion string

const (
	New          Conclusion = "new"           // not there before
	Gone         Conclusion = "gone"          // not there any more
	More         Conclusion = "more"          // of the calls than before
	Less         Conclusion = "less"          // of the calls than before
	NoDifference Conclusion = "no-difference" // that chance would not make
	TooFew       Conclusion = "too-few"       // calls, on one side or on both
)

// Differs reports whether the two sides differ.
func (c Conclusion) Differs() bool { return c != NoDifference && c != TooFew }

// Worse reports whether the calls after are worse off.
func (c Conclusion) Worse() bool { return c == New || c == More }

// Rate is a cause on both sides.
type Rate struct {
	Cause, Title  string
	Before, After Count
	Level         float64 // at which it is tested: see holm
	P             float64 // how easily chance alone makes such a difference
	Conclusion    Conclusion
	Needed        int // calls a side that such a difference takes to be beyond chance; 0 where there is none
	Examples      []Example
}

// Interval is Newcombe's of the difference, at the level at which it is tested; ok
// is false where a side has no calls.
func (r *Rate) Interval() (i Interval, ok bool) {
	return Newcombe(r.Before, r.After, r.Level), r.Before.Calls > 0 && r.After.Calls > 0
}

// Example is a call that has a cause, on the side that has more of it.
type Example struct {
	After bool
	*Call
	*Found
}

// mostExamples is how many calls are named for a cause.
const mostExamples = 3

// Group is the calls of one value of what calls are grouped by.
type Group struct {
	Value         string
	Before, After int // calls
	Rates         []Rate
}

// Breakdown is the rates by one thing that calls are grouped by.
type Breakdown struct {
	By     string // engine, prefix, codec, hour
	Groups []Group
	More   int // groups of fewer calls, which are left out
}

// mostGroups is how many groups a breakdown has, those with most calls.
const mostGroups = 24

// Comparison of two populations.
type Comparison struct {
	Before, After *Population
	Audio         Rate   // calls whose audio was lost or impaired, of those that could be judged
	Rates         []Rate // of the causes that either side has, in the order of the detectors
	By            []Breakdown
}

// Compare compares two populations.
func Compare(before, after *Population, ds []detect.Detector) *Comparison {
	c := &Comparison{Before: before, After: after}
	c.Audio = Rate{Cause: "audio", Title: "calls whose audio was lost or impaired", Before: lostOf(before), After: lostOf(after)}
	one := []Rate{c.Audio}
	conclude(one)
	c.Audio = one[0]
	c.Rates = ratesOf(all(before), all(after), ds)
	for i := range c.Rates {
		c.Rates[i].Examples = examples(before, after, &c.Rates[i])
	}
	for _, g := range []struct {
		by string
		of func(*Call) []string
	}{
		{"engine", func(c *Call) []string { return c.Agents }},
		{"prefix", (*Call).Prefixes},
		{"codec", func(c *Call) []string { return c.Codecs }},
		{"hour", func(c *Call) []string { return []string{c.Hour()} }},
	} {
		c.By = append(c.By, breakdown(g.by, g.of, before, after, ds))
	}
	return c
}

func all(p *Population) []*Call {
	out := make([]*Call, len(p.Calls))
	for i := range p.Calls {
		out[i] = &p.Calls[i]
	}
	return out
}

// lostOf counts the calls whose audio was lost or impaired.
func lostOf(p *Population) (n Count) {
	for i := range p.Calls {
		switch p.Calls[i].Audio {
		case ledger.Lost, ledger.Impaired:
			n.With++
			n.Calls++
		case ledger.Clear, ledger.Partly:
			n.Calls++
		}
	}
	return n
}

// ratesOf are the rates of the causes that either side has.
func ratesOf(before, after []*Call, ds []detect.Detector) []Rate {
	b, a := countsOf(before), countsOf(after)
	var out []Rate
	for i := range ds {
		code := ds[i].Code
		if b[code].With+a[code].With > 0 {
			out = append(out, Rate{Cause: code, Title: ds[i].Title, Before: b[code], After: a[code]})
		}
	}
	conclude(out)
	return out
}

func countsOf(calls []*Call) map[string]Count {
	out := map[string]Count{}
	for _, c := range calls {
		for _, code := range c.Visible {
			n := out[code]
			n.Calls++
			if c.has(code) != nil {
				n.With++
			}
			out[code] = n
		}
	}
	return out
}

// conclude tests rows, which are looked at together. Those with too few calls are
// not tested, and so do not make the others any harder to tell.
func conclude(rows []Rate) {
	var p []float64
	var tested []*Rate
	for i := range rows {
		r := &rows[i]
		r.P = pValue(r.Before, r.After)
		if min(r.Before.Calls, r.After.Calls) >= Fewest {
			p, tested = append(p, r.P), append(tested, r)
			continue
		}
		r.Conclusion, r.Level = TooFew, Level/float64(len(rows))
		r.Needed = max(needed(r.Before, r.After, r.Level), Fewest)
	}
	for i, level := range holm(p) {
		r := tested[i]
		r.Level = level
		i, _ := r.Interval()
		switch {
		case !i.excludes():
			r.Conclusion = NoDifference
			r.Needed = needed(r.Before, r.After, level)
		case r.Before.With == 0:
			r.Conclusion = New
		case r.After.With == 0:
			r.Conclusion = Gone
		case i.Low > 0:
			r.Conclusion = More
		default:
			r.Conclusion = Less
		}
	}
}

// examples are the worst calls with a cause, of the side that has more of it.
func examples(before, after *Population, r *Rate) []Example {
	later := r.After.Share() >= r.Before.Share() && r.After.With > 0
	p := before
	if later {
		p = after
	}
	var out []Example
	for i := range p.Calls {
		if f := p.Calls[i].has(r.Cause); f != nil {
			out = append(out, Example{later, &p.Calls[i], f})
		}
	}
	slices.SortStableFunc(out, func(a, b Example) int {
		return cmp.Or(cmp.Compare(b.Severity, a.Severity), cmp.Compare(b.Silence, a.Silence), cmp.Compare(a.Time, b.Time), cmp.Compare(a.File, b.File))
	})
	return slices.Clip(out[:min(len(out), mostExamples)])
}

// breakdown compares the calls of each value that of gives. Its groups are looked
// at together, so the number of all their rows counts.
func breakdown(by string, of func(*Call) []string, before, after *Population, ds []detect.Detector) Breakdown {
	type members struct{ before, after []*Call }
	groups := map[string]*members{}
	group := func(v string) *members {
		if groups[v] == nil {
			groups[v] = new(members)
		}
		return groups[v]
	}
	for i := range before.Calls {
		for _, v := range of(&before.Calls[i]) {
			g := group(v)
			g.before = append(g.before, &before.Calls[i])
		}
	}
	for i := range after.Calls {
		for _, v := range of(&after.Calls[i]) {
			g := group(v)
			g.after = append(g.after, &after.Calls[i])
		}
	}
	values := make([]string, 0, len(groups))
	for v := range groups {
		values = append(values, v)
	}
	size := func(v string) int { return len(groups[v].before) + len(groups[v].after) }
	slices.SortFunc(values, func(a, b string) int { return cmp.Or(cmp.Compare(size(b), size(a)), cmp.Compare(a, b)) })
	out := Breakdown{By: by, More: max(len(values)-mostGroups, 0)}
	values = values[:min(len(values), mostGroups)]
	if by == "hour" {
		slices.Sort(values)
	}
	var rows []Rate
	var ends []int
	for _, v := range values {
		g := groups[v]
		out.Groups = append(out.Groups, Group{Value: v, Before: len(g.before), After: len(g.after)})
		rows = append(rows, ratesOf(g.before, g.after, ds)...)
		ends = append(ends, len(rows))
	}
	for i := range rows {
		rows[i].Needed = 0
	}
	conclude(rows)
	from := 0
	for i, to := range ends {
		out.Groups[i].Rates = rows[from:to:to]
		from = to
	}
	return out
}
