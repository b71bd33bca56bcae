package report

import (
	"fmt"
	"slices"

	"github.com/latchscope/latchscope/analyze/ledger"
	"github.com/latchscope/latchscope/analyze/trace"
	"github.com/latchscope/latchscope/detect"
)

// A stranger's packets that a server passes on are in no row of the ledger: they are
// nobody's voice. But an ear got them, and a report that tells only of the silence
// beside leaves out the worse half.

// heard is what one ear got of a stranger.
type heard struct {
	ear      string
	from, to trace.Moment
	packets  int64
	stream   *trace.Stream
	beside   bool // the party's own packets came, too
}

// strangersHeard are the stretches in which ears of a call got a stranger's packets.
func (w *writer) strangersHeard(c *trace.Call) []heard {
	var out []heard
	for _, i := range w.about[c] {
		d, ok := w.result.Findings[i].Data.(detect.Competing)
		if !ok {
			continue
		}
		for _, s := range d.Heard() {
			if len(out) == mostRows {
				return out
			}
			ear := w.namesIn(c).Role(s.Dst.IP())
			out = append(out, heard{cmpOr(ear, w.endpoint(s.Dst)), s.Start(), s.End(), int64(s.Stats.Packets), s, d.Beside()})
		}
	}
	return out
}

// strangerRows are lines of a table of losses that say what an ear got instead.
func (w *writer) strangerRows(c *trace.Call) [][]string {
	var out [][]string
	for i, h := range w.strangersHeard(c) {
		if i == 2 {
			break
		}
		out = append(out, []string{h.ear, "a stranger's packets, passed on", w.clock(h.from), seconds(float64(h.to.Time-h.from.Time) / 1e9), sureWord(detect.Confirmed)})
	}
	return out
}

// strangerWords say in the summary what an ear got in the place of a voice, and
// what of a voice went to a stranger; "" where neither happened.
func (w *writer) strangerWords(c *trace.Call) string {
	text := ""
	if list := w.strangersHeard(c); len(list) > 0 { // the others stand in the table
		h, how := list[0], "instead"
		if h.beside {
			how = "between the party's own"
		}
		text += fmt.Sprintf(" From %s to %s %s %s was sent %s of a stranger %s.", w.clock(h.from), w.clock(h.to), w.zone(), detect.The(h.ear), plural(int(h.packets), "packet", "packets"), how)
	}
	for i, rows := 0, w.rows(c); i < len(rows); i++ {
		if n, refused := w.toStranger(c, &rows[i]); n > 0 {
			text += fmt.Sprintf(" In all, %s of %s's voice went to the stranger's address", plural(int(n), "packet", "packets"), detect.The(rows[i].From.Name))
			if refused {
				text += ", which refused them"
			}
			text += "."
			break
		}
	}
	return text
}

// toStranger is how many packets of a row's voice went to a stranger, and whether all
// of these were refused there.
func (w *writer) toStranger(c *trace.Call, r *ledger.Row) (n int64, refused bool) {
	if r.Media != "audio" {
		return 0, false
	}
	refused = true
	for i := range r.Spans {
		if s := &r.Spans[i]; w.strays(c, s) {
			n += s.Astray
			refused = refused && (s.State == ledger.Refused || s.State == ledger.Misdirected && refusedIn(c, s))
		}
	}
	return n, refused
}

// strays reports whether what was due in a span went to a stranger.
func (w *writer) strays(c *trace.Call, s *ledger.Span) bool {
	return (s.State == ledger.Misdirected || s.State == ledger.Refused) && s.Lost != nil && w.strangers(c)[s.Lost.Dst.String()]
}

// strangerRow draws what an ear got of a stranger.
func (w *writer) strangerRow(h heard, at func(trace.Moment) float64) PictureRow {
	word := "a stranger's packets, passed on"
	return PictureRow{Name: "  a stranger's", Title: word, Spans: []PictureSpan{{
		From: at(h.from), To: at(h.to), Symbol: Symbol{Key: "stranger", ASCII: "s", Unicode: "s", Word: word},
		Frames: w.frameList(h.from.Ref, h.to.Ref), Text: fmt.Sprintf("%s to %s: %s", w.clock(h.from), w.clock(h.to), word),
	}}}
}

// refusedByStranger reports whether a finding is of the refusals of a stranger that a
// silence among others tells of.
func refusedByStranger(f *detect.Finding, found []*detect.Finding) bool {
	u, ok := f.Data.(detect.Unreachable)
	return ok && slices.ContainsFunc(found, func(o *detect.Finding) bool {
		d, ok := o.Data.(detect.Silence)
		return ok && d.Latched != nil && *d.Latched == u.About && slices.ContainsFunc(found, func(x *detect.Finding) bool {
			s, ok := x.Data.(detect.Competing)
			return ok && s.Source == u.About
		})
	})
}
