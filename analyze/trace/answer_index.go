package trace

// manyMessages is from how many messages, or ports, on a leg is indexed.
const manyMessages = 256

// answers finds, in a leg in which very much is said, the answer that a stream
// should not come before. Elsewhere looking through the leg is as quick.
type answers struct {
	by   [2]answerers
	seen map[sighting]Moment // when a capture point saw what was said
}

// answerers are the ports that a side announced as the answerer of the first
// offer: the first, and those of other forks by their addresses.
type answerers struct {
	first *Port
	forks map[[16]byte]*Port
}

// sighting is a message with SDP, as a capture point knows it again.
type sighting struct {
	point  int
	status int16
	method string
	cseq   uint32
	toTag  string
}

func (t *Trace) sightingOf(m *Message, point int) sighting {
	return sighting{point, m.Status, m.Method, m.CSeq, m.ToTag}
}

// indexAnswers does so for the legs in which very much is said.
func (t *Trace) indexAnswers() {
	for _, l := range t.Legs {
		if len(l.Ports) <= manyMessages && l.Messages.Len() <= manyMessages {
			continue
		}
		a := &answers{by: [2]answerers{l.answerers(Caller), l.answerers(Callee)}, seen: map[sighting]Moment{}}
		for _, m := range l.Messages.All() {
			k := t.sightingOf(&m, t.Captures[m.File].Point)
			if _, known := a.seen[k]; !known && m.SDP != nil {
				a.seen[k] = m.Moment
			}
		}
		if t.answers == nil {
			t.answers = map[*Leg]*answers{}
		}
		t.answers[l] = a
	}
}

func (l *Leg) answerers(side Side) (a answerers) {
	for _, p := range l.Ports {
		switch {
		case p.Side != side || p.Alias:
		case p.Offer:
			return a
		case a.first == nil:
			a.first, a.forks = p, map[[16]byte]*Port{}
		case p.Tag() != a.first.Tag() && a.forks[p.Addr.Addr] == nil:
			a.forks[p.Addr.Addr] = p
		}
	}
	return a
}

// of a stream from that side.
func (a answerers) of(s *Stream) *Port {
	if a.first != nil && a.first.Addr.Addr != s.Src.Addr {
		if p := a.forks[s.Src.Addr]; p != nil {
			return p
		}
	}
	return a.first
}
