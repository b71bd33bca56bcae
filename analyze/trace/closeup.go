package trace

import (
	"cmp"
	"slices"

	"github.com/latchscope/latchscope/analyze/endpoint"
)

// Closeup is the second look: the packets of suspicious calls near the events
// that made them so.
type Closeup struct {
	Packets map[*Stream][]Packet // in order of time, recorded-twice ones left out
	Full    bool                 // no packet was left out
	Away    bool                 // some are in captures that are not at hand, of which there is only a harvest

	Keepalives []Keepalive // datagrams without media to where wanted streams go, in order of time
}

// Keepalive is a datagram without media that came to a media port: no payload,
// NUL, a line break, STUN, an RTP header and nothing behind it, or one of a payload
// type that nobody plays (RFC 6263 section 4).
type Keepalive struct {
	Moment
	Src, Dst endpoint.Endpoint
	Class    uint8  // rtp.Class: Empty, STUN, Other; RTP with a header
	SSRC     uint32 // of the header
	Seq      uint16
	PT       uint8
	Marker   bool
}

// Packet is one RTP packet of a Closeup.
type Packet struct {
	Mark
	IPID        uint32
	Size        int32  // of the payload
	Fingerprint uint64 // of the payload, 0 where it is not distinctive
}

// Window is a stretch of time of which packets are wanted.
type Window struct{ From, To int64 }

// SecondLook says of which streams, and in which stretches of time, the packets
// deserve a second look: near moves, errors, media before its answer, and the
// edges of what was sent.
func (t *Trace) SecondLook() map[*Stream][]Window {
	want := map[*Stream][]Window{}
	for _, c := range t.Calls {
		w := t.suspicion(c)
		if len(w) == 0 {
			continue
		}
		for _, s := range c.Streams {
			want[s] = w
		}
	}
	return want
}

// suspicion says which stretches of a call deserve a second look.
func (t *Trace) suspicion(c *Call) []Window {
	var w []Window
	near := func(from, to, margin int64) { w = append(w, Window{from - margin, to + margin}) }
	for _, k := range c.Talkers {
		for _, m := range k.Moves {
			near(m.Before.Time, m.After.Time, 2*second)
		}
	}
	for _, e := range c.Errors {
		if e.Media && !e.Dropped {
			near(e.Time, e.Time, second)
		}
	}
	for _, s := range c.Streams {
		if at := t.Awaited(s); !at.IsZero() && s.First.Time < at.Time {
			near(s.First.Time, at.Time, second)
		}
	}
	if len(w) == 0 {
		return nil
	}
	if !c.Answer.IsZero() {
		near(c.Answer.Time, c.Answer.Time, 2*second)
	}
	for _, s := range c.Streams {
		near(s.First.Time, s.First.Time, second/2)
		near(s.Last.Time, s.Last.Time, second/2)
		for _, g := range s.Gaps() {
			if g.Duration() >= GapFloor {
				near(g.Before.Time, g.Before.Time, second/2)
				near(g.After.Time, g.After.Time, second/2)
			}
		}
	}
	return MergeWindows(w)
}

// MergeWindows puts windows in order, and together where they touch.
func MergeWindows(w []Window) []Window {
	slices.SortFunc(w, func(a, b Window) int { return cmp.Compare(a.From, b.From) })
	out := w[:1]
	for _, x := range w[1:] {
		if last := &out[len(out)-1]; x.From <= last.To {
			last.To = max(last.To, x.To)
		} else {
			out = append(out, x)
		}
	}
	return out
}

// Between are the packets of a stream in a stretch of time, bounds included.
func (c *Closeup) Between(s *Stream, from, to int64) []Packet {
	if c == nil {
		return nil
	}
	list := c.Packets[s]
	lo, _ := slices.BinarySearchFunc(list, from, func(p Packet, t int64) int { return cmp.Compare(p.Time, t) })
	hi, _ := slices.BinarySearchFunc(list, to+1, func(p Packet, t int64) int { return cmp.Compare(p.Time, t) })
	return list[lo:max(lo, hi)]
}
