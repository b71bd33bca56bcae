package detect

import (
	"fmt"
	"net/netip"

	"github.com/latchscope/latchscope/analyze"
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
	Run: findOneWay,
}

// lines of a leg and what each side sent on them after the answer.
type lineUse struct {
	leg  *analyze.Leg
	line int32
	sent [2]int64
	best [2]*analyze.Stream
}

func findOneWay(t *analyze.Trace) []Finding {
	var out []Finding
	v := viewOf(t)
	for _, c := range t.Calls {
		if !conversed(t, c) {
			continue
		}
		for _, u := range uses(t, c) {
			for side := range analyze.Side(2) {
				if f, ok := oneWay(t, v, c, u, side); ok {
					out = append(out, f)
				}
			}
		}
	}
	return out
}

// conversed tells whether a call was answered in this capture and lasted.
func conversed(t *analyze.Trace, c *analyze.Call) bool {
	if c.State != analyze.Completed && c.State != analyze.Established || c.Answer.IsZero() {
		return false
	}
	end := c.End
	if end.IsZero() {
		end = t.Last
	}
	return c.Answer.Seconds(end) >= talked
}

func uses(t *analyze.Trace, c *analyze.Call) []*lineUse {
	var out []*lineUse
	for _, l := range c.Legs {
		if l.Answer.IsZero() {
			continue
		}
		lines := map[int32]*lineUse{}
		for _, p := range l.Ports {
			if p.Media.Kind == "audio" && p.Addr.Port != 0 && lines[p.Line] == nil {
				u := &lineUse{leg: l, line: p.Line}
				lines[p.Line] = u
				out = append(out, u)
			}
		}
		for _, s := range c.Streams {
			u := lines[s.Place.Line]
			if s.Place.Leg != l || u == nil {
				continue
			}
			n := t.Sent([]*analyze.Stream{s}, c.Answer.Time, t.Last.Time+1)
			u.sent[s.Place.From] += n
			if b := u.best[s.Place.From]; b == nil || s.Stats.Packets > b.Stats.Packets {
				u.best[s.Place.From] = s
			}
		}
	}
	return out
}

// oneWay judges a line on which side sends and the other does not.
func oneWay(t *analyze.Trace, v view, c *analyze.Call, u *lineUse, side analyze.Side) (Finding, bool) {
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
	how := v.sees(s)
	if how == 0 {
		return Finding{}, false
	}
	f := Finding{
		Severity: Critical, Confidence: how, Call: c, Leg: l, Start: c.Answer, End: end, Streams: []*analyze.Stream{s},
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
func noticeOf(l *analyze.Leg) bool {
	for _, p := range l.Ports {
		if p.Media.T38 || p.Media.Kind == "image" && p.Addr.Port != 0 {
			return true
		}
	}
	return false
}

// passive tells whether the silent side of a leg is a server that has nothing
// to pass on, because the party on its other leg is the one that is silent.
func passive(c *analyze.Call, l *analyze.Leg, side analyze.Side) bool {
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
	host  netip.Addr
	point uint16
}

// way is from one host to another, at a point.
type way struct {
	from, to netip.Addr
	point    uint16
}

func viewOf(t *analyze.Trace) view {
	v := view{map[seat]bool{}, map[seat]bool{}, map[way]bool{}, map[way]bool{}}
	for _, s := range t.Streams {
		v.sends[seat{s.Src.IP(), s.Point}] = true
		if s.Src.IP() != s.Dst.IP() {
			v.receives[seat{s.Dst.IP(), s.Point}] = true
		}
	}
	for _, f := range t.Flows {
		if isRTCP(f) {
			v.rtcp[way{f.Src.IP(), f.Dst.IP(), 0}] = true
		}
	}
	for _, l := range t.Legs {
		for _, m := range l.Messages {
			v.sip[way{m.Src.IP(), m.Dst.IP(), uint16(t.Captures[m.File].Point)}] = true
		}
	}
	return v
}

// sees says how surely the capture would have shown the direction against a
// stream: 0 if nothing proves it.
func (v view) sees(s *analyze.Stream) Confidence {
	from, to := s.Src.IP(), s.Dst.IP()
	switch {
	case v.receives[seat{from, s.Point}], from != to && v.sends[seat{to, s.Point}], v.rtcp[way{to, from, 0}]:
		return Confirmed
	case v.sip[way{to, from, s.Point}]:
		return Likely
	}
	return 0
}
