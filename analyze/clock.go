package analyze

import "slices"

// Clocks. Every capture point has a clock of its own. What two points both
// saw, the same packets of one SSRC or the same SIP message, gives the
// difference of the clocks plus the way between them in that direction. Seen
// in both directions the way cancels out, as in NTP (RFC 5905 section 8).

// offsets estimates, for every capture point, the nanoseconds to add to its
// times to get those of point 0.
func (h *Harvest) offsets(points int) []int64 {
	out := make([]int64, points)
	for p := 1; p < points; p++ {
		d := h.differences(p, out)
		if len(d) == 0 {
			continue
		}
		slices.Sort(d)
		// The extremes are the two directions. Where there is only one, its
		// delay stays in the estimate.
		out[p] = -(d[0] + d[len(d)-1]) / 2
	}
	return out
}

// differences are the times of a point less those of earlier points (shifted
// by what is known of their clocks), one a stream or message that both saw.
func (h *Harvest) differences(p int, known []int64) []int64 {
	var out []int64
	for _, f := range families(h.Streams) {
		if len(f) > maxFamily {
			continue
		}
		for _, a := range f {
			for _, b := range f {
				if a.Point < p && b.Point == p && a.Dst == b.Dst || a.Src == b.Src && a.Point < p && b.Point == p {
					if d, ok := difference(a, b); ok {
						out = append(out, d-known[a.Point])
					}
				}
			}
		}
	}
	if len(out) > 0 {
		return out
	}
	first := map[uint64]*Message{}
	for _, m := range h.Messages {
		if pt := h.Captures[m.File].Point; pt < p && first[m.Hash] == nil {
			first[m.Hash] = m
		}
	}
	for _, m := range h.Messages {
		if a := first[m.Hash]; a != nil && h.Captures[m.File].Point == p && a.Src == m.Src {
			out = append(out, m.Time-a.Time-known[h.Captures[a.File].Point])
		}
	}
	return out
}

// difference of the times at which two points saw the same packets.
func difference(a, b *Stream) (int64, bool) {
	if a.Stats.Packets < 10 || b.Stats.Packets < 10 {
		return 0, false
	}
	// Clocks may differ by anything, so only the 16 bits on the wire and the
	// timestamps can say which packets are the same.
	shift := (a.First.Seq - b.First.Seq + 1<<15) >> 16 << 16
	lo, hi := max(a.First.Seq, b.First.Seq+shift), min(a.Last.Seq, b.Last.Seq+shift)
	if hi-lo < 8 {
		return 0, false
	}
	var d []int64
	for i := range int64(8) {
		seq := lo + (hi-lo)*i/7
		d = append(d, b.timeAt(seq-shift)-a.timeAt(seq))
	}
	slices.Sort(d)
	return d[len(d)/2], true
}

// shift moves everything into the clock of point 0.
func (h *Harvest) shift(offsets []int64) {
	by := make([]int64, len(h.Captures))
	moved := false
	for i := range h.Captures {
		by[i] = offsets[h.Captures[i].Point]
		h.Captures[i].Offset = by[i]
		moved = moved || by[i] != 0
	}
	if !moved {
		return
	}
	at := func(m *Moment) {
		if !m.IsZero() {
			m.Time += by[m.File]
		}
	}
	for _, m := range h.Messages {
		at(&m.Moment)
	}
	for _, e := range h.Errors {
		at(&e.Moment)
	}
	for _, s := range h.Streams {
		s.First.Time += by[s.First.File]
		s.Last.Time += by[s.Last.File]
		for i := range s.Gaps {
			s.Gaps[i].Before.Time += by[s.Gaps[i].Before.File]
			s.Gaps[i].After.Time += by[s.Gaps[i].After.File]
		}
	}
	for _, f := range h.Flows {
		at(&f.First)
		at(&f.Last)
		at(&f.Nominated)
		at(&f.Success)
	}
	for _, t := range h.Reports {
		for i := range t.Reports {
			at(&t.Reports[i].Moment)
		}
	}
}
