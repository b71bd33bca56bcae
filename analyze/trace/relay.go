package trace

// Ways are the streams on both sides of a media server around one talker that
// it receives: what it makes of the talker's packets, what the other party
// sends in, and what it makes of that for the talker.
type Ways struct {
	In      []*Stream // from the talker to the server
	Out     []*Stream // what the server passes on of In; empty where none was seen
	OutLeg  *Leg      // the leg Out belongs to; nil if unknown
	OutSeen bool      // the capture sees the server's other side, so that missing packets were not sent
	Far     []*Stream // from the other party to the server
	Back    []*Stream // from the server towards the talker, wherever it believes it to be
}

// WaysOf finds the streams around a talker. Copies are left out, unless the
// talker itself was only seen as a copy (the outer side of a NAT).
func (t *Trace) WaysOf(k *Talker) Ways {
	w := Ways{In: k.Streams}
	if k.Call == nil {
		return w
	}
	w.passedOn(k)
	w.towards(k)
	w.fromFar(k)
	return w
}

// passedOn finds what the server made of the talker's packets.
func (w *Ways) passedOn(k *Talker) {
	mine := k.sightings()
	passed := map[*Stream]bool{} // those of Out
	for _, s := range k.Call.Streams {
		if s.CopyOf == nil && s.RelayOf != nil && mine[s.RelayOf] {
			w.Out = append(w.Out, s)
			passed[s] = true
		}
	}
	if len(w.Out) == 0 {
		return
	}
	// Whatever else leaves the same port for the same party carries on.
	for _, s := range k.Call.Streams {
		if s.CopyOf == nil && !passed[s] && s.Src == w.Out[0].Src && s.Place.Line == w.Out[0].Place.Line &&
			(s.RelayOf == nil || mine[s.RelayOf]) {
			w.Out = append(w.Out, s)
		}
	}
	w.OutLeg, w.OutSeen = w.Out[0].Place.Leg, true
}

// sightings are the streams that show the talker's packets.
func (k *Talker) sightings() map[*Stream]bool {
	mine := map[*Stream]bool{}
	for _, s := range k.Streams {
		mine[s] = true
		if s.CopyOf != nil {
			mine[s.CopyOf] = true
		}
	}
	for _, s := range k.Copies {
		mine[s] = true
	}
	return mine
}

// towards finds what the server sends to the talker: from the port that the
// talker sends to, or from another one of the server for the same m= line.
func (w *Ways) towards(k *Talker) {
	place := k.Place()
	for _, s := range k.Call.Streams {
		if s.CopyOf != nil && !k.outer() && !w.otherView(k, s) || s.Point != k.Streams[0].Point || !k.sameView(s) {
			continue
		}
		facing := s.Place.Known() && place.Known() && s.Place.Leg == place.Leg && s.Place.From == 1-place.From && s.Place.Line == place.Line
		if s.Src == k.Receiver() || facing && s.Src.IP() == k.Receiver().IP() {
			w.Back = append(w.Back, s)
		}
	}
}

// otherView reports whether a copy shows what the server sends to the talker in
// the addresses of the talker's own packets, and what it repeats does not: the
// server's address is translated, too.
func (w *Ways) otherView(k *Talker, s *Stream) bool {
	o := s.CopyOf
	return s.Src == k.Receiver() && o.Src != k.Receiver() && o.Src.IP() != k.Receiver().IP() && o.Dst == s.Dst
}

// fromFar finds what the other party sends to the server: what the server is
// known to make Back of, else what arrives at the port that sends Out, else what
// the party of another leg sends.
func (w *Ways) fromFar(k *Talker) {
	from := map[*Stream]bool{} // those of Far
	for _, s := range w.Back {
		if s.CopyOf != nil && s.RelayOf == nil {
			s = s.CopyOf
		}
		if r := s.RelayOf; r != nil && !from[r] {
			w.Far = append(w.Far, r)
			from[r] = true
		}
	}
	switch {
	case w.OutLeg == nil && k.Place().Known():
		w.fromOtherLeg(k)
	case w.OutLeg != nil && len(w.Far) == 0:
		w.Far = k.Call.incoming(w.OutLeg, w.Out[0])
	}
}

// fromOtherLeg takes for the other party's leg the first one on which a party
// sends, where nothing that the server passes on says which it is.
func (w *Ways) fromOtherLeg(k *Talker) {
	for _, l := range k.Call.Legs {
		if l == k.Place().Leg {
			continue
		}
		side := l.Inner(k.Place().Leg)
		for _, s := range k.Call.Streams {
			if s.CopyOf == nil && s.Place.Leg == l && s.Place.Line == k.Place().Line && s.Place.From == 1-side {
				w.OutLeg, w.OutSeen = l, true
				w.Far = append(w.Far, s)
			}
		}
		if w.OutLeg != nil {
			return
		}
	}
}

// incoming are the streams that arrive at the port which sends out.
func (c *Call) incoming(l *Leg, out *Stream) (far []*Stream) {
	for _, s := range c.Streams {
		if s.CopyOf == nil && s.Place.Leg == l && s.Place.From == 1-out.Place.From && s.Place.Line == out.Place.Line {
			far = append(far, s)
		}
	}
	return far
}

// outer reports whether the talker was seen behind a NAT that the capture also
// looks into.
func (k *Talker) outer() bool { return k.Inside != nil }

// sameView reports whether a stream towards the talker is seen on the same side
// of a NAT as the talker's own packets.
func (k *Talker) sameView(s *Stream) bool {
	if k.Inside == nil {
		return true
	}
	return s.Dst.IP() != k.Inside.Src.IP() && (s.Point != k.Inside.Point || s.Tap != k.Inside.Tap)
}

// Source is the address that a talker sent from at a time: that of the last
// packet before it, or of its first.
func (k *Talker) Source(at int64) *Stream {
	s := k.Streams[0]
	if len(k.Moves) > 0 {
		s = k.Moves[0].From
	}
	for _, m := range k.Moves {
		if m.After.Time <= at {
			s = m.To
		}
	}
	return s
}

// Held reports whether a hold, a rejected line or T.38 kept media of a leg from
// a side during a good part of a stretch: a sixteenth of it, and no less than
// 100 ms where it is longer than that.
func (l *Leg) Held(line int32, receiver Side, from, to int64) bool {
	if l == nil || from > to {
		return false
	}
	part := min(max((to-from)/16, 100*millisecond), to-from)
	for _, p := range l.Ports {
		if p.Line != line || p.Alias || !p.holds(receiver) || p.From().Time > to {
			continue
		}
		since, until := max(from, p.From().Time), to
		if !p.Until.IsZero() {
			until = min(to, p.Until.Time-1)
		}
		if until >= since && until-since >= part {
			return true
		}
	}
	return false
}
