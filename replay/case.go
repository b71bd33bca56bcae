package replay

import (
	"cmp"
	"math"
	"slices"

	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/trace"
	"github.com/latchscope/latchscope/replay/latch"
)

// Case is one call as its media server met it, ready to be replayed: what
// arrived at the server's two sides and what the parties signalled, in order of
// time, with what the capture shows became of every packet.
//
// A Case is about one talker that the server receives, the one whose source
// moved if one did; it arrives at the near side. Uplink is from it through the
// server, downlink the server back to it.
type Case struct {
	Call   *trace.Call
	Talker *trace.Talker
	Near   latch.Side
	Events []latch.Event
	Facts  []Fact // of the event at the same index
	Notes  []string
	Agent  string // what the media server calls itself in User-Agent or Server; "" where it does not

	Controlled bool // Agent is rtpengine: its control protocol (NG) gave out the talker's port

	// What stands for the other party where it was not seen to send.
	FarSeen bool // its packets are in the capture
	OutSeen bool // what the server passes on to it is in the capture

	Start, Answer, End int64 // ns; Answer and End are where the media's dues begin and end
	Zero               int64 // the capture's first packet
	After              int64 // silence is looked for from here on: the move, else the answer
	Moves              []Departure

	Ports   [2]endpoint.Endpoint // by side: where the server listens
	alive   bool                 // old sources still deliver
	lag     int64                // ns; see seen
	visits  [2][]visit
	homes   [2][]home
	closed  [2][]closing
	taken   [2][]endpoint.Endpoint // by side: addresses that its party hears at, though it does not send from there
	deaf    [2][]endpoint.Endpoint // by side: addresses at which nobody hears, whatever was announced
	edges   bool                   // the first and the last second are judged as an account does
	resumed bool                   // a hold ended shortly before the call did, and what went astray from then on counts
	refused bool                   // a party's own port refused what was sent to it: from the first packet on
}

// Fact is what a capture shows of one packet.
type Fact struct {
	Refusal Refusal
	Fate    Fate              // Unknown where the capture does not show it
	To      endpoint.Endpoint // where it was sent on to, if it was and that is known
	Left    int64             // when it was; 0 where that is not known
	Main    bool              // of the side's own party, not of a stranger
	Due     bool              // the call wanted it: answered, not on hold
	Made    bool              // the packet is not in the capture; what came out of it is, or is missing
	Size    int32             // of the payload
	Stamp   uint32            // RTP timestamp
	SDP     *trace.Media      // offer, answer: the line of SDP, nil where it is not in the capture
}

// Refusal is who turned a packet away before an engine could see it.
type Refusal uint8

const (
	NotRefused     Refusal = iota
	RefusedByHost          // the port was closed: the server's own kernel said so
	RefusedByOther         // something in between did, a firewall say
)

// Fate is what became of one packet.
type Fate uint8

const (
	Unknown     Fate = iota
	Arrived          // passed on to where the other party was
	Lost             // discarded by the latch
	Misdirected      // sent to where the other party was not
	Kept             // taken, but the server had nowhere to send it to
	Refused          // never got in: the port was closed
)

// Departure is a change of the talker's source.
type Departure struct {
	From, To endpoint.Endpoint
	Left     int64 // from when on the old source was dead
	After    int64 // first packet from the new one
	Lawful   bool  // SDP or ICE announced it
	ByICMP   bool  // an ICMP error to the old source preceded it
	Errors   []int64
}

// elsewhere stands for the party of a leg that the capture does not show. It is
// of the discard-only prefix (RFC 6666) and cannot be a captured address.
var elsewhere = endpoint.Endpoint{Addr: [16]byte{0: 1, 15: 1}, Port: 6000}

// Unseen tells whether an endpoint stands for a party that the capture does not
// show.
func Unseen(e endpoint.Endpoint) bool { return e == elsewhere }

// Streams are those whose packets a Case of the talker needs.
func Streams(t *trace.Trace, k *trace.Talker) []*trace.Stream {
	w := t.WaysOf(k)
	near, far := arriving(t, k, w)
	return slices.Concat(near, far, onward(k.Call, w), w.Back)
}

// arriving are the streams that come to the server's two ports.
func arriving(t *trace.Trace, k *trace.Talker, w trace.Ways) (near, far []*trace.Stream) {
	mine := func(s *trace.Stream) bool {
		return s.Dst == k.Receiver() ||
			s.Place.Known() && k.Place().Known() && s.Place.Leg == k.Place().Leg && s.Place.From == k.Place().From && s.Place.Line == k.Place().Line &&
				s.Dst.Addr == k.Receiver().Addr // and not past the server
	}
	theirs := func(s *trace.Stream) bool {
		return slices.ContainsFunc(w.Far, func(f *trace.Stream) bool { return f.Dst == s.Dst })
	}
	for _, s := range t.Streams {
		if s.Call != k.Call && s.Call != nil && len(s.Call.Legs) > 0 || !overlaps(s, k) {
			continue
		}
		switch {
		case slices.Contains(k.Streams, s):
			near = append(near, s)
		case slices.Contains(w.Far, s):
			far = append(far, s)
		case slices.Contains(w.Back, s), slices.Contains(w.Out, s), s.CopyOf != nil, sighting(k, s):
		case mine(s):
			near = append(near, s)
		case theirs(s):
			far = append(far, s)
		}
	}
	return near, far
}

// sighting tells whether a stream shows the talker's packets once more.
func sighting(k *trace.Talker, s *trace.Stream) bool {
	if s == k.Inside || slices.Contains(k.Copies, s) {
		return true
	}
	return slices.ContainsFunc(k.Streams, func(o *trace.Stream) bool { return o.CopyOf == s || s.CopyOf == o })
}

func overlaps(s *trace.Stream, k *trace.Talker) bool {
	from, to := k.Streams[0].First.Time, k.Streams[len(k.Streams)-1].Last.Time
	if c := k.Call; c != nil && len(c.Legs) > 0 {
		from, to = min(from, c.Start().Time), max(to, c.End.Time)
	}
	return s.First.Time <= to && s.Last.Time >= from
}

// NewCase puts together what is to be replayed of a call around one talker.
// The packets are those of Streams, as a second look found them.
func NewCase(t *trace.Trace, k *trace.Talker, packets *trace.Closeup) *Case {
	b := assembly{
		Case:   &Case{Call: k.Call, Talker: k, Near: nearSide(k), Zero: t.First.Time},
		trace:  t,
		ways:   t.WaysOf(k),
		packet: packets,
	}
	b.Controlled = b.controlled()
	b.Agent = b.agent()
	b.times()
	b.moves()
	b.far()
	b.arrivals()
	b.signalling()
	b.refusedOutputs()
	b.foreignTypes()
	b.sort()
	b.judge()
	return b.Case
}

// nearSide is the side of the engine at which a talker arrives.
func nearSide(k *trace.Talker) latch.Side {
	if k.Place().Known() && k.Place().From == trace.Caller {
		return latch.SideA
	}
	return latch.SideB
}

// assembly is a Case being put together.
type assembly struct {
	*Case
	trace   *trace.Trace
	ways    trace.Ways
	packet  *trace.Closeup
	items   []item
	missing int64                // of the items, those that no packet was seen of
	outer   [2]endpoint.Endpoint // by side: what stands for the party's SDP address where none was seen
}

type item struct {
	ev   latch.Event
	fact Fact
	seq  int64 // unwrapped, of RTP
	rank int8  // at equal times signalling goes first
}

func (b *assembly) add(ev latch.Event, f Fact, seq int64) {
	rank := int8(1)
	if !ev.Kind.Packet() {
		rank = 0
	}
	b.items = append(b.items, item{ev, f, seq, rank})
}

func (b *assembly) sort() {
	slices.SortStableFunc(b.items, func(x, y item) int {
		return cmp.Or(cmp.Compare(x.ev.Time, y.ev.Time), cmp.Compare(x.rank, y.rank),
			cmp.Compare(x.ev.Ref.File, y.ev.Ref.File), cmp.Compare(x.ev.Ref.Frame, y.ev.Ref.Frame))
	})
}

// times says from when to when media is due.
func (b *assembly) times() {
	k := b.Talker
	b.Start, b.End = k.Streams[0].First.Time, b.trace.Last.Time
	c := b.Call
	if c != nil && len(c.Legs) > 0 {
		b.Start = min(b.Start, c.Start().Time)
	}
	switch {
	case c != nil && !c.End.IsZero():
		b.End = c.End.Time
	case k.Place().Known() && !k.Place().Leg.End.IsZero():
		b.End = k.Place().Leg.End.Time
	}
	b.Answer = k.Streams[0].First.Time
	if c != nil && c.Answered() {
		b.Answer = c.Answer.Time
	}
	b.After = b.Answer
}

func (b *assembly) moves() {
	k := b.Talker
	for _, m := range k.Moves {
		d := Departure{From: m.From.Src, To: m.To.Src, Left: b.trace.Left(m, b.ways.Back), After: m.After.Time, Lawful: m.Announced != trace.Unannounced}
		if !d.Lawful {
			d.ByICMP = b.trace.Provoked(k, m) != nil
		}
		b.Moves = append(b.Moves, d)
	}
	for i, m := range k.Moves {
		if b.Moves[i].Lawful && slices.ContainsFunc(b.Moves, func(d Departure) bool { return !d.Lawful }) {
			continue
		}
		b.After = m.Before.Time
		break
	}
}

// far looks where the other party is.
func (b *assembly) far() {
	other := b.Near.Other()
	b.FarSeen, b.OutSeen = len(b.ways.Far) > 0, b.ways.OutSeen
	b.outer[b.Near] = b.Talker.Streams[0].Src
	b.outer[other] = elsewhere
	if b.FarSeen {
		b.outer[other] = slices.MinFunc(b.ways.Far, func(x, y *trace.Stream) int { return cmp.Compare(x.First.Time, y.First.Time) }).Src
	}
	b.Ports[b.Near] = b.Talker.Receiver()
	switch {
	case len(b.ways.Far) > 0:
		b.Ports[other] = b.ways.Far[0].Dst
	case len(b.ways.Out) > 0:
		b.Ports[other] = b.ways.Out[0].Src
	}
	if p := b.Ports[other]; p.IsZero() || p == b.Ports[b.Near] {
		p = b.Ports[b.Near] // some other port of the same server
		p.Port ^= 2
		b.Ports[other] = p
	}
}

// fewSent is how many packets to a party's own source show that it hears there.
const fewSent = 10

// settle says where the parties are: at the sources that they send from. A party
// that is never sent to where it sends from hears where it is sent to, as far as
// nobody sends from there or refuses it: an asymmetric gateway. arriving are all
// streams of each side, strangers' among them.
func (b *assembly) settle(near, far []*trace.Stream, arriving [2][]*trace.Stream) {
	other := b.Near.Other()
	b.visits[b.Near], b.visits[other] = visitsOf(near), visitsOf(far)
	if !b.FarSeen && len(b.ways.Back) > 0 {
		b.visits[other] = []visit{{elsewhere, b.Start, math.MaxInt64}}
	}
	for side := range b.homes {
		b.homes[side] = homesOf(b.visits[side])
	}
	var sent [2][]*trace.Stream
	sent[b.Near], sent[other] = b.ways.Back, b.ways.Out
	for side, list := range sent {
		for _, s := range list {
			if at := s.RefusedFrom(); at != 0 {
				b.closed[side] = append(b.closed[side], closing{s.Dst, at})
			}
		}
		b.die(latch.Side(side), b.homes[side], func(e endpoint.Endpoint, _ int64) endpoint.Endpoint { return e })
		if slices.ContainsFunc(list, func(s *trace.Stream) bool { return s.Stats.Packets >= fewSent && b.lived(latch.Side(side), s.Dst) }) {
			continue // it is sent to where it sends from, so that is where it hears
		}
		for _, s := range list {
			source := slices.ContainsFunc(arriving[side], func(o *trace.Stream) bool { return o.Src == s.Dst })
			if s.RefusedFrom() == 0 && !source && !slices.Contains(b.taken[side], s.Dst) {
				b.taken[side] = append(b.taken[side], s.Dst)
			}
		}
	}
}

// lived tells whether a side's party ever was at an address.
func (c *Case) lived(side latch.Side, at endpoint.Endpoint) bool {
	return slices.ContainsFunc(c.homes[side], func(h home) bool { return h.at == at })
}

// seen is when a packet passed the capture point, or what was made of it did.
// Where the other party's packets are known only from what the server sent, and
// the capture was taken far from the server, an event's time is when the server
// sent it by the clock of what arrives there: a round trip earlier.
func (c *Case) seen(ev *latch.Event) int64 {
	if ev.Side != c.Near && !c.FarSeen {
		return ev.Time + c.lag
	}
	return ev.Time
}

// note keeps a remark for the reader, once.
func (c *Case) note(text string) {
	if !slices.Contains(c.Notes, text) {
		c.Notes = append(c.Notes, text)
	}
}
