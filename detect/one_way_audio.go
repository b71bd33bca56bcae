package detect

import (
	"fmt"
	"slices"
	"sync"

	"github.com/latchscope/latchscope/analyze/trace"
)

// talked is how long an answered call must have lasted for missing media to
// mean something.
const talked = 3.0

// stray is how many packets of a direction do not yet make it one: what slips
// through before a firewall's rule takes hold, or opens a mapping.
const stray = 5

var oneWayAudio = Detector{
	Code:  "one-way-audio",
	Title: "media in one direction only",
	Doc: `An answered call of more than a few seconds has media in one direction only, and the
capture proves that it would have seen the other: it holds other media (or RTCP) that
arrives at the receiver, or that the silent party sends ("confirmed"), or signalling
between the very same two hosts ("likely").

Quiet on hold, with T.38, in calls of which the capture saw only a part, in captures
of signalling only, and where latch-silence explains the direction.

data.from and data.to name the direction that is there.`,
	Rank:   50,
	Causes: []Cause{refusedMedia},
	Key: func(f *Finding) []string {
		d := f.Data.(OneWay)
		return []string{d.From, d.To}
	},
	Run: findOneWay,
}

// lineUse is a line of a leg and what each side sent on it after the answer.
type lineUse struct {
	leg  *trace.Leg
	line int32
	sent [2]int64
	best [2]*trace.Stream
}

func findOneWay(t *trace.Trace) []Finding {
	var out []Finding
	view := sync.OnceValue(func() view { return viewOf(t) })
	var lines []lineUse
	for _, c := range t.Calls {
		if !conversed(t, c) {
			continue
		}
		lines = uses(t, c, lines[:0])
		for i := range lines {
			for side := range trace.Side(2) {
				if f, ok := oneWay(t, view, c, &lines[i], side); ok {
					out = append(out, f)
				}
			}
		}
	}
	return out
}

// conversed tells whether a call was answered in this capture and lasted.
func conversed(t *trace.Trace, c *trace.Call) bool {
	if c.State != trace.Completed && c.State != trace.Established || c.Answer.IsZero() {
		return false
	}
	end := c.End
	if end.IsZero() {
		end = t.Last
	}
	return c.Answer.Seconds(end) >= talked
}

// uses are the audio lines of a call's answered legs, appended to a list that is
// used again.
func uses(t *trace.Trace, c *trace.Call, out []lineUse) []lineUse {
	type key struct {
		leg  *trace.Leg
		line int32
	}
	var index map[key]int // once there are more than a few
	find := func(l *trace.Leg, line int32) int {
		if index != nil {
			if i, ok := index[key{l, line}]; ok {
				return i
			}
			return -1
		}
		return slices.IndexFunc(out, func(u lineUse) bool { return u.leg == l && u.line == line })
	}
	for _, l := range c.Legs {
		if l.Answer.IsZero() {
			continue
		}
		for _, p := range l.Ports {
			if p.Media.Kind != "audio" || p.Addr.Port == 0 || find(l, p.Line) >= 0 {
				continue
			}
			out = append(out, lineUse{leg: l, line: p.Line})
			if index != nil {
				index[key{l, p.Line}] = len(out) - 1
			} else if len(out) > 8 {
				index = map[key]int{}
				for i, u := range out {
					index[key{u.leg, u.line}] = i
				}
			}
		}
	}
	for i, s := range c.Streams {
		at := find(s.Place.Leg, s.Place.Line)
		if at < 0 {
			continue
		}
		u, from := &out[at], s.Place.From
		u.sent[from] += t.Sent(c.Streams[i:i+1], c.Answer.Time, t.Last.Time+1)
		if b := u.best[from]; b == nil || s.Stats.Packets > b.Stats.Packets {
			u.best[from] = s
		}
	}
	return out
}

// oneWay judges a line on which side sends and the other does not.
func oneWay(t *trace.Trace, view func() view, c *trace.Call, u *lineUse, side trace.Side) (Finding, bool) {
	s := u.best[side]
	if s == nil || u.sent[side] < 50 || u.sent[1-side] > stray || u.sent[1-side]*50 > u.sent[side] {
		return Finding{}, false
	}
	end := c.End
	if end.IsZero() {
		end = t.Last
	}
	l := u.leg
	if l.Held(u.line, side, c.Answer.Time, end.Time-1) || noticeOf(l) {
		return Finding{}, false
	}
	if passive(c, l, 1-side) {
		return Finding{}, false // the other leg is silent, too: this one has nothing to pass on
	}
	how := view().sees(s)
	if how == 0 {
		return Finding{}, false
	}
	f := Finding{
		Severity: Critical, Confidence: how, Call: c, Leg: l, Start: c.Answer, End: end, Streams: []*trace.Stream{s}, Witnessed: true,
		Data:     OneWay{From: s.Src.String(), To: s.Dst.String()},
		Summary:  fmt.Sprintf("media from %s to %s only, nothing comes back in %s", s.Src, s.Dst, seconds(c.Answer.Seconds(end))),
		Evidence: []Evidence{{c.Answer, "the answer"}, {s.Start(), "first packet of the direction that is there"}, {s.End(), "its last packet"}},
		Filter:   fmt.Sprintf("rtp && %s && udp.port == %d", addrFilter("addr", s.Dst.IP().String()), s.Dst.Port),
	}
	f.Detail = fmt.Sprintf("After the answer %s went from %s to %s, and %s came the other way. The capture holds other traffic in that direction, so it would have shown them.",
		plural(u.sent[side], "packet"), s.Src, s.Dst, plural(u.sent[1-side], "packet"))
	f.Advice = fmt.Sprintf("Look at what stands between %s and this capture point: a firewall that lets UDP out but not in, an SDP address that the other party cannot reach (RFC 3264 section 5.1), or a muted or defective party. A capture beside %s would tell these apart.", s.Dst.IP(), s.Dst.IP())
	for _, e := range c.Errors {
		if e.Unreachable() && e.Media && !e.RTCP && !e.Dropped {
			f.Evidence = append(f.Evidence, Evidence{e.Moment, "ICMP: media was refused"})
			break
		}
	}
	return f, true
}

// noticeOf tells legs that are never two-way by nature: T.38 at any time.
func noticeOf(l *trace.Leg) bool {
	for _, p := range l.Ports {
		if p.Media.T38 || p.Media.Kind == "image" && p.Addr.Port != 0 {
			return true
		}
	}
	return false
}

// passive tells whether the silent side of a leg is a server that has nothing
// to pass on, because the party on its other leg is the one that is silent.
func passive(c *trace.Call, l *trace.Leg, side trace.Side) bool {
	for _, o := range c.Legs {
		if o == l || o.Answer.IsZero() || l.Inner(o) != side {
			continue
		}
		var heard uint32
		for _, s := range c.Streams {
			if s.Place.Leg == o && s.Place.From == 1-o.Inner(l) {
				heard += s.Stats.Packets
			}
		}
		return heard <= stray
	}
	return false
}

// view is what a capture is seen to see: which hosts send and receive media at
// each of its points, and who talks to whom.
type view struct {
	sends, receives map[seat]bool
	rtcp            map[way]bool
	sip             map[way]bool
}

// seat is a host as a capture point sees it.
type seat struct {
	host  address
	point uint16
}

// way is from one host to another, at a point.
type way struct {
	from, to address
	point    uint16
}

// address of a host as endpoint.Endpoint has it.
type address = [16]byte

func viewOf(t *trace.Trace) view {
	v := view{map[seat]bool{}, map[seat]bool{}, map[way]bool{}, map[way]bool{}}
	for _, s := range t.Streams {
		v.sends[seat{s.Src.Addr, s.Point}] = true
		if s.Src.Addr != s.Dst.Addr {
			v.receives[seat{s.Dst.Addr, s.Point}] = true
		}
	}
	for _, f := range t.Flows {
		if isRTCP(f) {
			v.rtcp[way{f.Src.Addr, f.Dst.Addr, 0}] = true
		}
	}
	for _, l := range t.Legs {
		var last [2]way // mostly the two take turns
		for i, m := range l.Messages {
			if w := (way{m.Src.Addr, m.Dst.Addr, uint16(t.Captures[m.File].Point)}); w != last[0] && w != last[1] {
				v.sip[w] = true
				last[i%2] = w
			}
		}
	}
	return v
}

// sees says how surely the capture would have shown the direction against a
// stream: 0 if nothing proves it.
func (v view) sees(s *trace.Stream) Confidence {
	from, to := s.Src.Addr, s.Dst.Addr
	switch {
	case v.receives[seat{from, s.Point}], from != to && v.sends[seat{to, s.Point}], v.rtcp[way{to, from, 0}]:
		return Confirmed
	case v.sip[way{to, from, s.Point}]:
		return Likely
	}
	return 0
}
