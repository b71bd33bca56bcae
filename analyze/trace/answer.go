package trace

// Awaited is the moment of the answer that a stream from an answerer should
// not come before, as the stream's capture point saw it: the first SDP of its
// party in the dialog. It is zero where there is none, or where the party made
// the offer.
func (t *Trace) Awaited(s *Stream) Moment {
	if !s.Place.Known() {
		return Moment{}
	}
	l := s.Place.Leg
	long := t.answers[l]
	var p *Port
	if long != nil {
		p = long.by[s.Place.From].of(s)
	} else {
		p = l.answerPort(s.Place.From, s)
	}
	if p == nil {
		return Moment{}
	}
	at := p.From()
	if t.Captures[at.File].Point == int(s.Point) {
		return at
	}
	// Another point saw it first; take the sighting at this one.
	if long != nil {
		said := p.Message()
		if seen, ok := long.seen[t.sightingOf(&said, int(s.Point))]; ok {
			return seen
		}
		return at
	}
	said := p.Message()
	for _, m := range l.Messages.All() {
		if m.SDP != nil && m.Method == said.Method && m.Status == said.Status && m.CSeq == said.CSeq &&
			m.ToTag == said.ToTag && t.Captures[m.File].Point == int(s.Point) {
			return m.Moment
		}
	}
	return at
}

// answerPort is the port that a side first announced as the answerer of the
// leg's first offer. With several dialogs (a fork) it is that of the one that
// names the stream's source, else the first.
func (l *Leg) answerPort(side Side, s *Stream) *Port {
	var first *Port
	for _, p := range l.Ports {
		if p.Side != side || p.Alias {
			continue
		}
		if p.Offer {
			if first == nil {
				return nil // it made the offer
			}
			break
		}
		if first == nil || p.Tag() != first.Tag() && p.Addr.IP() == s.Src.IP() && first.Addr.IP() != s.Src.IP() {
			first = p
		}
	}
	return first
}
