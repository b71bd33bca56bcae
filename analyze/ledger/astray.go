package ledger

import "github.com/latchscope/latchscope/analyze/trace"

// wentAstray counts what was sent to where the audio of the i-th span went in vain: what
// a filter of that way shows. It is less than what was due where a relay held some back.
func (d *direction) wentAstray(spans []Span, i int) (n int64) {
	s := &spans[i]
	if s.State != Misdirected && s.State != Refused || s.Lost == nil {
		return 0
	}
	same := func(o *trace.Stream) bool {
		return o.Src == s.Lost.Src && o.Dst == s.Lost.Dst && o.Point == s.Lost.Point
	}
	for _, o := range d.call.Streams {
		if !same(o) || o.CopyOf != nil && same(o.CopyOf) {
			continue
		}
		from := s.From.Time
		if o.Start().Ref == s.From.Ref && !Arrived(spans, i) {
			from--
		}
		to := s.To.Time
		if held := i+1 < len(spans) && spans[i+1].State == Agreed; held && o.Last.Time > to && o.Last.Time-to < minSilence {
			to = o.Last.Time // was under way when the hold began
		}
		n += d.trace.Sent([]*trace.Stream{o}, from, to+1)
	}
	return n
}

// Arrived reports whether the packet that the i-th span begins with is the last of what
// passed before it, rather than the first that did not.
func Arrived(spans []Span, i int) bool {
	if i == 0 {
		return false
	}
	switch spans[i-1].State {
	case Sent, Delivered, Replaced:
		return true
	}
	return false
}
