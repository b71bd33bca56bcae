package report

import (
	"cmp"
	"slices"

	"github.com/latchscope/latchscope/analyze"
	"github.com/latchscope/latchscope/detect"
)

// What says what became of the media in a stretch of time.
type What uint8

const (
	Nothing     What = iota // no packet, and none missing
	Heard                   // packets
	Early                   // packets before the answer
	Lost                    // sequence numbers missing
	Withheld                // arrived, but was not passed on
	Misdirected             // sent to where nobody listens any more
)

// Words of the legend; each fits the key that a format draws before it.
func (w What) String() string {
	return [...]string{"nothing", "heard", "before the answer", "missing", "not passed on", "sent to the old source"}[w]
}

// Bad tells what a reader must not miss, however short it is.
func (w What) Bad() bool { return w >= Lost }

// Span is a stretch of one row, in seconds since the call's beginning.
type Span struct {
	From, To float64
	What     What
}

// Row is one direction of a call's media.
type Row struct {
	Name  string
	Spans []Span
	Moves []float64 // when its source changed
}

// Timeline shows who could be heard when.
type Timeline struct {
	End  float64 // of the call's media, seconds since the call's beginning
	Rows []Row
	// Focus is the stretch that the findings are about; all of it where there are none.
	From, To float64
	Answer   float64 // 0 where there was none
}

// mostRows is how many directions are shown.
const mostRows = 8

func (r *Report) timeline(c *analyze.Call, n *roles, zero Time) Timeline {
	var t Timeline
	rows := map[string]int{}
	talkers := slices.Clone(c.Talkers)
	slices.SortStableFunc(talkers, func(a, b *analyze.Talker) int {
		if len(a.Streams) == 0 || len(b.Streams) == 0 {
			return cmp.Compare(len(b.Streams), len(a.Streams))
		}
		return a.Streams[0].Start().Compare(b.Streams[0].Start())
	})
	windows := r.windows(c)
	for _, k := range talkers {
		if len(k.Streams) == 0 {
			continue
		}
		name := r.direction(n, k.Streams[0])
		i, ok := rows[name]
		if !ok {
			if len(t.Rows) == mostRows {
				continue
			}
			i = len(t.Rows)
			rows[name] = i
			t.Rows = append(t.Rows, Row{Name: name})
		}
		row := &t.Rows[i]
		for _, s := range k.Streams {
			row.Spans = append(row.Spans, spans(s, c, windows, zero)...)
			t.End = max(t.End, moment(s.End()).Since(zero))
		}
		for _, m := range k.Moves {
			row.Moves = append(row.Moves, moment(m.After).Since(zero))
		}
	}
	if c.Answered() {
		t.Answer = moment(c.Answer).Since(zero)
	}
	t.From, t.To = 0, t.End
	first := true
	for _, i := range r.about[c] {
		f := &r.result.Findings[i]
		if f.Severity < detect.Warn || f.Start.IsZero() {
			continue
		}
		from, to := moment(f.Start).Since(zero), moment(f.End).Since(zero)
		if first {
			t.From, t.To, first = from, max(from, to), false
		}
		t.From, t.To = min(t.From, from), max(t.To, to)
	}
	return t
}

// window is a stretch that a finding calls silent, and how it knows.
type window struct {
	from, to int64 // ns
	src, dst string
	what     What
}

// windows takes the silent directions out of the findings of a call.
func (r *Report) windows(c *analyze.Call) []window {
	var out []window
	for _, i := range r.about[c] {
		var data detect.Silence
		switch d := r.result.Findings[i].Data.(type) {
		case detect.Silence:
			data = d
		case *detect.Silence:
			data = *d
		}
		for _, d := range data.Directions {
			if d.StartS == nil || d.EndS == nil {
				continue
			}
			w := window{
				from: r.trace.First.Time + int64(*d.StartS*1e9),
				to:   r.trace.First.Time + int64(*d.EndS*1e9),
				src:  d.From, dst: d.To, what: Withheld,
			}
			if d.Evidence == "misdirected" {
				w.what = Misdirected
			}
			out = append(out, w)
		}
	}
	return out
}

// spans cuts one stream into what was heard of it and what was not.
func spans(s *analyze.Stream, c *analyze.Call, windows []window, zero Time) []Span {
	at := func(ns int64) float64 { return float64(ns-zero.NS) / 1e9 }
	gaps := slices.Clone(s.Gaps)
	slices.SortFunc(gaps, func(a, b analyze.Gap) int { return cmp.Compare(a.Before.Time, b.Before.Time) })
	var out []Span
	heard := func(from, to int64) {
		if c.Answered() && from < c.Answer.Time && to > from {
			out = append(out, Span{at(from), at(min(to, c.Answer.Time)), Early})
			from = min(to, c.Answer.Time)
		}
		for _, w := range windows {
			if w.what != Misdirected || w.dst != s.Dst.String() || w.to <= from || w.from >= to {
				continue
			}
			if w.from > from {
				out = append(out, Span{at(from), at(w.from), Heard})
			}
			out = append(out, Span{at(max(from, w.from)), at(min(to, w.to)), Misdirected})
			from = min(to, w.to)
		}
		if to > from || len(out) == 0 {
			out = append(out, Span{at(from), at(to), Heard})
		}
	}
	from := s.First.Time
	for _, g := range gaps {
		if g.Before.Time < from {
			continue // within one that was cut out already
		}
		heard(from, g.Before.Time)
		what := Nothing
		if g.Missing() > 0 {
			what = Lost
		}
		for _, w := range windows {
			if overlap := min(w.to, g.After.Time) - max(w.from, g.Before.Time); w.what == Withheld && overlap*2 > g.Duration() {
				what = Withheld
			}
		}
		out = append(out, Span{at(g.Before.Time), at(g.After.Time), what})
		from = g.After.Time
	}
	heard(from, s.Last.Time)
	return out
}
