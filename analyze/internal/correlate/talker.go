package correlate

import (
	"cmp"
	"math"
	"slices"

	"github.com/latchscope/latchscope/analyze/internal/arena"
	"github.com/latchscope/latchscope/analyze/internal/parts"
	"github.com/latchscope/latchscope/analyze/trace"
)

// maxSameSSRC bounds the pairwise comparison of streams that share an SSRC. No
// talker comes near; a capture made to hurt does.
const maxSameSSRC = 64

// buildTalkers groups the streams of each SSRC into talkers and copies.
func buildTalkers(streams []*trace.Stream, flows []*trace.Flow) []*trace.Talker {
	groups, alone := bySSRC(streams) // most have an SSRC of their own
	none := new(trace.Travels)
	count := 0
	for _, n := range parts.Of(len(groups), func(from, to int) (count int) {
		some := talkerBuilder{none: none}
		for _, f := range groups[from:to] {
			for ; len(f) > maxSameSSRC; f = f[maxSameSSRC:] {
				count += some.talk(f[:maxSameSSRC:maxSameSSRC])
			}
			count += some.talk(f)
		}
		return count
	}) {
		count += n
	}
	rest := talkerBuilder{none: none}
	talkers := make([]*trace.Talker, 0, count+alone)
	iceChecks := indexICEChecks(flows)
	for i, s := range streams { // in order of their first streams
		switch {
		case s.Talker == nil && s.CopyOf == nil:
			s.Talker = rest.begin(streams[i : i+1 : i+1])
		case s.Talker == nil || s.Talker.Streams[0] != s:
			continue
		}
		talkers = append(talkers, s.Talker)
		s.Talker.ID = len(talkers)
		findMoves(s.Talker, iceChecks)
	}
	return talkers
}

// talkerBuilder is where talkers come from.
type talkerBuilder struct {
	talkers arena.Arena[trace.Talker]
	streams arena.Arena[*trace.Stream]
	none    *trace.Travels // of those that never moved and are seen once
	kin     comparison     // of the SSRC that is looked at
}

// begin is a talker of some streams.
func (n *talkerBuilder) begin(streams []*trace.Stream) *trace.Talker {
	t := n.talkers.One()
	t.Streams, t.Travels = streams, n.none
	return t
}

// talk gives the streams of one SSRC their talkers, and says how many these are.
func (n *talkerBuilder) talk(f []*trace.Stream) int {
	talkers := n.sameSSRC(f)
	for _, t := range talkers {
		for _, s := range t.Streams {
			s.Talker = t
		}
	}
	return len(talkers)
}

// sameSSRC finds the talkers among the streams of one SSRC.
func (n *talkerBuilder) sameSSRC(f []*trace.Stream) []*trace.Talker {
	align(f)
	k := &n.kin
	k.forget()
	// What only its neighbours place is of a leg, too, where sightings are told from
	// what a relay sends on.
	for range 2 {
		for _, a := range f {
			for _, b := range f {
				k.inheritPlace(a, b)
			}
		}
	}
	view := k.markCopies(f)
	// A talker's streams head for one receiver. Sightings on the two sides of
	// a NAT are views of their own; only one of them shows the talker move.
	var talkers []*trace.Talker
	for _, s := range view {
		var home *trace.Talker
		for _, t := range talkers {
			if t.Receiver() == s.Dst && k.carryOn(t, s) {
				home = t
				break
			}
		}
		if home == nil {
			talkers = append(talkers, n.begin(n.streams.List(s)))
			continue
		}
		home.Streams = append(home.Streams, s)
	}
	k.link(view)
	for _, t := range talkers {
		for _, s := range f {
			if s.CopyOf != nil && slices.Contains(t.Streams, s.CopyOf) {
				v := travels(t)
				v.Copies = append(v.Copies, s)
			}
		}
		k.findInside(t, f)
	}
	return talkers
}

// markCopies finds the streams that show packets which another one shows
// already, and returns those that are not mere repetitions of the same
// addresses. Of several sightings the one with most packets is the original.
func (k *comparison) markCopies(f []*trace.Stream) (view []*trace.Stream) {
	rank := slices.Clone(f)
	slices.SortStableFunc(rank, func(a, b *trace.Stream) int {
		return cmp.Or(cmp.Compare(b.Stats.Packets, a.Stats.Packets), a.Start().Compare(b.Start()))
	})
	repeats := map[*trace.Stream]bool{}
	for i, s := range rank {
		for _, o := range rank[:i] {
			if repeats[o] {
				continue
			}
			switch k.of(o, s) {
			case copies:
				repeats[s] = true
				s.Duplicate = o.First.File == s.First.File
				s.CopyOf = original(o)
			case translated:
				if s.CopyOf == nil {
					s.CopyOf = original(o)
				}
			}
			if repeats[s] {
				break
			}
		}
	}
	for _, s := range f {
		if !repeats[s] {
			view = append(view, s)
		}
	}
	return view
}

func original(s *trace.Stream) *trace.Stream {
	for s.CopyOf != nil {
		s = s.CopyOf
	}
	return s
}

// inheritPlace gives a stream that no SDP names the place of one that shows the same packets, or carries on.
func (k *comparison) inheritPlace(a, b *trace.Stream) {
	if a == b || a.Place.Known() || !b.Place.Known() {
		return
	}
	switch k.of(a, b) {
	case copies, translated, succession:
		a.Place = trace.Place{Leg: b.Place.Leg, From: b.Place.From, Line: b.Place.Line}
	}
}

// carryOn reports whether a stream continues one of a talker's, and repeats none.
func (k *comparison) carryOn(t *trace.Talker, s *trace.Stream) bool {
	follows := false
	for _, o := range t.Streams {
		switch k.of(o, s) {
		case succession:
			follows = true
		case translated, relayed, copies:
			return false
		}
	}
	return follows
}

// link says which stream carries on which, and which one a relay made.
func (k *comparison) link(f []*trace.Stream) {
	for i, b := range f {
		for _, a := range slices.Backward(f[:i]) {
			switch k.of(a, b) {
			case succession:
				if b.Prev == nil && a.First.Seq <= b.First.Seq && a.Next == nil && (a.CopyOf == nil) == (b.CopyOf == nil) {
					b.Prev, a.Next = a, b
				}
			}
		}
	}
	// Who was called on both legs passes on nothing that a server is known to have
	// made of something else: that is found out first.
	for _, both := range [2]bool{false, true} {
		for _, b := range f {
			if b.CopyOf == nil && b.RelayOf == nil {
				b.RelayOf = k.relayedFrom(b, f, both)
			}
		}
	}
}

// relayedFrom is the stream whose packets a relay sent on as b: of several that
// show the same packets the one of the same Call-ID. Where these are of other
// calls, and of more than one, it is the one just before, if that stands out. What went in at the port that
// b leaves, from where b goes to, is an echo, and the answer only where there is
// no other: load generators send one recording both ways.
func (k *comparison) relayedFrom(b *trace.Stream, f []*trace.Stream, both bool) *trace.Stream {
	var found, echo *trace.Stream
	best, rival := int64(math.MaxInt64), int64(math.MaxInt64) // how long it took from what was found, and from another dialog's
	for _, a := range f {
		if a == b || a.CopyOf != nil || a.RelayOf == b || k.of(a, b) != relayed || !wentInBefore(a, b) {
			continue
		}
		switch {
		case a.Dst == b.Src && a.Src == b.Dst:
			echo = a
		case sameCallID(a, b):
			return a
		case !mayRelay(a, b, both):
		default:
			switch d := taken(a, b); {
			case found == nil:
				found, best = a, d
			case found.Place.Leg == a.Place.Leg:
				best = min(best, d)
			case d < best:
				found, best, rival = a, d, best
			default:
				rival = min(rival, d)
			}
		}
	}
	if found != nil && (rival-best < toldApart || best >= relayDelay && found.Dst.Addr != b.Src.Addr && k.inManyLegs(b, f)) {
		return nil
	}
	if found == nil {
		return echo
	}
	return found
}

// inManyLegs reports whether more than one leg beside b's shows its packets: then the
// order of legs does not tell what a relay was sent and what it sent: only addresses
// and time do.
func (k *comparison) inManyLegs(b *trace.Stream, f []*trace.Stream) bool {
	var one *trace.Leg
	for _, a := range f {
		if a == b || a.CopyOf != nil || !a.Place.Known() || !b.Place.Known() || a.Place.Leg == b.Place.Leg || a.Place.Leg == one || sameCallID(a, b) || k.of(a, b) != relayed {
			continue
		}
		if one != nil {
			return true
		}
		one = a.Place.Leg
	}
	return false
}

// toldApart is by how much sooner than others a relay must have sent on what went
// in, for that to be its source and not the others: callers that a load generator
// sends off by the millisecond.
const toldApart = 3 * millisecond

// taken is how long it took from one stream to another that shows the same
// packets, in nanoseconds.
func taken(a, b *trace.Stream) int64 {
	seq := max(a.First.Seq, b.First.Seq)
	d := b.TimeAt(seq) - a.TimeAt(seq)
	if d < 0 {
		d = relayDelay - d // a relay sends nothing on that has not come: only where mirrors reorder
	}
	return d
}

// relayDelay is how long a relay holds a packet back at most, its jitter buffer
// included.
const relayDelay = 60 * millisecond

// mayRelay reports whether a host that gets one stream may send it on as the
// other, where their dialogs have different Call-IDs: no later than a relay
// would, and not as one that was called on both legs, as the phones behind one
// NAT are, which a load generator calls at short intervals.
func mayRelay(a, b *trace.Stream, both bool) bool {
	if !a.Place.Known() || !b.Place.Known() {
		return true
	}
	seq := max(a.First.Seq, b.First.Seq)
	d := b.TimeAt(seq) - a.TimeAt(seq)
	if d > relayDelay || d < -relayDelay {
		return false
	}
	calledOnBoth := a.Place.From == trace.Caller && b.Place.From == trace.Callee
	return !calledOnBoth || both && a.RelayOf == nil
}

// sameCallID reports whether two streams belong to dialogs of one Call-ID.
func sameCallID(a, b *trace.Stream) bool {
	return a.Place.Known() && b.Place.Known() && a.Place.Leg.CallID == b.Place.Leg.CallID
}

// wentInBefore tells which of two sightings on both sides of a relay went in. It is
// mostly the earlier one, but mirrors reorder; where a media server's own
// address sends one of them, the matter is clear.
func wentInBefore(s *trace.Stream, o *trace.Stream) bool {
	if s.Dst.IP() == o.Src.IP() && o.Dst.IP() != s.Src.IP() {
		return true
	}
	if o.Dst.IP() == s.Src.IP() && s.Dst.IP() != o.Src.IP() {
		return false
	}
	if a, b := s.Place, o.Place; a.Known() && b.Known() && a.Leg != b.Leg {
		sIn, oIn := 1-a.From == a.Leg.Inner(b.Leg), 1-b.From == b.Leg.Inner(a.Leg)
		if sIn != oIn {
			return sIn
		}
	}
	seq := max(s.First.Seq, o.First.Seq)
	return s.TimeAt(seq) <= o.TimeAt(seq)
}

// findInside looks for the same packets before a NAT translated their source. Before a
// NAT64 they go to an IPv6 address that stands for the receiver's.
func (k *comparison) findInside(t *trace.Talker, f []*trace.Stream) {
	for _, s := range f {
		if s.Dst != t.Receiver() && s.Dst.Port != t.Receiver().Port || slices.Contains(t.Streams, s) {
			continue
		}
		shows := 0
		for _, o := range t.Streams {
			if o.Src != s.Src && (o.Dst == s.Dst || s.Dst.IP().Is6() && o.Dst.Embeds(s.Dst)) && k.of(s, o) == translated {
				shows++
			}
		}
		if shows == len(t.Streams) {
			travels(t).Inside = s
			return
		}
	}
}
