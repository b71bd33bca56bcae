package report

import (
	"slices"

	"github.com/latchscope/latchscope/analyze/ledger"
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
	Hosts    []Host
	Findings []Finding
	Verdict  Verdict
}

// groups are the calls of a report by how much there is to say about them, in
// order of the calls.
type groups struct {
	lost, impaired          int           // of troubled, by what was heard
	clear, partly, unjudged int           // of the others
	troubled                []*trace.Call // at least a warning, or audio was lost
	noted                   []*trace.Call // infos only
	healthy                 []*trace.Call // clear, and no finding
	fair                    []*trace.Call // clear as far as in view, and no finding
	unread                  []*trace.Call // not judged, and no finding
	unanswered              []*trace.Call // and no finding
}

func (r *Report) groups() groups {
	var g groups
	for _, c := range r.trace.Calls {
		if !r.has(c) {
			continue
		}
		v, worst := r.audio(c), r.worst(c)
		switch {
		case v == ledger.Lost:
			g.lost++
			g.troubled = append(g.troubled, c)
			continue
		case v == ledger.Impaired:
			g.impaired++
			g.troubled = append(g.troubled, c)
			continue
		case worst >= detect.Warn:
			g.troubled = append(g.troubled, c)
			continue
		case v == ledger.Clear:
			g.clear++
		case v == ledger.Partly:
			g.partly++
		case v == ledger.Unjudged || len(c.Legs) == 0:
			g.unjudged++
		}
		switch {
		case worst == detect.Info:
			g.noted = append(g.noted, c)
			if v == ledger.NoVerdict && len(c.Legs) > 0 {
				g.unanswered = append(g.unanswered, c)
			}
		case v == ledger.Clear:
			g.healthy = append(g.healthy, c)
		case v == ledger.Partly:
			g.fair = append(g.fair, c)
		case v == ledger.Unjudged || len(c.Legs) == 0:
			g.unread = append(g.unread, c)
		default:
			g.unanswered = append(g.unanswered, c)
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
	n := r.namesOf(c)
	for _, i := range r.about[c] {
		d.Findings = append(d.Findings, r.finding(&r.result.Findings[i]))
	}
	if c == nil {
		d.Events, d.Hidden = story(r.findingEvents(c, n, nil), d.Zero)
		return d
	}
	d.Legs = r.legs(c)
	d.Media, d.Copies = r.media(c, n)
	d.Events, d.Hidden = story(r.findingEvents(c, n, r.events(c, n)), d.Zero)
	for _, ip := range n.Hosts() {
		name, address := n.lane(ip), r.as(Address, ip.String())
		i := slices.IndexFunc(d.Hosts, func(h Host) bool { return h.Name == name })
		switch {
		case i < 0:
			d.Hosts = append(d.Hosts, Host{name, address})
		case len(d.Hosts[i].Addresses) < 40:
			d.Hosts[i].Addresses += ", " + address
		}
	}
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
