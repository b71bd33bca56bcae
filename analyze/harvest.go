package analyze

import (
	"bytes"
	"cmp"
	"context"
	"io"
	"math"
	"slices"

	"github.com/latchscope/latchscope/analyze/capture"
	"github.com/latchscope/latchscope/analyze/internal/collect"
	"github.com/latchscope/latchscope/analyze/internal/correlate"
	"github.com/latchscope/latchscope/analyze/internal/harvest"
	"github.com/latchscope/latchscope/analyze/internal/level"
	"github.com/latchscope/latchscope/analyze/internal/srtp"
	"github.com/latchscope/latchscope/analyze/ledger"
	"github.com/latchscope/latchscope/analyze/trace"
)

// Harvest is what one pass over some captures collected, and the packets of them
// that a second look may want. It can be written down, read on another machine,
// and joined with others to one trace: see Join. The format is documented in
// internal/harvest.
type Harvest struct {
	h     *collect.Harvest
	calls int
}

// Calls is how many calls Gather saw in its captures; 0 of a harvest that was read.
func (h *Harvest) Calls() int { return h.calls }

// Collected is what is in it, for packages of this module.
func (h *Harvest) Collected() *collect.Harvest { return h.h }

// Gather collects what is in the captures of a set. Whatever needs packets is
// looked up now, as far as these captures tell what that is.
func Gather(ctx context.Context, set *capture.Set, opt Options) (*Harvest, error) {
	keys := new(srtp.Keyring)
	defer keys.Wipe()
	pass := opt.pass()
	pass.Keys = keys
	h, err := collect.Collect(ctx, set, pass)
	if err != nil {
		return nil, err
	}
	var raw bytes.Buffer // correlation takes h over
	if err := harvest.Write(&raw, h); err != nil {
		return nil, err
	}
	streams, first := slices.Clone(h.Streams), firsts(h.Streams)
	t := correlate.Correlate(h)
	if ctx.Err() == nil {
		if err := payloads(ctx, t, set, opt.pass(), keys, level.All(t)); err != nil {
			return nil, err
		}
	}
	kept, err := collect.Keep(ctx, t, set, opt.pass(), worthKeeping(t))
	if err != nil {
		return nil, err
	}
	out, err := harvest.Read(&raw, unbounded)
	if err != nil {
		return nil, err
	}
	out.Kept, out.Looked = kept, map[*trace.Stream]collect.Looked{}
	for i, s := range streams {
		if looked := lookedAt(t, s, first[i]); looked.Level != nil || looked.Mismatches != nil {
			out.Looked[out.Streams[i]] = looked
		}
	}
	return &Harvest{out, len(t.Calls)}, nil
}

// unbounded are the limits for our own harvest, which kept to those of the pass.
var unbounded = trace.Limits{
	Streams: 1 << 28, Messages: 1 << 28, Errors: 1 << 28, Flows: 1 << 28, Reports: 1 << 24, Gaps: 1 << 24, Closeup: 1 << 28, Harvest: math.MaxInt64,
}

// Write writes the harvest.
func (h *Harvest) Write(w io.Writer) error { return harvest.Write(w, h.h) }

// Rename gives a capture another path: that of the file of which it was a copy.
func (h *Harvest) Rename(from, to string) {
	for i := range h.h.Captures {
		if c := &h.h.Captures[i]; c.Path == from {
			c.Path = to
		}
	}
}

// Outline is as much of a harvest as tells which others it belongs with, and what of
// it (see packages group and component): all but the packets, the contents of reports
// and most of what payloads sound like. Its lists are as long as the harvest's, and in
// the same order. It shares what it has with the harvest, and is there to be written.
func (h *Harvest) Outline() *Harvest {
	out := *h.h
	out.Kept, out.Looked, out.Errors, out.Streams, out.Reports = nil, nil, nil, nil, nil
	for _, e := range h.h.Errors {
		bare := *e
		bare.Quote.Payload = nil
		out.Errors = append(out.Errors, &bare)
	}
	bareOf := map[*trace.Stream]*trace.Stream{}
	for _, s := range h.h.Streams {
		bare := *s
		if k := bare.Tracked.Sketch; k != nil {
			if bare.Tracked.Sketch = nil; k.Distinct() >= distinctive {
				bare.Tracked.Sketch = k.Head(sought)
			}
		}
		out.Streams = append(out.Streams, &bare)
		bareOf[s] = &bare
	}
	for _, s := range out.Streams { // those that know each other are these now
		if b := s.Breaks; b != nil {
			own := *b
			own.Earlier, own.Later = bareOf[b.Earlier], bareOf[b.Later]
			s.Breaks = &own
		}
	}
	for _, t := range h.h.Reports {
		bare := *t
		bare.Reports = nil
		out.Reports = append(out.Reports, &bare)
	}
	return &Harvest{h: &out}
}

// What a payload must have for two streams to be told for the same audio by it, and by
// how much of it they find each other: as in correlation.
const (
	distinctive = 20
	sought      = 8
)

// Captures are the files that it was made of.
func (h *Harvest) Captures() []capture.Info {
	var out []capture.Info
	for i := range h.h.Captures {
		out = append(out, h.h.Captures[i].Info)
	}
	return out
}

// ReadHarvest reads a harvest that somebody wrote. Its error says in one line what
// is wrong with the bytes.
func ReadHarvest(r io.Reader, lim Limits) (*Harvest, error) {
	h, err := harvest.Read(r, lim)
	if err != nil {
		return nil, err
	}
	return &Harvest{h: h}, nil
}

// IsHarvest reports whether a file that begins with head is a harvest.
func IsHarvest(head []byte) bool { return harvest.Is(head) }

// HarvestOf is a harvest of what was collected, for packages of this module.
func HarvestOf(h *collect.Harvest) *Harvest { return &Harvest{h: h} }

// Join puts harvests, and captures that are at hand, together to one trace, as Run
// does with captures alone; set may be nil. It takes the harvests over. What a
// second look wants and no harvest kept is told by a warning.
func Join(ctx context.Context, set *capture.Set, opt Options, harvests ...*Harvest) (*trace.Trace, error) {
	parts, err := apart(ctx, set, opt)
	if err != nil {
		return nil, err
	}
	for _, h := range harvests {
		parts = append(parts, part{h.h, make([]collect.Source, len(h.h.Captures))})
	}
	slices.SortStableFunc(parts, func(a, b part) int { return cmp.Compare(a.start(), b.start()) })
	var list []*collect.Harvest
	var from []collect.Source
	for _, p := range parts {
		list, from = append(list, p.h), append(from, p.from...)
	}
	var points []int
	if opt.Clocks != nil {
		points = opt.Clocks.Points
	}
	h := collect.MergeBy(points, opt.Limits, list...)
	h.Clocks = opt.Clocks
	for i := range from {
		if from[i].Input == nil {
			from[i].Kept = h.Kept[i]
		}
	}
	looked, joined, streams, first := h.Looked, h.Joined, slices.Clone(h.Streams), firsts(h.Streams)
	t := correlate.Correlate(h)
	for i, s := range streams {
		if o, ok := looked[s]; ok && s.CopyOf == nil {
			tell(t, s, first[i], o)
		}
	}
	unchecked(t, joined)
	want := wanted(t)
	if len(want) == 0 || ctx.Err() != nil {
		return t, nil
	}
	closeup, err := collect.Look(ctx, t, from, opt.pass(), want)
	if err != nil {
		return nil, err
	}
	correlate.AddCloseup(t, closeup)
	return t, nil
}

// firsts are the first packets of streams by the numbers of their harvest, which
// correlation changes.
func firsts(list []*trace.Stream) []trace.Mark {
	out := make([]trace.Mark, len(list))
	for i, s := range list {
		out[i] = s.First
	}
	return out
}

// lookedAt is what the bytes of a stream's packets said, in the numbers and times
// of the harvest. Where a clock was set back nobody can tell which of two times is
// meant.
func lookedAt(t *trace.Trace, s *trace.Stream, first trace.Mark) (out collect.Looked) {
	if l, ok := t.Levels[s]; ok {
		out.Level = &l
	}
	for _, m := range t.Mismatches[s] {
		if t.Captures[m.From.File].Step.By != 0 {
			continue
		}
		m.Shift(first.Seq-s.First.Seq, first.TS-s.First.TS)
		moveMismatch(t, &m, -1)
		out.Mismatches = append(out.Mismatches, m)
	}
	return out
}

// tell gives the trace what a harvest knows of a stream.
func tell(t *trace.Trace, s *trace.Stream, first trace.Mark, o collect.Looked) {
	if o.Level != nil && level.Worth(s) {
		if t.Levels == nil {
			t.Levels = map[*trace.Stream]trace.Level{}
		}
		t.Levels[s] = *o.Level
	}
	for _, m := range o.Mismatches {
		m.Shift(s.First.Seq-first.Seq, s.First.TS-first.TS)
		moveMismatch(t, &m, 1)
		if t.Mismatches == nil {
			t.Mismatches = map[*trace.Stream][]trace.Mismatch{}
		}
		t.Mismatches[s] = append(t.Mismatches[s], m)
	}
}

// unchecked warns of SRTP that goes on from one harvest to the next: keys do not
// travel, so tags were checked only where the agreement was recorded, too.
func unchecked(t *trace.Trace, joined []*trace.Stream) {
	for _, s := range joined {
		if l := s.Place.Leg; l != nil && slices.ContainsFunc(l.Ports, func(p *trace.Port) bool { return p.Secure }) {
			t.Warnings = append(t.Warnings, trace.Warning{Code: "harvest-keys", File: s.First.File, Frame: int64(s.First.Frame), Count: 1,
				Text: "keys do not travel with a harvest: the tags of SRTP were checked only in captures that hold the agreement on its key"})
			return
		}
	}
}

// moveMismatch moves its times to the clock of capture point 0, or back.
func moveMismatch(t *trace.Trace, m *trace.Mismatch, sign int64) {
	m.From.Time += sign * t.Captures[m.From.File].Offset
	m.To.Time += sign * t.Captures[m.To.File].Offset
	if !m.Negotiated.IsZero() {
		m.Negotiated.Time += sign * t.Captures[m.Negotiated.File].Offset
	}
}

// part is a harvest that is to be joined with others, and where its packets are.
type part struct {
	h    *collect.Harvest
	from []collect.Source
}

// start is when its first packet was recorded.
func (p *part) start() int64 {
	first := int64(math.MaxInt64)
	for i := range p.h.Captures {
		if c := &p.h.Captures[i]; c.Packets > 0 {
			first = min(first, c.First)
		}
	}
	return first
}

// apart collects each capture of a set by itself: harvests may lie between them.
func apart(ctx context.Context, set *capture.Set, opt Options) (out []part, err error) {
	if set == nil {
		return nil, nil
	}
	for i, in := range set.Files {
		one := set.Only(in)
		if i == 0 {
			one.Warnings = set.Warnings
		}
		h, err := Gather(ctx, one, opt)
		if err != nil {
			return nil, err
		}
		out = append(out, part{h.h, collect.Sources(one)})
	}
	return out, nil
}

// wanted are the windows of the second look.
func wanted(t *trace.Trace) map[*trace.Stream][]trace.Window {
	want := t.SecondLook()
	for s, w := range ledger.SecondLook(t) {
		want[s] = trace.MergeWindows(append(slices.Clone(want[s]), w...))
	}
	return want
}

// How much of a stream is kept, in nanoseconds, beside what its own captures make
// worth a second look: where others may show that something happened, too.
const (
	nearBorder = int64(3e9) // at either end of what a point recorded
	nearAnswer = int64(2e9)
	nearEdge   = int64(1e9) // of a stream, and of its gaps
)

// worthKeeping are the windows of the second look, and those that another capture
// may make one of: a call that goes on where these captures end may have its
// trouble there, or right on the border.
func worthKeeping(t *trace.Trace) map[*trace.Stream][]trace.Window {
	want := wanted(t)
	begin, end := borders(t)
	crossing := map[*trace.Call]bool{}
	for _, s := range t.Streams {
		if s.Call != nil && (s.First.Time < begin[s.Point]+nearBorder || s.Last.Time > end[s.Point]-nearBorder) {
			crossing[s.Call] = true
		}
	}
	for _, c := range t.Calls {
		if !crossing[c] {
			continue
		}
		lossy := slices.ContainsFunc(c.Streams, lossy)
		for _, s := range c.Streams {
			w := edges(c, s, begin[s.Point], end[s.Point])
			if lossy {
				w = append(w, trace.Window{From: s.First.Time, To: s.Last.Time})
			}
			want[s] = trace.MergeWindows(append(slices.Clone(want[s]), w...))
		}
	}
	return want
}

// lossy reports whether so much of a stream is missing that, in a call that goes on
// elsewhere, the length of each run may decide.
func lossy(s *trace.Stream) bool {
	lost := int64(s.Stats.Lost())
	return lost >= 5 && lost*200 >= int64(s.Stats.Expected())
}

// borders are the times of the first and the last packet of each capture point.
func borders(t *trace.Trace) (begin, end map[uint16]int64) {
	begin, end = map[uint16]int64{}, map[uint16]int64{}
	for i := range t.Captures {
		c := &t.Captures[i]
		if c.Packets == 0 {
			continue
		}
		p := uint16(c.Point)
		if first, known := begin[p]; !known || c.First+c.Offset < first {
			begin[p] = c.First + c.Offset
		}
		if last, known := end[p]; !known || c.Last+c.Offset > last {
			end[p] = c.Last + c.Offset
		}
	}
	return begin, end
}

// edges are the stretches of a stream of a call in which something may turn out to
// have happened.
func edges(c *trace.Call, s *trace.Stream, begin, end int64) []trace.Window {
	var w []trace.Window
	near := func(at, by int64) { w = append(w, trace.Window{From: at - by, To: at + by}) }
	near(begin, nearBorder)
	near(end, nearBorder)
	near(s.First.Time, nearEdge)
	near(s.Last.Time, nearEdge)
	if !c.Answer.IsZero() {
		near(c.Answer.Time, nearAnswer)
	}
	for _, g := range s.Gaps() {
		if g.Duration() >= trace.GapFloor {
			near(g.Before.Time, nearEdge)
			near(g.After.Time, nearEdge)
		}
	}
	return w
}
