package collect

import (
	"slices"

	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/packet"
	"github.com/latchscope/latchscope/analyze/rtp"
	"github.com/latchscope/latchscope/analyze/trace"
)

// Merge is the harvest of all captures of some harvests together, which may come
// from several machines: what one pass over all files in this order would have
// collected, where each file was read as a whole. Files are numbered on; a
// capture point whose first file begins after another one has ended carries that
// one on, as in a pass, and its streams, flows and reports are joined with those
// before. Merge takes the parts over.
//
// What lies across the border is missing here as there: a SIP message over TCP, an
// IP packet in fragments. What a pass carries from file to file, and the parts do not
// know of each other, is missing here only: the clock of a payload type (and so its
// jitter) whose SDP stands in an earlier part.
func Merge(limits trace.Limits, parts ...*Harvest) *Harvest {
	return MergeBy(nil, limits, parts...)
}

// Points tells of each capture of all parts which point recorded it, as Merge would
// find. It leaves the parts as they are.
func Points(parts ...*Harvest) (points []int) {
	m := merger{out: newHarvest()}
	for _, h := range parts {
		v := m.place(h)
		for p, at := range v.point {
			m.points[at].said = append(m.points[at].said, messagesOf(h, p))
		}
		for _, s := range h.Streams {
			to := m.points[v.point[s.Point]]
			to.out.Streams = append(to.out.Streams, s)
		}
	}
	for _, c := range m.out.Captures {
		points = append(points, c.Point)
	}
	return points
}

// MergeBy merges parts of which more is known than they say themselves: points are
// those of all captures, nil where nobody knows better.
func MergeBy(points []int, limits trace.Limits, parts ...*Harvest) *Harvest {
	m := merger{limits: limits.WithDefaults(), told: points, out: newHarvest()}
	for _, h := range parts {
		m.add(h)
	}
	for _, p := range m.points {
		m.out.Messages.Numbers = append(m.out.Messages.Numbers, p.out.Messages.Numbers...)
		m.out.Errors = append(m.out.Errors, p.out.Errors...)
		m.out.Streams = append(m.out.Streams, p.out.Streams...)
		m.out.Reports = append(m.out.Reports, p.out.Reports...)
		m.out.Flows = append(m.out.Flows, p.out.Flows...)
		m.out.Controls = append(m.out.Controls, p.out.Controls...)
	}
	return m.out
}

func newHarvest() *Harvest { return &Harvest{Messages: trace.Messages{Store: new(trace.Store)}} }

// own makes records of a part's messages such of the whole.
func (m *merger) own(h *Harvest) func(trace.Record) trace.Record {
	if h.Messages.Store == nil {
		return nil // there are none
	}
	return m.out.Messages.Store.Join(h.Messages.Store)
}

type merger struct {
	limits trace.Limits
	told   []int // by capture: its point; nil: place finds it
	out    *Harvest
	points []*mergedPoint
}

// mergedPoint is one capture point of the merged harvest.
type mergedPoint struct {
	last    int64 // time of its last packet
	taps    []packet.Tap
	out     Harvest                    // what was recorded there
	said    []trace.Messages           // and is left where it is
	streams map[mergeKey]*trace.Stream // the latest of each
	flows   map[flowKey]*trace.Flow
	reports map[reportKey]*trace.ReportTrack
}

type mergeKey struct {
	src, dst  endpoint.Endpoint
	ssrc, tap uint32
}

// moved says where things of a part stand in the whole.
type moved struct {
	file     int32           // added to its file numbers
	point    []int           // of its capture points
	tap      [][]uint32      // of each of its capture points, of its taps
	captures []trace.Capture // its own
	passages map[uint32]uint32
}

func (v *moved) ref(r *trace.Ref) {
	if r.File >= 0 {
		r.File += v.file
	}
}

func (v *moved) moment(m *trace.Moment) {
	if !m.IsZero() {
		v.ref(&m.Ref)
	}
}

// tapOf is a tap of what was recorded in a file of the part.
func (v *moved) tapOf(file int32, tap uint32) uint32 {
	if to := v.tap[v.captures[file].Point]; int(tap) < len(to) {
		return to[tap]
	}
	return tap
}

func (m *merger) add(h *Harvest) {
	v := m.place(h)
	own := m.own(h)
	for i := range h.Messages.Len() {
		r := own(*h.Messages.Record(i))
		to := &m.at(r.File, v).out
		r.Passage = v.passage(&r, to.Messages.Store)
		v.moment(&r.Moment)
		to.Messages.Append(r)
	}
	for _, e := range h.Errors {
		to := &m.at(e.File, v).out
		e.Tap = v.tapOf(e.File, e.Tap)
		v.moment(&e.Moment)
		to.Errors = append(to.Errors, e)
	}
	for _, s := range h.Streams {
		m.stream(s, h.Looked[s], v)
	}
	for _, f := range h.Flows {
		m.flow(f, v)
	}
	for _, t := range h.Reports {
		m.report(t, v)
	}
	for _, x := range h.Controls {
		to := &m.at(x.File, v).out
		x.Tap = v.tapOf(x.File, x.Tap)
		v.moment(&x.Moment)
		v.moment(&x.Reply)
		to.Controls = append(to.Controls, x)
	}
	m.out.SIP += h.SIP
	for _, method := range sortedKeys(h.Others) {
		if m.out.Others == nil {
			m.out.Others = map[string]int64{}
		}
		m.out.Others[method] += h.Others[method]
	}
	m.keep(h, v)
	for _, w := range h.Warnings {
		m.warn(w, v)
	}
}

// at is the capture point of a file of the part.
func (m *merger) at(file int32, v *moved) *mergedPoint {
	return m.points[v.point[v.captures[file].Point]]
}

// place numbers files and capture points on, as a pass does.
func (m *merger) place(h *Harvest) *moved {
	captures := h.Captures
	v := &moved{file: int32(len(m.out.Captures)), captures: captures, passages: map[uint32]uint32{}}
	points := 0
	for _, c := range captures {
		points = max(points, c.Point+1)
	}
	v.point, v.tap = make([]int, points), make([][]uint32, points)
	for p := range points {
		at := m.pointOf(h, p, v)
		for at >= len(m.points) {
			m.points = append(m.points, &mergedPoint{
				out:     Harvest{Messages: trace.Messages{Store: m.out.Messages.Store}},
				streams: map[mergeKey]*trace.Stream{}, flows: map[flowKey]*trace.Flow{}, reports: map[reportKey]*trace.ReportTrack{},
			})
		}
		v.point[p] = at
		to := m.points[at]
		for _, c := range captures {
			if c.Point == p {
				to.last = max(to.last, c.Last)
				v.tap[p] = to.tapsOf(c.Taps, v.tap[p])
			}
		}
	}
	for _, c := range captures {
		c.Point = v.point[c.Point]
		c.Taps = m.points[c.Point].taps
		c.Warnings = slices.Clone(c.Warnings)
		for i := range c.Warnings {
			c.Warnings[i].File += v.file
		}
		m.out.Captures = append(m.out.Captures, c)
	}
	return v
}

// pointOf is the number in the whole of a part's point p, the next one where it carries
// on none of those before.
func (m *merger) pointOf(h *Harvest, p int, v *moved) int {
	of := func(c trace.Capture) bool { return c.Point == p }
	if at := slices.IndexFunc(h.Captures, of); at >= 0 && int(v.file)+at < len(m.told) {
		return m.told[int(v.file)+at]
	}
	first := slices.IndexFunc(h.Captures, func(c trace.Capture) bool { return of(c) && c.Packets > 0 })
	for i, o := range m.points {
		if slices.Contains(v.point[:p], i) {
			continue // a part's points are apart
		}
		if first < 0 {
			return i
		}
		if begins := h.Captures[first].First; begins >= o.last && (begins-o.last <= laterOn || !o.again(h, p)) {
			return i
		}
	}
	return len(m.points)
}

// again reports whether a point of a part recorded again what was recorded here.
func (p *mergedPoint) again(h *Harvest, point int) bool {
	var streams []*trace.Stream
	for _, s := range h.Streams {
		if int(s.Point) == point {
			streams = append(streams, s)
		}
	}
	return recordedAgain(append(p.said, p.out.Messages), p.out.Streams, messagesOf(h, point), streams)
}

// messagesOf are those of a part's point.
func messagesOf(h *Harvest, point int) trace.Messages {
	out := trace.Messages{Store: h.Messages.Store}
	for i, n := range h.Messages.Numbers {
		if h.Captures[h.Messages.Record(i).File].Point == point {
			out.Numbers = append(out.Numbers, n)
		}
	}
	return out
}

// tapsOf appends to the numbers that taps of a part have in the whole.
func (p *mergedPoint) tapsOf(taps []packet.Tap, to []uint32) []uint32 {
	for _, own := range taps[min(len(to), len(taps)):] {
		at := slices.Index(p.taps, own)
		if at < 0 {
			at = len(p.taps)
			p.taps = append(p.taps, own)
		}
		to = append(to, uint32(at))
	}
	return to
}

// passage is that of a message of the part, by a tap of the whole.
func (v *moved) passage(r *trace.Record, in *trace.Store) uint32 {
	p := *in.Passages.At(r.Passage)
	tap := v.tapOf(r.File, p.Tap)
	if tap == p.Tap {
		return r.Passage
	}
	n := v.passages[r.Passage]
	if n == 0 {
		p.Tap = tap
		n = in.Passages.Add(p)
		v.passages[r.Passage] = n
	}
	return n
}

func (m *merger) flow(f *trace.Flow, v *moved) {
	to := m.at(f.File, v)
	f.Tap = v.tapOf(f.File, f.Tap)
	f.File += v.file
	for _, at := range []*trace.Moment{&f.First, &f.Last, &f.Nominated, &f.Success} {
		v.moment(at)
	}
	key := flowKey{f.Src, f.Dst, f.Tap, rtp.Class(f.Class)}
	o := to.flows[key]
	if o == nil {
		to.flows[key] = f
		to.out.Flows = append(to.out.Flows, f)
		return
	}
	o.Packets += f.Packets
	o.Last = f.Last
	if o.Nominated.IsZero() {
		o.Nominated = f.Nominated
	}
	if o.Success.IsZero() {
		o.Success = f.Success
	}
}

func (m *merger) report(t *trace.ReportTrack, v *moved) {
	to := m.at(t.File, v)
	t.File += v.file
	for i := range t.Reports {
		v.moment(&t.Reports[i].Moment)
	}
	key := reportKey{t.Src, t.Dst, t.Sender, t.SSRC}
	o := to.reports[key]
	if o == nil {
		to.reports[key] = t
		to.out.Reports = append(to.out.Reports, t)
		return
	}
	o.Reports = append(o.Reports, t.Reports...)
	for len(o.Reports) >= m.limits.Reports {
		o.Reports = everyOther(o.Reports)
	}
}

func (m *merger) warn(w trace.Warning, v *moved) {
	if w.File >= 0 {
		w.File += v.file
	}
	for i := range m.out.Warnings {
		// A collector says each thing once for its capture point, and counts.
		if o := &m.out.Warnings[i]; o.Code == w.Code && o.Text == w.Text && m.samePoint(o.File, w.File) {
			o.Count += w.Count
			return
		}
	}
	m.out.Warnings = append(m.out.Warnings, w)
}

func (m *merger) samePoint(a, b int32) bool {
	return a >= 0 && b >= 0 && m.out.Captures[a].Point == m.out.Captures[b].Point
}
