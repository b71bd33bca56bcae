package report

import (
	"fmt"
	"math"
	"slices"
)

// htmlLadder is the events between the hosts: a row an event, the space between
// two of them as long as the time was, on a logarithmic scale.
type htmlLadder struct {
	Lanes  []htmlLane
	Steps  []htmlStep
	Hidden int
}

// htmlLane is a host; X is where its line runs, in per cent.
type htmlLane struct {
	Host
	X float64
}

// htmlStep is an event of the ladder: an arrow, or a note where it has no ends.
type htmlStep struct {
	*Event
	ID    string // its anchor, "" where another event has the frame
	Wait  string // how long after the one before, "" where that is short
	Space float64
	Arrow bool
	Left  bool // points to the left
	X, W  float64
	// Margins of the text, so that it stands over its arrow and a little beyond.
	Before, After float64
}

// lanePlace is where a lane stands: who calls on the left, who is called on the
// right, what stands between them in the middle.
func lanePlace(name string) int {
	order := []string{"caller", "caller's NAT", "signalling server", "media server", "", "callee's NAT", "callee", "stranger"}
	if i := slices.Index(order, name); i >= 0 {
		return i
	}
	return slices.Index(order, "")
}

func (p *htmlPage) ladder(l *Ladder) htmlLadder {
	const most = 8
	at := map[string]int{}
	add := func(name string) {
		if _, ok := at[name]; !ok && name != "" && len(at) < most {
			at[name] = len(at)
		}
	}
	used := map[string]bool{}
	for _, e := range l.Events {
		used[e.From], used[e.To] = true, true
	}
	addresses := map[string]string{}
	hosts := slices.Clone(l.Hosts)
	slices.SortStableFunc(hosts, func(a, b Host) int { return lanePlace(a.Name) - lanePlace(b.Name) })
	for _, host := range hosts {
		addresses[host.Name] = host.Addresses
		if used[host.Name] {
			add(host.Name)
		}
	}
	for _, e := range l.Events {
		add(e.From)
		add(e.To)
	}
	x := func(i int) float64 { return (float64(i) + 0.5) / float64(len(at)) * 100 }
	h := htmlLadder{Lanes: make([]htmlLane, len(at)), Hidden: l.Hidden}
	for name, i := range at {
		h.Lanes[i] = htmlLane{Host{name, addresses[name]}, x(i)}
	}
	for i := range l.Events {
		e := &l.Events[i]
		s := htmlStep{Event: e}
		if id := anchor(e.Frames); !p.marked[id] {
			s.ID, p.marked[id] = id, true
		}
		if i > 0 {
			dt := e.Time.Since(l.Events[i-1].Time)
			s.Space = math.Min(14*math.Log10(1+math.Max(dt, 0)/0.02), 60)
			if dt >= 0.5 {
				s.Wait = fmt.Sprintf("%s later", seconds(dt))
			}
		}
		from, ok1 := at[e.From]
		to, ok2 := at[e.To]
		if ok1 && ok2 && from != to && e.From != "" && e.To != "" {
			s.Arrow, s.Left = true, to < from
			s.X, s.W = min(x(from), x(to)), max(x(from), x(to))-min(x(from), x(to))
			const beyond = 9
			s.Before, s.After = max(s.X-beyond, 0), max(100-s.X-s.W-beyond, 0)
		}
		h.Steps = append(h.Steps, s)
	}
	return h
}
