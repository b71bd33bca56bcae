package trace

import (
	"slices"
)

// Span is a stretch in which a stream sent without a pause.
type Span struct {
	Stream   *Stream
	From, To Mark
}

// Spans cuts a stream where it had nothing for at least pause nanoseconds
// (no shorter than GapFloor).
func (s *Stream) Spans(pause int64) []Span { return s.appendSpans(nil, pause) }

func (s *Stream) appendSpans(out []Span, pause int64) []Span {
	out = append(out, Span{Stream: s, From: s.First})
	for _, g := range s.GapsInOrder(func(m Mark) int64 { return m.Time }) {
		if g.Duration() < pause {
			continue
		}
		out[len(out)-1].To = g.Before
		out = append(out, Span{Stream: s, From: g.After})
	}
	out[len(out)-1].To = s.Last
	return out
}

// Sent counts the packets that streams sent in a stretch of time, bounds left
// out: exactly where the second look covers its edges, else by their sequence.
func (t *Trace) Sent(streams []*Stream, from, to int64) int64 {
	var n int64
	for _, s := range streams {
		n += t.sent(s, from, to)
	}
	return n
}

func (t *Trace) sent(s *Stream, from, to int64) int64 {
	if to > s.First.Time && from < s.Last.Time {
		return s.Count(t.seqAfter(s, from), t.seqBefore(s, to))
	}
	return 0
}

// seqAfter is the sequence number of the first packet later than a time.
func (t *Trace) seqAfter(s *Stream, at int64) int64 {
	if at < s.First.Time {
		return s.First.Seq
	}
	if p := t.Closeup.Between(s, at+1, at+second/2); len(p) > 0 && len(t.Closeup.Between(s, at-second/2, at)) > 0 {
		return p[0].Seq
	}
	var room [4]Span
	for _, sp := range s.appendSpans(room[:0], GapFloor) {
		if sp.From.Time > at {
			return sp.From.Seq
		}
		if at < sp.To.Time {
			break
		}
	}
	return s.seqNear(at) + 1
}

// seqBefore is the sequence number of the last packet earlier than a time.
func (t *Trace) seqBefore(s *Stream, at int64) int64 {
	if at > s.Last.Time {
		return s.Last.Seq
	}
	if p := t.Closeup.Between(s, at-second/2, at-1); len(p) > 0 && len(t.Closeup.Between(s, at, at+second/2)) > 0 {
		return p[len(p)-1].Seq
	}
	var room [4]Span
	for _, sp := range slices.Backward(s.appendSpans(room[:0], GapFloor)) {
		if sp.To.Time < at {
			return sp.To.Seq
		}
		if at > sp.From.Time {
			break
		}
	}
	return s.seqNear(at)
}

// seqNear is the number that a stream had reached at a time, estimated.
func (s *Stream) seqNear(at int64) int64 {
	switch {
	case at <= s.First.Time:
		return s.First.Seq
	case at >= s.Last.Time:
		return s.Last.Seq
	}
	var room [4]Span
	for _, sp := range s.appendSpans(room[:0], GapFloor) {
		if at < sp.From.Time {
			return sp.From.Seq - 1
		}
		if at <= sp.To.Time {
			if sp.To.Time == sp.From.Time {
				return sp.To.Seq
			}
			f := float64(at-sp.From.Time) / float64(sp.To.Time-sp.From.Time)
			return sp.From.Seq + int64(f*float64(sp.To.Seq-sp.From.Seq))
		}
	}
	return s.Last.Seq
}

// LastBefore is the last packet of a stream earlier than a time, exact where
// the second look covers it; ok is false where there is none.
func (t *Trace) LastBefore(s *Stream, at int64) (m Mark, ok bool) {
	if at <= s.First.Time {
		return Mark{}, false
	}
	if at > s.Last.Time {
		return s.Last, true
	}
	// Where a stream goes on up to the time, an earlier packet of the second look
	// is only the last that it holds.
	if p := t.Closeup.Between(s, at-2*second, at-1); len(p) > 0 && (p[len(p)-1].Time >= at-GapFloor || s.GapsDropped() > 0) {
		return p[len(p)-1].Mark, true
	}
	var room [4]Span
	for _, sp := range slices.Backward(s.appendSpans(room[:0], GapFloor)) {
		if sp.To.Time < at {
			return sp.To, true
		}
		if sp.From.Time < at {
			return Mark{Time: at - 1, Seq: s.seqNear(at), File: s.First.File}, true
		}
	}
	return s.First, true
}

// FirstAfter is the first packet of a stream not earlier than a time.
func (t *Trace) FirstAfter(s *Stream, at int64) (m Mark, ok bool) {
	if at > s.Last.Time {
		return Mark{}, false
	}
	if at <= s.First.Time {
		return s.First, true
	}
	if p := t.Closeup.Between(s, at, at+2*second); len(p) > 0 && (p[0].Time <= at+GapFloor || s.GapsDropped() > 0) {
		return p[0].Mark, true
	}
	var room [4]Span
	for _, sp := range s.appendSpans(room[:0], GapFloor) {
		if sp.From.Time >= at {
			return sp.From, true
		}
		if sp.To.Time >= at {
			return Mark{Time: at, Seq: s.seqNear(at), File: s.First.File}, true
		}
	}
	return s.Last, true
}
