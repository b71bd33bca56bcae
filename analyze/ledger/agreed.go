package ledger

import (
	"slices"

	"github.com/latchscope/latchscope/analyze/trace"
)

// agreed are the stretches in which nothing is due: hold, inactive, a rejected
// line, T.38 instead of audio. A hold lasts from its offer to the answer of the
// offer that resumes, and a round trip longer.
func (d *direction) agreed() []Span {
	var out []Span
	for _, h := range d.hops {
		for _, l := range h.legs {
			for _, w := range d.held(l) {
				s := Span{State: Agreed, Confidence: Confirmed}
				s.From.Time, s.To.Time = w[0], w[1]
				out = append(out, s)
			}
		}
	}
	return out
}

// agreedWithin reports whether nothing was due for a part of the time between two moments.
func (d *direction) agreedWithin(from, to int64) bool {
	return slices.ContainsFunc(d.agreed(), func(s Span) bool { return s.From.Time < to && s.To.Time > from }) ||
		slices.ContainsFunc(d.elsewhere, func(w [2]int64) bool { return w[0] < to && w[1] > from })
}

// held are the stretches in which a leg keeps its line from carrying what the
// near side says.
func (d *direction) held(l orientedLeg) [][2]int64 {
	var ports []*trace.Port
	ls := d.lines(l.Leg)
	for _, p := range l.Ports {
		if !p.Alias && ls.at(p.Line) == d.line && p.From().Time < d.to.Time && (p.Until.IsZero() || p.Until.Time > d.from.Time) {
			ports = append(ports, p)
		}
	}
	if !slices.ContainsFunc(ports, restricts) {
		return nil // nearly always
	}
	// What is in force changes only where a port begins or ends.
	var at []int64
	for _, p := range ports {
		at = append(at, max(p.From().Time, d.from.Time))
		if !p.Until.IsZero() {
			at = append(at, min(p.Until.Time, d.to.Time))
		}
	}
	at = append(at, d.from.Time, d.to.Time)
	slices.Sort(at)
	at = slices.Compact(at)
	slices.SortStableFunc(ports, func(a, b *trace.Port) int { return a.From().Compare(b.From()) })
	begun := answered(l.Leg).Time + second
	var live []*trace.Port
	next := 0
	var out [][2]int64
	for i := 0; i+1 < len(at); i++ {
		for next < len(ports) && ports[next].From().Time <= at[i] {
			live = append(live, ports[next])
			next++
		}
		live = slices.DeleteFunc(live, func(p *trace.Port) bool { return !p.Live(at[i]) })
		if len(live) > throng {
			live = live[len(live)-throng:]
		}
		if !withheld(live, l.near, begun) {
			continue
		}
		to := at[i+1]
		if to < d.to.Time {
			to = min(to+straggle, d.to.Time)
		}
		if n := len(out); n > 0 && out[n-1][1] >= at[i] {
			out[n-1][1] = to
		} else {
			out = append(out, [2]int64{at[i], to})
		}
	}
	return out
}

// outside is how much of the time between two moments a hop has nothing agreed to be
// silent.
func (d *direction) outside(h *hop, from, to int64) int64 {
	due := to - from
	for _, l := range h.legs {
		var silent int64
		for _, w := range d.held(l) {
			silent += max(0, min(to, w[1])-max(from, w[0]))
		}
		due = min(due, to-from-silent)
	}
	return due
}

// restricts reports whether a port ever asks for less than media both ways.
func restricts(p *trace.Port) bool {
	return p.Addr.Port == 0 && !p.Mux || p.T38 || p.Direction != trace.SendRecv || p.Addr.IP().IsUnspecified()
}

// withheld reports whether the ports in force keep a line from carrying media
// away from a side. Whoever puts a call on hold may play music or nothing: a
// line that both sides used and one of them restricts later is agreed to be
// silent in both directions.
func withheld(live []*trace.Port, sender trace.Side, begun int64) bool {
	for _, p := range live {
		switch {
		case p.Addr.Port == 0 && !p.Mux, p.T38, p.Direction == trace.Inactive, p.Addr.IP().IsUnspecified():
			return true
		case p.Direction != trace.SendRecv && p.From().Time > begun:
			return true
		case p.Side == sender && p.Direction == trace.RecvOnly, p.Side != sender && p.Direction == trace.SendOnly:
			return true
		}
	}
	return false
}
