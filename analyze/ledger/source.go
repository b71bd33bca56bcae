package ledger

import (
	"github.com/latchscope/latchscope/analyze/trace"
)

// source accounts for a stretch in which nothing passed the first step in
// sight: the talker paused, or what he sent did not get there, or he sent
// nothing.
func (d *direction) source(from, to int64, h *hole) {
	first := &d.chain[0]
	if at := d.epochs(first.hop, from, to); len(at) > 2 {
		for i := 0; i+1 < len(at); i++ {
			d.source(at[i], at[i+1], h)
		}
		return
	}
	if h == nil || h.before == nil && h.after == nil {
		d.silentTalker(from, to, first.sure, first.own)
		return
	}
	if d.inView(first.hop, from, anyPoint) == 0 {
		d.emit(Span{State: Unseen}, from, to)
		return
	}
	s := Span{At: "path", Seen: streamOf(h.before), Lost: streamOf(h.after)}
	switch {
	case h.before == nil: // late: it had not begun
		d.begin(from, to, s, h)
	case h.after == nil: // ended for good
		d.end(from, to, s, h)
	case h.before.s.SSRC != h.after.s.SSRC:
		if around := first.flow.around(h); around != nil {
			d.between(from, to, s, around) // somebody else was heard in the talker's own hole
			return
		}
		// It began anew: nothing says what was sent in between.
		s.State, s.Confidence = Paused, Likely
		if to-from >= longPause {
			s.State = d.nothingSent(first)
			s.At = where(s.State)
			s.Packets = due(from, to, h.before.s)
		}
		d.emit(s, from, to)
	default:
		d.between(from, to, s, h)
	}
}

func streamOf(g *segment) *trace.Stream {
	if g == nil {
		return nil
	}
	return g.s
}

// where a silence at the first step in sight arose.
func where(s State) string {
	if s == Absent {
		return "talker"
	}
	return "path"
}

// nothingSent is the state of a talker of whom nothing comes: absent at his own
// hop, else missing.
func (d *direction) nothingSent(l *layer) State {
	if l.own {
		return Absent
	}
	return Missing
}

// silentTalker notes a talker of whom nothing ever comes; own says that the
// capture stands where he is.
func (d *direction) silentTalker(from, to int64, sure Confidence, own bool) {
	s := Span{State: Missing, Confidence: min(sure, Likely), Packets: due(from, to, nil)}
	if own {
		s.State, s.Confidence = Absent, sure
	}
	s.At = where(s.State)
	d.emit(s, from, to)
}

// begin notes the time before a talker's first packet.
func (d *direction) begin(from, to int64, s Span, h *hole) {
	s.State = d.nothingSent(&d.chain[0])
	s.Confidence, s.At, s.Packets = Likely, where(s.State), due(from, to, h.after.s)
	if s.State == Absent {
		s.Confidence = Confirmed
	}
	d.emit(s, from, to)
}

// end notes the time after a talker's last packet.
func (d *direction) end(from, to int64, s Span, h *hole) {
	if restful(h.before) || d.pausedBefore(h.before) {
		s.State, s.Confidence = Paused, Likely
		d.emit(s, from, to)
		return
	}
	s.State = d.nothingSent(&d.chain[0])
	s.Confidence, s.At, s.Packets = Likely, where(s.State), due(from, to, h.before.s)
	if s.State == Absent {
		s.Confidence = Confirmed
	}
	d.emit(s, from, to)
}

// around is the hole of one talker that a hole between two is part of, nil where there
// is none: who was heard in between is somebody else.
func (f flow) around(h *hole) *hole {
	var earlier, later *segment // of who comes after the hole, and of who came before it
	for i := range f {
		g := &f[i]
		if g.s.SSRC == h.after.s.SSRC && g.to.Time <= h.before.to.Time {
			earlier = g
		}
		if g.s.SSRC == h.before.s.SSRC && g.from.Time >= h.after.from.Time && later == nil {
			later = g
		}
	}
	switch {
	case earlier != nil:
		return &hole{before: earlier, after: h.after}
	case later != nil:
		return &hole{before: h.before, after: later}
	}
	return nil
}

// between notes a hole between two packets of one talker, or a part of one.
func (d *direction) between(from, to int64, s Span, h *hole) {
	lacks := h.after.from.Seq - h.before.to.Seq - 1
	gone := lacks - h.seen
	each := h.before.s.Interval()
	length := max(to-from, h.after.from.Time-h.before.to.Time)
	switch filled := lacks >= (length+2*each-1)/(2*each); { // half of the hole, rounded up
	case filled && (gone >= minPackets || h.seen > 0): // those that were seen do not make a pause of it
		s.State, s.Confidence = Missing, Confirmed
		s.Packets = int64(float64(gone) * float64(to-from) / float64(length))
	case !d.relay || length < longPause:
		// A talker's numbers go on after a pause; only a relay gives new ones.
		s.State, s.Confidence = Paused, Confirmed
	case resumed(h, length) || restful(h.before) || d.pausedBefore(h.before):
		s.State, s.Confidence = Paused, Likely
	default:
		s.State, s.Confidence, s.Packets = Missing, Likely, due(from, to, h.before.s)
	}
	d.emit(s, from, to)
}

// restful reports whether the last packet before a hole announced a pause:
// comfort noise (RFC 3389; 19 by old habit).
func restful(g *segment) bool { return g.to.PT == 13 || g.to.PT == 19 }

// resumed reports whether the packet after a hole shows a pause: its timestamp
// went on with the time that passed, and its marker begins a talkspurt (RFC 3551
// section 4.1).
func resumed(h *hole, length int64) bool {
	if h.before.s != h.after.s || !h.after.from.Marker {
		return false
	}
	clock := int64(h.before.s.Clock)
	if clock == 0 {
		return true
	}
	passed := float64(h.after.from.TS-h.before.to.TS) / float64(clock) * 1e9
	return passed > 0.8*float64(length) && passed < 1.2*float64(length)+float64(second)/5
}

// pausedBefore reports whether the talker had paused before, with a sign of it
// or twice without a number missing.
func (d *direction) pausedBefore(g *segment) bool {
	pauses := 0
	for _, gap := range g.s.Gaps() {
		if gap.Missing() > 0 || gap.Duration() < 2*minSilence || gap.After.Time > g.to.Time {
			continue
		}
		if gap.Before.PT == 13 || gap.After.Marker {
			return true
		}
		pauses++
	}
	return pauses >= 2
}
