package component

import (
	"bytes"
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/latchscope/latchscope/analyze"
	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/internal/collect"
	"github.com/latchscope/latchscope/analyze/internal/correlate"
	"github.com/latchscope/latchscope/analyze/internal/harvest"
	"github.com/latchscope/latchscope/analyze/trace"
)

const second = int64(1e9)

// Part is the outline of one file's harvest: see analyze.Harvest.Outline.
type Part struct {
	Path    string
	Harvest *collect.Harvest
}

// PartOf is the outline of a file's harvest.
func PartOf(path string, outline *analyze.Harvest) Part { return Part{path, outline.Collected()} }

// node is a dialog, that is all that has its Call-ID, or an RTP stream of one file.
type node struct {
	first, last int64         // ns, by the clock of point 0
	dialog      *dialog       // nil of a stream
	stream      *trace.Stream // nil of a dialog; its own times are those of its file
	file        int32         // of the stream's first packet, among all files
}

// dialog is what ties a Call-ID to others.
type dialog struct {
	id                    string
	invite, answer, end   int64  // the first of each, 0 where there is none
	caller, callee        string // users
	target                string // user whom the INVITE asks for
	hops                  []hop  // of its INVITEs, the first few
	related, keys         []string
	said                  []endpoint.Endpoint // that SDP announces, or a media engine was told
	refused               bool                // a final answer other than 2xx to an INVITE
	signalled, controlled bool
}

// hop is from whom an INVITE came, and to whom it went.
type hop struct{ from, to [16]byte }

const (
	mostHops = 8
	mostSaid = 256 // endpoints of one dialog that are looked at
)

// scene is what is known of all parts.
type scene struct {
	parts   []Part
	base    []int32 // by part: the number of its first file among all
	clocks  *collect.Clocks
	point   []int // by file
	nodes   []node
	dialogs map[string]int32 // nodes by Call-ID
	streams [][]int32        // nodes by part and place in its list
}

// sceneOf lists the nodes of parts, which it puts into the order in which they are
// joined.
func sceneOf(parts []Part) (*scene, error) {
	parts = slices.Clone(parts)
	slices.SortFunc(parts, func(a, b Part) int { return strings.Compare(a.Path, b.Path) })
	slices.SortStableFunc(parts, func(a, b Part) int { return cmp.Compare(start(a.Harvest), start(b.Harvest)) })
	s := &scene{parts: parts, dialogs: map[string]int32{}}
	if err := s.readClocks(); err != nil {
		return nil, err
	}
	for p := range parts {
		s.list(p)
	}
	return s, nil
}

// start is when the first packet of a harvest was recorded; as analyze.Join has it.
func start(h *collect.Harvest) int64 {
	first := int64(math.MaxInt64)
	for i := range h.Captures {
		if c := &h.Captures[i]; c.Packets > 0 {
			first = min(first, c.First)
		}
	}
	return first
}

// readClocks finds out what one analysis of all parts would know of their clocks.
// Groups could not: each has seen some of it only.
func (s *scene) readClocks() error {
	var heads []*collect.Harvest
	leaps, files := false, int32(0)
	for _, p := range s.parts {
		s.base = append(s.base, files)
		files += int32(len(p.Harvest.Captures))
		heads = append(heads, p.Harvest)
		for _, st := range p.Harvest.Streams {
			leaps = leaps || st.Breaks != nil && st.Breaks.Leap.After.Time != 0
		}
	}
	s.point = collect.Points(heads...)
	s.clocks = &collect.Clocks{Points: s.point}
	if !leaps && !slices.ContainsFunc(s.point, func(p int) bool { return p > 0 }) {
		return nil
	}
	var copies []*collect.Harvest // merging takes them over
	for _, p := range s.parts {
		var b bytes.Buffer
		if err := harvest.Write(&b, p.Harvest); err != nil {
			return err
		}
		h, err := harvest.Read(&b, unbounded)
		if err != nil {
			return err
		}
		copies = append(copies, h)
	}
	s.clocks = correlate.Clocks(collect.Merge(trace.Limits{}, copies...))
	s.clocks.Points = s.point
	return nil
}

// unbounded are the limits for what was read once.
var unbounded = trace.Limits{
	Streams: 1 << 28, Messages: 1 << 28, Errors: 1 << 28, Flows: 1 << 28, Reports: 1 << 24, Gaps: 1 << 24, Closeup: 1 << 28, Harvest: math.MaxInt64,
}

// at is when a frame of a part was recorded, by the clock of point 0.
func (s *scene) at(part int, m trace.Moment) int64 {
	n, t := s.base[part]+m.File, m.Time
	if int(n) < len(s.clocks.Steps) {
		t = s.clocks.Steps[n].SinceFrame(int64(m.Frame), t, nil)
	}
	if p := s.point[n]; p < len(s.clocks.Offsets) {
		t += s.clocks.Offsets[p]
	}
	return t
}

func (s *scene) dialog(id string, at int64) *node {
	n, ok := s.dialogs[id]
	if !ok {
		n = int32(len(s.nodes))
		s.dialogs[id] = n
		s.nodes = append(s.nodes, node{first: at, last: at, dialog: &dialog{id: id}})
	}
	o := &s.nodes[n]
	o.first, o.last = min(o.first, at), max(o.last, at)
	return o
}

func (s *scene) list(part int) {
	h := s.parts[part].Harvest
	for _, m := range h.Messages.All() {
		at := s.at(part, m.Moment)
		s.dialog(m.CallID, at).dialog.message(&m, at)
	}
	for _, x := range h.Controls {
		d := s.dialog(x.CallID, s.at(part, x.Moment)).dialog
		d.controlled = true
		d.announce(x.Said)
		d.announce(x.Given)
		for i := range x.Belief {
			for _, ep := range []endpoint.Endpoint{x.Belief[i].Local, x.Belief[i].Peer, x.Belief[i].Announced} {
				d.say(ep)
			}
		}
	}
	own := make([]int32, len(h.Streams))
	for i, st := range h.Streams {
		own[i] = int32(len(s.nodes))
		s.nodes = append(s.nodes, node{
			first: s.at(part, st.Start()), last: s.at(part, st.End()), stream: st, file: s.base[part] + st.First.File,
		})
	}
	s.streams = append(s.streams, own)
}

// message takes what a message says.
func (d *dialog) message(m *trace.Message, at int64) {
	d.signalled = true
	earliest := func(t *int64) bool {
		if *t == 0 || at < *t {
			*t = at
			return true
		}
		return false
	}
	invite := m.Method == "INVITE"
	switch {
	case invite && m.Request():
		if p := (hop{m.Src.Addr, m.Dst.Addr}); len(d.hops) < mostHops && !slices.Contains(d.hops, p) {
			d.hops = append(d.hops, p)
		}
		if h := m.Tracked; h != nil {
			for _, v := range h.Related {
				d.related = add(d.related, v)
			}
			for _, v := range h.Keys {
				d.keys = add(d.keys, v)
			}
			if earliest(&d.invite) {
				d.caller, d.callee, d.target = user(h.FromURI), user(h.ToURI), user(h.RequestURI)
			}
		} else {
			earliest(&d.invite)
		}
	case invite && m.Status >= 300:
		d.refused = true
	case invite && m.Status >= 200:
		earliest(&d.answer)
	case m.Method == "BYE":
		earliest(&d.end)
	}
	d.announce(m.SDP)
}

func add(list []string, v string) []string {
	if len(list) < mostHops && !slices.Contains(list, v) {
		list = append(list, v)
	}
	return list
}

func (d *dialog) announce(sdp *trace.SDP) {
	if sdp == nil {
		return
	}
	for i := range sdp.Media {
		d.say(sdp.Media[i].Addr)
		d.say(sdp.Media[i].RTCP)
		for _, c := range sdp.Media[i].Candidates {
			d.say(c)
		}
	}
}

func (d *dialog) say(ep endpoint.Endpoint) {
	if ep.Port != 0 && !ep.IP().IsUnspecified() && len(d.said) < mostSaid && !slices.Contains(d.said, ep) {
		d.said = append(d.said, ep)
	}
}

// user part of a SIP or tel URI.
func user(uri string) string {
	if i := strings.IndexByte(uri, ':'); i >= 0 {
		uri = uri[i+1:]
	}
	if i := strings.IndexAny(uri, "@;"); i >= 0 {
		uri = uri[:i]
	}
	return uri
}
