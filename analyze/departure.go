package analyze

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
	for _, e := range s.Call.Errors {
		if e.Unreachable() && e.Stream == s && !e.Dropped {
			if !e.Quoted.IsZero() {
				return e.Quoted.Time
			}
			return e.Time
		}
	}
	return 0
}

// Provoked is the last ICMP error addressed to a talker's old source before it
// moved, if the move followed within a round trip and a second; a round trip is
// generously taken for a second at most. nil if there was none.
func (t *Trace) Provoked(k *Talker, m Move) *ICMPError {
	var last *ICMPError
	for _, e := range t.Errors {
		if e.Time > m.After.Time || e.Toward {
			continue
		}
		own := e.To.IP() == m.From.Src.IP() && e.Quote.Src == m.From.Src ||
			k.Inside != nil && e.To.IP() == k.Inside.Src.IP() && e.Quote.Src == k.Inside.Src
		if own {
			last = e
		}
	}
	if last == nil || m.After.Time-last.Time > 2*second {
		return nil
	}
	return last
}
