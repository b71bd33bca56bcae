package authenticate

import (
	"github.com/latchscope/latchscope/analyze/internal/collect"
	"github.com/latchscope/latchscope/analyze/internal/srtp"
	"github.com/latchscope/latchscope/analyze/trace"
)

const second = int64(1e9)

// Check is one look at the tags of a trace's streams.
type Check struct {
	trace  *trace.Trace
	tracks map[*trace.Stream]*track
	order  []*track
	ssrcs  map[uint32][]*trace.Stream
	whole  bool // everything of every track is looked at
}

// New prepares a look at all streams whose keys are known.
func New(t *trace.Trace, keys *srtp.Keyring) *Check {
	c := &Check{trace: t, tracks: map[*trace.Stream]*track{}}
	if keys.Empty() {
		return c
	}
	c.ssrcs = map[uint32][]*trace.Stream{}
	for _, s := range t.Streams {
		c.ssrcs[s.SSRC] = append(c.ssrcs[s.SSRC], s)
	}
	for _, l := range t.Legs {
		if l.Answer.IsZero() || l.Call == nil {
			continue
		}
		list := agreements(l, keys)
		if len(list) == 0 {
			continue
		}
		for _, s := range l.Call.Streams {
			if s.Place.Leg == l {
				c.follow(s, list)
			}
		}
	}
	return c
}

// fewest is how many packets a stream must have for its tags to mean something.
const fewest = 50

// follow gives a stream its talker's track.
func (c *Check) follow(s *trace.Stream, list []agreement) {
	if s.CopyOf != nil || s.Place.From < 0 || s.Stats.Packets < fewest {
		return
	}
	var own []*agreement
	chosen := false
	for i := range list {
		if list[i].line == s.Place.Line {
			own = append(own, &list[i])
			chosen = chosen || list[i].chosen[s.Place.From] != nil
		}
	}
	if !chosen {
		return
	}
	if k := s.Talker; k != nil {
		for _, o := range k.Streams {
			if tr := c.tracks[o]; tr != nil && o.Place.From == s.Place.From {
				c.tracks[s] = tr
				tr.streams = append(tr.streams, s)
				return
			}
		}
	}
	tr := newTrack(s, own, c.ssrcs[s.SSRC])
	c.tracks[s] = tr
	c.order = append(c.order, tr)
}

// Want says which packets to show.
func (c *Check) Want() map[*trace.Stream][]trace.Window {
	want := map[*trace.Stream][]trace.Window{}
	for _, tr := range c.order {
		for _, s := range tr.streams {
			want[s] = tr.windows(s, c.whole)
		}
	}
	return want
}

// Take looks at one packet.
func (c *Check) Take(s *trace.Stream, p *collect.RawPacket) {
	if tr := c.tracks[s]; tr != nil {
		tr.take(s, p)
	}
}

// Doubtful is a look at all packets of the talkers some of whose packets failed,
// nil where there are none.
func (c *Check) Doubtful() *Check {
	if c.whole {
		return nil
	}
	d := &Check{trace: c.trace, tracks: map[*trace.Stream]*track{}, ssrcs: c.ssrcs, whole: true}
	for _, tr := range c.order {
		if tr.failed < tooMany {
			continue
		}
		again := newTrack(tr.streams[0], tr.agreed, c.ssrcs[tr.streams[0].SSRC])
		again.streams = tr.streams
		d.order = append(d.order, again)
		for _, s := range tr.streams {
			d.tracks[s] = again
		}
	}
	if len(d.order) == 0 {
		return nil
	}
	return d
}

// tooMany packets that fail deserve a look at the others.
const tooMany = 3

// Mismatches are what was found.
func (c *Check) Mismatches() map[*trace.Stream][]trace.Mismatch {
	out := map[*trace.Stream][]trace.Mismatch{}
	for _, tr := range c.order {
		for _, s := range tr.streams {
			if list := tr.found(s); len(list) > 0 {
				out[s] = list
			}
		}
	}
	return unlessBoth(out)
}

// unlessBoth leaves out what both sides of a leg do alike at the same time: both keep
// the old keys, both take each other's, or both make tags of the same other length.
// What both send so, both expect so, and the call is heard.
func unlessBoth(found map[*trace.Stream][]trace.Mismatch) map[*trace.Stream][]trace.Mismatch {
	legs := map[*trace.Leg][]*trace.Stream{}
	for s := range found {
		legs[s.Place.Leg] = append(legs[s.Place.Leg], s)
	}
	alike := func(s *trace.Stream, m *trace.Mismatch) bool {
		for _, o := range legs[s.Place.Leg] {
			list := found[o]
			if o.Place.Line != s.Place.Line || o.Place.From == s.Place.From {
				continue
			}
			for i := range list {
				x := &list[i]
				both := min(x.To.Time, m.To.Time) - max(x.From.Time, m.From.Time)
				if x.Kind == m.Kind && x.Why == m.Why && x.Sent == m.Sent && 2*both > min(x.To.Time-x.From.Time, m.To.Time-m.From.Time) {
					return true
				}
			}
		}
		return false
	}
	out := map[*trace.Stream][]trace.Mismatch{}
	for s, list := range found {
		for i := range list {
			m := &list[i]
			switch m.Why {
			case trace.CauseOldKey, trace.CauseOtherSide, trace.CauseOtherTag:
				if alike(s, m) {
					continue
				}
			}
			out[s] = append(out[s], *m)
		}
	}
	return out
}

// windows are the stretches of a stream that are looked at.
func (tr *track) windows(s *trace.Stream, whole bool) []trace.Window {
	if whole || s.Stats.Restarts > 0 {
		return []trace.Window{{From: s.First.Time, To: s.Last.Time}}
	}
	w := []trace.Window{{From: s.First.Time, To: s.First.Time + second}, {From: s.Last.Time - second, To: s.Last.Time}}
	after := func(m trace.Moment) {
		if m.Time+3*second > s.First.Time && m.Time < s.Last.Time {
			w = append(w, trace.Window{From: m.Time, To: m.Time + 3*second})
		}
	}
	for _, g := range tr.agreed {
		after(g.at)
	}
	for _, m := range tr.leg.Refresh {
		after(m)
	}
	const minute = 60 * second
	step := max(minute, (s.Last.Time-s.First.Time)/256)
	for at := s.First.Time + step; at < s.Last.Time; at += step {
		w = append(w, trace.Window{From: at, To: at + second/5})
	}
	return trace.MergeWindows(w)
}
