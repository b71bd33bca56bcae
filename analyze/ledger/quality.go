package ledger

import (
	"cmp"
	"slices"

	"github.com/latchscope/latchscope/analyze/trace"
)

// quality counts what was lost on the way to the last step in sight beside the
// silences, and rates it.
func (d *direction) quality(spans []Span) Quality {
	var q Quality
	if len(d.chain) == 0 {
		return q
	}
	streams := d.carrying(len(d.chain) - 1)
	var runs runs
	runs.countAll(d, streams)
	if first := d.carrying(0); len(first) > 0 && len(streams) > 0 && !sharesSSRC(first, streams) {
		runs.countAll(d, first) // a server numbers anew: what either way lost is lost
	}
	for _, s := range streams {
		if q.Codec == "" {
			q.Codec = s.Codec()
		}
	}
	q.After = runs.addReported(d, streams, spans)
	runs.leaveOut(spans)
	q.Lost, q.Due = runs.lost, max(runs.due, runs.lost)
	if q.Due > 0 {
		q.Percent = 100 * float64(q.Lost) / float64(q.Due)
	}
	if runs.events > 0 {
		q.MeanBurst = float64(q.Lost) / float64(runs.events)
	}
	q.Worst, q.Bad = runs.windows(&q, spans)
	if q.Worst < q.Percent {
		q.Worst, q.Window = q.Percent, Window{} // losses of which only the number is known
	}
	if i, ok := impairments[codecOf(q.Codec)]; ok {
		q.Rated = true
		q.R = i.rating(q.Percent, q.MeanBurst)
		q.MOS = mos(q.R)
	}
	return q
}

// carrying are the streams of a step that lie in the row.
func (d *direction) carrying(k int) []*trace.Stream {
	l := &d.chain[k]
	if l.view == nil {
		return nil
	}
	out := d.streams.take(len(l.view.streams))
	for _, s := range l.view.streams {
		if s.Last.Time < d.from.Time || s.First.Time > d.to.Time || l.tied != nil && !l.tied(s) && d.foreign(s) {
			continue
		}
		out = append(out, s)
	}
	return out
}

func sharesSSRC(a, b []*trace.Stream) bool {
	for _, x := range a {
		for _, y := range b {
			if x.SSRC == y.SSRC {
				return true
			}
		}
	}
	return false
}

// runs counts packets lost in runs.
type runs struct {
	due, lost int64
	events    int64
	losses    []loss // in order of time for each stream
}

// loss is a run of lost packets between two that came.
type loss struct {
	from, to int64
	first    int64 // the first of their numbers
	n        int64
	each     int64 // ns between packets
	alone    bool  // not a run: as many losses of one packet

	in  *trace.Stream // where it was; nil where alone
	gap trace.Gap     // the packets around it there
}

// countAll adds what the streams of one step lost. Packets of one talker that
// come by two ways in turns are in one stream or the other.
func (r *runs) countAll(d *direction, streams []*trace.Stream) {
	var step runs
	for _, s := range streams {
		var own runs
		own.count(d, s)
		kept := own.losses[:0]
		for _, l := range own.losses {
			if n, _ := between(others(streams, s), s.SSRC, l.first, l.first+l.n-1); n > 0 {
				n = min(n, l.n)
				own.lost, own.due, l.n = own.lost-n, own.due-n, l.n-n
				if l.n == 0 {
					own.events--
					continue
				}
			}
			kept = append(kept, l)
		}
		step.due += own.due
		step.lost += max(own.lost, 0)
		step.events += max(own.events, 0)
		step.losses = append(step.losses, kept...)
	}
	r.due = max(r.due, step.due)
	r.lost += step.lost
	r.events += step.events
	r.losses = append(r.losses, step.losses...)
}

// others are the streams beside one.
func others(streams []*trace.Stream, s *trace.Stream) []*trace.Stream {
	if len(streams) == 1 {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(streams), func(o *trace.Stream) bool { return o == s })
}

// count adds what a stream lost within the row: from its packets where the
// second look kept all of them, else from its counters and longest gaps.
func (r *runs) count(d *direction, s *trace.Stream) {
	from, to := d.from.Time, d.to.Time
	each := s.Interval()
	if list := d.trace.Closeup.Between(s, never, always); len(list) > 1 && int64(len(list)) >= int64(s.Stats.Packets) {
		highest := list[0].Seq
		last := list[0].Mark
		for _, p := range list {
			if p.Time < from || p.Time > to {
				highest, last = max(highest, p.Seq), p.Mark
				continue
			}
			if p.Seq <= highest {
				if p.Seq < highest {
					r.lost-- // late: its number was counted as lost
				}
				continue
			}
			if gap := p.Seq - highest - 1; gap > 0 {
				r.lost += gap
				r.events++
				r.losses = append(r.losses, loss{last.Time, p.Time, highest + 1, gap, each, false, s, trace.Gap{Before: last, After: p.Mark}})
			}
			r.due += p.Seq - highest
			highest, last = p.Seq, p.Mark
		}
		r.lost = max(r.lost, 0)
		return
	}
	lost := int64(s.Stats.Lost())
	expected := int64(s.Stats.Expected())
	if s.First.Time < from || s.Last.Time > to { // the part of it that lies in the row
		if length := s.Last.Time - s.First.Time; length > 0 {
			part := float64(min(s.Last.Time, to)-max(s.First.Time, from)) / float64(length)
			lost, expected = int64(float64(lost)*part), int64(float64(expected)*part)
		}
	}
	r.due += expected
	r.lost += lost
	held := int64(0)
	for _, g := range s.Gaps() {
		if n := g.Missing(); n > 0 && g.Before.Time >= from-second && g.After.Time <= to+second {
			r.events++
			held += n
			r.losses = append(r.losses, loss{g.Before.Time, g.After.Time, g.Before.Seq + 1, n, each, false, s, g})
		}
	}
	if rest := lost - held; rest > 0 {
		r.events += max(1, min(rest, int64(s.GapsDropped()))) // shorter than those that were kept
	}
}

// leaveOut takes out what lies in silences: these are accounted for already.
func (r *runs) leaveOut(spans []Span) {
	inside := func(l loss) bool {
		told := false
		for i := range spans {
			s := &spans[i]
			if s.To.Time <= l.from+millisecond || s.From.Time >= l.to-millisecond {
				continue
			}
			switch {
			case s.State.Silent() || s.State == Agreed || s.State == Unseen:
				told = true
			case s.State != Paused: // a pause has no numbers: those are the silence's beside it
				return false
			}
		}
		return told
	}
	// A silence may also begin or end with a pause, which the gap in the numbers
	// includes.
	accounted := func(l loss) bool {
		n := l.n
		for i := range spans {
			if s := &spans[i]; s.State.Silent() && s.From.Time >= l.from-millisecond && s.To.Time <= l.to+millisecond {
				n -= s.Packets
			}
		}
		return n < minPackets && n < l.n
	}
	kept := r.losses[:0]
	for _, l := range r.losses {
		if inside(l) || accounted(l) {
			r.lost -= l.n
			r.events--
			if l.alone {
				r.events -= l.n - 1
				continue // they came by here, and were due
			}
			r.due -= l.n
			continue
		}
		kept = append(kept, l)
	}
	r.losses = kept
	r.lost, r.due, r.events = max(r.lost, 0), max(r.due, 0), max(r.events, 0)
}

// windows finds the worst ten seconds, in percent, and the longest run of
// ten-second windows in which R is under 70. Silences are told beside: what was due in
// them is no part of a window.
func (r *runs) windows(q *Quality, spans []Span) (worst float64, bad int) {
	type tally struct {
		at, lost, events int64
		longest          loss
	}
	var list []tally
	slices.SortFunc(r.losses, func(a, b loss) int { return cmp.Compare(a.from, b.from) })
	for _, l := range r.losses {
		q.LostFrom, q.LostTo = r.losses[0].from, max(q.LostTo, l.to)
		at := (l.from - r.losses[0].from) / window
		if n := len(list); n == 0 || list[n-1].at != at {
			list = append(list, tally{at: at})
		}
		t := &list[len(list)-1]
		t.lost += l.n
		t.events++
		if l.alone {
			t.events += l.n - 1
		} else if l.n > t.longest.n {
			t.longest = l
		}
	}
	i, ok := impairments[codecOf(q.Codec)]
	if !ok {
		i = concealed
	}
	run, before := 0, int64(-1)
	for _, w := range list {
		start := r.losses[0].from + w.at*window
		from, to, heard := withoutSilence(spans, start, start+window)
		percent := min(100, 100*float64(w.lost)/float64(max(max(heard, window/2)/max(r.losses[0].each, millisecond), 1)))
		rating := i.rating(percent, float64(w.lost)/float64(w.events))
		if percent > worst {
			worst = percent
			q.Window = Window{From: from, To: to, Lost: w.lost, R: rating, In: w.longest.in, Gap: w.longest.gap}
		}
		if w.at != before+1 {
			run = 0
		}
		before = w.at
		if rating < fairR {
			run++
		} else {
			run = 0
		}
		bad = max(bad, run)
	}
	return worst, bad
}

// withoutSilence is a stretch less the silences at its ends, and how much of it no
// silence takes. Those that are too short to be a loss of their own count as loss here.
func withoutSilence(spans []Span, start, end int64) (from, to, heard int64) {
	from, to, heard = start, end, end-start
	for i := range spans {
		s := &spans[i]
		if !s.State.Silent() || s.Duration() < second/2 || s.To.Time <= start || s.From.Time >= end {
			continue
		}
		heard -= min(s.To.Time, end) - max(s.From.Time, start)
		if s.From.Time <= from {
			from = min(s.To.Time, end)
		}
		if s.To.Time >= end {
			to = max(s.From.Time, from)
		}
	}
	return from, to, heard
}
