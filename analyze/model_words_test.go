package analyze_test

import (
	"fmt"
	"io"
	"strings"

	"github.com/latchscope/latchscope/analyze/trace"
)

// teller writes a trace down, a fact a line. Where something happened is told
// by its frame, with the file before it where there are several.
type teller struct {
	w     io.Writer
	trace *trace.Trace
}

func tell(w io.Writer, name string, t *trace.Trace) {
	p := teller{w, t}
	fmt.Fprintf(w, "capture %s", name)
	for _, c := range t.Captures {
		fmt.Fprintf(w, ": %d packets, point %d", c.Packets, c.Point)
		p.count("duplicates", c.Duplicates)
		p.count("missed", c.Missed)
	}
	fmt.Fprintln(w)
	for _, warning := range t.Warnings {
		fmt.Fprintf(w, "warning %s %d %s\n", warning.Code, warning.Count, warning.Text)
	}
	for _, c := range t.Calls {
		p.call(c)
	}
	for _, s := range t.Streams {
		p.stream(s)
	}
	for _, k := range t.Talkers {
		p.talker(k)
	}
	p.icmp(t.Errors)
	fmt.Fprintln(w)
}

func (p teller) count(what string, n int64) {
	if n != 0 {
		fmt.Fprintf(p.w, " %s=%d", what, n)
	}
}

func (p teller) flag(what string, on bool) {
	if on {
		fmt.Fprint(p.w, " ", what)
	}
}

func (p teller) frame(m trace.Moment) string {
	switch {
	case m.IsZero():
		return "-"
	case len(p.trace.Captures) > 1:
		return fmt.Sprintf("%d/%d", m.File, m.Frame)
	}
	return fmt.Sprint(m.Frame)
}

func ids(list []*trace.Stream) string {
	if len(list) == 0 {
		return "-"
	}
	var out []string
	for _, s := range list {
		out = append(out, fmt.Sprint(s.ID))
	}
	return strings.Join(out, ",")
}

var sides = [...]string{"caller", "callee"}

func (p teller) call(c *trace.Call) {
	fmt.Fprintf(p.w, "call %d %s invite %s answer %s end %s errors=%d\n", c.ID, c.State, p.frame(c.Invite), p.frame(c.Answer), p.frame(c.End), len(c.Errors))
	for _, l := range c.Legs {
		fmt.Fprintf(p.w, "  leg %d %s status %d invite %s answer %s end %s messages=%d", l.ID, l.State, l.Status, p.frame(l.Invite), p.frame(l.Answer), p.frame(l.End), l.Messages.Len())
		copies, repeats := 0, 0
		for _, m := range l.Messages.All() {
			if m.Copy {
				copies++
			}
			if m.Repeat {
				repeats++
			}
		}
		p.count("copies", int64(copies))
		p.count("repeats", int64(repeats))
		p.count("refreshed", int64(len(l.Refresh)))
		p.flag("forked", l.Forked)
		fmt.Fprintln(p.w)
		for _, o := range l.Ports {
			kind := "answers"
			if o.Offer {
				kind = "offers"
			}
			fmt.Fprintf(p.w, "    %s %s %s line %d from %s until %s", sides[o.Side], kind, o.Addr, o.Line, p.frame(o.From()), p.frame(o.Until))
			p.flag(o.Direction.String(), o.Direction != 0)
			p.flag("changed", o.Changed)
			p.flag("alias", o.Alias)
			fmt.Fprintln(p.w)
		}
	}
}

func (p teller) stream(s *trace.Stream) {
	fmt.Fprintf(p.w, "stream %d %s>%s 0x%08x %s packets=%d frames %s-%s", s.ID, s.Src, s.Dst, s.SSRC, s.Codec(), s.Stats.Packets, p.frame(s.Start()), p.frame(s.End()))
	if s.Call != nil {
		fmt.Fprintf(p.w, " call %d", s.Call.ID)
	}
	if s.Place.Known() {
		fmt.Fprintf(p.w, " leg %d from %s", s.Place.Leg.ID, sides[s.Place.From])
	}
	if s.Place.Port != nil {
		fmt.Fprintf(p.w, " to port of %s", p.frame(s.Place.Port.From()))
	}
	if s.Place.Own != nil {
		fmt.Fprintf(p.w, " own port of %s", p.frame(s.Place.Own.From()))
	}
	for _, o := range []struct {
		what string
		s    *trace.Stream
	}{{"copy of", s.CopyOf}, {"relay of", s.RelayOf}, {"carries on", s.Prev}} {
		if o.s != nil {
			fmt.Fprintf(p.w, " %s %d", o.what, o.s.ID)
		}
	}
	p.count("twice", int64(s.Duplicates))
	if at := p.trace.Awaited(s); !at.IsZero() {
		fmt.Fprintf(p.w, " awaited from %s", p.frame(at))
	}
	fmt.Fprintln(p.w)
}

func (p teller) talker(k *trace.Talker) {
	fmt.Fprintf(p.w, "talker %d streams %s copies %s", k.ID, ids(k.Streams), ids(k.Copies))
	if k.Inside != nil {
		fmt.Fprintf(p.w, " inside %d", k.Inside.ID)
	}
	ways := p.trace.WaysOf(k)
	fmt.Fprintf(p.w, " out %s far %s back %s", ids(ways.Out), ids(ways.Far), ids(ways.Back))
	if ways.OutLeg != nil {
		fmt.Fprintf(p.w, " on leg %d", ways.OutLeg.ID)
	}
	p.flag("out-seen", ways.OutSeen)
	fmt.Fprintln(p.w)
	for _, m := range k.Moves {
		fmt.Fprintf(p.w, "  moves from stream %d to %d, frames %s to %s", m.From.ID, m.To.ID, p.frame(m.Before), p.frame(m.After))
		if m.Announced != "" {
			fmt.Fprintf(p.w, " by %s", m.Announced)
		}
		p.count("lost", m.Lost)
		p.flag("returns", m.Return)
		fmt.Fprintf(p.w, " left %+.3fs", float64(p.trace.Left(m, ways.Back)-m.After.Time)/1e9)
		if e := p.trace.Provoked(k, m); e != nil {
			fmt.Fprintf(p.w, " provoked by %s", p.frame(e.Moment))
		}
		fmt.Fprintln(p.w)
	}
}

// icmp tells the errors, those together of which the same is true: how many,
// the first and the last of them, and how many packets they quote.
func (p teller) icmp(errors []*trace.ICMPError) {
	type series struct {
		what        string
		first, last *trace.ICMPError
		n           int
		seqs        map[int64]bool
	}
	var all []*series
	of := map[string]*series{}
	for _, e := range errors {
		what := p.about(e)
		o := of[what]
		if o == nil {
			o = &series{what: what, first: e, seqs: map[int64]bool{}}
			of[what] = o
			all = append(all, o)
		}
		o.last = e
		o.n++
		o.seqs[e.Seq] = true
	}
	for _, o := range all {
		fmt.Fprintf(p.w, "icmp %d times, %s to %s, of %s to %s (seq %d to %d, %d of them): %s\n", o.n, p.frame(o.first.Moment), p.frame(o.last.Moment),
			p.frame(o.first.Quoted), p.frame(o.last.Quoted), o.first.Seq, o.last.Seq, len(o.seqs), o.what)
	}
}

func (p teller) about(e *trace.ICMPError) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d/%d %s>%s quotes %s>%s", e.Quote.Type, e.Quote.Code, e.By.IP(), e.To.IP(), e.Quote.Src, e.Quote.Dst)
	if e.Call != nil {
		fmt.Fprintf(&b, " call %d", e.Call.ID)
	}
	if e.Leg != nil {
		fmt.Fprintf(&b, " leg %d", e.Leg.ID)
	}
	if e.Stream != nil {
		fmt.Fprintf(&b, " stream %d", e.Stream.ID)
	}
	if e.Port != nil {
		fmt.Fprintf(&b, " port of %s", p.frame(e.Port.From()))
	}
	p.w = &b
	p.count("copies", int64(e.Copies))
	p.flag("toward", e.Toward)
	p.flag("rtcp", e.RTCP)
	p.flag("media", e.Media)
	p.flag("unwanted", e.Dropped)
	return b.String()
}
