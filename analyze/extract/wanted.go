package extract

import (
	"cmp"
	"slices"

	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/packet"
	"github.com/latchscope/latchscope/analyze/redact"
	"github.com/latchscope/latchscope/analyze/rtp"
	"github.com/latchscope/latchscope/analyze/sip"
	"github.com/latchscope/latchscope/analyze/trace"
)

// Wanted says what of some captures is kept. It knows calls by their
// Call-IDs and media by who listens where, each for a stretch of time, and not
// by frames: so it finds all sightings of a packet, on every interface.
type Wanted struct {
	trace   *trace.Trace
	calls   map[string][]trace.Window
	ends    map[endpoint.Endpoint]*around
	refused map[way][]trace.Window // ICMP errors about signalling
	streams map[streamKey][]trace.Window
	not     map[streamKey]bool // of other calls, whatever they are sent to

	controls map[trace.Ref]bool // messages between a proxy and a media engine: replies name no call
}

type streamKey struct {
	src, dst endpoint.Endpoint
	ssrc     uint32
}

// way is from where to where signalling goes.
type way struct{ src, dst endpoint.Endpoint }

// around is what is kept around an endpoint: media, and what is rare there and
// kept for the whole call (RTCP, STUN, keepalives, ICMP errors).
type around struct {
	media, rare []trace.Window
	types       *redact.PayloadTypes
}

// Depth is how much of a long call's media is kept.
type Depth uint8

const (
	Near    Depth = iota // around what happened
	Bridged              // and a few packets now and then between, lest the sequence seem to begin anew
	Spans                // and everything between the beginning and the end of what happened
	All
)

const second = int64(1e9)

// short is how long a call may be that is kept whole: a few megabytes.
const short = 120 * second

// NewWanted wants nothing yet.
func NewWanted(t *trace.Trace) *Wanted {
	return &Wanted{trace: t, calls: map[string][]trace.Window{}, ends: map[endpoint.Endpoint]*around{}, refused: map[way][]trace.Window{}, streams: map[streamKey][]trace.Window{}, controls: map[trace.Ref]bool{}}
}

// Call wants a call: its signalling, and its media around some stretches of
// time in addition to what Depth says.
func (w *Wanted) Call(c *trace.Call, depth Depth, spans []trace.Window) {
	for _, l := range c.Legs {
		from, to := l.Messages.Record(0).Time, l.Messages.Record(0).Time
		for _, m := range l.Messages.All() {
			from, to = min(from, m.Time), max(to, m.Time)
		}
		w.calls[l.CallID] = append(w.calls[l.CallID], trace.Window{From: from, To: to})
		for _, m := range l.Messages.All() {
			k, leg := way{m.Src, m.Dst}, trace.Window{From: from, To: to + 2*second}
			if list := w.refused[k]; len(list) == 0 || list[len(list)-1] != leg {
				w.refused[k] = append(list, leg)
			}
		}
	}
	for _, x := range c.Controls {
		w.controls[x.Ref] = true
		if !x.Reply.IsZero() {
			w.controls[x.Reply.Ref] = true
		}
	}
	from, to := w.extent(c)
	whole := []trace.Window{{From: from, To: to}}
	media, rare := whole, whole
	if depth != All && to-from > short {
		media = w.events(c, depth, spans)
	}
	types := typesOf(c)
	for _, ep := range endpoints(c) {
		a := w.ends[ep]
		if a == nil {
			a = &around{types: types}
			w.ends[ep] = a
		}
		a.media = merge(append(a.media, media...))
		a.rare = merge(append(a.rare, rare...))
	}
}

// Stream wants a stretch of one stream.
func (w *Wanted) Stream(s *trace.Stream, span trace.Window) {
	k := streamKey{s.Src, s.Dst, s.SSRC}
	w.streams[k] = merge(append(w.streams[k], span))
}

// Except leaves out a stream, though it goes to where a wanted call listens: a
// port that several calls share.
func (w *Wanted) Except(s *trace.Stream) {
	if w.not == nil {
		w.not = map[streamKey]bool{}
	}
	w.not[streamKey{s.Src, s.Dst, s.SSRC}] = true
}

// extent of a call with a margin in which stragglers and refusals may come.
func (w *Wanted) extent(c *trace.Call) (from, to int64) {
	from, to = c.Start().Time, c.End.Time
	if to == 0 {
		to = w.trace.Last.Time
	}
	for _, s := range c.Streams {
		from, to = min(from, s.First.Time), max(to, min(s.Last.Time, to+2*second))
	}
	return from - 2*second, to + 2*second
}

// events are the stretches of a long call in which something happened.
func (w *Wanted) events(c *trace.Call, depth Depth, spans []trace.Window) []trace.Window {
	var out []trace.Window
	near := func(m trace.Moment, margin int64) {
		if !m.IsZero() {
			out = append(out, trace.Window{From: m.Time - margin, To: m.Time + margin})
		}
	}
	near(c.Start(), second)
	near(c.Answer, 4*second)
	near(c.End, 2*second)
	for _, s := range c.Streams {
		near(s.Start(), 2*second)
		near(s.End(), second)
	}
	for _, k := range c.Talkers {
		for _, m := range k.Moves {
			near(m.Before, 4*second)
			near(m.After, 4*second)
		}
	}
	for i, e := range c.Errors {
		// Of a run of errors, the beginning and the end: they may go on for hours.
		const run = 10 * second
		if i < 3 || e.Time-c.Errors[i-3].Time > run || i+1 == len(c.Errors) || c.Errors[i+1].Time-e.Time > run {
			near(e.Moment, 2*second)
		}
	}
	for _, l := range c.Legs {
		for _, p := range l.Ports {
			near(p.From(), 2*second)
			near(p.Until, 2*second)
		}
	}
	for _, s := range spans {
		if s.To-s.From < 40*second || depth >= Spans {
			out = append(out, wider(s, 4*second))
			continue
		}
		out = append(out, wider(trace.Window{From: s.From, To: s.From}, 6*second), wider(trace.Window{From: s.To, To: s.To}, 6*second))
	}
	if depth == Near {
		return merge(out)
	}
	return bridged(merge(out))
}

// bridged adds a few packets now and then to where nothing happened. After 3000
// missing packets whoever reads the extract may take what follows for another
// sequence (RFC 3550 appendix A.1); at 20 ms that is a minute. A gap has a few
// thousand of them at most, however long damaged times make it: that is a
// bridge a minute for two days.
func bridged(w []trace.Window) []trace.Window {
	const often, burst, most = 50 * second, second / 8, 4096
	out := slices.Clone(w)
	for i := 1; i < len(w); i++ {
		every := max(often, (w[i].From-w[i-1].To)/most)
		for at := w[i-1].To + every; at < w[i].From; at += every {
			out = append(out, trace.Window{From: at, To: at + burst})
		}
	}
	return merge(out)
}

func wider(w trace.Window, by int64) trace.Window {
	return trace.Window{From: w.From - by, To: w.To + by}
}

func merge(w []trace.Window) []trace.Window {
	if len(w) == 0 {
		return nil
	}
	slices.SortFunc(w, func(a, b trace.Window) int { return cmp.Compare(a.From, b.From) })
	out := w[:1]
	for _, x := range w[1:] {
		if last := &out[len(out)-1]; x.From <= last.To {
			last.To = max(last.To, x.To)
		} else {
			out = append(out, x)
		}
	}
	return out
}

// endpoints are all between which a call's media goes: announced, learned, and
// those of RTCP beside them.
func endpoints(c *trace.Call) []endpoint.Endpoint {
	var out []endpoint.Endpoint
	seen := map[endpoint.Endpoint]bool{}
	add := func(list ...endpoint.Endpoint) {
		for _, ep := range list {
			if ep.Port != 0 && !ep.IP().IsUnspecified() && !seen[ep] {
				seen[ep] = true
				out = append(out, ep)
			}
		}
	}
	beside := func(ep endpoint.Endpoint) endpoint.Endpoint {
		return endpoint.Endpoint{Addr: ep.Addr, Port: ep.Port + 1}
	}
	for _, s := range c.Streams {
		add(s.Src, s.Dst, beside(s.Src), beside(s.Dst))
	}
	for _, l := range c.Legs {
		for _, p := range l.Ports {
			if p.Addr.Port != 0 {
				add(p.Addr, p.RTCPAddr())
			}
			add(p.Candidates...)
		}
	}
	return out
}

// typesOf are the payload types of a call.
func typesOf(c *trace.Call) *redact.PayloadTypes {
	types := &redact.PayloadTypes{}
	for _, l := range c.Legs {
		for _, p := range l.Ports {
			for _, f := range p.Media.Formats {
				types.Learn(f.PT, f.Name)
			}
		}
	}
	return types
}

// message tells whether a SIP message is wanted.
func (w *Wanted) message(callID []byte, at int64) bool {
	return within(w.calls[string(callID)], at)
}

// datagram tells whether a datagram that is no SIP is wanted, and what its
// payload types mean.
func (w *Wanted) datagram(d *packet.Datagram, at int64) (*redact.PayloadTypes, bool) {
	switch d.Kind {
	case packet.ICMP:
		if d.Quote == nil {
			return nil, false
		}
		if within(w.refused[way{d.Quote.Src, d.Quote.Dst}], at) {
			return new(redact.PayloadTypes), true
		}
		return w.between(d.Quote.Src, d.Quote.Dst, at, false)
	case packet.UDP:
		class := rtp.Classify(d.Payload)
		if k, ok := w.between(d.Src, d.Dst, at, class == rtp.RTP); ok && !w.excepted(d, class) {
			return k, true
		}
		var h rtp.Header
		if class == rtp.RTP && len(w.streams) > 0 && rtp.Parse(d.Payload, &h) {
			return new(redact.PayloadTypes), within(w.streams[streamKey{d.Src, d.Dst, h.SSRC}], at)
		}
	}
	return nil, false
}

// excepted reports whether a datagram is RTP of a stream that is left out.
func (w *Wanted) excepted(d *packet.Datagram, class rtp.Class) bool {
	var h rtp.Header
	return len(w.not) > 0 && class == rtp.RTP && rtp.Parse(d.Payload, &h) && w.not[streamKey{d.Src, d.Dst, h.SSRC}]
}

func (w *Wanted) between(src, dst endpoint.Endpoint, at int64, media bool) (*redact.PayloadTypes, bool) {
	for _, ep := range [2]endpoint.Endpoint{dst, src} {
		a := w.ends[ep]
		if a == nil {
			continue
		}
		if media && within(a.media, at) || !media && within(a.rare, at) {
			return a.types, true
		}
	}
	return nil, false
}

func within(list []trace.Window, at int64) bool {
	for _, w := range list {
		if w.From <= at && at <= w.To {
			return true
		}
	}
	return false
}

// callID of a message, nil if it is none.
func callID(msg []byte) []byte {
	var m sip.Message
	if !sip.Parse(msg, &m) {
		return nil
	}
	return m.CallID
}
