package correlate

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/internal/arena"
	"github.com/latchscope/latchscope/analyze/internal/collect"
	"github.com/latchscope/latchscope/analyze/trace"
)

// correlation is a trace that is being put together.
type correlation struct{ *trace.Trace }

// Correlate puts in relation what was collected. It reads nothing and depends
// on nothing but the Harvest, which it takes over.
func Correlate(h *collect.Harvest) *trace.Trace {
	t := &correlation{&trace.Trace{Captures: h.Captures, Messages: h.SIP, Warnings: h.Warnings, Flows: h.Flows, Reports: h.Reports, Controls: h.Controls}}
	for method, n := range h.Others {
		t.Others = append(t.Others, trace.MethodCount{Method: method, Count: n})
	}
	slices.SortFunc(t.Others, func(a, b trace.MethodCount) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Method, b.Method))
	})
	t.Warnings = append(t.Warnings, setClocks(h)...)
	t.span()
	sortMessages(h.Messages)
	sortMoments(h.Errors, func(e *trace.ICMPError) trace.Moment { return e.Moment }, nil)

	sortMoments(h.Controls, func(x *trace.Control) trace.Moment { return x.Moment }, nil)
	if more := controlled(h.Messages, h.Controls); len(more) > 0 {
		add := h.Messages.Appender()
		for _, m := range more {
			add.Add(m)
		}
		sortMessages(h.Messages)
	}

	pairs := findSamePayload(h.Streams)
	messages := h.Messages
	h.Messages = trace.Messages{} // the legs have them
	said := buildLegs(messages, t.Last)
	t.Legs, t.Aliases = said.legs, said.aliases
	for _, l := range t.Legs {
		if n := said.overfull[l]; n > 0 {
			t.bound("ports", l.Messages.Record(0).Moment, n, fmt.Sprintf("of a leg's media addresses the first %d were followed, further ones were not", maxPorts))
		}
	}
	kin := make(chan union, 1)
	go func() { kin <- joinBySignalling(said) }()
	t.unboundChannels(h, t.Legs)
	ports := indexPorts(t.Legs, nil)
	placeStreams(h.Streams, t.Legs, ports)
	t.Streams = slices.DeleteFunc(h.Streams, func(s *trace.Stream) bool { return !believable(s) })
	sortStreams(t.Streams)
	for i, s := range t.Streams {
		s.ID = int32(i + 1)
	}
	t.Talkers = buildTalkers(t.Streams, h.Flows)
	t.Calls = t.buildCalls(<-kin, ports, pairs)
	t.placeByRelay()
	t.gather()
	t.pairRelays()
	for _, s := range t.Streams {
		_, s.Clock = s.Encoding()
	}
	t.tieErrors(h.Errors)
	t.tieControls(ports)
	t.Index()
	t.countDuplicates()
	t.countMissed()
	return t.Trace
}

func sortMessages(l trace.Messages) {
	sortMoments(l.Numbers, func(n uint32) trace.Moment { return l.Records.At(n).Moment }, nil)
}

// bound notes that a bound was hit in putting things in relation; those that
// the reading hits are noted there.
func (t *correlation) bound(code string, at trace.Moment, count int64, text string) {
	if count == 0 {
		return
	}
	for i := range t.Warnings {
		if w := &t.Warnings[i]; w.Code == "limit-"+code {
			w.Count += count
			return
		}
	}
	t.Warnings = append(t.Warnings, trace.Warning{Code: "limit-" + code, File: at.File, Frame: int64(at.Frame), Count: count, Text: text})
}

// span finds the first and the last packet of all captures.
func (t *correlation) span() {
	for i, c := range t.Captures {
		if c.Packets == 0 {
			continue
		}
		first, last := c.First+c.Offset, c.Last+c.Offset
		if t.First.IsZero() || first < t.First.Time {
			t.First = trace.Moment{Ref: trace.Ref{File: int32(i), Frame: 1}, Time: first}
		}
		if t.Last.IsZero() || last > t.Last.Time {
			t.Last = trace.Moment{Ref: trace.FrameOf(int32(i), c.LastFrame), Time: last}
		}
	}
}

// gather numbers calls, and hands every call its streams.
func (t *correlation) gather() {
	for i, c := range t.Calls {
		c.ID = i
	}
	size := make([]int32, len(t.Calls))
	for _, s := range t.Streams {
		if s.Place.Known() {
			s.Call = s.Place.Leg.Call
			size[s.Call.ID]++
		}
	}
	var streams arena.Arena[*trace.Stream]
	for i, c := range t.Calls {
		c.Streams = streams.Some(int(size[i]))[:0]
	}
	for _, s := range t.Streams {
		if s.Call != nil {
			s.Call.Streams = append(s.Call.Streams, s)
		}
	}
	t.mediaOnly()
	for _, c := range t.Calls {
		slices.SortFunc(c.Streams, func(a, b *trace.Stream) int { return cmp.Compare(a.ID, b.ID) })
	}
	slices.SortStableFunc(t.Calls, func(a, b *trace.Call) int { return a.Start().Compare(b.Start()) })
	for i, c := range t.Calls {
		c.ID = i + 1
	}
	t.splitTalkers()
	size = make([]int32, len(t.Calls))
	for _, k := range t.Talkers {
		if k.Call = k.Streams[0].Call; k.Call != nil {
			size[k.Call.ID-1]++
		}
	}
	var talkers arena.Arena[*trace.Talker]
	for i, c := range t.Calls {
		c.Talkers = talkers.Some(int(size[i]))[:0]
	}
	for _, k := range t.Talkers {
		if k.Call != nil {
			k.Call.Talkers = append(k.Call.Talkers, k)
		}
	}
}

// mediaOnly finds a call for the media that no signalling explains. Streams
// that share an endpoint at the same time, a talker, or a relay belong
// together; where one of them belongs to a signalled call, all of them do, else
// they make a call of their own.
func (t *correlation) mediaOnly() {
	if !slices.ContainsFunc(t.Streams, func(s *trace.Stream) bool { return s.Call == nil }) {
		return
	}
	parent := make([]int, len(t.Streams)) // streams by ID less one
	for i := range parent {
		parent[i] = i
	}
	find := func(i int) int {
		for parent[i] != i {
			parent[i] = parent[parent[i]]
			i = parent[i]
		}
		return i
	}
	join := func(s, o *trace.Stream) {
		if a, b := find(int(s.ID-1)), find(int(o.ID-1)); a != b {
			parent[max(a, b)] = min(a, b)
		}
	}
	last := map[endpoint.Endpoint]*trace.Stream{} // of an endpoint's streams the one that ends last
	for _, s := range t.Streams {
		for _, o := range []*trace.Stream{s.Prev, s.RelayOf, s.CopyOf} {
			if o != nil && o.ID > 0 && (s.Call == nil || o.Call == nil) {
				join(s, o)
			}
		}
		if s.Call != nil {
			continue
		}
		for _, ep := range []endpoint.Endpoint{s.Src, s.Dst} {
			if o := last[ep]; o != nil && s.First.Time < o.Last.Time+grace {
				join(s, o)
			}
			if o := last[ep]; o == nil || o.Last.Time < s.Last.Time {
				last[ep] = s
			}
		}
	}
	call := map[int]*trace.Call{}
	for i, s := range t.Streams {
		if s.Call != nil && call[find(i)] == nil {
			call[find(i)] = s.Call
		}
	}
	for i, s := range t.Streams {
		if s.Call != nil {
			continue
		}
		c := call[find(i)]
		if c == nil {
			c = &trace.Call{State: trace.MediaOnly}
			call[find(i)] = c
			t.Calls = append(t.Calls, c)
		}
		s.Call = c
		c.Streams = append(c.Streams, s)
	}
}

// maxPaired is how many streams of a call are compared with each other.
const maxPaired = 256

// pairRelays ties what comes out of a media server to what went in, where
// neither SSRC nor payload told: in a call of several legs, the one stream that
// a server's port of one leg receives and the one that its port of another leg
// sends at the same time.
func (t *correlation) pairRelays() {
	for _, c := range t.Calls {
		if len(c.Legs) < 2 {
			continue
		}
		if len(c.Streams) > maxPaired {
			t.bound("relays", c.Start(), int64(len(c.Streams)), fmt.Sprintf("in a call of more than %d streams what a server passes on is told by SSRC and payload only", maxPaired))
			continue
		}
		for _, o := range c.Streams {
			if o.RelayOf != nil || o.CopyOf != nil || o.Place.Own == nil {
				continue
			}
			o.RelayOf = source(c, o)
		}
	}
}

// source is the stream that a server passes on as o, if only one can be.
func source(c *trace.Call, o *trace.Stream) *trace.Stream {
	var found *trace.Stream
	for _, i := range c.Streams {
		switch {
		case i == o || i.CopyOf != nil || i.Place.Leg == o.Place.Leg || i.Place.Port == nil,
			i.Place.Line != o.Place.Line,
			i.RelayOf != nil, i.Src.IP() == o.Src.IP(), i.Dst.IP() == o.Dst.IP(),
			i.Place.Port.Side != i.Place.Leg.Inner(o.Place.Leg), o.Place.Own.Side != o.Place.Leg.Inner(i.Place.Leg),
			i.First.Time > o.Last.Time+ahead(i, o) || o.First.Time > i.Last.Time+grace:
			continue
		}
		if relayedElsewhere(c, i, o) {
			continue
		}
		if found != nil && found.Talker != i.Talker {
			return nil
		}
		if found == nil {
			found = i
		}
	}
	return found
}

// ahead is by how much a relay may seem to send on what has not come: by what mirrors
// reorder, and clocks of two capture points differ.
func ahead(i, o *trace.Stream) int64 {
	if i.Point != o.Point {
		return second
	}
	return sameTime
}

// relayedElsewhere reports whether another stream of o's leg is known to carry i.
func relayedElsewhere(c *trace.Call, i, o *trace.Stream) bool {
	for _, s := range c.Streams {
		if s != o && s.Place.Leg == o.Place.Leg && s.RelayOf != nil && s.RelayOf.Talker == i.Talker && i.Talker != nil &&
			s.First.Time < o.Last.Time && o.First.Time < s.Last.Time {
			return true
		}
	}
	return false
}

// countDuplicates says for every capture how many packets it holds twice.
func (t *correlation) countDuplicates() {
	for _, s := range t.Streams {
		t.Captures[s.First.File].Duplicates += int64(s.Duplicates)
		if s.Duplicate {
			t.Captures[s.First.File].Duplicates += int64(s.Stats.Packets)
		}
	}
	for _, l := range t.Legs {
		for i := range l.Messages.Len() {
			if m := l.Messages.Record(i); m.Twice {
				t.Captures[m.File].Duplicates++
			}
		}
	}
	for _, e := range t.Errors {
		t.Captures[e.File].Duplicates += int64(e.Twice)
	}
}

// countMissed finds packets that the recording lost: a media server sent them
// on, so they had come in, but they are not in the capture. Loss figures of such
// a capture are not the network's alone.
func (t *correlation) countMissed() {
	for _, out := range t.Streams {
		in := out.RelayOf
		if in == nil || in.SSRC != out.SSRC || in.CopyOf != nil || out.CopyOf != nil || in.Point != out.Point ||
			in.GapsDropped() > 0 || out.GapsDropped() > 0 || in.Talker == nil {
			continue
		}
		for _, g := range in.Gaps() {
			if g.Missing() > 0 {
				t.Captures[g.After.File].Missed += out.Count(g.Before.Seq+1, g.After.Seq-1)
			}
		}
	}
}
