package ledger

import (
	"slices"

	"github.com/latchscope/latchscope/analyze/trace"
)

// rower makes the rows of one call after another.
type rower struct {
	*Ledger
	call   *trace.Call
	legs   []*lines // of the legs that were asked for
	errors []*trace.ICMPError
	rooms
}

// account makes the rows of a call and appends them.
func (r *rower) account(out []Row, c *trace.Call) []Row {
	r.call, r.legs, r.errors = c, r.legs[:0], r.errors[:0]
	for _, e := range c.Errors {
		if e.Unreachable() && e.Media && !e.RTCP && len(r.errors) < mostErrors {
			r.errors = append(r.errors, e)
		}
	}
	if c.State == trace.MediaOnly {
		return append(out, r.unsignalled()...)
	}
	for _, t := range r.ties() {
		for _, k := range r.shared(t) {
			out = r.pair(out, t, k)
		}
	}
	return out
}

// lines are those of a leg.
func (r *rower) lines(l *trace.Leg) *lines {
	for _, ls := range r.legs {
		if ls.leg == l {
			return ls
		}
	}
	ls := r.linesOf(l)
	r.legs = append(r.legs, ls)
	return ls
}

// shared are the lines that all legs of a tie have.
func (r *rower) shared(t tie) []line {
	out := r.lines(t.legs[0].Leg).accepted
	for _, l := range t.legs[1:] {
		has := r.lines(l.Leg).accepted
		if slices.Equal(out, has) {
			continue
		}
		out = slices.DeleteFunc(slices.Clone(out), func(k line) bool { return !slices.Contains(has, k) })
	}
	return out
}

// line is the line of a stream of the call.
func (r *rower) line(s *trace.Stream) line { return r.lines(s.Place.Leg).stream(s) }

// pair appends the two rows of a line between two parties.
func (r *rower) pair(out []Row, t tie, k line) []Row {
	hops := r.hopsOf(t)
	r.gather(hops, k)
	end := t.to
	if end.IsZero() {
		end = r.lastDue(hops, t.from)
	}
	if end.Time <= t.from.Time {
		return out
	}
	back := r.hops.zeros(len(hops))
	for i, h := range hops {
		h.there, h.back = h.back, h.there
		h.legs = append(r.oriented.take(len(h.legs)), h.legs...)
		slices.Reverse(h.legs)
		for j := range h.legs {
			h.legs[j].near = 1 - h.legs[j].near
		}
		back[len(hops)-1-i] = h
	}
	one := direction{rower: r, tie: t, line: k, hops: hops, from: t.from, to: end, talker: t.a, listener: t.b}
	two := direction{rower: r, tie: t, line: k, hops: back, from: t.from, to: end, talker: t.b, listener: t.a}
	n := len(out)
	out = slices.Grow(out, 2)[:n+2]
	one.row(&out[n])
	two.row(&out[n+1])
	return out
}

// lastDue is the last packet of the line on any hop: where no BYE was seen,
// nothing shows that audio was due later.
func (r *rower) lastDue(hops []hop, from trace.Moment) trace.Moment {
	at := from
	for _, h := range hops {
		for _, list := range [][]*trace.Stream{h.there, h.back} {
			for _, s := range list {
				if e := s.End(); e.Compare(at) > 0 {
					at = e
				}
			}
		}
	}
	return at
}
