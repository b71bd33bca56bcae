package detect

import (
	"fmt"
	"slices"
	"strings"

	"github.com/latchscope/latchscope/analyze/ledger"
	"github.com/latchscope/latchscope/analyze/trace"
)

// lossGap is one run of lost packets of a row, the longest of its worst ten
// seconds: where the numbers are missing first, and where they were seen before
// that.
type lossGap struct {
	lo, hi        int64         // numbers of the lost packets
	lacks         *trace.Stream // the first sighting that does not have them
	before, after trace.Mark    // of lacks: the packets around
	has           *trace.Stream // a sighting that has all of them, nil where there is none
	first, last   trace.Mark    // of has: the first and the last of them
	beside        bool          // beside silences, which are longer
}

// lossGapOf is nil where only reports tell of a row's loss.
func lossGapOf(t *trace.Trace, r *ledger.Row) *lossGap {
	in, w := r.Quality.Window.In, r.Quality.Window.Gap
	if in == nil || w.Missing() == 0 {
		return nil
	}
	g := &lossGap{lo: w.Before.Seq + 1, hi: w.After.Seq - 1, beside: r.Silent() > 0}
	for _, s := range r.Streams() {
		if s.SSRC != in.SSRC {
			continue
		}
		before, after, inside := aroundNumbers(t, s, g.lo, g.hi)
		switch {
		case int64(len(inside)) == g.hi-g.lo+1 && g.has == nil:
			g.has, g.first, g.last = s, inside[0], inside[len(inside)-1]
		case len(inside) == 0 && before.Frame > 0 && after.Frame > 0 && g.lacks == nil:
			g.lacks, g.before, g.after = s, before, after
		}
	}
	if g.lacks == nil {
		g.lacks, g.before, g.after = in, w.Before, w.After
	}
	return g
}

// aroundNumbers are the packets of a stream before and after a run of numbers,
// and those within it, as far as they were kept.
func aroundNumbers(t *trace.Trace, s *trace.Stream, lo, hi int64) (before, after trace.Mark, inside []trace.Mark) {
	for _, g := range s.Gaps() {
		if g.Before.Seq < lo && g.After.Seq > hi {
			return g.Before, g.After, nil
		}
	}
	if t.Closeup == nil {
		return before, after, nil
	}
	list := t.Closeup.Packets[s]
	for i := range list {
		switch p := list[i].Mark; {
		case p.Seq >= lo && p.Seq <= hi:
			inside = append(inside, p)
		case p.Seq < lo && (before.Frame == 0 || p.Seq > before.Seq):
			before = p
		case p.Seq > hi && (after.Frame == 0 || p.Seq < after.Seq):
			after = p
		}
	}
	// A second look that left packets out does not show that none was there.
	if len(inside) == 0 && int64(len(list)) < int64(s.Stats.Packets) {
		return trace.Mark{}, trace.Mark{}, nil
	}
	slices.SortFunc(inside, func(a, b trace.Mark) int { return int(a.Seq - b.Seq) })
	return before, after, inside
}

// wire is a number as the packet carries it.
func wire(seq int64) uint16 { return uint16(seq & 0xffff) }

// name of the gap.
func (g *lossGap) name() string {
	if g.beside {
		return "the longest other gap" // than the silence
	}
	return "the longest gap"
}

// numbers are the numbers of the lost packets, as Wireshark shows them.
func (g *lossGap) numbers() string {
	if g.lo == g.hi {
		return fmt.Sprintf("sequence number %d", wire(g.lo))
	}
	return fmt.Sprintf("sequence numbers %d to %d", wire(g.lo), wire(g.hi))
}

// evidence is the packets around the gap, and those of it where they were seen.
func (g *lossGap) evidence() []Evidence {
	out := []Evidence{
		{g.before.Moment(), "the last packet before " + g.name()},
		{g.after.Moment(), fmt.Sprintf("the first after it: %s missing", strings.TrimPrefix(g.numbers(), "sequence "))},
	}
	if g.has != nil {
		out = append(out, Evidence{g.first.Moment(), fmt.Sprintf("number %d, first of %s, at point %d", wire(g.lo), g.name(), g.has.Point)})
		if g.last.Frame != g.first.Frame {
			out = append(out, Evidence{g.last.Moment(), fmt.Sprintf("number %d, the last of it, at point %d", wire(g.hi), g.has.Point)})
		}
	}
	return out
}

// filter shows the packets around the gap wherever that voice is in view; "" where
// the numbers begin anew in it.
func (g *lossGap) filter() string {
	if wire(g.lo-1) > wire(g.hi+1) {
		return ""
	}
	return fmt.Sprintf("rtp.ssrc == 0x%08x && rtp.seq >= %d && rtp.seq <= %d && %s", g.lacks.SSRC, wire(g.lo-1), wire(g.hi+1), NotQuoted(g.lacks.Dst.IP()))
}

// lossFilter shows what was lost of a stream: its longest gap, or the stream where that
// is not known or no filter can show it.
func lossFilter(s *trace.Stream, g *lossGap) string {
	if g != nil && isMedia(g.lacks) == "rtp" {
		if text := g.filter(); text != "" {
			return text
		}
	}
	return talkerFilter(s)
}

// Steps of media-loss: how much, where, and what the other direction shows beside.
func (d MediaLoss) Steps(f *Finding, n *Names) []Step {
	r := d.row
	if r == nil {
		return nil
	}
	q := &r.Quality
	much := Step{Text: fmt.Sprintf("%s of %s's %s to %s are missing (%.1f %%), %.1f in a row on the average.", group(q.Lost), The(r.From.Name), plural(q.Due, "packet"), The(r.To.Name), q.Percent, q.MeanBurst),
		Sure: f.Confidence, Frames: someFrames(f.Evidence, 2)}
	if w := &q.Window; w.To > 0 {
		much.Text = fmt.Sprintf("%s of %s's %s to %s are missing (%.1f %%), %s of them within %s (%.1f %%).", group(q.Lost), The(r.From.Name), plural(q.Due, "packet"), The(r.To.Name), q.Percent, group(w.Lost), seconds(inSeconds(w.To-w.From)), q.Worst)
		if r.Silent() > 0 {
			much.Text = "Beside the silence, which is not counted here, " + much.Text
		}
		if d.gap != nil {
			much.Text += fmt.Sprintf(" The longest gap of these: %s.", d.gap.numbers())
		}
	}
	where := Step{Sure: f.Confidence, Frames: much.Frames}
	where.Text, _ = d.whereText(n)
	if d.gap != nil && d.gap.has != nil {
		where.Frames = someFrames(f.Evidence[min(2, len(f.Evidence)):], 2)
	}
	if d.Where == "recording" {
		much.Sure, where.Sure = Confirmed, Likely
		much.Text = strings.Replace(much.Text, "are missing", "are not in this capture", 1)
	}
	if d.between != nil && d.gap != nil && lacksToo(r, d.gap.lacks) {
		where.Text += " What was sent on lacks them, too: no loss of the recording."
		where.Sound = true
	}
	steps := []Step{much, where}
	if b := d.back; b != nil && !worthTelling(&b.Quality) && b.Quality.Due > 0 && b.Verdict >= ledger.Partly {
		other := &b.Quality
		text := fmt.Sprintf("The other direction lost none of its %s.", plural(other.Due, "packet"))
		if other.Lost > 0 {
			text = fmt.Sprintf("The other direction lost %s of its %s (%.1f %%).", group(other.Lost), plural(other.Due, "packet"), other.Percent)
		}
		steps = append(steps, Step{Text: text, Sure: Confirmed, Frames: rowFrames(b)})
	}
	return steps
}

// rowFrames is the run of frames in which a row's last hop in view is seen.
func rowFrames(r *ledger.Row) []Frames {
	if s := busiest(r); s != nil {
		return runOf(s.Start().Ref, s.End().Ref)
	}
	return nil
}

// lacksToo reports whether what a server sends on of a stream misses as many packets as
// that stream itself: then it did not get them, and they are no loss of the recording.
func lacksToo(r *ledger.Row, in *trace.Stream) bool {
	lost := in.Stats.Lost()
	return lost > 0 && slices.ContainsFunc(r.Streams(), func(s *trace.Stream) bool {
		return (s.RelayOf == in || s.RelayOf != nil && s.RelayOf == in.CopyOf) && s.CopyOf == nil && s.Stats.Lost()*10 >= lost*9
	})
}

// whereText says between which places the packets were lost, in the names of the
// call: as a sentence, and as a clause for a summary.
func (d *MediaLoss) whereText(n *Names) (text, clause string) {
	from, to := The(d.row.From.Name), The(d.row.To.Name)
	at := "this capture point"
	if d.gap != nil && n.Role(d.gap.lacks.Dst.IP()) == "media server" {
		at = "the media server"
	}
	switch {
	case d.between != nil:
		a, b := d.between[0], d.between[1]
		clause = fmt.Sprintf("they were lost on the way from capture point %d to point %d", a, b)
		if hop := hopAt(d.row, a, b); hop != "" {
			clause += fmt.Sprintf(" (%s)", hop)
		}
		return fmt.Sprintf("These passed capture point %d and did not come to point %d: %s.", a, b, clause), clause
	case d.Where == "before":
		clause = fmt.Sprintf("they were lost, or never sent, between %s and %s", from, at)
		return fmt.Sprintf("They are missing where %s's audio first comes into view: %s.", from, clause), clause
	case d.Where == "relay":
		return "They arrived at the media server, and it did not pass them on.", "they arrived at the media server and were not passed on"
	case d.Where == "after":
		return fmt.Sprintf("They are all here: it is %s whose receiver reports (RTCP) count them as lost, behind the last place in view.", to),
			fmt.Sprintf("by %s's receiver reports (RTCP) they were lost behind the last place in view", to)
	case d.Where == "recording":
		return "Most likely the recording missed them: it lost packets at that time.", "most likely the recording missed them"
	}
	return "Where they were lost this capture does not show.", ""
}

// WhereWords is a clause, in the names of the call, on where the packets were lost;
// "" where the capture does not show it.
func (d MediaLoss) WhereWords(n *Names) string {
	_, clause := d.whereText(n)
	return clause
}

// Row is the row of the ledger that lost the packets.
func (d MediaLoss) Row() *ledger.Row { return d.row }
