package harvest

import (
	"encoding/json"
	"maps"
	"net/netip"
	"slices"

	"github.com/latchscope/latchscope/analyze/capture"
	"github.com/latchscope/latchscope/analyze/internal/collect"
	"github.com/latchscope/latchscope/analyze/internal/tracked"
	"github.com/latchscope/latchscope/analyze/packet"
	"github.com/latchscope/latchscope/analyze/rtp"
	"github.com/latchscope/latchscope/analyze/sip"
	"github.com/latchscope/latchscope/analyze/trace"
)

// Bounds of what a harvest holds, beside those of trace.Limits, which count for
// what one pass collects of one capture point: several points and several merged
// harvests have several times as much.
const (
	mostCaptures = 1 << 16
	mostTaps     = 1 << 16
	mostDetail   = 4 << 20 // bytes of JSON of one capture
	mostWarnings = 1 << 16
	mostMethods  = 64
	mostParts    = 4 // times what trace.Limits allow
	mostMedia    = 4096
	mostFormats  = 4096
	mostWindows  = 1 << 20
	mostBeyond   = 1e15 // ns that a window may reach beyond what a capture can have
)

// harvest is all of it.
func (c *coder) harvest(h *collect.Harvest) {
	list(c, &h.Captures, mostCaptures, c.capture)
	c.captures = h.Captures
	if c.reading() {
		c.checkPoints()
	}
	num(c, &h.SIP)
	c.methods(&h.Others)
	list(c, &h.Warnings, mostWarnings, c.warning)
	m := messages{coder: c}
	m.all(&h.Messages, mostParts*c.lim.Messages)
	pointers(c, &h.Errors, mostParts*c.lim.Errors, c.icmp)
	c.streams(h)
	pointers(c, &h.Reports, mostParts*c.lim.Streams, c.report)
	pointers(c, &h.Flows, mostParts*c.lim.Flows, c.flow)
	pointers(c, &h.Controls, mostParts*c.lim.Messages, m.control)
	pointers(c, &h.Kept, len(h.Captures), c.kept)
}

// detail is what is written of a capture as JSON.
type detail struct {
	Info     capture.Info
	Point    int
	Taps     []packet.Tap
	Warnings []trace.Warning
}

func (c *coder) capture(o *trace.Capture) {
	var b []byte
	if !c.reading() {
		var err error
		if b, err = json.Marshal(detail{o.Info, o.Point, o.Taps, o.Warnings}); err != nil {
			c.fail("a capture: %w", err)
		}
	}
	n := c.count(len(b), mostDetail)
	if c.reading() {
		b = make([]byte, n)
	}
	c.raw(b[:n])
	if !c.reading() || c.err != nil {
		return
	}
	var d detail
	if err := json.Unmarshal(b, &d); err != nil {
		c.fail("a capture: %w", err)
		return
	}
	o.Info, o.Point, o.Taps, o.Warnings = d.Info, d.Point, d.Taps, d.Warnings
	inTime := func(t int64) bool { return t >= capture.Earliest && t <= capture.Latest }
	if o.Packets < 0 || o.LastFrame < 0 || !inTime(o.First) || !inTime(o.Last) || o.First > o.Last || len(o.Taps) > mostTaps || o.Point < 0 || o.Point >= mostCaptures {
		c.fail("a capture that cannot be")
	}
}

// checkPoints holds that capture points are numbered without a hole, so that a
// table of them is no longer than the list of captures.
func (c *coder) checkPoints() {
	seen := make([]bool, len(c.captures))
	for i := range c.captures {
		if p := c.captures[i].Point; p >= len(seen) {
			c.fail("capture point %d of %d captures", p, len(seen))
			return
		} else {
			seen[p] = true
		}
	}
	for i := range c.captures {
		for j := range c.captures[i].Warnings {
			if f := c.captures[i].Warnings[j].File; f < -1 || int(f) >= len(c.captures) {
				c.fail("a warning about file %d", f)
			}
		}
	}
	if gap := slices.Index(seen, false); gap >= 0 && slices.Contains(seen[gap:], true) {
		c.fail("no capture of point %d", gap)
	}
}

func (c *coder) methods(m *map[string]int64) {
	names := slices.Sorted(maps.Keys(*m))
	list(c, &names, mostMethods, func(name *string) {
		c.text(name)
		n := (*m)[*name]
		if num(c, &n); c.reading() && c.err == nil {
			if *m == nil {
				*m = map[string]int64{}
			}
			(*m)[*name] = n
		}
	})
}

func (c *coder) warning(w *trace.Warning) {
	c.text(&w.Code)
	num(c, &w.File)
	num(c, &w.Frame)
	num(c, &w.Count)
	c.text(&w.Text)
	if c.err == nil && (w.File < -1 || int(w.File) >= len(c.captures)) {
		c.fail("a warning about file %d", w.File)
	}
}

// messages are SIP messages, and what they share.
type messages struct {
	*coder
	passages shared[trace.Passage]
	dialogs  shared[trace.Dialog]
	kinds    shared[trace.Kind]
	heads    shared[tracked.Head]
	sdps     shared[trace.SDP]
	terms    shared[trace.Terms]
}

// all of a list.
func (m *messages) all(l *trace.Messages, most int) {
	n := m.count(l.Len(), most)
	if !m.reading() {
		for _, msg := range l.All() {
			m.message(&msg)
		}
		return
	}
	add := l.Appender()
	for range n {
		var msg trace.Message
		if m.message(&msg); m.err != nil {
			return
		}
		add.Add(msg)
	}
}

func (m *messages) message(o *trace.Message) {
	c := m.coder
	c.moment(&o.Moment)
	behind(c, &m.passages, &o.Passage, func(p *trace.Passage) {
		c.endpoint(&p.Src)
		c.endpoint(&p.Dst)
		num(c, &p.Tap)
		if num(c, &p.Transport); p.Transport > trace.NG {
			c.fail("transport %d", p.Transport)
		}
	})
	behind(c, &m.dialogs, &o.Dialog, func(d *trace.Dialog) {
		c.text(&d.CallID)
		c.text(&d.FromTag)
		c.text(&d.ToTag)
	})
	behind(c, &m.kinds, &o.Kind, func(k *trace.Kind) {
		num(c, &k.Status)
		c.text(&k.Method)
		c.text(&k.Defects)
		num(c, &k.Expires)
		c.text(&k.Reason)
		num(c, &k.Pieces)
		if k.Pieces > trace.FirstOnly {
			c.fail("a message in pieces of sort %d", k.Pieces)
		}
		if k.Status < 0 || k.Status > 999 || k.Expires < 0 {
			c.fail("a message of status %d", k.Status)
		}
	})
	bits(c, &o.Branch)
	behind(c, &m.heads, &o.Tracked, m.head)
	m.sdp(&o.SDP)
	num(c, &o.CSeq)
	if c.err == nil && (o.Passage == nil || o.Dialog == nil || o.Kind == nil) {
		c.fail("a message without a part that all have")
	}
}

func (m *messages) sdp(s **trace.SDP) {
	behind(m.coder, &m.sdps, s, func(s *trace.SDP) { list(m.coder, &s.Media, mostMedia, m.media) })
}

// control is a command to a media engine.
func (m *messages) control(x *trace.Control) {
	c := m.coder
	c.moment(&x.Moment)
	c.perhaps(&x.Reply)
	c.endpoint(&x.Client)
	c.endpoint(&x.Engine)
	num(c, &x.Tap)
	for _, s := range []*string{&x.Command, &x.CallID, &x.FromTag, &x.ToTag, &x.Result, &x.Refusal} {
		c.text(s)
	}
	heard := ""
	if x.Heard.IsValid() {
		heard = x.Heard.String()
	}
	if c.text(&heard); c.reading() && heard != "" {
		var err error
		if x.Heard, err = netip.ParseAddr(heard); err != nil {
			c.fail("an address that is none")
		}
	}
	m.sdp(&x.Said)
	m.sdp(&x.Given)
	list(c, &x.Settings, mostMedia, c.text)
	list(c, &x.Belief, mostMedia, func(b *trace.Belief) {
		c.text(&b.Tag)
		if num(c, &b.Line); b.Line < 0 {
			c.fail("line %d", b.Line)
		}
		c.flags(&b.RTCP, &b.Confirmed)
		c.endpoint(&b.Local)
		c.endpoint(&b.Peer)
		c.endpoint(&b.Announced)
		num(c, &b.Packets)
	})
}

// head is what headers say of the parties. Passwords stay behind.
func (m *messages) head(h *tracked.Head) {
	for _, uri := range []*string{&h.FromURI, &h.ToURI, &h.Asserted, &h.RequestURI} {
		bare := *uri
		if !m.reading() {
			bare = sip.WithoutPassword(bare)
		}
		m.text(&bare)
		if m.reading() {
			*uri = bare
		}
	}
	for _, s := range []*string{&h.FromName, &h.ToName, &h.Agent} {
		m.text(s)
	}
	list(m.coder, &h.Related, mostMedia, m.text)
	list(m.coder, &h.Keys, mostMedia, m.text)
}

func (m *messages) media(o *trace.Media) {
	m.endpoint(&o.Addr)
	behind(m.coder, &m.terms, &o.Terms, m.term)
	if m.err == nil && o.Terms == nil {
		m.fail("a media line without terms")
	}
}

func (m *messages) term(t *trace.Terms) {
	c := m.coder
	c.text(&t.Kind)
	c.endpoint(&t.RTCP)
	c.flags(&t.Mux, &t.Secure, &t.Keyless, &t.T38, &t.ICE)
	if num(c, &t.Direction); t.Direction > trace.Inactive {
		c.fail("direction %d", t.Direction)
	}
	list(c, &t.Formats, mostFormats, func(f *trace.Format) {
		num(c, &f.PT)
		c.text(&f.Name)
		num(c, &f.Clock)
	})
	list(c, &t.Candidates, mostFormats, c.endpoint)
}

func (c *coder) icmp(e *trace.ICMPError) {
	c.moment(&e.Moment)
	num(c, &e.Tap)
	c.endpoint(&e.By)
	c.endpoint(&e.To)
	num(c, &e.TTL)
	q := &e.Quote
	num(c, &q.Type)
	num(c, &q.Code)
	c.flags(&q.V6)
	num(c, &q.Proto)
	c.endpoint(&q.Src)
	c.endpoint(&q.Dst)
	num(c, &q.IPID)
	num(c, &q.Len)
	text := string(q.Payload)
	if !c.reading() {
		text = string(telling(q.Payload))
	}
	c.text(&text)
	if c.reading() {
		e.Seq = -1
		if text != "" {
			q.Payload = []byte(text)
		}
	}
}

// telling is as much of a quoted packet as tells what it was.
func telling(b []byte) []byte {
	class := rtp.Classify(b)
	if class == rtp.Other && sip.Looks(b) {
		return []byte("OPTIONS sip:quoted SIP/2.0\r\n")
	}
	var whole, part rtp.Header
	full := rtp.Parse(b, &whole)
	for _, n := range []int{rtp.HeaderLen, 28, 64, 256} {
		if n < len(b) && rtp.Classify(b[:n]) == class && rtp.Parse(b[:n], &part) == full && part.SSRC == whole.SSRC && part.Seq == whole.Seq {
			return b[:n]
		}
	}
	return b[:min(len(b), 1024)]
}

func (c *coder) report(t *trace.ReportTrack) {
	c.endpoint(&t.Src)
	c.endpoint(&t.Dst)
	c.file(&t.File)
	num(c, &t.SSRC)
	num(c, &t.Sender)
	list(c, &t.Reports, mostParts*c.lim.Reports, func(r *trace.Report) {
		c.moment(&r.Moment)
		num(c, &r.Highest)
		num(c, &r.Lost)
	})
}

func (c *coder) flow(f *trace.Flow) {
	c.endpoint(&f.Src)
	c.endpoint(&f.Dst)
	c.file(&f.File)
	num(c, &f.Tap)
	num(c, &f.Class)
	num(c, &f.Packets)
	c.moment(&f.First)
	c.moment(&f.Last)
	c.perhaps(&f.Nominated)
	c.perhaps(&f.Success)
	if c.err == nil && (f.Packets < 1 || f.First.IsZero() || f.Last.IsZero()) {
		c.fail("a flow without packets")
	}
}

func (c *coder) kept(k *collect.Kept) {
	left := c.lim.Closeup
	list(c, &k.Streams, mostParts*c.lim.Streams, func(s *collect.KeptStream) {
		c.endpoint(&s.Src)
		c.endpoint(&s.Dst)
		num(c, &s.SSRC)
		num(c, &s.Tap)
		list(c, &s.Windows, mostWindows, func(w *trace.Window) {
			num(c, &w.From) // which may lie beyond what a capture can have
			num(c, &w.To)
			if c.err == nil && (w.From > w.To || w.From < capture.Earliest-mostBeyond || w.To > capture.Latest+mostBeyond) {
				c.fail("a window that ends before it begins")
			}
		})
		stamp := rtp.Stamp{}
		list(c, &s.Packets, left, func(p *collect.KeptPacket) {
			c.at(&p.Time)
			c.number(&p.Frame)
			seq, ts := int16(p.Seq-stamp.Seq), int32(p.TS-stamp.TS)
			num(c, &seq)
			num(c, &ts)
			p.Seq, p.TS = stamp.Seq+uint16(seq), stamp.TS+uint32(ts)
			num(c, &p.PT)
			c.flags(&p.Marker)
			num(c, &p.IPID)
			num(c, &p.Size)
			bits(c, &p.Fingerprint)
			stamp = p.Stamp
			if p.Size < 0 {
				c.fail("a packet of %d bytes", p.Size)
			}
		})
		left -= len(s.Packets)
	})
}
