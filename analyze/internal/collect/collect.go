package collect

import (
	"hash/maphash"

	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/internal/srtp"
	"github.com/latchscope/latchscope/analyze/internal/tracked"
	"github.com/latchscope/latchscope/analyze/ng"
	"github.com/latchscope/latchscope/analyze/packet"
	"github.com/latchscope/latchscope/analyze/rtp"
	"github.com/latchscope/latchscope/analyze/sip"
	"github.com/latchscope/latchscope/analyze/trace"
)

// Harvest is what one pass over the captures collected: messages, errors and
// streams that do not know each other yet. Merge makes one of several.
type Harvest struct {
	Captures []trace.Capture // index is Ref.File
	Messages trace.Messages
	Errors   []*trace.ICMPError
	Streams  []*trace.Stream
	Reports  []*trace.ReportTrack
	Flows    []*trace.Flow
	Controls []*trace.Control
	SIP      int64            // SIP messages of any method
	Others   map[string]int64 // those of methods that belong to no call
	Warnings []trace.Warning

	// Kept are, of a harvest that has travelled, the packets that a second look
	// may want, by capture; nil where the files themselves are at hand.
	Kept []*Kept

	// Looked is what the bytes of packets said there, by stream; nil as above.
	Looked map[*trace.Stream]Looked

	Joined []*trace.Stream // of a merged harvest: those of which several parts had some

	Clocks *Clocks // of the captures, where more than this harvest tells them; nil: it has to
}

// Clocks is what has to be known of the clocks of captures to have one time of them.
type Clocks struct {
	Steps   []trace.ClockStep // by capture: where its clock was set back; nil: nowhere
	Offsets []int64           // by capture point: ns to add for the clock of point 0; nil: none
	Points  []int             // by capture: which point recorded it; nil: what the parts say of it
}

// collector takes the datagrams of one capture point, file after file in their
// order, and keeps what is worth keeping. It is the hot loop: a packet of a known stream allocates
// nothing.
type collector struct {
	file                  int32 // that is being read
	point                 int
	limits                trace.Limits
	mediaKeys             *srtp.Keyring // nil: nobody asks for them
	streams               streamTable
	prefetch              prefetch
	flows                 map[flowKey]*trace.Flow
	reports               map[reportKey]*reportTrack
	frames                connections
	said                  *announcements // nil until somebody asks: see announced
	callIDs               callIDTable
	made                  made
	interned              interned
	latest                latest
	words                 words // of the message that is read, where it is the first of its Call-ID
	seed                  maphash.Seed
	msg                   sip.Message // the one that is read, and its parts
	own                   readMessage // the same, where nobody read it ahead
	sdp                   sip.Session
	media                 []trace.Media
	out                   Harvest
	warnings              map[string]*trace.Warning
	controls              controls
	young                 int  // candidates
	questions             int  // Call-IDs of which nothing but one message was seen, at most
	errorsFull, flowsFull bool // and thinning did not help
}

type flowKey struct {
	src, dst endpoint.Endpoint
	tap      uint32
	class    rtp.Class
}

type reportKey struct {
	src, dst     endpoint.Endpoint
	sender, ssrc uint32
}

type streamKey struct{ src, dst endpoint.Endpoint }

// settled is the number of packets from which a candidate is held on to.
const settled = 4

func newCollector(point int, opt Options) *collector {
	limits := opt.Limits
	c := &collector{
		point:     point,
		limits:    limits,
		mediaKeys: opt.Keys,
		flows:     map[flowKey]*trace.Flow{},
		reports:   map[reportKey]*reportTrack{},
		frames:    connections{limit: limits.Connections},
		interned:  newInterned(),
		seed:      maphash.MakeSeed(),
		warnings:  map[string]*trace.Warning{},
	}
	c.made.Store = new(trace.Store)
	c.out.Messages.Store = c.made.Store
	return c
}

// takeAll takes the packets of a batch in their order.
func (c *collector) takeAll(l *batch) {
	c.callIDs.prefetch(l.ahead)
	at := 0
	for i := range l.others {
		before := int(l.before[i])
		c.applyAll(l.packets[at:before])
		at = before
		if n := l.number[i]; n > 0 {
			m := &l.ahead[n-1]
			c.hear(&l.others[i], l.others[i].Payload, trace.UDP, m.hash, m)
			continue
		}
		c.take(&l.others[i])
	}
	c.applyAll(l.packets[at:])
}

// take is one datagram that is not RTP.
func (c *collector) take(d *packet.Datagram) {
	switch d.Kind {
	case packet.UDP:
		c.udp(d)
	case packet.Stream:
		c.tcp(d)
	case packet.SCTP:
		switch {
		case sip.Looks(d.Payload):
			c.sip(d, d.Payload, trace.SCTP)
		case ng.Looks(d.Payload):
			c.control(d) // inside HEP, which came over TCP
		}
	case packet.ICMP:
		c.icmp(d)
	}
}

func (c *collector) udp(d *packet.Datagram) {
	if ng.Looks(d.Payload) {
		c.control(d)
		return
	}
	switch class := rtp.Classify(d.Payload); class {
	case rtp.RTP:
		c.flow(d, rtp.Empty) // a keepalive, or it would have arrived at a stream
	case rtp.RTCP:
		c.rtcp(d)
		c.flow(d, class)
	case rtp.STUN:
		c.stun(d)
	case rtp.Empty, rtp.DTLS, rtp.ZRTP, rtp.TURNChannel, rtp.T38:
		c.flow(d, class)
	default:
		if sip.Looks(d.Payload) {
			c.sip(d, d.Payload, trace.UDP)
			return
		}
		c.flow(d, class)
	}
}

// rtp takes a packet that looks like RTP. Whether its stream is believed is
// decided in Correlate, which knows what SDP announced.
func (c *collector) rtp(a *rtpPacket, s *trace.Stream) {
	if !s.Stats.Ahead(a.Seq) && s.Tracked.Recent.Seen(a.Seq, uint16(a.ipid), a.time) {
		s.Duplicates++
		return
	}
	s.Tracked.Recent.Add(a.Seq, uint16(a.ipid), a.time)
	if a.PT != s.Tracked.LastPT {
		s.Tracked.LastPT = a.PT
		if a.PT != s.PT {
			s.Tracked.AddType(a.PT)
		}
		s.Clock = c.clock(a, a.PT)
	}
	r := s.Stats.Update(a.time, a.Stamp, s.Clock)
	switch {
	case r.Event == rtp.First:
		set(&s.First, a, c.file, r)
		set(&s.Last, a, c.file, r)
	case r.Event.Advances():
		// Where the clock goes back the difference is larger than any.
		if r.Missing > 0 || uint64(a.time-s.Last.Time) > uint64(trace.GapFloor) || r.Event == rtp.Restart {
			var after trace.Mark
			set(&after, a, c.file, r)
			broke(s, after, c.limits.Gaps)
		}
		set(&s.Last, a, c.file, r)
	case r.Event == rtp.Late:
		var mark trace.Mark
		set(&mark, a, c.file, r)
		late(s, mark)
		if a.time-s.Last.Time > trace.GapFloor {
			s.Broken().Straggler = mark
		}
	}
	if s.Tracked.Candidate && s.Stats.Packets >= settled {
		s.Tracked.Candidate = false
		c.young--
	}
	if a.print != 0 && (a.print < s.Tracked.SketchEnd || s.Tracked.SketchEnd == 0) {
		sketch(s, a.print)
	}
}

// sketch remembers a fingerprint, once the stream has settled.
func sketch(s *trace.Stream, fp uint64) {
	t := &s.Tracked
	if t.Sketch == nil {
		if s.Stats.Packets < settled {
			return
		}
		t.Sketch = new(rtp.Sketch)
	}
	t.Sketch.Add(fp)
	if end, full := t.Sketch.Full(); full {
		t.SketchEnd = end
	}
}

func (c *collector) newStream(a *rtpPacket, at int) *trace.Stream {
	if c.young >= c.limits.Candidates {
		// Most of what merely looks like RTP is one packet each: forget the
		// candidates that nothing announced.
		if dropped := c.streams.evict(c.worthKeeping); dropped > 0 {
			c.bound("candidates", a.frame, int64(dropped),
				"streams of fewer than four packets that nothing announced were not kept")
		}
		c.young = 0
		_, at = c.streams.find(a.key(), &a.src, &a.dst, a.ssrc, a.tap)
	}
	if len(c.streams.list) >= c.limits.Streams {
		c.bound("streams", a.frame, 1, "packets of further RTP streams were not counted")
		return nil
	}
	s := c.stream(a)
	if s.Tracked.Candidate = !c.toldOf(s); s.Tracked.Candidate {
		c.young++
	}
	c.streams.insert(a.key(), at, s)
	return s
}

func (c *collector) stream(a *rtpPacket) *trace.Stream {
	s := &trace.Stream{Src: a.src, Dst: a.dst, SSRC: a.ssrc, Tap: a.tap, Point: uint16(c.point), PT: a.PT, TTL: a.ttl, VLAN: a.vlan, Tracked: tracked.Stream{LastPT: a.PT, Owner: c.owner(a)}}
	s.Clock = c.clock(a, a.PT)
	return s
}

// owner is a hash of the Call-ID of the dialog that announced an end of a
// packet last, 0 if none did.
func (c *collector) owner(a *rtpPacket) uint32 {
	if w := c.announced(a.dst); w.by != nil {
		return w.by.owner
	}
	if w := c.announced(a.src); w.by != nil {
		return w.by.owner
	}
	return 0
}

// farAhead is from how many missing numbers on a sequence does not go on.
const farAhead = 3000

// superseded reports whether a packet belongs to another call than its stream:
// telephones use SSRC, ports and even sequence numbers again. The addresses have
// been announced anew by another dialog, and the sequence does not go on.
func (c *collector) superseded(s *trace.Stream, a *rtpPacket) bool {
	ahead := a.Seq - uint16(s.Last.Seq)
	if ahead-1 < farAhead {
		return false
	}
	now := c.owner(a)
	return now != 0 && s.Tracked.Owner != 0 && now != s.Tracked.Owner
}

// renew begins a stream in the place of one that an earlier call left behind.
func (c *collector) renew(old *trace.Stream, a *rtpPacket, at int) *trace.Stream {
	if len(c.streams.list) >= c.limits.Streams {
		return old
	}
	s := c.stream(a)
	supersede(s, old)
	c.streams.replace(at, s)
	return s
}

// worthKeeping reports whether a stream stays when candidates are thinned out.
// One that was announced meanwhile is no candidate any more.
func (c *collector) worthKeeping(s *trace.Stream) bool {
	s.Tracked.Candidate = s.Tracked.Candidate && !c.toldOf(s)
	return !s.Tracked.Candidate
}

// toldOf reports whether SDP so far names an end of the stream.
func (c *collector) toldOf(s *trace.Stream) bool {
	return c.announced(s.Dst).by != nil || c.announced(s.Src).by != nil
}

// clock of a payload type between two endpoints, 0 if unknown or no clock that
// runs with the media (telephone events).
func (c *collector) clock(a *rtpPacket, pt uint8) uint32 {
	for _, ep := range [2]endpoint.Endpoint{a.dst, a.src} {
		if w := c.announced(ep); w.by != nil {
			for _, f := range w.terms.Formats {
				if f.PT == pt {
					if rtp.IsTelephoneEvent(f.Name) {
						return 0
					}
					return f.Clock
				}
			}
		}
	}
	return rtp.ClockOf(pt)
}

func (c *collector) flow(d *packet.Datagram, class rtp.Class) *trace.Flow {
	key := flowKey{d.Src, d.Dst, d.Tap, class}
	f := c.flows[key]
	if f == nil {
		if len(c.flows) >= c.limits.Flows && !c.flowsFull {
			dropped := c.evictFlows()
			c.bound("flows", d.Frame, int64(dropped), "UDP flows that are not RTP, between endpoints that nothing announced, were not kept")
			c.flowsFull = dropped < c.limits.Flows/4
		}
		if len(c.flows) >= c.limits.Flows {
			c.bound("flows-calls", d.Frame, 1, "packets of further UDP flows that are not RTP were not counted")
			return new(trace.Flow)
		}
		f = &trace.Flow{Src: d.Src, Dst: d.Dst, File: c.file, Tap: d.Tap, Class: uint8(class), First: c.moment(d)}
		c.flows[key] = f
		c.out.Flows = append(c.out.Flows, f)
	}
	f.Packets++
	f.Last = c.moment(d)
	return f
}

func (c *collector) stun(d *packet.Datagram) {
	f := c.flow(d, rtp.STUN)
	var m rtp.STUNMessage
	if !rtp.ParseSTUN(d.Payload, &m) || m.Method != rtp.STUNBinding {
		return
	}
	if m.Class == rtp.STUNRequest && m.UseCandidate && f.Nominated.IsZero() {
		f.Nominated = c.moment(d)
	}
	if m.Class == rtp.STUNSuccess && f.Success.IsZero() {
		f.Success = c.moment(d)
	}
}

func (c *collector) rtcp(d *packet.Datagram) {
	rtp.WalkRTCP(d.Payload, func(p rtp.RTCPPacket) bool {
		if p.Type != rtp.SenderReport && p.Type != rtp.ReceiverReport {
			return true
		}
		for r := range p.Reports() {
			c.report(d, p.SSRC, r)
		}
		return true
	})
}

func (c *collector) report(d *packet.Datagram, sender uint32, r rtp.Report) {
	key := reportKey{d.Src, d.Dst, sender, r.SSRC}
	t := c.reports[key]
	if t == nil {
		if len(c.reports) >= c.limits.Streams {
			c.bound("reports", d.Frame, 1, "RTCP reports on further streams were not kept")
			return
		}
		t = &reportTrack{ReportTrack: trace.ReportTrack{Src: d.Src, Dst: d.Dst, File: c.file, SSRC: r.SSRC, Sender: sender}}
		c.reports[key] = t
		c.out.Reports = append(c.out.Reports, &t.ReportTrack)
	}
	t.add(trace.Report{Moment: c.moment(d), Highest: r.HighestSeq, Lost: r.TotalLost}, c.limits.Reports)
}

// reportTrack is one that is being filled.
type reportTrack struct {
	trace.ReportTrack
	stride, skip int
}

// add keeps every report until there are limit of them, then every other one,
// then every fourth: evenly spread however long the call is.
func (t *reportTrack) add(r trace.Report, limit int) {
	t.skip++
	if t.skip <= t.stride {
		return
	}
	t.skip = 0
	t.Reports = append(t.Reports, r)
	if len(t.Reports) >= limit {
		t.Reports = everyOther(t.Reports)
		t.stride = t.stride*2 + 1
	}
}

func everyOther(list []trace.Report) []trace.Report {
	kept := list[:0]
	for i := 0; i < len(list); i += 2 {
		kept = append(kept, list[i])
	}
	return kept
}

func (c *collector) icmp(d *packet.Datagram) {
	if d.Quote == nil || d.Quote.Proto != 17 {
		return
	}
	if len(c.out.Errors) >= c.limits.Errors && !c.errorsFull {
		dropped := c.evictErrors()
		c.bound("icmp", d.Frame, int64(dropped), "ICMP errors about endpoints that nothing announced were not kept")
		c.errorsFull = dropped < c.limits.Errors/4 // thinning again would cost more than it frees
	}
	if len(c.out.Errors) >= c.limits.Errors {
		c.bound("icmp-calls", d.Frame, 1, "further ICMP errors were not kept")
		return
	}
	c.out.Errors = append(c.out.Errors, &trace.ICMPError{
		Moment: c.moment(d), Tap: d.Tap, By: d.Src, To: d.Dst, Quote: *d.Quote, Seq: -1, TTL: d.TTL,
	})
}

func (c *collector) moment(d *packet.Datagram) trace.Moment {
	return trace.Moment{Ref: trace.FrameOf(c.file, d.Frame), Time: d.Time}
}

// bound notes that a limit was hit.
func (c *collector) bound(code string, frame, count int64, text string) {
	c.warn("limit-"+code, frame, count, text)
}

// warn counts what a reader of the report should know.
func (c *collector) warn(code string, frame, count int64, text string) {
	w := c.warnings[code]
	if w == nil {
		w = &trace.Warning{Code: code, File: c.file, Frame: frame, Text: text}
		c.warnings[code] = w
	}
	w.Count += count
}
