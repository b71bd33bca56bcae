package ledger

import (
	"cmp"
	"slices"

	"github.com/latchscope/latchscope/analyze/trace"
)

// settle puts agreed silence, the first and the last second, pauses within a
// silence and short holes in their place, so that the spans tile the row.
func (d *direction) settle() []Span {
	out := tile(d.out, d.from.Time, d.to.Time)
	for _, w := range d.agreed() {
		out = overlay(out, w)
	}
	out = d.withOthers(out)
	for _, w := range d.unrecorded() {
		out = overlay(out, w)
	}
	out = merge(out)
	d.left(out)
	out = edges(out, d.from.Time, d.to.Time)
	out = bridge(merge(out))
	out = d.withheld(out)
	out = fold(merge(out))
	out = merge(out)
	d.recount(out)
	d.refer(out)
	for i := range out {
		out[i].Astray = d.wentAstray(out, i)
	}
	return out
}

// withOthers takes what a relay did not pass on while one of the two was with
// somebody else of the call for agreed: it put them on hold by itself.
func (d *direction) withOthers(in []Span) []Span {
	for _, w := range d.elsewhere {
		var out []Span
		for _, s := range in {
			if s.State != Stopped && s.State != Replaced && !s.across || s.To.Time <= w[0] || s.From.Time >= w[1] {
				out = append(out, s)
				continue
			}
			a := Span{From: s.From, To: s.To, State: Agreed, Confidence: Likely}
			a.From.Time, a.To.Time = max(s.From.Time, w[0]), min(s.To.Time, w[1])
			out = append(out, overlay([]Span{s}, a)...)
		}
		in = out
	}
	return in
}

// tile fills what nothing was said about, and cuts what was said twice.
func tile(in []Span, from, to int64) []Span {
	if len(in) == 1 && in[0].From.Time == from && in[0].To.Time == to {
		return in[:1:1] // as most are
	}
	slices.SortStableFunc(in, func(a, b Span) int { return cmp.Compare(a.From.Time, b.From.Time) })
	var out []Span
	at := from
	for _, s := range in {
		if s.To.Time <= at {
			continue
		}
		s.From.Time = max(s.From.Time, at)
		if s.From.Time > at {
			out = append(out, Span{From: trace.Moment{Time: at}, To: trace.Moment{Time: s.From.Time}})
		}
		s.To.Time = min(s.To.Time, to)
		if s.To.Time <= s.From.Time {
			continue
		}
		out = append(out, s)
		at = s.To.Time
	}
	if at < to {
		out = append(out, Span{From: trace.Moment{Time: at}, To: trace.Moment{Time: to}})
	}
	return out
}

// overlay puts a span over others.
func overlay(in []Span, w Span) []Span {
	var out []Span
	put := false
	place := func() {
		if !put {
			out = append(out, w)
			put = true
		}
	}
	if n := len(in); n > 0 {
		w.From.Time, w.To.Time = max(w.From.Time, in[0].From.Time), min(w.To.Time, in[n-1].To.Time)
	}
	if w.To.Time <= w.From.Time {
		return in
	}
	for _, s := range in {
		if s.To.Time <= w.From.Time || s.From.Time >= w.To.Time {
			if s.From.Time >= w.To.Time {
				place()
			}
			out = append(out, s)
			continue
		}
		if s.From.Time < w.From.Time {
			part := s
			part.To.Time = w.From.Time
			out = append(out, part.scaled(&s))
		}
		place()
		if s.To.Time > w.To.Time {
			part := s
			part.From.Time = w.To.Time
			out = append(out, part.scaled(&s))
		}
	}
	place()
	return out
}

// scaled gives a part of a span its share of the packets.
func (s Span) scaled(whole *Span) Span {
	if d := whole.Duration(); d > 0 && whole.Packets > 0 {
		s.Packets = int64(float64(whole.Packets) * float64(s.Duration()) / float64(d))
	}
	return s
}

// merge joins neighbours of one state.
func merge(in []Span) []Span {
	out := in[:0]
	for _, s := range in {
		if n := len(out); n > 0 && out[n-1].same(&s) {
			out[n-1].join(&s)
			continue
		}
		out = append(out, s)
	}
	return out
}

func (s *Span) same(o *Span) bool { return s.State == o.State && s.At == o.At && s.across == o.across }

// join takes the span that follows into s.
func (s *Span) join(o *Span) {
	brief := s.slight()
	s.To = o.To
	s.Packets += o.Packets
	if o.Confidence > 0 && (s.Confidence == 0 || o.Confidence < s.Confidence) && s.Proof.IsZero() {
		s.Confidence = o.Confidence
	}
	if s.Proof.IsZero() && !o.Proof.IsZero() {
		s.Proof, s.Why, s.Confidence = o.Proof, o.Why, max(s.Confidence, o.Confidence)
	}
	if o.Seen != nil {
		s.Seen = o.Seen
	}
	astray := s.State == Misdirected || s.State == Refused // where it began to go astray says why, if it is more than a few packets
	if s.Lost == nil || o.Lost != nil && (!astray || brief && o.Lost.Src == s.Lost.Src) {
		s.Lost = o.Lost
	}
}

// edges takes the first second after the answer and the last one before the
// end for what they are, unless what is amiss there lasts for a second or more:
// then the silence counts from the answer, or to the end.
func edges(in []Span, from, to int64) []Span {
	held(in)
	n := 0
	for n < len(in) && in[n].soft() {
		n++
	}
	if n > 0 && n < len(in) && (in[n-1].To.Time-from < edge || inTurn(in[:n], from)) {
		in[0].To = in[n-1].To
		in[0].settled(Setup)
		in = slices.Delete(in, 1, n)
	} else if n > 1 {
		k := 0
		for k < n-1 && in[k].Duration() < edge {
			k++
		}
		if k > 0 && in[k-1].To.Time-from < edge {
			in[k].From = in[0].From
			for _, s := range in[:k] {
				in[k].Packets += s.Packets
			}
			in = in[k:]
		}
	}
	n = len(in)
	for n > 0 && in[n-1].soft() {
		n--
	}
	if n > 0 && n < len(in) && to-in[n].begun(&in[n-1]) < edge && !in[n].carriesOn(&in[n-1]) {
		in[n].To = in[len(in)-1].To
		in[n].settled(Closing)
		in = in[:n+1]
	}
	return in
}

// begun is when what is amiss began: what goes astray behind a hold did so from the
// message on that ended it, a round trip before it counts.
func (s *Span) begun(before *Span) int64 {
	if s.State == Misdirected && before.State == Agreed {
		return s.From.Time - straggle
	}
	return s.From.Time
}

// carriesOn reports whether a span goes on with the silence before it, in another way:
// the listener hears nothing from there to the end.
func (s *Span) carriesOn(before *Span) bool {
	return before.State.Silent() && s.State.Silent() && !s.open()
}

// inTurn reports whether the talker began within the first second, and what held up
// his first packets was over within a second of that: neither is a silence alone, and
// together they are no silence of the other's.
func inTurn(in []Span, from int64) bool {
	k := 0
	for k < len(in) && (in[k].State == Absent || in[k].State == Paused || in[k].State == Missing) {
		k++
	}
	return k > 0 && k < len(in) && in[k].From.Time-from < edge && in[len(in)-1].To.Time-in[k].From.Time < edge
}

// held takes what is missing just before a hold for its beginning: parties fall
// silent when they ask for it, or are asked, and the answer is under way. Whether
// somebody who paused then would have come back, nobody can know.
func held(in []Span) {
	for i := range in[:max(0, len(in)-1)] {
		s := &in[i]
		if in[i+1].State == Agreed && (s.open() || s.untold()) {
			s.settled(Closing)
		}
	}
}

// untold reports whether only receiver reports that no longer advance speak of a span,
// and it is shorter than what lies between two of them.
func (s *Span) untold() bool {
	return s.State == Vanished && s.Confidence < Confirmed && s.At == "path" && s.Duration() < edge
}

// left does the same where the session goes out of sight, as one does that another
// machine takes over.
func (d *direction) left(in []Span) {
	if len(d.chain) == 0 {
		return
	}
	for i := range in[:max(0, len(in)-1)] {
		s := &in[i]
		if in[i+1].State == Unseen && s.open() && d.inView(d.chain[0].hop, s.To.Time, anyPoint) == 0 {
			s.settled(Closing)
		}
	}
}

// open reports whether nothing tells that a span is more than a pause.
func (s *Span) open() bool {
	return (s.State == Absent || s.State == Missing && s.Confidence < Confirmed) && s.Duration() < longPause
}

// soft reports whether a span is one of those that the first and the last second
// of a row excuse.
func (s *Span) soft() bool {
	switch s.State {
	case Absent, Paused, Misdirected:
		return true
	case Stopped, Vanished:
		return s.unbegun // the relay passes on as soon as it has learned where to, and the listener's NAT once he has sent
	case Missing:
		return s.Confidence < Confirmed
	}
	return false
}

// settled makes an edge of a span, which forgets what only a silence has.
func (s *Span) settled(to State) {
	*s = Span{From: s.From, To: s.To, State: to, Confidence: Confirmed}
}

// bridge lets a pause that is short enough belong to the silence around it, and with it
// what lies beside the pause and is too short to be a silence of its own: comfort noise
// comes one packet at a time.
func bridge(in []Span) []Span {
	for i := 0; i < len(in); i++ {
		if in[i].State.Silent() {
			if n := across(in[i:]); n > 0 {
				a := &in[i]
				for k := range in[i+1 : i+1+n] {
					if b := &in[i+1+k]; b.State == Paused || a.same(b) {
						a.join(b)
					} else {
						a.To, a.Packets = b.To, a.Packets+b.Packets
					}
				}
				in = slices.Delete(in, i+1, i+1+n)
				i--
			}
		}
	}
	return in
}

// across is how many spans after the first, a silence, lead to where it goes on, with
// nothing but a pause that is short enough in between; 0 where none do. It may go on in
// another way, in too few packets to be a silence of its own: a latch that lets go in the
// pause learns from what follows.
func across(in []Span) int {
	var paused int64
	goesOn := 0
	for n := 1; n < len(in); n++ {
		switch s := &in[n]; {
		case in[0].same(s) && !(in[0].slight() && s.slight()): // two that are too short make no silence
			return n
		case s.State == Paused:
			paused += s.Duration()
			if paused >= longPause {
				return goesOn
			}
		case !s.State.Silent() || !s.slight():
			return goesOn
		case paused > 0 && s.Duration() >= minSilence && !in[0].slight():
			goesOn = n
		}
	}
	return goesOn
}

// slight reports whether a silent span is too short to be a silence.
func (s *Span) slight() bool { return s.Duration() < minSilence || s.Packets < minPackets }

// fold leaves silences in the state around them that are too short to be one.
func fold(in []Span) []Span {
	for i := range in {
		s := &in[i]
		switch {
		case s.State.Silent() && s.slight():
		case s.State == Paused && s.Duration() < minSilence && len(in) > 1:
		default:
			continue
		}
		if n := beside(in, i); n != nil {
			// Beside a silence it belongs to that one.
			s.State, s.Confidence, s.At, s.Seen, s.Lost = n.State, n.Confidence, n.At, n.Seen, n.Lost
			continue
		}
		switch {
		case i > 0 && !in[i-1].State.Silent():
			s.State, s.Confidence, s.At, s.Seen = in[i-1].State, in[i-1].Confidence, in[i-1].At, in[i-1].Seen
		case i+1 < len(in):
			s.State, s.Confidence, s.At, s.Seen = in[i+1].State, in[i+1].Confidence, in[i+1].At, in[i+1].Seen
		case i > 0:
			s.State, s.Confidence, s.At, s.Seen = in[i-1].State, in[i-1].Confidence, in[i-1].At, in[i-1].Seen
		default: // the whole row
			s.settled(Setup)
		}
		s.Packets, s.Proof, s.Why = 0, trace.Moment{}, ""
	}
	return in
}

// beside is a silence next to the i-th span that is long enough to be one.
func beside(in []Span, i int) *Span {
	for _, j := range []int{i - 1, i + 1} {
		if j < 0 || j >= len(in) {
			continue
		}
		if n := &in[j]; n.State.Silent() && !n.slight() {
			return n
		}
	}
	return nil
}

// refer gives the edges of the spans their frames.
func (d *direction) refer(out []Span) {
	for i := range out {
		s := &out[i]
		switch {
		case i == 0:
			s.From = d.from
		default:
			s.From = d.moment(s.From.Time)
			out[i-1].To = s.From
		}
	}
	if n := len(out); n > 0 {
		out[n-1].To = d.to
	}
}

// moment is the packet of the row at a time, as far as the capture's marks tell
// which one it is.
func (d *direction) moment(at int64) trace.Moment {
	if at == d.from.Time {
		return d.from
	}
	for i := len(d.chain) - 1; i >= 0; i-- {
		for _, g := range d.chain[i].flow {
			switch at {
			case g.from.Time:
				return g.from.Moment()
			case g.to.Time:
				return g.to.Moment()
			}
		}
	}
	for i := len(d.chain) - 1; i >= 0; i-- {
		for _, g := range d.chain[i].flow {
			if g.from.Time < at && at < g.to.Time {
				if m, ok := d.trace.FirstAfter(g.s, at); ok && m.Frame != 0 {
					out := m.Moment()
					out.Time = at
					return out
				}
			}
		}
	}
	return trace.Moment{Time: at}
}
