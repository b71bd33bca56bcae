package report

import (
	"cmp"
	"net/netip"
	"slices"

	"github.com/latchscope/latchscope/analyze/trace"
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
	whats
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

	streams []*trace.Stream
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

func (r *Report) timeline(c *trace.Call, n *roles, zero Time) Timeline {
	var t Timeline
	rows := map[string]int{}
	talkers := slices.Clone(c.Talkers)
	slices.SortStableFunc(talkers, func(a, b *trace.Talker) int {
		if len(a.Streams) == 0 || len(b.Streams) == 0 {
			return cmp.Compare(len(b.Streams), len(a.Streams))
		}
		return a.Streams[0].Start().Compare(b.Streams[0].Start())
	})
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
			row.Spans = append(row.Spans, spans(s, c, zero)...)
			row.streams = append(row.streams, s)
			t.End = max(t.End, moment(s.End()).Since(zero))
		}
		for _, m := range k.Moves {
			row.Moves = append(row.Moves, moment(m.After).Since(zero))
		}
	}
	for _, w := range r.windows(c) {
		for i := range t.Rows {
			if t.Rows[i].concerns(w) {
				t.Rows[i].overlay(w, zero)
				t.End = max(t.End, float64(w.to-zero.NS)/1e9)
			}
		}
	}
	t.Rows = append(t.Rows, r.absent(c, n, zero)...)
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

// absent are rows for directions of which findings say that there is nothing
// in them: what is there is the other one.
func (r *Report) absent(c *trace.Call, n *roles, zero Time) []Row {
	var out []Row
	for _, i := range r.about[c] {
		f := &r.result.Findings[i]
		var d detect.OneWay
		switch data := f.Data.(type) {
		case detect.OneWay:
			d = data
		case *detect.OneWay:
			d = *data
		default:
			continue
		}
		from, to := host(d.To), host(d.From)
		if !from.IsValid() || !to.IsValid() {
			continue
		}
		out = append(out, Row{
			Name:  r.host(n, from) + " → " + r.host(n, to),
			Spans: []Span{{moment(f.Start).Since(zero), moment(f.End).Since(zero), Lost}},
		})
	}
	return out
}

// window is a stretch that a finding calls silent, and how it knows.
type window struct {
	from, to int64 // ns
	detect.Direction
	latched string // the source that was held on to, "" where not known
}

// windows takes the silent directions out of the findings of a call.
func (r *Report) windows(c *trace.Call) []window {
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
			w := window{Direction: d,
				from: r.trace.First.Time + int64(*d.StartS*1e9),
				to:   r.trace.First.Time + int64(*d.EndS*1e9),
			}
			if data.Latched != nil {
				w.latched = *data.Latched
			}
			out = append(out, w)
		}
	}
	return out
}

// what the packets that did not get through became, as far as one saw.
func (w window) what() What {
	switch w.Evidence {
	case "misdirected":
		return Misdirected
	case "inbound-gap":
		return Lost
	}
	return Withheld
}

// concerns tells whether a window is about a row: the silence of an uplink
// shows in what the server makes of it, that of a downlink in what it sends.
func (row *Row) concerns(w window) bool {
	for _, s := range row.streams {
		if w.Evidence == "relay-gap" && w.Direction.Direction == "uplink" {
			if s.RelayOf != nil && s.RelayOf.Dst.String() == w.To {
				return true
			}
			continue
		}
		if s.Src.String() == w.From && (s.Dst.String() == w.To || s.Dst.String() == w.latched || s.Dst.IP() == host(w.To)) {
			return true
		}
	}
	return false
}

func host(endpoint string) netip.Addr {
	ap, _ := netip.ParseAddrPort(endpoint)
	return ap.Addr()
}

// overlay puts a window over what the row's packets show: packets sent to a
// dead port are none that were heard, and where there are none they are none
// that were withheld or lost.
func (row *Row) overlay(w window, zero Time) {
	from, to := float64(w.from-zero.NS)/1e9, float64(w.to-zero.NS)/1e9
	what := w.what()
	replaced := func(s Span) bool {
		if what == Misdirected {
			return s.What == Heard || s.What == Early
		}
		return s.What == Nothing || s.What == Lost
	}
	var out []Span
	covered := from
	slices.SortStableFunc(row.Spans, func(a, b Span) int { return cmp.Compare(a.From, b.From) })
	for _, s := range row.Spans {
		if what != Misdirected && s.From > covered && covered < to {
			out = append(out, Span{covered, min(s.From, to), what})
		}
		covered = max(covered, s.To)
		if s.To <= from || s.From >= to || !replaced(s) {
			out = append(out, s)
			continue
		}
		if s.From < from {
			out = append(out, Span{s.From, from, s.What})
		}
		out = append(out, Span{max(s.From, from), min(s.To, to), what})
		if s.To > to {
			out = append(out, Span{to, s.To, s.What})
		}
	}
	if what != Misdirected && covered < to {
		out = append(out, Span{covered, to, what})
	}
	row.Spans = out
}

// spans cuts one stream into what was heard of it and what was not.
func spans(s *trace.Stream, c *trace.Call, zero Time) []Span {
	at := func(ns int64) float64 { return float64(ns-zero.NS) / 1e9 }
	gaps := slices.Clone(s.Gaps())
	slices.SortFunc(gaps, func(a, b trace.Gap) int { return cmp.Compare(a.Before.Time, b.Before.Time) })
	var out []Span
	heard := func(from, to int64) {
		if c.Answered() && from < c.Answer.Time && to > from {
			out = append(out, Span{at(from), at(min(to, c.Answer.Time)), Early})
			from = min(to, c.Answer.Time)
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
		out = append(out, Span{at(g.Before.Time), at(g.After.Time), what})
		from = g.After.Time
	}
	heard(from, s.Last.Time)
	return out
}
