package report

import (
	"fmt"
	"math"
	"slices"

	"github.com/latchscope/latchscope/analyze/ledger"
	"github.com/latchscope/latchscope/analyze/trace"
	"github.com/latchscope/latchscope/detect"
)

// symbols of the states. What is silent stands out; no two are alike.
var symbols = map[ledger.State]Symbol{
	ledger.Unseen:      {ASCII: "?", Unicode: "?"},
	ledger.Agreed:      {ASCII: "h", Unicode: "h"},
	ledger.Setup:       {ASCII: ":", Unicode: ":"},
	ledger.Closing:     {ASCII: ":", Unicode: ":"},
	ledger.Vanished:    {ASCII: "v", Unicode: "v"},
	ledger.Misdirected: {ASCII: "x", Unicode: "x"},
	ledger.Refused:     {ASCII: "!", Unicode: "!"},
	ledger.Stopped:     {ASCII: "-", Unicode: "░"},
	ledger.Missing:     {ASCII: "o", Unicode: "o"},
	ledger.Absent:      {ASCII: "_", Unicode: "_"},
	ledger.Unplayable:  {ASCII: "%", Unicode: "%"},
	ledger.Replaced:    {ASCII: "r", Unicode: "▒"},
	ledger.Paused:      {ASCII: "p", Unicode: "p"},
	ledger.Delivered:   {ASCII: "#", Unicode: "█"},
	ledger.Sent:        {ASCII: "=", Unicode: "▓"},
}

const beforeKey = "before"

// mostRows is how many ears are drawn.
const mostRows = 8

// picture draws the audio rows of a call, nil where there are none.
func (w *writer) picture(c *trace.Call) *Picture {
	rows := w.rows(c)
	p := &Picture{Call: c.ID, Began: moment(c.Start())}
	var talkers []string // of each row
	for i := range rows {
		r := &rows[i]
		if r.Media != "audio" || len(p.Rows) == mostRows || len(r.Spans) == 0 {
			continue
		}
		out := PictureRow{Name: "towards " + r.To.Name, Title: fmt.Sprintf("%s's voice towards %s", the(r.From.Name), the(r.To.Name))}
		out.Note = w.qualityNote(r)
		at := func(m trace.Moment) float64 { return float64(m.Time-p.Began.NS) / 1e9 }
		if start := at(r.Start); start > 0 {
			out.Spans = append(out.Spans, PictureSpan{0, start, Symbol{Key: beforeKey, ASCII: ".", Unicode: "·", Word: "before both had answered"}, "", "before both had answered"})
		}
		for j := range r.Spans {
			s := &r.Spans[j]
			if s.To.Time <= s.From.Time {
				continue
			}
			span := PictureSpan{From: at(s.From), To: at(s.To), Symbol: w.spanSymbol(c, r, s)}
			span.Text = fmt.Sprintf("%s to %s, %s: %s", w.clock(s.From), w.clock(s.To), seconds(float64(s.Duration())/1e9), span.Symbol.Word)
			if s.State.Silent() {
				span.Frames = w.frameList(s.From.Ref, s.To.Ref)
			}
			if d := w.inPause(c); d != nil && s.State == ledger.Sent && d.Voice == r.From.Name && d.Ear == r.To.Name {
				out.Spans = append(out.Spans, w.doubtfulIn(span, at(d.From), at(d.To))...)
				continue
			}
			if n := len(out.Spans); n > 0 && out.Spans[n-1].Symbol == span.Symbol && span.Symbol.Silent { // one thing, whatever errors came back
				before := &out.Spans[n-1]
				before.To = span.To
				before.Frames = w.frameList(r.Spans[j-1].From.Ref, s.To.Ref)
				before.Text = fmt.Sprintf("%s to %s, %s: %s", w.clock(r.Spans[j-1].From), w.clock(s.To), seconds(before.To-before.From), span.Symbol.Word)
				continue
			}
			out.Spans = append(out.Spans, span)
		}
		if out.Strip = w.strip(r, at); out.Strip == nil {
			out.Loss = lossMarks(r, at)
		}
		p.End = math.Max(p.End, out.Spans[len(out.Spans)-1].To)
		p.Rows, talkers = append(p.Rows, out), append(talkers, r.From.Name)
	}
	for _, h := range w.strangersHeard(c) {
		at := func(m trace.Moment) float64 { return float64(m.Time-p.Began.NS) / 1e9 }
		for i := range p.Rows {
			if p.Rows[i].Name == "towards "+h.ear {
				p.Rows = slices.Insert(p.Rows, i+1, w.strangerRow(h, at))
				break
			}
		}
	}
	if len(p.Rows) == 0 || p.End <= 0 {
		return nil
	}
	// One ear may have several rows: of several talkers, or of one after another.
	count := map[string]int{}
	for i := range p.Rows {
		count[p.Rows[i].Name]++
	}
	for i := range p.Rows {
		if count[p.Rows[i].Name] > 1 {
			p.Rows[i].Name += ", of " + talkers[i]
		}
		for j := range p.Rows[:i] {
			if p.Rows[i].Name == p.Rows[j].Name {
				p.Rows[i].Name = fmt.Sprintf("%s (%d)", p.Rows[i].Name, i+1)
			}
		}
	}
	if c.Answered() {
		p.Marks = append(p.Marks, Mark{moment(c.Answer).Since(p.Began), "answer"})
	}
	for _, i := range w.about[c] {
		f := &w.result.Findings[i]
		if d, ok := f.Data.(detect.Unreachable); ok && d.Component == "rtp" && c.Answered() && f.Start.Time < c.Answer.Time && len(p.Marks) < 12 {
			p.Marks = append(p.Marks, Mark{moment(f.Start).Since(p.Began), "refusal of audio before the answer"})
		}
	}
	for _, k := range c.Talkers {
		for _, m := range k.Moves {
			if m.Announced == trace.Unannounced && len(p.Marks) < 12 {
				p.Marks = append(p.Marks, Mark{moment(m.After).Since(p.Began), "source changed"})
			}
		}
	}
	p.Legend = legend(p)
	return p
}

// doubtful is what left for a port in a pause that a NAT had given up by its end.
const doubtful = "left for a port that a NAT likely gave up somewhere in here"

// doubtfulIn cuts out of a span what is doubtful from one moment to another.
func (w *writer) doubtfulIn(span PictureSpan, from, to float64) []PictureSpan {
	var out []PictureSpan
	for _, part := range [...]struct {
		from, to float64
		doubt    bool
	}{{span.From, math.Min(span.To, from), false}, {math.Max(span.From, from), math.Min(span.To, to), true}, {math.Max(span.From, to), span.To, false}} {
		if part.to <= part.from {
			continue
		}
		p := span
		p.From, p.To = part.from, part.to
		if part.doubt {
			p.Symbol.ASCII, p.Symbol.Unicode, p.Symbol.Word = "~", "~", doubtful
			p.Text = fmt.Sprintf("%s: %s", seconds(p.To-p.From), doubtful)
		}
		out = append(out, p)
	}
	return out
}

// qualityNote is what a row's loss and jitter make of it.
func (w *writer) qualityNote(r *ledger.Row) string {
	q := &r.Quality
	if q.Due == 0 {
		return ""
	}
	s := fmt.Sprintf("%s, loss %s", cmpOr(w.as(Codec, q.Codec), "codec not known"), percent(q.Percent))
	if q.Worst > q.Percent+0.1 {
		s += fmt.Sprintf(" (worst 10 s %s)", percent(q.Worst))
	}
	s += ", jitter " + jitterOf(r.Hops)
	if q.Rated {
		s += fmt.Sprintf(", R %.0f, MOS %.1f", q.R, q.MOS)
	}
	return s
}

// lossMarks are where packets are missing, without those of silences: at the
// sighting of the voice that lacks most, as that is what the listener may get. What
// is missing within one six hundredth of the row is one mark. Where the numbers of one
// sighting lack much more than the account says was lost, they are another's (two
// uplinks), or began anew: nothing is marked then.
func lossMarks(r *ledger.Row, at func(trace.Moment) float64) []Mark {
	type place struct {
		first   trace.Moment
		missing int
	}
	slice := max((r.End.Time-r.Start.Time)/mostSlices, 1)
	var best []place
	worst := uint64(0)
	for _, h := range r.Hops {
		points := map[uint16][]place{}
		missing := map[uint16]uint64{}
		for _, s := range h.Streams {
			for _, g := range s.Gaps() {
				n, m := g.Missing(), g.Before.Moment()
				middle := m.Time + g.Duration()/2 // its edges are a relay's delay off those of a silence
				if n == 0 || m.Time < r.Start.Time || m.Time > r.End.Time || silentAt(r, middle) {
					continue
				}
				missing[s.Point] += uint64(n)
				list := points[s.Point]
				if k := len(list); k > 0 && (list[k-1].first.Time-r.Start.Time)/slice == (m.Time-r.Start.Time)/slice {
					list[k-1].missing += int(n)
				} else if k < 2*mostSlices {
					points[s.Point] = append(list, place{m, int(n)})
				}
			}
		}
		for _, s := range h.Streams { // in their order, not the map's
			if n := missing[s.Point]; n > worst {
				worst, best = n, points[s.Point]
			}
		}
	}
	if int64(worst) > 2*r.Quality.Lost {
		return nil
	}
	var out []Mark
	for _, p := range best {
		out = append(out, Mark{at(p.first), plural(p.missing, "packet", "packets") + " missing"})
	}
	return out
}

func silentAt(r *ledger.Row, ns int64) bool {
	for i := range r.Spans {
		if s := &r.Spans[i]; s.From.Time <= ns && ns < s.To.Time {
			return s.State.Silent()
		}
	}
	return false
}

// legend lists the symbols that are used, those without loss first.
func legend(p *Picture) []Symbol {
	var out []Symbol
	seen := map[string]bool{}
	for _, silent := range []bool{false, true} {
		for _, r := range p.Rows {
			for _, s := range r.Spans {
				if s.Symbol.Silent == silent && !seen[s.Symbol.ASCII+s.Symbol.Word] {
					seen[s.Symbol.ASCII+s.Symbol.Word] = true
					out = append(out, s.Symbol)
				}
			}
		}
	}
	return out
}

// spanSymbol is the symbol of a span: what went to a stranger is one thing, and so
// is what went to a source that was left, whether or not an error came back.
func (w *writer) spanSymbol(c *trace.Call, r *ledger.Row, s *ledger.Span) Symbol {
	refused := s.State == ledger.Refused || s.State == ledger.Misdirected && refusedIn(c, s)
	switch {
	case w.strays(c, s):
		out := w.symbol(c, r, ledger.Misdirected)
		if out.Word = "sent to a stranger"; refused {
			out.Word += ", refused"
		}
		return out
	case s.State == ledger.Misdirected && refused:
		out := w.symbol(c, r, s.State)
		out.Word += ", refused there"
		return out
	}
	return w.symbol(c, r, s.State)
}

// refusedIn reports whether what went astray in a span drew ICMP errors.
func refusedIn(c *trace.Call, s *ledger.Span) bool {
	return s.Lost != nil && slices.ContainsFunc(c.Errors, func(e *trace.ICMPError) bool {
		return e.Unreachable() && e.Quote.Dst == s.Lost.Dst && e.Time >= s.From.Time && e.Time <= s.To.Time
	})
}

// symbol of a state with what it means in this row.
func (w *writer) symbol(c *trace.Call, r *ledger.Row, s ledger.State) Symbol {
	out := symbols[s]
	out.Key, out.Silent = s.String(), s.Silent()
	l := loss{row: r, state: s, reported: s == ledger.Vanished && w.onePoint()}
	switch s {
	case ledger.Sent:
		out.Word = "left for the listener (arrival unseen)"
		if w.leftServer(c, r) {
			out.Word = "left the media server (arrival unseen)"
		}
	case ledger.Delivered:
		out.Word = "arrived, as seen there or by RTCP reports"
	case ledger.Unseen:
		out.Word = "not in view"
	case ledger.Agreed:
		out.Word = "nothing is due (hold, inactive)"
	case ledger.Setup, ledger.Closing:
		out.Word = "first or last second: nothing yet, or no more"
	case ledger.Paused:
		out.Word = "paused"
	case ledger.Replaced:
		out.Word = "the server sent other audio in its place"
	case ledger.Misdirected:
		switch held := w.heldBy(c); held {
		case "":
			out.Word = "sent to where the listener is not"
		case "stranger":
			out.Word = "sent to a stranger"
		default:
			out.Word = "sent to the old " + held
		}
	case ledger.Stopped:
		out.Word = "reached the media server, not passed on"
	case ledger.Missing:
		out.Word = "did not arrive at this capture point"
	case ledger.Absent:
		out.Word = "nothing was sent"
	case ledger.Unplayable:
		out.Word = "sent, but not as the listener can play it"
	default:
		out.Word = w.fate(&l)
	}
	return out
}

// onePoint reports whether there is no second capture point, so that what vanished
// did so by the listener's reports.
func (w *writer) onePoint() bool {
	for i := range w.Captures {
		if w.Captures[i].Point > 0 {
			return false
		}
	}
	return true
}

// leftServer reports whether the last hop in view begins at the media server.
func (w *writer) leftServer(c *trace.Call, r *ledger.Row) bool {
	if n := len(r.Hops); n > 0 && r.Hops[n-1].InView {
		for _, s := range r.Hops[n-1].Streams {
			return w.namesIn(c).Role(s.Src.IP()) == "media server"
		}
	}
	return false
}

// zoom is the stretch of a picture around its losses, nil where the whole shows
// them well or there are none. A picture that is drawn in n cells shows what
// takes at least six of them.
func (p *Picture) zoom(cells int) *Picture {
	from, to := math.Inf(1), math.Inf(-1)
	for _, r := range p.Rows {
		for _, s := range r.Spans {
			if s.Symbol.Silent {
				from, to = math.Min(from, s.From), math.Max(to, s.To)
			}
		}
	}
	cell := (p.End - p.Start) / float64(cells)
	if to < from || cell <= 0 {
		return nil
	}
	longest := 0.0
	for _, r := range p.Rows {
		for _, s := range r.Spans {
			if s.Symbol.Silent {
				longest = math.Max(longest, s.To-s.From)
			}
		}
	}
	if longest >= 6*cell {
		return nil
	}
	if to-from > (p.End-p.Start)/2 { // losses all over: the first of them
		for _, r := range p.Rows {
			for _, s := range r.Spans {
				if s.Symbol.Silent && s.From == from {
					to = s.To
				}
			}
		}
	}
	margin := math.Max((to-from)*0.3, 0.2)
	z := *p
	z.Zoomed = true
	z.Start, z.End = math.Max(p.Start, from-margin), math.Min(p.End, to+margin)
	if (z.End-z.Start)*2 > p.End-p.Start {
		return nil
	}
	z.Rows = nil
	for _, r := range p.Rows {
		cut := PictureRow{Name: r.Name, Title: r.Title}
		for _, m := range r.Loss {
			if m.At >= z.Start && m.At <= z.End {
				cut.Loss = append(cut.Loss, m)
			}
		}
		for _, s := range r.Strip {
			if s.To > z.Start && s.From < z.End {
				cut.Strip = append(cut.Strip, s)
			}
		}
		for _, s := range r.Spans {
			if s.To > z.Start && s.From < z.End {
				cut.Spans = append(cut.Spans, s)
			}
		}
		z.Rows = append(z.Rows, cut)
	}
	z.Marks = nil
	for _, m := range p.Marks {
		if m.At >= z.Start && m.At <= z.End {
			z.Marks = append(z.Marks, m)
		}
	}
	z.Legend = legend(&z)
	return &z
}
