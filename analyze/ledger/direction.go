package ledger

import (
	"cmp"
	"slices"

	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/trace"
)

// direction is a row in the making: what is known of the way from a talker to
// a listener.
type direction struct {
	*rower
	tie
	line             line
	hops             []hop // from the talker to the listener
	from, to         trace.Moment
	talker, listener Party

	voices [][]*trace.Stream // of each hop, what carries the talker's voice

	chain []layer // steps of the way that are in sight, from the talker
	relay bool    // the first step that is in sight stands behind a relay
	ahead bool    // a relay stands behind the last step in sight
	heard bool    // the last step in sight stands at the listener
	out   []Span
}

// layer is one step of the way: what passed it. Packets that passed the step
// before and not this one were lost there.
type layer struct {
	flow   flow
	lost   State // what that is
	at     string
	sure   Confidence
	hop    int
	own    bool // it stands at the talker
	across bool // a server stands before it, and no capture point shows both its sides
	view   *sighting
	tied   func(*trace.Stream) bool // whether a stream carries what passed before; nil: all do
	proof  map[*trace.Stream]proof  // of the streams that went astray or were refused
}

// proof confirms that packets were lost.
type proof struct {
	at  trace.Moment
	why string
}

// row measures the direction.
func (d *direction) row(r *Row) {
	*r = Row{
		Call: d.call, Line: d.line.n, Media: d.line.kind, From: d.talker, To: d.listener, Start: d.from, End: d.to,
	}
	d.follow()
	d.measure()
	r.Spans = d.settle()
	r.Hops = d.describe()
	r.Source, r.Target = d.ends()
	r.Quality = d.quality(r.Spans)
	r.Verdict = r.verdict()
}

// follow finds the steps of the way.
func (d *direction) follow() {
	first := true
	d.voices = d.rooms.voices.zeros(len(d.hops))
	d.chain = d.layers.take(len(d.hops))
	for i := range d.hops {
		d.voices[i] = d.withoutStrangers(&d.hops[i], d.hops[i].there)
	}
	for i := range d.hops {
		h := &d.hops[i]
		streams := d.voices[i]
		views := d.sightings(i, streams)
		if len(views) == 0 && !first {
			if sure, v := d.wouldShow(i, d.pointsBefore(i)); sure > 0 {
				d.chain = append(d.chain, layer{lost: Stopped, at: "server", sure: sure, hop: i, view: v})
			} else if sure, v := d.wouldShow(i, anyPoint); sure > 0 {
				d.chain = append(d.chain, layer{lost: Vanished, at: "path", sure: min(sure, Likely), hop: i, view: v, across: true})
			}
			continue
		}
		for j := range views {
			v := &views[j]
			l := layer{flow: d.own(i, d.flowOf(v.streams, d.from.Time, d.to.Time)), hop: i, view: v, sure: Confirmed}
			switch {
			case j > 0:
				l.lost, l.at = Vanished, "path"
			case !first:
				l.lost, l.at = Stopped, "server"
				l.tied = d.tiedTo(d.chain[len(d.chain)-1])
				if d.apart(i) {
					// The server stands between two capture points, and in view of neither.
					l.lost, l.at, l.sure, l.across = Vanished, "path", Likely, true
				}
			}
			if first {
				d.relay = i > 0 || d.middleOf(v)
				l.own = !d.relay && d.atTalker(v)
			}
			first = false
			d.chain = append(d.chain, l)
			if i == len(d.hops)-1 {
				d.ahead = d.relayAhead()
				d.arrive(v, h)
				d.heard = d.atListener(v, d.seenBack(v, h))
			}
		}
	}
	d.ahead = d.relayAhead()
}

// apart reports whether no capture point shows both the hop of a sighting and one
// before it: what is lost between them, a server may not have passed on, or have
// never got.
func (d *direction) apart(i int) bool {
	before := d.pointsBefore(i)
	return !slices.ContainsFunc(d.voices[i], func(s *trace.Stream) bool { return before(int(s.Point)) })
}

// pointsBefore tells which capture points show a hop before the i-th.
func (d *direction) pointsBefore(i int) func(point int) bool {
	return func(point int) bool {
		return slices.ContainsFunc(d.chain, func(l layer) bool { return l.view != nil && l.hop < i && l.view.point == point })
	}
}

// otherCodec reports whether a stream is of a codec that nobody agreed on, although a
// party that is known has one that was: whoever moves keeps what it can be heard by.
func otherCodec(kept []*trace.Stream, trusted map[*trace.Stream]bool, s *trace.Stream) bool {
	return CannotPlay(s) && slices.ContainsFunc(kept, func(o *trace.Stream) bool { return trusted[o] && !CannotPlay(o) })
}

// anyPoint is for questions in which it does not matter which capture point shows.
func anyPoint(int) bool { return true }

// withoutStrangers are the streams of one way of a hop that are a party's own:
// strangers who send to the same port are left out.
func (d *direction) withoutStrangers(h *hop, list []*trace.Stream) []*trace.Stream {
	if len(list) < 2 {
		return list
	}
	list = slices.Clone(list)
	rank := slices.Clone(list)
	known := func(s *trace.Stream) bool {
		if s.RelayOf != nil || s.Place.Own != nil {
			return true
		}
		for _, l := range h.legs {
			if l.Leg != s.Place.Leg {
				continue
			}
			side := s.Place.From
			for _, host := range l.Parties[side].Hosts {
				if host.Addr == s.Src.Addr {
					return true
				}
			}
			for _, p := range l.PortsAt(side, s.First.Time) {
				if p.Addr.Addr == s.Src.Addr {
					return true
				}
			}
		}
		return false
	}
	trusted := map[*trace.Stream]bool{}
	for _, s := range list {
		trusted[s] = known(s)
	}
	slices.SortStableFunc(rank, func(a, b *trace.Stream) int {
		if trusted[a] != trusted[b] {
			if trusted[a] {
				return -1
			}
			return 1
		}
		return cmp.Compare(b.Stats.Packets, a.Stats.Packets)
	})
	var kept []*trace.Stream
	for _, s := range rank {
		stranger := !trusted[s] && (heardAround(kept, trusted, s) || otherCodec(kept, trusted, s))
		beside := int64(0) // how long others send at the same time, of whom it is known: the talker may move meanwhile
		for _, o := range kept {
			if trusted[s] || o.Point != s.Point || o.Src == s.Src || o.SSRC == s.SSRC {
				continue
			}
			overlap := min(o.Last.Time, s.Last.Time) - max(o.First.Time, s.First.Time)
			length := s.Last.Time - s.First.Time
			if overlap > 0 { // what runs on into a hold, where the others fall silent, tells nothing
				if due := d.outside(h, s.First.Time, s.Last.Time); due > 0 {
					overlap, length = d.outside(h, max(o.First.Time, s.First.Time), min(o.Last.Time, s.Last.Time)), due
				}
			}
			if trusted[o] {
				beside += max(0, overlap)
			}
			if trusted[o] && (overlap >= length || comesBack(o, s)) || beside > max(min(straggle, length)/2, minSilence) || overlap > second && overlap*5 > length {
				stranger = true
				break
			}
		}
		if !stranger {
			kept = append(kept, s)
		}
	}
	return slices.DeleteFunc(list, func(s *trace.Stream) bool { return !slices.Contains(kept, s) })
}

// comesBack reports whether the talker of a stream was heard before another one began
// and again after it had ended: who was heard meanwhile is somebody else.
func comesBack(o, s *trace.Stream) bool {
	if o.Talker == nil {
		return false
	}
	of := o.Talker.Streams
	return of[0].First.Time < s.First.Time && of[len(of)-1].Last.Time > s.Last.Time
}

// heardAround reports whether others, of whom it is known that they are the party, were
// heard before a stream began and after it had ended: another machine took over the
// party's part, and who was heard meanwhile is neither.
func heardAround(kept []*trace.Stream, trusted map[*trace.Stream]bool, s *trace.Stream) bool {
	before, after := false, false
	for _, o := range kept {
		if trusted[o] && o.Point == s.Point && o.SSRC != s.SSRC {
			before = before || o.First.Time < s.First.Time
			after = after || o.First.Time > s.Last.Time
		}
	}
	return before && after
}

// tiedTo tells which streams of a server carry what an earlier step shows. One
// that the server made of something else does not; where nothing is known of
// what it was made of, it may.
func (d *direction) tiedTo(before layer) func(*trace.Stream) bool {
	in := d.families(before.hop)
	return func(s *trace.Stream) bool {
		o := family(s)
		return o.RelayOf != nil && in(family(o.RelayOf)) || in(o)
	}
}

// families tells whether a stream is one that the hops up to one show. Nearly
// always these show one or two.
func (d *direction) families(hop int) func(*trace.Stream) bool {
	n := 0
	for _, voice := range d.voices[:hop+1] {
		n += len(voice)
	}
	few := d.streams.zeros(n)
	n = 0
	for _, voice := range d.voices[:hop+1] {
		for _, s := range voice {
			few[n] = family(s)
			n++
		}
	}
	if n <= 4 {
		return func(s *trace.Stream) bool { return slices.Contains(few, s) }
	}
	many := make(map[*trace.Stream]bool, len(few))
	for _, s := range few {
		many[s] = true
	}
	return func(s *trace.Stream) bool { return many[s] }
}

// own is the flow of a hop without what a server made of another talker's packets,
// where a hop before it shows whose it got.
func (d *direction) own(i int, f flow) flow {
	if !slices.ContainsFunc(f, func(g segment) bool { return d.foreign(g.s) }) ||
		!slices.ContainsFunc(d.voices[:i], func(v []*trace.Stream) bool { return len(v) > 0 }) {
		return f
	}
	in := d.families(i - 1)
	return slices.DeleteFunc(f, func(g segment) bool {
		s := family(g.s)
		return s.RelayOf != nil && !in(family(s.RelayOf)) && !in(s)
	})
}

// foreign reports whether a server made a stream of what another talker sends.
func (d *direction) foreign(s *trace.Stream) bool { return family(s).RelayOf != nil }

// wouldShow says whether the capture would have shown packets of a hop of which
// it shows none, at one of some points.
func (d *direction) wouldShow(i int, points func(int) bool) (Confidence, *sighting) {
	best := Confidence(0)
	at := d.epochs(i, d.from.Time, d.to.Time)
	for _, t := range at[:len(at)-1] {
		best = max(best, d.inView(i, t, points))
	}
	return best, &sighting{hop: i}
}

// points is how many capture points there are.
func (d *direction) points() int {
	n := 1
	for i := range d.trace.Captures {
		n = max(n, d.trace.Captures[i].Point+1)
	}
	return n
}

// middleOf reports whether what sends in a sighting passes on what others say.
func (d *direction) middleOf(v *sighting) bool {
	for _, s := range v.streams {
		if d.isRelay(s.Src.Addr, d.talker) {
			return true
		}
	}
	return false
}

// relayAhead reports whether whoever gets the packets of the last step in sight
// passes them on to somebody else.
func (d *direction) relayAhead() bool {
	if len(d.chain) == 0 {
		return true
	}
	last := d.chain[len(d.chain)-1]
	if last.hop < len(d.hops)-1 {
		return true
	}
	if last.view == nil {
		return false
	}
	for _, s := range last.view.streams {
		if d.isRelay(s.Dst.Addr, d.listener) {
			return true
		}
	}
	return d.holdsOn(last.view.streams)
}

// holdsOn reports whether whoever gets some packets goes on sending to a source
// that their sender has left: that is how a latching media server behaves, and
// no phone.
func (d *direction) holdsOn(streams []*trace.Stream) bool {
	for _, h := range homesOf(d.homes.take(1), streams) {
		if h.left == always {
			continue
		}
		for _, b := range d.hops[len(d.hops)-1].back {
			if b.Dst == h.src && b.Last.Time > h.left+straggle {
				return true
			}
		}
	}
	return false
}

// isRelay reports whether a host that plays a party passes on what others say:
// it exchanges media with several others here, or its name says so.
func (d *direction) isRelay(host [16]byte, p Party) bool {
	return d.view.middle(host) || p.Leg != nil && namesRelay(p.Leg.Parties[p.Side].Agent)
}

// ends are where the talker sends from and where packets for the listener go,
// at last.
func (d *direction) ends() (from, to endpoint.Endpoint) {
	var first, last *trace.Stream
	for i := range d.chain {
		v := d.chain[i].view
		if v == nil {
			continue
		}
		for _, s := range v.streams {
			if s.First.Time > d.to.Time || s.Last.Time < d.from.Time {
				continue
			}
			if d.chain[i].hop == 0 && (first == nil || s.Last.Time > first.Last.Time) {
				first = s
			}
			if d.chain[i].hop == len(d.hops)-1 && (last == nil || s.Last.Time > last.Last.Time) {
				last = s
			}
		}
	}
	if first != nil {
		from = first.Src
	} else if d.talker.Leg != nil {
		from = addressAt(d.talker.Leg, d.talker.Side, d.from.Time)
	}
	if last != nil {
		to = last.Dst
	} else if d.listener.Leg != nil {
		to = addressAt(d.listener.Leg, d.listener.Side, d.from.Time)
	}
	return from, to
}
