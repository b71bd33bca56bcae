package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/latchscope/latchscope/analyze/trace"
	"github.com/latchscope/latchscope/detect"
)

// Detail is everything there is to say about one call, made when a format
// comes to it.
type Detail struct {
	Call     Call
	Zero     Time // what relative times count from
	Legs     []Leg
	Media    []Media
	Copies   int // sightings of the same streams elsewhere, left out of Media
	Events   []Event
	Hidden   int // events left out
	Hosts    []string
	Timeline Timeline
	Filters  []Filter
	Findings []Finding // loudest first
	Verdict  Verdict
	Advice   []string // each once, in order of the chain
}

// groups are the calls of a report by how much there is to say about them, in
// order of the calls.
type groups struct {
	lost     int           // calls with critical findings
	troubled []*trace.Call // at least a warning; those with critical findings are among them
	noted    []*trace.Call // infos only
	unjudged []*trace.Call // no finding, and no verdict either
	healthy  []*trace.Call
}

func (r *Report) groups() groups {
	var g groups
	for _, c := range r.trace.Calls {
		if !r.has(c) {
			continue
		}
		switch r.worst(c) {
		case detect.Critical:
			g.lost++
			g.troubled = append(g.troubled, c)
		case detect.Warn:
			g.troubled = append(g.troubled, c)
		case detect.Info:
			g.noted = append(g.noted, c)
		default:
			if r.verdictOf(c).RootCause == "unknown" {
				g.unjudged = append(g.unjudged, c)
			} else {
				g.healthy = append(g.healthy, c)
			}
		}
	}
	return g
}

// asked are the calls that were chosen by name: they are told in full,
// whatever they are like.
func (r *Report) asked() []*trace.Call {
	var out []*trace.Call
	for _, c := range r.trace.Calls {
		if r.chosen[c] {
			out = append(out, c)
		}
	}
	return out
}

// worst is the severity of a call's loudest finding, 0 without any.
func (r *Report) worst(c *trace.Call) detect.Severity {
	var worst detect.Severity
	for _, i := range r.about[c] {
		worst = max(worst, r.result.Findings[i].Severity)
	}
	return worst
}

// loudest is the finding to show first: the most severe, then the surest, then
// the earliest.
func (r *Report) loudest(c *trace.Call) *detect.Finding {
	var best *detect.Finding
	for _, i := range r.about[c] {
		f := &r.result.Findings[i]
		if best == nil || f.Severity > best.Severity || f.Severity == best.Severity && f.Confidence > best.Confidence {
			best = f
		}
	}
	return best
}

// Of makes the detail of a call; nil stands for media without signalling.
func (r *Report) Of(c *trace.Call) Detail {
	var d Detail
	zero := r.trace.First
	if c != nil {
		d.Call = r.call(c)
		if s := c.Start(); !s.IsZero() {
			zero = s
		}
		d.Verdict = r.verdictOf(c)
	}
	d.Zero = moment(zero)
	n := rolesOf(c, r.strangers(c))
	for _, i := range r.about[c] {
		d.Findings = append(d.Findings, r.finding(&r.result.Findings[i]))
	}
	d.Advice = r.advice(d.Verdict, d.Findings)
	d.Filters = r.filters(d.Findings)
	if c == nil {
		d.Events, d.Hidden = story(r.findingEvents(c, n, nil), d.Zero)
		return d
	}
	d.Legs = r.legs(c)
	d.Media, d.Copies = r.media(c, n)
	d.Events, d.Hidden = story(r.findingEvents(c, n, r.events(c, n)), d.Zero)
	for _, ip := range n.order {
		d.Hosts = append(d.Hosts, r.host(n, ip))
	}
	d.Timeline = r.timeline(c, n, d.Zero)
	return d
}

func (r *Report) verdictOf(c *trace.Call) Verdict {
	// One a call and in order: the place is the number less one.
	if i := c.ID - 1; i >= 0 && i < len(r.result.Verdicts) && r.result.Verdicts[i].Call == c {
		return r.verdict(&r.result.Verdicts[i])
	}
	for i := range r.result.Verdicts {
		if r.result.Verdicts[i].Call == c {
			return r.verdict(&r.result.Verdicts[i])
		}
	}
	return Verdict{Call: c.ID, Chain: []int{}}
}

// advice gathers what the findings recommend, the chain's first, each once.
func (r *Report) advice(v Verdict, findings []Finding) []string {
	var out []string
	said := map[string]bool{}
	add := func(f *Finding) {
		if f.Advice != "" && !said[f.Advice] {
			said[f.Advice] = true
			out = append(out, f.Advice)
		}
	}
	for _, id := range v.Chain {
		for i := range findings {
			if findings[i].ID == id {
				add(&findings[i])
			}
		}
	}
	for i := range findings {
		if findings[i].level >= detect.Warn {
			add(&findings[i])
		}
	}
	return out
}

// numbered is advice for a list with numbers: where one repeats another in
// full, it refers to that instead.
func numbered(advice []string) []string {
	out := slices.Clone(advice)
	for i := range out {
		for j := range i {
			if short := strings.TrimRight(advice[j], "."); len(short) > 40 {
				out[i] = strings.ReplaceAll(out[i], short, fmt.Sprintf("see %d", j+1))
			}
		}
	}
	return out
}

// Link is one step of a cause chain.
type Link struct {
	Finding
	Title string
}

// chain is the cause chain of a verdict, cause first.
func (d *Detail) chain(r *Report) []Link {
	var out []Link
	for _, id := range d.Verdict.Chain {
		for i := range d.Findings {
			if d.Findings[i].ID == id {
				out = append(out, Link{d.Findings[i], r.title(d.Findings[i].Code)})
			}
		}
	}
	return out
}

// main is the finding to name a call's trouble by: the loudest.
func (d *Detail) main() *Finding {
	var best *Finding
	for i := range d.Findings {
		f := &d.Findings[i]
		if best == nil || f.level > best.level || f.level == best.level && f.sure > best.sure {
			best = f
		}
	}
	return best
}
