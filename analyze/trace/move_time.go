package trace

import "sort"

// Left is when a move took a talker away from its old source: when its first
// packet from elsewhere arrived, or when what was sent to the old source began
// to be refused. back is what was sent towards the talker.
func (t *Trace) Left(m Move, back []*Stream) int64 {
	at := m.After.Time
	for _, b := range back {
		if b.Dst != m.From.Src {
			continue
		}
		if r := b.RefusedFrom(); r != 0 && r > m.Before.Time-2*second {
			at = min(at, r)
		}
	}
	return at
}

// RefusedFrom is when the first packet of a stream was sent that drew an ICMP
// error while the call wanted it; 0 if none did.
func (s *Stream) RefusedFrom() int64 {
	if s.Call == nil {
		return 0
	}
	e := s.Call.refused[s]
	switch {
	case e == nil:
		return 0
	case !e.Quoted.IsZero():
		return e.Quoted.Time
	}
	return e.Time
}

// Provoked is the last ICMP error addressed to a talker's old source before it
// moved, if the move followed within a round trip and a second; a round trip is
// generously taken for a second at most. nil if there was none.
func (t *Trace) Provoked(k *Talker, m Move) *ICMPError {
	var last *ICMPError
	note := func(old *Stream) {
		list := t.addressed[old.Src]
		n := sort.Search(len(list), func(i int) bool { return list[i].Time > m.After.Time })
		if n > 0 && (last == nil || last.Compare(list[n-1].Moment) < 0) {
			last = list[n-1]
		}
	}
	note(m.From)
	if k.Inside != nil {
		note(k.Inside)
	}
	if last == nil || m.After.Time-last.Time > 2*second {
		return nil
	}
	return last
}
