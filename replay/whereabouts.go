package replay

import (
	"cmp"
	"math"
	"slices"

	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/trace"
	"github.com/latchscope/latchscope/replay/latch"
)

// visit is a time in which a party sent from a source.
type visit struct {
	at       endpoint.Endpoint
	from, to int64
}

// home is a source that a party hears at, from its first packet until it has
// left it for good. One with two lines that it uses in turn hears at both.
type home struct {
	at          endpoint.Endpoint
	from, until int64
}

// leaving is how long after a source closed its party may be heard elsewhere
// first: as long as the account allows.
const leaving = int64(2e9)

// closing is when ICMP first refused what was sent to a source.
type closing struct {
	at   endpoint.Endpoint
	from int64
}

// visitsOf are the sources of a party's talkers, in order of time. Stragglers
// from a source that a talker has left are no visit.
func visitsOf(streams []*trace.Stream) []visit {
	var out []visit
	seen := map[*trace.Talker]bool{}
	for _, s := range streams {
		k := s.Talker
		if k == nil || len(k.Moves) == 0 {
			out = append(out, visit{s.Src, s.First.Time, s.Last.Time})
			continue
		}
		if seen[k] {
			continue
		}
		seen[k] = true
		at := k.Streams[0].First.Time
		for _, m := range k.Moves {
			out = append(out, visit{m.From.Src, at, m.Before.Time})
			at = m.After.Time
		}
		last := k.Moves[len(k.Moves)-1].To
		out = append(out, visit{last.Src, at, max(at, last.Last.Time)})
	}
	slices.SortStableFunc(out, func(a, b visit) int { return cmp.Compare(a.from, b.from) })
	return out
}

// homesOf says of every source from when until when the party hears at it. It
// has left a source when the first packet comes from another after the last
// from there.
func homesOf(visits []visit) []home {
	var out []home
	for _, v := range visits {
		at := slices.IndexFunc(out, func(h home) bool { return h.at == v.at })
		if at < 0 {
			out = append(out, home{v.at, v.from, v.to})
			continue
		}
		out[at].until = max(out[at].until, v.to)
	}
	for i := range out {
		h := &out[i]
		end := h.until
		h.until = math.MaxInt64
		for _, v := range visits {
			if v.at != h.at && v.to > end {
				h.until = min(h.until, max(v.from, end+1))
			}
		}
	}
	return out
}

// die ends the homes of a side that were left before the first packet from
// elsewhere came: what is sent to them in between finds nobody. Of the talker the
// moves tell when; of whoever handed over to another machine, ICMP does.
func (c *Case) die(side latch.Side, homes []home, at func(endpoint.Endpoint, int64) endpoint.Endpoint) {
	for _, x := range c.closed[side] {
		from := at(x.at, x.from)
		for i := range homes {
			if h := &homes[i]; h.at == from && x.from < h.until && h.until-x.from < leaving {
				h.until = x.from
			}
		}
	}
	if side != c.Near {
		return
	}
	for _, d := range c.Moves {
		from := at(d.From, d.Left)
		if from == at(d.To, d.After) {
			continue // undone
		}
		for i := range homes {
			if h := &homes[i]; h.at == from && h.until <= d.After {
				h.until = min(h.until, d.Left)
			}
		}
	}
}

// party are those of the streams that arrive at one side which its party sends,
// strangers left out. A stream is the party's if its talker has one that is, if
// it comes from where the party was, if it took over from one of the party's as SDP
// says, or if the party is silent while it lasts.
func party(sure, arriving []*trace.Stream) []*trace.Stream {
	mine := slices.Clone(sure)
	is := func(s *trace.Stream) bool {
		if slices.ContainsFunc(mine, func(m *trace.Stream) bool {
			return m == s || m.Src == s.Src || m.Talker != nil && m.Talker == s.Talker || handedOver(m, s)
		}) {
			return true
		}
		return !slices.ContainsFunc(mine, func(m *trace.Stream) bool {
			return m.First.Time <= s.Last.Time && s.First.Time <= m.Last.Time
		})
	}
	for grown := true; grown; {
		grown = false
		for _, s := range arriving {
			if !slices.Contains(mine, s) && is(s) {
				mine, grown = append(mine, s), true
			}
		}
	}
	slices.SortStableFunc(mine, func(a, b *trace.Stream) int { return cmp.Compare(a.First.Time, b.First.Time) })
	return mine
}

// handedOver reports whether two streams come from addresses that one party
// announced, the other when the one was about to end: both send for as long as the
// word is under way.
func handedOver(a, b *trace.Stream) bool {
	p, q := a.Place.Own, b.Place.Own
	return p != nil && q != nil && p.Leg == q.Leg && p.Side == q.Side && p.Line == q.Line &&
		min(a.Last.Time, b.Last.Time)-max(a.First.Time, b.First.Time) < underWay
}

// underWay is for how long packets may still come from where a party no longer is.
const underWay = int64(1e9)

// loudest is the stream with most packets: of two that come to one port at once
// the party's, as far as one can tell.
func loudest(streams []*trace.Stream) []*trace.Stream {
	if len(streams) == 0 {
		return nil
	}
	return []*trace.Stream{slices.MaxFunc(streams, func(a, b *trace.Stream) int { return cmp.Compare(a.Stats.Packets, b.Stats.Packets) })}
}

// movedHomes are the homes of the talker's party where its packets are put
// elsewhere. Stragglers move nobody.
func (c *Case) movedHomes(events []latch.Event, ifs []WhatIf) []home {
	at := func(e endpoint.Endpoint, t int64) endpoint.Endpoint {
		ev := latch.Event{Time: t, Kind: latch.KindRTP, Side: c.Near, Source: e}
		for _, w := range ifs {
			if w.Change != nil {
				ev, _ = w.Change(ev)
			}
		}
		return ev.Source
	}
	next := map[endpoint.Endpoint][]visit{} // by source, in order of time
	for _, v := range c.visits[c.Near] {
		next[v.at] = append(next[v.at], v)
	}
	open := map[visit]int{} // of a captured visit: the one being put together
	var moved []visit
	for i := range events {
		ev, src := &events[i], c.Events[i].Source
		if ev.Side != c.Near || !carries(ev) || !c.Facts[i].Main {
			continue
		}
		for len(next[src]) > 1 && next[src][0].to < ev.Time {
			next[src] = next[src][1:]
		}
		if len(next[src]) == 0 || ev.Time < next[src][0].from || ev.Time > next[src][0].to {
			continue
		}
		v := next[src][0]
		to := at(src, ev.Time)
		if n, ok := open[v]; ok && moved[n].at == to {
			moved[n].to = ev.Time
			continue
		}
		open[v] = len(moved)
		moved = append(moved, visit{to, ev.Time, ev.Time})
	}
	if moved == nil {
		return c.homes[c.Near]
	}
	homes := homesOf(moved)
	c.die(c.Near, homes, at)
	return homes
}
